"""What the notebooks show, in JupyterLab: by mouse and by keyboard, light and dark, wide and narrow."""

import pytest
from playwright.sync_api import Page, expect

from labcheck.practice import lifecycle, ports, progress
from labcheck.practice.lab import PracticeLab
from tests.notebook.browser import OpenNotebook, ShownNotebook

pytestmark = pytest.mark.browser
LOAD = "%load_ext labcheck.notebook"
QUIZ = 'from labcheck.notebook import quiz\nquiz("{}")'


def outputs(shown: ShownNotebook) -> str:
    """Return what keeps somebody from using the outputs."""
    return shown.barriers(".jp-OutputArea-output")


def tab_to(page: Page, role: str, presses: int = 30) -> None:
    """Press Tab until the focus is on an element of this kind."""
    for _ in range(presses):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type || document.activeElement.tagName") == role:
            return
    raise AssertionError(f"Tab does not lead to {role}")


def fits(page: Page, selector: str) -> bool:
    """Say whether nothing of an element is cut off at the right edge of its cell."""
    return bool(page.locator(selector).first.evaluate("e => e.scrollWidth <= e.clientWidth + 1"))


def test_a_quiz_is_answered_by_mouse(open_notebook: OpenNotebook) -> None:
    shown = open_notebook(QUIZ.format("truncated-dump"))
    choices = shown.page.get_by_role("radio")
    assert choices.count() >= 3
    assert choices.first.evaluate("e => e.offsetLeft - e.closest('label').offsetLeft") < 5  # before its words
    choices.first.click()
    expect(shown.page.get_by_role("status").filter(has_text="Not that.")).to_be_visible()
    for look in shown.looks():
        assert outputs(shown) == "", look
        assert fits(shown.page, ".jp-OutputArea-output"), look
        shown.picture(f"quiz-{look}")


def test_a_quiz_is_answered_by_keyboard(open_notebook: OpenNotebook) -> None:
    page = open_notebook(QUIZ.format("where-does-it-run")).page
    page.locator(".jp-Notebook").focus()
    tab_to(page, "radio")
    page.keyboard.press("Space")
    expect(page.get_by_text("Not that. The first line sends")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_text("Right. The word behind")).to_be_visible()
    expect(page.locator("input:focus-visible")).to_have_count(1)


@pytest.mark.lab
def test_reports_are_read(fresh_lab: PracticeLab, open_notebook: OpenNotebook) -> None:
    progress.forget()
    shown = open_notebook(f"{LOAD}\n%lab", "%check 0.3 0.2 1.1 1.2")
    expect(shown.page.locator(".labcheck-report .pass")).to_have_count(3)
    expect(shown.page.locator(".labcheck-report .fail")).to_have_count(1)
    expect(shown.page.locator(".labcheck-report .skip")).to_have_count(2)
    expect(shown.page.locator(".labcheck-progress")).to_contain_text("Done so far: 2 of")
    for look in shown.looks():
        assert outputs(shown) == "", look
        assert fits(shown.page, ".jp-OutputArea-output:has(.labcheck-summary)"), look
        shown.picture(f"reports-{look}")


@pytest.mark.lab
def test_pictures_are_told_in_words(fresh_lab: PracticeLab, open_notebook: OpenNotebook) -> None:
    dump = "mysqldump agama > agama.sql"
    upload = f"%%on db\n{dump}; rsync agama.sql $STUDENT@backup.foo.bar:; sleep 1; {dump}"
    shown = open_notebook(LOAD, upload, "%rsync_blocks agama.sql", "%rsync_bytes")
    pictures = shown.page.locator("figure img")
    expect(pictures).to_have_count(2)
    expect(pictures.first).to_have_attribute("alt", shown.page.locator("figcaption").first.inner_text())
    for look in shown.looks(height=2400):  # axe cannot tell what lies behind an edge
        assert outputs(shown) == "", look
        pictures.first.scroll_into_view_if_needed()
        shown.picture(f"blocks-{look}")
        pictures.last.scroll_into_view_if_needed()
        shown.picture(f"bytes-{look}")


@pytest.mark.lab
def test_progress_at_the_top_follows_the_checks_and_outlives_the_kernel(
    fresh_lab: PracticeLab, open_notebook: OpenNotebook
) -> None:
    progress.forget()
    shown = open_notebook(name="01-the-dump.ipynb", run=False)
    page, top = shown.page, shown.page.locator(".labcheck-progress")
    page.locator(".jp-CodeCell").first.click()
    page.keyboard.press("Shift+Enter")
    expect(top).to_contain_text("Done so far: 0 of")
    shown.picture("progress-fresh")
    shown.run()
    expect(top).to_contain_text("Done so far: 4 of")
    expect(top.locator(".pass")).to_have_count(4)
    shown.choose("Kernel", "Restart Kernel and Clear Outputs of All Cells")
    page.locator(".jp-Dialog").get_by_role("button", name="Confirm Kernel Restart").click()
    expect(top).to_have_count(0)
    lifecycle.reset(fresh_lab, print)
    page.locator(".jp-CodeCell").first.click()
    page.keyboard.press("Shift+Enter")
    expect(top).to_contain_text("Done so far: 4 of")
    expect(top.get_by_text("was done")).to_have_count(4)
    shown.picture("progress-after-reset")


@pytest.mark.lab
def test_a_kernel_that_dies_is_told_and_the_notebook_goes_on(
    fresh_lab: PracticeLab, open_notebook: OpenNotebook
) -> None:
    shown = open_notebook(f"{LOAD}\n%lab", "%check 0.3", "import os\n# os._exit(9)")
    shown.page.get_by_text("# os._exit(9)").click()
    for key in ("End", *["ArrowLeft"] * 11, "Backspace", "Backspace", "Shift+Enter"):
        shown.page.keyboard.press(key)
    expect(shown.page.locator(".jp-Dialog")).to_contain_text("appears to have died")
    shown.picture("kernel-died")
    shown.page.get_by_role("button", name="OK").click()
    shown.page.locator(".jp-CodeCell").first.click()
    shown.page.keyboard.press("Shift+Enter")
    expect(shown.page.get_by_text("The lab is up for elvis")).to_be_visible()
    shown.page.keyboard.press("Shift+Enter")
    expect(shown.page.locator(".labcheck-summary")).to_be_visible()


@pytest.mark.lab
def test_a_lab_that_goes_down_is_told_and_the_notebook_goes_on_after_up(
    fresh_lab: PracticeLab, open_notebook: OpenNotebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports, "choose", lambda kept: fresh_lab.ports)  # the new lab has those of the old one
    shown = open_notebook(f"{LOAD}\n%lab", "%check 0.3", "%%on db\nhostname")
    found = lifecycle.engine_of(fresh_lab)
    for host in ("db", "backup"):
        found.run("stop", "--time", "1", lifecycle.container(found, fresh_lab, host))
    shown.run()
    expect(shown.page.get_by_text("start it: labcheck lab up")).to_have_count(2)
    shown.picture("hosts-stopped")
    lifecycle.up(print)
    shown.run()
    expect(shown.page.locator(".labcheck-report .pass").first).to_be_visible()
    lifecycle.down(print)
    shown.run()
    expect(shown.page.get_by_text("Bring it up: labcheck lab up").first).to_be_visible()
    shown.picture("lab-down")
    lifecycle.up(print)
    shown.run()
    expect(shown.page.locator(".labcheck-summary")).to_be_visible()
    expect(shown.page.get_by_text("db", exact=True).last).to_be_visible()
