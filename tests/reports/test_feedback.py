from datetime import datetime

from labcheck.model import ClassResult, Grade
from labcheck.reports import feedback
from labcheck.reports.shown import readable, revealed
from tests.reports.grades import CLASS, FRODO, PRISCILLA, RUN, alone, failing, passing
from tests.reports.test_html import Page
from tests.reports.test_shown import AFTER, BEFORE


def pages(result: ClassResult, now: datetime = BEFORE) -> dict[str, str]:
    made = feedback.documents(readable(revealed(result, now)))
    return {one.name: " ".join(Page(one.text).text.split()) for one in made}


def test_each_student_has_a_page_without_the_others() -> None:
    told = pages(CLASS)

    assert list(told) == ["feedback/priscilla.html", "feedback/frodo.html"]
    assert "priscilla" not in told["feedback/frodo.html"]
    assert "two alike" not in "".join(told.values())
    assert "machine of" not in "".join(told.values())


def test_what_was_asked_and_answered_stays_with_the_instructor() -> None:
    assert "No such file or directory" not in "".join(pages(CLASS).values())


def test_the_page_tells_what_to_do_next_before_what_is_right() -> None:
    told = pages(CLASS)["feedback/priscilla.html"]

    assert "4.5 of 5 points" in told
    assert "2 of 3 checks that you can see passed. 2 more count and are not shown" in told
    order = ["What to do next", "rows is so", "an empty file", "What is right", "dump is so"]
    assert [told.index(words) for words in order] == sorted(told.index(words) for words in order)
    assert "Handed in late: 10% of the points are taken off." in told


def test_what_waits_for_the_due_time_is_there_after_it_and_what_is_hidden_never() -> None:
    before, after = pages(CLASS)["feedback/priscilla.html"], pages(CLASS, AFTER)["feedback/priscilla.html"]

    assert "chain is so" not in before
    assert "chain is so" in after
    for told in (before, after):
        assert "copy is so" not in told
        assert "the secret of 2.1" not in told


def test_a_student_who_could_not_be_graded_reads_why_and_no_points() -> None:
    told = pages(alone(FRODO))["feedback/frodo.html"]

    assert "Not graded: db did not answer within 10 s. This costs you no points." in told
    assert "0 points" not in told


def test_who_passed_everything_reads_so() -> None:
    told = pages(alone(Grade("elvis", (passing("a", "1.1"), passing("b", "1.2")))))["feedback/elvis.html"]

    assert "All 2 checks passed." in told
    assert "What to do next" not in told


def test_students_whose_names_differ_in_case_alone_have_pages_of_their_own() -> None:
    result = ClassResult("lab", "title", (PRISCILLA, Grade("Priscilla", (failing("a", "1.1"),))), RUN)
    assert list(pages(result)) == ["feedback/priscilla.html", "feedback/Priscilla-2.html"]
