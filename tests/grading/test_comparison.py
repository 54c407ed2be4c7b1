from dataclasses import replace

import pytest

from labcheck.grading.comparison import changes
from labcheck.model import ClassResult, Grade, Result, State, Status

PASSED = Result("dump_exists", "1.1", "it is there", 2, Status.PASS)
FAILED = replace(PASSED, status=Status.FAIL, found="no file", credit=0.5)
ELVIS = Grade("elvis", (PASSED,))


def reasons(old: Grade | None, new: Grade | None) -> tuple[str, ...]:
    def told(grade: Grade | None) -> ClassResult:
        return ClassResult("lab", "Lab", (grade,) if grade else ())

    found = changes(told(old), told(new))
    return found[0].reasons if found else ()


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (ELVIS, ()),
        (replace(ELVIS, began="2026-11-23T00:00:00+00:00", seconds=9.0), ()),
        (replace(ELVIS, results=(replace(PASSED, seconds=3.0, title="another title"),)), ()),
        (replace(ELVIS, results=(FAILED,)), ("1.1 dump_exists: PASS 2/2 → FAIL 1/2, found no file",)),
        (replace(ELVIS, results=(replace(PASSED, points=5),)), ("1.1 dump_exists: PASS 2/2 → PASS 5/5",)),
        (replace(ELVIS, late_penalty=0.25), ("late penalty 0% → 25%",)),
        (replace(ELVIS, results=()), ("1.1 dump_exists: no longer a check",)),
        (
            replace(ELVIS, results=(PASSED, replace(PASSED, name="copy_exists", step="2.1"))),
            ("2.1 copy_exists: a new check",),
        ),
        (replace(ELVIS, state=State.UNREACHABLE, note="away"), ("graded → unreachable: away",)),
    ],
)
def test_what_is_another_is_told_and_what_only_clocks_change_is_not(new: Grade, told: tuple[str, ...]) -> None:
    assert reasons(ELVIS, new) == told


def test_what_was_away_and_is_there_again_is_told() -> None:
    assert reasons(replace(ELVIS, state=State.UNREACHABLE, note="away"), ELVIS) == ("unreachable → graded",)


def test_a_failure_with_the_same_words_and_points_is_no_change() -> None:
    failed = replace(ELVIS, results=(FAILED,))
    assert reasons(failed, replace(failed, results=(replace(FAILED, hint="another hint"),))) == ()


def test_who_came_and_who_went_are_told_the_gone_last() -> None:
    frodo, merry = Grade("frodo", ()), Grade("merry", ())
    found = changes(ClassResult("lab", "Lab", (ELVIS, frodo)), ClassResult("lab", "Lab", (merry, frodo)))

    assert [(one.student, one.reasons) for one in found] == [("merry", ("is new",)), ("elvis", ("is gone",))]
    assert (found[0].old, found[1].new) == (None, None)
