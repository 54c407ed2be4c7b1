from collections.abc import Sequence

import pytest

from labcheck.labs import LABS
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


@pytest.mark.parametrize("name", LABS)
def test_every_check_has_a_title_in_the_students_words_and_comes_after_its_needs(name: str) -> None:
    checks = LABS[name].checks

    assert len({check.name for check in checks}) == len(checks)
    for place, check in enumerate(checks):
        assert check.title
        assert "\n" not in check.title
        assert not check.title.endswith(".")
        assert check.points > 0
        assert set(check.needs) <= set(checks[:place])
