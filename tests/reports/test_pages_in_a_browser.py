"""The page of a class and the page of a student in Chromium: filters, keyboard, accessibility, paper, hostile texts."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

from labcheck.model import ClassResult, Evidence, Grade, Person, Result, Run, Status
from labcheck.reports import REPORTS, feedback
from labcheck.reports.document import write
from labcheck.reports.shown import readable
from tests.conftest import skip_unless_required
from tests.notebook.browser import BROWSERS, SWITCHES, WCAG_AA, pictures_folder
from tests.reports.grades import ATTACKS, CLASS, FRODO, PRISCILLA, RUN, failing, passing
from tests.reports.test_shown import BEFORE

pytestmark = pytest.mark.browser
ELVIS = Grade("elvis", (passing("dump", "1.1"), passing("rows", "1.2", 4)))
SAM = Grade(
    "sam", (failing("dump", "1.1", found="no file"), Result("rows", "1.2", "rows is so", 4, Status.SKIP, "later"))
)
MERRY = Grade("merry", (Result("dump", "1.1", "dump is so", 1, Status.ERROR, "timed out"), passing("rows", "1.2", 4)))
HOBBITS = ClassResult("lab", "Week 10: backup tools", (*CLASS.grades, ELVIS, SAM, MERRY), RUN)

LEAVING = [
    '<a href="http://127.0.0.1:9/">x</a>',
    '<link rel=stylesheet href="//127.0.0.1:9/x.css">',
    "<base href=//127.0.0.1:9><form>",
    "<style>*{background:url(//127.0.0.1:9/)}</style>",
    "<meta http-equiv=refresh content=0;url=//127.0.0.1:9>",
    "</title></textarea></pre><script>alert(1)</script>",
]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        skip_unless_required("no Chromium on this machine")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=SWITCHES)
        yield running
        running.close()


def opened(chromium: Browser, path: Path, *, scheme: Literal["light", "dark"] = "light", width: int = 1280) -> Page:
    page = chromium.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.set_default_timeout(30_000)
    page.goto(path.as_uri())
    return page


@pytest.fixture
def report(tmp_path: Path) -> Path:
    (path,) = write(REPORTS["html"].documents(HOBBITS, BEFORE), tmp_path)
    return path


def students(page: Page) -> list[str]:
    return page.locator(".grid tbody tr:visible th").all_inner_texts()


def test_filters_without_scripts_show_who_is_asked_for(chromium: Browser, report: Path) -> None:
    page = opened(chromium, report)
    assert students(page) == ["priscilla", "frodo", "elvis", "sam", "merry"]

    page.get_by_label("something failed (2)").check()
    assert students(page) == ["priscilla", "sam"]
    expect(page.get_by_role("region", name="elvis")).to_be_hidden()
    page.get_by_label("not graded, or not all (2)").check()
    assert students(page) == ["frodo", "merry"]
    page.get_by_label("passed everything (1)").check()
    assert students(page) == ["elvis"]
    page.get_by_role("button", name="Show all again").click()
    page.get_by_label("dump is so").check()
    assert students(page) == ["sam"]
    page.get_by_role("button", name="Show all again").click()
    assert len(students(page)) == 5


def test_what_passed_can_be_left_out(chromium: Browser, report: Path) -> None:
    page = opened(chromium, report)
    page.get_by_label("without the checks that passed").check()

    expect(page.locator("#s1 .results li.pass").first).to_be_hidden()
    expect(page.locator("#s1 .results li.fail")).to_be_visible()


def test_the_page_works_from_the_keyboard(chromium: Browser, report: Path) -> None:
    page = opened(chromium, report)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the grid of students")).to_be_focused()
    page.get_by_label("everyone (5)").focus()
    page.keyboard.press("ArrowRight")
    assert students(page) == ["priscilla", "sam"]
    page.get_by_role("link", name="sam", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**#s4")
    expect(page.get_by_role("heading", name="sam")).to_be_in_viewport()


def test_a_screen_reader_meets_words_where_eyes_see_signs(chromium: Browser, report: Path) -> None:
    page = opened(chromium, report)
    row = page.get_by_role("row", name="sam")

    assert row.get_by_role("rowheader").inner_text() == "sam"
    assert [cell.text_content() for cell in row.get_by_role("cell").all()] == ["0", "failed", "skipped", "", "", ""]


UNCOVERED = ".student { content-visibility: visible } .grid th { position: static !important }"
"""Nothing over anything else, and nothing left out: axe does not scroll."""


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 1280), ("light", 390)])
def test_nothing_on_the_pages_keeps_anybody_out(
    chromium: Browser, report: Path, tmp_path: Path, scheme: Literal["light", "dark"], width: int
) -> None:
    own = write(feedback.documents(readable(HOBBITS)), tmp_path)
    for path in (report, own[0], own[1]):
        page = opened(chromium, path, scheme=scheme, width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.screenshot(path=pictures_folder(tmp_path) / f"{path.stem}-{scheme}-{width}.png")
        page.add_style_tag(content=UNCOVERED)
        for closed in page.locator("details").all():
            closed.evaluate("one => one.open = true")
        assert barriers(page, unsure=width > 1000) == ""


def barriers(page: Page, *, unsure: bool) -> str:
    """Return what keeps somebody out by WCAG AA; when `unsure`, contrast that axe cannot work out counts as well.

    It cannot where a table is wider than the window; the colours are the same in a wide one.
    """
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG_AA}})
    doubtful = [rule for rule in found.response["incomplete"] if rule["id"] == "color-contrast"]
    found.response["violations"] += doubtful if unsure else []
    return str(found.generate_report()) if found.violations_count else ""


def test_on_paper_everybody_is_there_and_nothing_to_click(chromium: Browser, report: Path) -> None:
    page = opened(chromium, report)
    page.emulate_media(media="print")

    expect(page.locator(".filters")).to_be_hidden()
    expect(page.get_by_role("heading", name="merry")).to_be_visible()
    paper = page.pdf(format="A4")
    assert paper.startswith(b"%PDF")
    assert paper.count(b"/Type /Page\n") >= 2


def hostile(text: str) -> Grade:
    said = Evidence(text, text, text, 1, text)
    result = Result(text, text, text, 1, Status.FAIL, text, text, evidence=(said,))
    return Grade(text, (result,), note=text, warnings=(text,), person=Person(text, text, text))


def test_whatever_the_texts_nothing_runs_loads_or_leaves(chromium: Browser, tmp_path: Path) -> None:
    texts = [*ATTACKS, *LEAVING]
    grades = tuple(hostile(text) for text in texts)
    run = Run(began=texts[0], due="", version=texts[1], warnings=tuple(texts))
    result = ClassResult(texts[0], texts[1], grades, run)
    paths = write(REPORTS["html"].documents(result, BEFORE), tmp_path)
    paths += write(list(feedback.documents(readable(result)))[:5], tmp_path)

    for path in paths:
        page = chromium.new_page()
        assert happenings(page, path) == [path.as_uri()]
        assert page.locator("script, img, svg, iframe, object, link, base, textarea, a:not([href^='#'])").count() == 0


def happenings(page: Page, path: Path) -> list[str]:
    """Open a page and return what it asked for from anywhere, and what any script of it said in a dialog."""
    happened: list[str] = []
    page.on("request", lambda request: happened.append(request.url))
    page.on("dialog", lambda dialog: happened.append(dialog.message))
    page.goto(path.as_uri())
    page.wait_for_timeout(200)
    return happened


def test_500_students_open_and_are_filtered_in_seconds(chromium: Browser, tmp_path: Path) -> None:
    checks = [f"{chapter}.{step}" for chapter in range(6) for step in range(5)]
    results = tuple(passing(step, step) if step.endswith("1") else failing(step, step) for step in checks)
    many = tuple(Grade(f"s{number}", results) for number in range(500))
    (path,) = write(REPORTS["html"].documents(ClassResult("lab", "Week 10", many, RUN), BEFORE), tmp_path)

    page = opened(chromium, path)
    assert page.locator(".grid tbody tr").count() == 500
    page.get_by_label("passed everything (0)").check()
    expect(page.locator(".grid tbody tr").first).to_be_hidden()
    assert cpu_seconds(page) < 20


def cpu_seconds(page: Page) -> float:
    """Return the processor time of the page so far: a busy machine does not change it much."""
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    measured: list[dict[str, Any]] = session.send("Performance.getMetrics")["metrics"]
    return next(float(one["value"]) for one in measured if one["name"] == "ThreadTime") if measured else 0.0


def test_the_pages_of_students_read_well(chromium: Browser, tmp_path: Path) -> None:
    written = write(feedback.documents(readable(ClassResult("lab", "Week 10", (PRISCILLA, FRODO), RUN))), tmp_path)
    page = opened(chromium, written[0])

    expect(page.get_by_role("heading", level=1)).to_have_text("Week 10")
    expect(page.get_by_role("meter")).to_have_attribute("value", "4.5")
    assert page.get_by_role("heading", level=2).all_inner_texts() == ["What to do next", "What is right"]
    page.goto(written[1].as_uri())
    expect(page.get_by_text("Not graded: db did not answer within 10 s.")).to_be_visible()
    assert page.get_by_role("meter").count() == 0
