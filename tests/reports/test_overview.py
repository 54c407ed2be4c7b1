import pytest
from hypothesis import given

from labcheck.model import ClassResult, Grade, Result, State, Status
from labcheck.reports.overview import columns, full_points, overview, passed_all, points_of_full, share_of, step_order
from tests.reports.grades import CLASSES, FRODO, GRADE, PRISCILLA, alone, failing, passing


def graded(name: str, *results: Result) -> Grade:
    return Grade(name, results)


SKIPPED = Result("three", "1.2", "t", 1, Status.SKIP)
CLASSROOM = ClassResult(
    "lab",
    "title",
    (
        graded("a", passing("one", "1.1"), passing("two", "1.10"), passing("three", "1.2")),
        graded("b", passing("one", "1.1"), failing("two", "1.10", found="x"), failing("three", "1.2")),
        graded(
            "c", failing("one", "1.1"), failing("two", "1.10", found="x"), Result("three", "1.2", "t", 1, Status.SKIP)
        ),
        FRODO,
    ),
)


def test_columns_are_the_checks_in_the_order_of_the_lab_with_who_failed_of_those_asked() -> None:
    told = [(one.check.name, one.asked, one.failed) for one in columns(CLASSROOM)]
    assert told == [("one", 3, 1), ("three", 2, 1), ("two", 3, 2)]


def test_what_failed_most_comes_first_with_what_was_found_most() -> None:
    most = overview(CLASSROOM).most_failed

    assert [one.check.name for one in most] == ["two", "one", "three"]
    assert most[0].found == (("x", 2),)


def test_the_class_in_numbers() -> None:
    seen = overview(CLASSROOM)

    assert (seen.graded, seen.perfect, seen.full_points) == (3, 1, 3)
    assert seen.middle == pytest.approx(1 / 3)
    assert seen.tenths == (1, 0, 0, 1, 0, 0, 0, 0, 0, 1)


def test_a_class_without_grades_has_no_middle() -> None:
    assert overview(alone(FRODO)).middle is None
    assert overview(ClassResult("lab", "title", ())).full_points == 0


def test_everybody_shares_one_maximum_and_what_we_could_not_grade_costs_nothing() -> None:
    assert full_points(alone(GRADE)) == 10
    assert share_of(GRADE) == pytest.approx(1 / 6)
    assert points_of_full(GRADE, 10) == 1.67
    assert points_of_full(FRODO, 10) is None
    assert points_of_full(Grade("e", (Result("n", "1", "t", 1, Status.ERROR),)), 10) is None


def test_a_bonus_goes_beyond_and_is_not_needed_to_have_passed_all() -> None:
    assert share_of(PRISCILLA) == pytest.approx(8 * 0.9 / 10)
    bonus = Result("extra", "9", "t", 1, Status.FAIL, bonus=True)
    assert passed_all(Grade("e", (passing("a", "1.1"), bonus)))
    assert not passed_all(Grade("e", (bonus,)))
    assert not passed_all(Grade("e", (passing("a", "1.1"),), State.UNREACHABLE))


def test_steps_are_in_the_order_of_their_numbers() -> None:
    steps = ["x", "10.1", "1.10", "1.2", "", "1" * 5000, "2"]
    assert sorted(steps, key=step_order) == ["1.2", "1.10", "2", "10.1", "", "1" * 5000, "x"]


@given(CLASSES)
def test_any_class_has_an_overview(result: ClassResult) -> None:
    seen = overview(result)
    assert sum(seen.tenths) == seen.graded <= len(result.grades)
