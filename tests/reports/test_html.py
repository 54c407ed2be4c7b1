import re
import time
from html.parser import HTMLParser

import pytest
from hypothesis import given

from labcheck.model import ClassResult, Grade, Run
from labcheck.reports import REPORTS, feedback
from labcheck.reports.pages import circumstances, moment, with_code
from labcheck.reports.shown import readable
from tests.reports.grades import ATTACKS, CLASS, CLASSES, GRADE, RUN, alone, failing, passing
from tests.reports.test_shown import BEFORE

TAGS = """
html head meta title style body a header main form div ul ol li dl dt dd h1 h2 h3 p small table caption thead tbody
tr th td span label input fieldset legend button b i abbr section details summary pre code br meter
"""
ATTRIBUTES = """
class id href for style name type checked content http-equiv charset lang title role tabindex scope colspan
min max value aria-labelledby aria-label aria-hidden
"""


class Page(HTMLParser):
    """A page read as a browser would: its elements, attributes and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: dict[str, set[str]] = {}
        self.ids: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, set()).add(value or "")
            if name == "id":
                self.ids.append(value or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


def page(result: ClassResult) -> Page:
    (document,) = REPORTS["html"].documents(result, BEFORE)
    assert document.name == "report.html"
    return Page(document.text)


def test_the_page_has_the_class_at_a_glance_and_every_student() -> None:
    read = page(CLASS)

    for words in ("Week 10: backup tools", "graded 23 November 2026, 01:00 UTC", "due 30 November 2026", "two alike"):
        assert words in read.text
    for words in ("priscilla", "an empty file", "No such file or directory", "exit status 1", "no answer"):
        assert words in read.text
    assert "unreachable: db did not answer within 10 s" in read.text
    assert "Handed in late: 10% of the points are taken off." in read.text
    assert "db is the machine of frodo, too" in read.text


def test_the_page_allows_nothing_but_its_own_style() -> None:
    assert page(CLASS).attributes["content"] >= {
        "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    }


def test_every_link_leads_to_a_place_on_the_page_and_every_place_is_one() -> None:
    read = page(CLASS)

    assert len(set(read.ids)) == len(read.ids)
    assert {link.removeprefix("#") for link in read.attributes["href"]} <= set(read.ids)


@given(CLASSES)
def test_whatever_the_texts_pages_have_only_our_elements_and_attributes(result: ClassResult) -> None:
    own = [Page(one.text) for one in feedback.documents(readable(result))]
    for read in (page(result), *own):
        assert read.tags <= set(TAGS.split())
        assert set(read.attributes) <= set(ATTRIBUTES.split())
        assert all(link.startswith("#") for link in read.attributes.get("href", ()))
        assert all(re.fullmatch(r"width: [0-9.]+%", style) for style in read.attributes.get("style", ()))


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_a_host_said_is_on_the_page_as_text(attack: str) -> None:
    said = readable(alone(Grade("e", (failing("a", "1.1", found=attack),)))).grades[0].results[0].found
    shown = page(alone(Grade("e", (failing("a", "1.1", found=attack),)))).text
    assert said.replace("`", "") in shown.replace("`", "")


def test_a_grading_that_did_not_end_says_so_first() -> None:
    stopped = ClassResult("lab", "title", (GRADE,), Run(finished=False))
    assert "The grading did not go to its end" in page(stopped).text


def test_a_class_without_students_or_checks_has_a_page() -> None:
    assert "No check failed." in page(ClassResult("lab", "title", ())).text
    assert "0 of 0 points" in page(alone(Grade("e", ()))).text


def test_500_students_with_30_checks_take_seconds() -> None:
    results = tuple(
        (passing if number % 4 else failing)(f"c{number}", f"{number // 5}.{number % 5}") for number in range(30)
    )
    whole = ClassResult("lab", "title", tuple(Grade(f"s{number}", results) for number in range(500)), RUN)

    started = time.process_time()
    (document,) = REPORTS["html"].documents(whole, BEFORE)
    assert time.process_time() - started < 8
    assert len(document.text) < 15_000_000


def test_code_stands_in_backticks_and_is_escaped() -> None:
    assert with_code("`<b>` and `x") == "<code>&lt;b&gt;</code> and `x"


@pytest.mark.parametrize(
    ("stamp", "read"),
    [
        ("2026-03-01T09:05:00+00:00", "1 March 2026, 09:05 UTC"),
        ("2026-03-01T09:05:00", "1 March 2026, 09:05 UTC"),
        ("2026-03-01T09:05:00+02:00", "1 March 2026, 09:05 UTC+02:00"),
        ("soon", "soon"),
    ],
)
def test_times_are_told_as_people_read_them(stamp: str, read: str) -> None:
    assert moment(stamp) == read


def test_circumstances_are_what_is_known() -> None:
    assert circumstances(Run()) == ""
    assert circumstances(Run(regraded=True, version="1")) == "judged again from transcripts · labcheck 1"
