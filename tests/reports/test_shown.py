from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given

from labcheck.model import ClassResult, Evidence, Grade, Result, State, Status, Visibility
from labcheck.reports.shown import readable, revealed, students_own, verdict
from labcheck.visible import visible
from tests.reports.grades import ATTACKS, CLASS, CLASSES, PRISCILLA, alone, failing, passing, seen_by

BEFORE = datetime(2026, 11, 29, tzinfo=UTC)
AFTER = datetime(2026, 12, 1, tzinfo=UTC)


def texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts(one)]
    if isinstance(value, list | tuple):
        return [text for one in value for text in texts(one)]
    return [value] if isinstance(value, str) else []


@given(CLASSES)
def test_no_text_of_what_is_readable_has_a_character_that_cannot_be_seen(result: ClassResult) -> None:
    for text in texts(asdict(readable(result))):
        for line in text.split("\n"):
            assert visible(line) == line
            assert "##[" not in line


def test_only_what_a_command_asked_or_said_keeps_its_lines() -> None:
    said = Evidence("db", "backup", "a\nb", 0, "c\n\x1bd")
    result = Result("n", "1", "t", 1, Status.FAIL, "e\nf", evidence=(said,))

    (one,) = readable(alone(Grade("g\nh", (result,)))).grades
    assert (one.student, one.results[0].found) == ("g\\nh", "e\\nf")
    assert one.results[0].evidence == (Evidence("db", "backup", "a\nb", 0, "c\n\\x1bd"),)


def test_readable_text_stays_as_it_is() -> None:
    assert readable(CLASS) == CLASS
    assert readable(readable(alone(Grade(ATTACKS[4], ())))) == readable(alone(Grade(ATTACKS[4], ())))


def visibilities(result: ClassResult) -> list[Visibility]:
    return [one.visibility for one in result.grades[0].results]


def test_what_waits_for_the_due_time_is_shown_once_it_has_passed_and_what_is_hidden_never() -> None:
    assert Visibility.AFTER_DUE in visibilities(revealed(CLASS, BEFORE))
    after = visibilities(revealed(CLASS, AFTER))
    assert Visibility.AFTER_DUE not in after
    assert after.count(Visibility.HIDDEN) == 1


def test_without_a_due_time_nothing_is_after_it() -> None:
    endless = ClassResult("lab", "title", (PRISCILLA,))
    assert revealed(endless, AFTER) == endless


def test_a_students_own_points_are_those_of_the_shown_checks() -> None:
    own = students_own(PRISCILLA)

    assert [one.name for one in own.results] == ["dump", "rows", "extra"]
    assert (own.points, own.points_possible) == (4.5, 5)


HIDDEN = seen_by(failing("b", "1.2"), Visibility.HIDDEN)
TROUBLED = seen_by(Result("d", "7.1", "d is so", 1, Status.ERROR, "the secret of 7.1"), Visibility.HIDDEN)
LATER = seen_by(failing("c", "1.3"), Visibility.AFTER_DUE)


@pytest.mark.parametrize(
    ("grade", "sentence"),
    [
        (Grade("e", (passing("a", "1.1"), passing("b", "1.2"))), "All 2 checks passed."),
        (Grade("e", (passing("a", "1.1"), failing("b", "1.2"))), "1 of 2 checks passed."),
        (
            Grade("e", (passing("a", "1.1"), HIDDEN)),
            "The check that you can see passed. 1 more counts and is not shown.",
        ),
        (
            Grade("e", (passing("a", "1.1"), passing("d", "1.4"), HIDDEN, LATER)),
            "All 2 checks that you can see passed. 2 more count and are not shown, 1 of them until the due time.",
        ),
        (
            Grade("e", (failing("a", "1.1"), passing("d", "1.4"), LATER)),
            "1 of 2 checks that you can see passed. 1 more counts and is shown after the due time.",
        ),
        (Grade("e", (HIDDEN,)), "No check can be seen yet. 1 more counts and is not shown."),
        (Grade("e", ()), "There was no check."),
        (
            Grade("e", (), State.UNREACHABLE, "db did not answer"),
            "Not graded: db did not answer. This costs you no points.",
        ),
        (
            Grade("e", (passing("a", "1.1"), TROUBLED), State.ERROR, "step 7.1: the secret of 7.1"),
            "Not graded: a check that is not shown could not be asked. This costs you no points.",
        ),
        (Grade("e", (), State.HOST_KEY_CHANGED), "Not graded: host key changed. This costs you no points."),
    ],
)
def test_a_student_reads_one_sentence_first(grade: Grade, sentence: str) -> None:
    assert verdict(grade) == sentence


@given(CLASSES)
def test_nobody_is_told_that_all_passed_while_something_is_not_shown(result: ClassResult) -> None:
    for grade in result.grades:
        if any(one.visibility is not Visibility.SHOWN for one in grade.results):
            assert "checks passed." not in verdict(grade) or "can see" in verdict(grade)
