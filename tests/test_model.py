from collections.abc import Sequence
from dataclasses import replace

import pytest

from labcheck.labs import LABS, MODULES
from labcheck.model import Check, Grade, Lab, Result, Status


def added(lab: Lab[str], name: str, step: str, needs: Sequence[Check[str]] = ()) -> Check[str]:
    def check(_: str) -> None:
        """something is so"""

    check.__name__ = name
    return lab.check(step, needs=needs)(check)


@pytest.fixture
def lab() -> Lab[str]:
    lab: Lab[str] = Lab("lab", "Lab")
    added(lab, "tenth", "10.1")
    base = added(lab, "base", "1.1")
    middle = added(lab, "middle", "1.2", [base])
    added(lab, "end", "2.1", [middle])
    added(lab, "beside", "2.1")
    return lab


@pytest.mark.parametrize(
    ("steps", "names"),
    [
        ([], ["base", "middle", "end", "beside", "tenth"]),
        (["1"], ["base", "middle"]),
        (["1.1"], ["base"]),
        (["1.2"], ["base", "middle"]),
        (["2"], ["base", "middle", "end", "beside"]),
        (["10.1", "1.1"], ["base", "tenth"]),
    ],
)
def test_steps_and_chapters_are_selected_in_order_with_what_they_need(
    lab: Lab[str], steps: list[str], names: list[str]
) -> None:
    assert [check.name for check in lab.select(steps)] == names


@pytest.mark.parametrize("step", ["3", "1.10", "", "1.", "x"])
def test_a_step_without_checks_is_told(lab: Lab[str], step: str) -> None:
    with pytest.raises(KeyError) as error:
        lab.select(["1", step])
    assert error.value.args == (step,)


def test_steps_are_in_the_order_of_their_numbers(lab: Lab[str]) -> None:
    assert lab.steps == ["1.1", "1.2", "2.1", "10.1"]


def test_a_title_is_the_docstring(lab: Lab[str]) -> None:
    assert lab.checks[0].title == "something is so"


def result(status: Status, points: int) -> Result:
    return Result("name", "1.1", "title", points, status)


def test_points_of_what_could_not_be_graded_are_not_possible_ones() -> None:
    grade = Grade("elvis", tuple(result(status, points) for points, status in enumerate(Status, 1)))

    assert grade.points == 1
    assert grade.points_possible == 1 + 2 + 4
    assert [grade.count(status) for status in Status] == [1, 1, 1, 1]


def test_a_failed_check_earns_its_credit_and_a_passed_one_all() -> None:
    failed = Result("name", "1.1", "title", 3, Status.FAIL, credit=1 / 3)

    assert failed.earned == 1
    assert replace(failed, status=Status.PASS).earned == 3
    assert replace(failed, status=Status.SKIP).earned == replace(failed, status=Status.ERROR).earned == 0


def test_a_bonus_adds_points_and_asks_for_none() -> None:
    bonus = replace(result(Status.PASS, 2), bonus=True)
    grade = Grade("elvis", (result(Status.PASS, 1), bonus, replace(bonus, status=Status.FAIL)))

    assert (grade.points, grade.points_possible) == (3, 1)
    assert Grade("elvis", (replace(bonus, status=Status.ERROR),)).points_not_graded == 0


def test_a_late_penalty_is_taken_off_what_was_earned() -> None:
    grade = Grade("elvis", (result(Status.PASS, 7), result(Status.FAIL, 3)), late_penalty=0.25)

    assert (grade.points_before_penalty, grade.points, grade.points_possible) == (7, 5.25, 10)


@pytest.mark.parametrize("name", MODULES)
def test_every_check_has_a_title_in_the_students_words_and_comes_after_its_needs(name: str) -> None:
    checks = LABS[name].checks

    assert len({check.name for check in checks}) == len(checks)
    for place, check in enumerate(checks):
        assert check.title
        assert "\n" not in check.title
        assert not check.title.endswith(".")
        assert check.points > 0
        assert set(check.needs) <= set(checks[:place])
