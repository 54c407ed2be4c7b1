"""Every fault, on the real lab: it fails exactly its checks, its repair passes them, and undoing it leaves no trace."""

import random
from collections.abc import Iterator

import pytest

from labcheck.errors import LabcheckError, UsageError
from labcheck.grading.runner import run
from labcheck.hosts.ssh import Connections
from labcheck.model import Status
from labcheck.practice import lifecycle
from labcheck.practice.faults import faults, present
from labcheck.practice.lab import PracticeLab
from labcheck.practice.scenes import Watching, watch
from labcheck.practice.solutions import LAB
from tests.conftest import as_solved

UNSEEN = Watching(lambda _: None)
# Every fault is a member of the fleet, which takes minutes (`make fleet`); here are some of each kind.
SAMPLE = (
    "right-to-read-lost",
    "name-leads-elsewhere",
    "table-dropped-after-dump",
    "second-version-gone",
    "volume-damaged",
    "offsite-stale",
)


def statuses(lab: PracticeLab, connections: Connections) -> dict[str, Status]:
    return {result.name: result.status for result in run(LAB.select([]), lab.site(connections.asked_afresh()))}


@pytest.fixture(scope="module")
def solved(lab: PracticeLab) -> Iterator[tuple[PracticeLab, Connections]]:
    lab = as_solved()
    with lab.connections() as connections:
        yield lab, connections


@pytest.fixture
def on_call(solved: tuple[PracticeLab, Connections]) -> Iterator[tuple[PracticeLab, Connections]]:
    yield solved
    lab, _ = solved
    left = present.find(lab)
    if left:
        present.undo(lab, print)


def test_a_fault_names_checks_that_there_are_and_says_what_a_student_needs() -> None:
    names = {check.name for check in LAB.checks}
    for fault in faults().values():
        assert set(fault.fails) <= names, fault.name
        assert fault.fails, fault.name
        assert fault.difficulty in {1, 2, 3}
        assert all((fault.title, fault.story, fault.noticed, *fault.hints, fault.plant, fault.repair)), fault.name
        assert len(set(fault.hints)) == 3


@pytest.mark.lab
@pytest.mark.parametrize("name", SAMPLE)
def test_a_fault_fails_exactly_its_checks_until_it_is_repaired(
    name: str, on_call: tuple[PracticeLab, Connections]
) -> None:
    lab, connections = on_call
    fault = faults()[name]
    now = present.plant(lab, connections, fault, print, told=True)

    broken = statuses(lab, connections)
    assert {check for check, status in broken.items() if status is Status.FAIL} == set(fault.fails)
    assert Status.ERROR not in broken.values()

    watch(lab, connections, fault.repair, UNSEEN)
    assert {result.status for result in present.judge(lab, connections, now)} == {Status.PASS}


@pytest.mark.lab
@pytest.mark.parametrize("name", ["right-to-read-lost", "name-leads-elsewhere", "table-dropped-after-dump"])
def test_undoing_a_fault_leaves_the_lab_as_it_was(name: str, on_call: tuple[PracticeLab, Connections]) -> None:
    lab, connections = on_call
    before = statuses(lab, connections), lab.agama().items()
    present.plant(lab, connections, faults()[name], print, told=True)
    present.undo(lab, print)
    assert (statuses(lab, connections), lab.agama().items()) == before
    assert present.find(lab) is None


@pytest.mark.lab
def test_a_fault_over_another_is_refused(on_call: tuple[PracticeLab, Connections]) -> None:
    lab, connections = on_call
    present.plant(lab, connections, faults()["empty-dump"], print, told=True)
    with pytest.raises(UsageError, match="a fault is in the lab already"):
        present.plant(lab, connections, faults()["my-cnf-open-to-all"], print, told=True)


@pytest.mark.lab
def test_the_hints_come_one_after_another(on_call: tuple[PracticeLab, Connections]) -> None:
    lab, connections = on_call
    fault = faults()["empty-dump"]
    present.plant(lab, connections, fault, print, told=True)
    given = []
    for _ in range(4):
        now = present.find(lab)
        assert now is not None
        given.append(present.next_hint(lab, now))
    assert given == [*fault.hints, fault.hints[-1]]


@pytest.mark.lab
def test_chance_chooses_the_same_with_the_same_seed(on_call: tuple[PracticeLab, Connections]) -> None:
    lab, connections = on_call
    chosen = {present.choose(lab, connections, random.Random(7)).name for _ in range(2)}  # noqa: S311 - a game
    assert len(chosen) == 1


@pytest.mark.lab
def test_only_what_works_is_broken(fresh_lab: PracticeLab) -> None:
    with fresh_lab.connections() as connections:
        with pytest.raises(LabcheckError, match=r"(?s)does not work yet.*labcheck lab solve 1.2"):
            present.plant(fresh_lab, connections, faults()["empty-dump"], print, told=True)
        assert present.find(fresh_lab) is None


@pytest.mark.lab
def test_a_reset_forgets_the_fault(fresh_lab: PracticeLab) -> None:
    with fresh_lab.connections() as connections:
        present.plant(fresh_lab, connections, faults()["target-not-writable"], print, told=True)
    assert present.find(fresh_lab) is not None
    lifecycle.reset(fresh_lab, print)
    assert present.find(fresh_lab) is None
