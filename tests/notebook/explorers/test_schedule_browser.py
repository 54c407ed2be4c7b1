"""The schedule explorer in a browser: typed into, read, looked at."""

import pytest
from playwright.sync_api import expect

from tests.notebook.browser import OpenNotebook, Theme

pytestmark = pytest.mark.browser
CELL = "from labcheck.notebook.explorers.schedule import explore_schedule\nexplore_schedule('1 2 3 4 5')"


def test_the_field_under_the_cursor_is_marked_as_it_moves(open_notebook: OpenNotebook) -> None:
    page = open_notebook(CELL).page
    line = page.get_by_label("Schedule")
    expect(page.get_by_role("status").filter(has_text="It runs")).to_contain_text(
        "on the 3rd, and on every Friday, in April"
    )
    line.focus()
    line.press("End")
    expect(page.locator(".labcheck-schedule [aria-current=true]")).to_contain_text("day of week")
    line.press("Home")
    expect(page.locator(".labcheck-schedule [aria-current=true]")).to_contain_text("minute")
    for _ in range(4):
        line.press("ArrowRight")
    expect(page.locator(".labcheck-schedule [aria-current=true]")).to_contain_text("day of month")


def test_keys_alone_lead_from_field_to_verdict(open_notebook: OpenNotebook) -> None:
    page = open_notebook(CELL).page
    line = page.get_by_label("Schedule")
    line.focus()
    line.press("End")
    line.press("Backspace")
    line.press_sequentially("*/5")
    expect(page.get_by_role("status").filter(has_text="It runs")).to_contain_text("every Friday or Sunday that falls")
    line.press("Home")
    line.press_sequentially("6")
    line.press("ArrowRight")
    line.press_sequentially("0")
    expect(page.get_by_text("Error: bad minute; while reading /etc/cron.d/mysql-backup")).to_be_visible()
    line.press("Tab")
    expect(page.get_by_label("Year")).to_be_focused()


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 1280), ("light", 480), ("dark", 480)])
def test_everybody_can_use_it(open_notebook: OpenNotebook, theme: Theme, width: int) -> None:
    shown = open_notebook(CELL, run=False)
    shown.look(theme, width, height=1900)  # axe cannot tell what lies behind an edge
    shown.run()
    line = shown.page.get_by_label("Schedule")
    for text, name in (("1 2 3 4 5", "runs"), ("0 22-6 * * 1", "never"), ("61 0 * * * backup dump", "refused")):
        line.fill(text)
        line.press("ArrowLeft")
        shown.page.wait_for_timeout(300)
        assert shown.barriers(".labcheck-schedule") == ""
        shown.picture(f"schedule-{name}-{theme}-{width}")
    assert shown.page.locator(".labcheck-schedule").evaluate("one => one.scrollWidth <= one.clientWidth")
