import pytest

from labcheck.cli import run as labcheck
from labcheck.errors import UsageError
from labcheck.model import Status
from labcheck.practice.lab import PracticeLab
from labcheck.practice.scenes import Watching
from labcheck.practice.solutions import LAB, solutions, solve

UNSEEN = Watching(lambda _: None)


def test_every_step_has_a_solution() -> None:
    assert list(solutions()) == LAB.steps


@pytest.mark.lab
def test_a_step_that_there_is_not_is_refused_with_those_that_there_are(lab: PracticeLab) -> None:
    with lab.connections() as connections, pytest.raises(UsageError, match=r"no step '9.9'\nThe steps are 0.1"):
        solve(lab, connections, ["9.9"], UNSEEN, print)


@pytest.mark.lab
def test_one_step_is_solved_with_those_that_it_needs_and_no_more(fresh_lab: PracticeLab) -> None:
    told, shown = list[str](), list[str]()
    with fresh_lab.connections() as connections:
        results = solve(fresh_lab, connections, ["2.3"], Watching(shown.append), told.append)
        assert {result.status for result in results} == {Status.PASS}
        assert told == ["Step 1.1", "Step 2.1"]
        assert "backup@db:~$ mysqldump agama > agama.sql" in "".join(shown)
        solve(fresh_lab, connections, ["2.3"], UNSEEN, told.append)
        assert len(told) == 2


@pytest.mark.lab
def test_a_fresh_lab_is_solved_to_full_points(solved_lab: PracticeLab, capsys: pytest.CaptureFixture[str]) -> None:
    assert labcheck(["grade", "--lab"]) == 0, capsys.readouterr().out
