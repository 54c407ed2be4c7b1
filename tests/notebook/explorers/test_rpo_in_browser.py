"""The RPO explorer as it is used: mouse, keyboard alone, dark theme, a narrow window, who cannot see it."""

import pytest
from playwright.sync_api import Locator, expect

from labcheck.practice.lab import PracticeLab
from tests.notebook.browser import OpenNotebook, ShownNotebook

pytestmark = [pytest.mark.browser]
CELL = "from labcheck.notebook.explorers.rpo import explore_rpo\nexplore_rpo()"
BOX = ".labcheck-rpo"
# How long each of thirty changes takes until the new page is shown, in milliseconds.
TIMES = """async () => {
  const box = document.querySelector('.labcheck-rpo');
  const input = box.querySelector('input');
  const times = [];
  for (let number = 0; number < 30; number++) {
    const begun = performance.now();
    const shown = new Promise((done) => {
      new MutationObserver((_, watch) => { watch.disconnect(); done(); })
        .observe(box.lastElementChild, { childList: true });
    });
    input.value = number % 10;
    input.dispatchEvent(new Event('input'));
    await shown;
    times.push(performance.now() - begun);
  }
  return times.sort((one, other) => one - other);
}"""


def figure(shown: ShownNotebook) -> Locator:
    return shown.page.locator(f"{BOX} .figure")


def test_it_answers_the_mouse(open_notebook: OpenNotebook) -> None:
    shown = open_notebook(CELL)
    expect(figure(shown)).to_have_text("24h 02m are lost")
    shown.page.get_by_label("What happens").select_option("the whole site is lost, db and backup")
    expect(figure(shown)).to_have_text("25h 20m are lost")
    slider = shown.page.get_by_label("A dump every")
    box = slider.bounding_box()
    assert box
    slider.click(position={"x": box["width"] / 2, "y": box["height"] / 2})
    expect(slider).to_have_attribute("aria-valuetext", "4 h")
    expect(shown.page.locator(f"{BOX} pre").first).to_contain_text("11 0,4,8,12,16,20 * * *")
    shown.picture("rpo-mouse")
    shown.page.get_by_role("button", name="The lecture's times").click()
    expect(figure(shown)).to_have_text("25h 20m are lost")


def test_it_answers_the_keyboard_alone(open_notebook: OpenNotebook) -> None:
    shown = open_notebook(CELL)
    keyboard = shown.page.keyboard
    shown.page.get_by_label("A dump every").focus()
    keyboard.press("ArrowLeft")
    expect(figure(shown)).to_have_text("12h 02m are lost")
    expect(shown.page.get_by_label("A dump every")).to_have_attribute("aria-valuetext", "12 h")
    for _ in range(3):
        keyboard.press("Tab")
    expect(shown.page.get_by_label("Each transfer takes")).to_be_focused()
    keyboard.press("ArrowRight")
    expect(figure(shown)).to_have_text("12h 03m are lost")
    for _ in range(3):
        keyboard.press("Tab")
    expect(shown.page.get_by_label("What happens")).to_be_focused()
    keyboard.press("ArrowDown")
    expect(figure(shown)).to_have_text("25h 21m are lost")
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(figure(shown)).to_have_text("25h 20m are lost")
    shown.picture("rpo-keyboard")


def test_every_change_is_shown_within_a_tenth_of_a_second(open_notebook: OpenNotebook) -> None:
    shown = open_notebook(CELL)
    expect(figure(shown)).to_be_visible()
    times = shown.page.evaluate(TIMES)
    assert times[len(times) // 4] < 100, times  # the others may have waited for another program


def test_everybody_can_use_it(open_notebook: OpenNotebook) -> None:
    shown = open_notebook(CELL)
    expect(figure(shown)).to_be_visible()
    for look in shown.looks(narrow=420, height=1800):  # all of it at once, with nothing in front
        assert shown.barriers(BOX) == "", look
        assert shown.page.locator(BOX).evaluate("box => box.scrollWidth <= box.clientWidth"), look
        shown.page.locator(f"{BOX} .plot").scroll_into_view_if_needed()
        shown.picture(f"rpo-{look}")


@pytest.mark.lab
def test_it_begins_from_the_crontabs_on_the_lab(open_notebook: OpenNotebook, fresh_lab: PracticeLab) -> None:
    with fresh_lab.connections() as connections:
        root = fresh_lab.site(connections).db.as_user("root")
        lines = "5 * * * * backup mysqldump agama > agama.sql\\n8 * * * * backup scp agama.sql elvis@backup.foo.bar:\\n"
        root.output("sh", "-c", f"printf '{lines}' > /etc/cron.d/mysql-backup")
    shown = open_notebook(CELL)
    shown.page.get_by_role("button", name="The crontabs installed on the lab").click()
    expect(figure(shown)).to_have_text("1h 04m are lost")
    expect(shown.page.get_by_label("A dump every")).to_have_attribute("aria-valuetext", "1 h")
    shown.picture("rpo-installed")
