"""A shift on the real lab; what depends on nothing but the seed and the clock without one."""

import json
from collections.abc import Iterator
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.errors import LabcheckError, UsageError
from labcheck.hosts.ssh import Connections
from labcheck.model import Status
from labcheck.practice import on_call
from labcheck.practice.faults import faults, present
from labcheck.practice.lab import PracticeLab
from labcheck.practice.on_call import Incident, Shift
from labcheck.practice.scenes import run_unseen


@pytest.fixture
def ready(solved_lab: PracticeLab) -> Iterator[tuple[PracticeLab, Connections]]:
    with solved_lab.connections() as connections:
        yield solved_lab, connections


@given(st.integers(), st.integers(1, len(faults())))
def test_a_seed_gives_the_same_faults_each_once_the_easy_ones_first(seed: int, count: int) -> None:
    chosen = on_call.planned(seed, count)
    assert chosen == on_call.planned(seed, count)
    assert len(set(chosen)) == count
    difficulties = [faults()[name].difficulty for name in chosen]
    assert difficulties == sorted(difficulties)


@pytest.mark.parametrize("count", [0, -1, 1000])
def test_a_count_that_cannot_be_is_refused(count: int) -> None:
    with pytest.raises(UsageError, match=f"{count} faults cannot come"):
        on_call.planned(1, count)


@pytest.mark.parametrize("name", faults())
def test_the_true_cause_is_among_the_candidates_once(name: str) -> None:
    shift = Shift(3, (name,), 60, (Incident(name, 0.0, ()),))
    offered = [one.name for one in on_call.candidates(shift)]
    assert offered.count(name) == 1
    assert len(set(offered)) == on_call.CANDIDATES
    assert offered == [one.name for one in on_call.candidates(shift)]


@pytest.mark.lab
def test_a_shift_measures_noticing_diagnosing_and_repairing(ready: tuple[PracticeLab, Connections]) -> None:
    lab, connections = ready
    told: list[str] = []
    lab.site(connections).db.output("rm", "agama.sql")
    shift = on_call.begin(lab, connections, seed=1, count=1, promise_seconds=60, tell=told.append)
    assert told == ["Step 1.1 is put in order first."]
    with pytest.raises(UsageError, match="nothing is broken"):
        on_call.notice(lab, shift, "1", 0)

    shift = on_call.go_on(lab, connections, shift, lambda: 1000.0)
    fault = faults()[shift.now.fault]
    step = next(check.step for check in on_call.LAB.checks if check.name == fault.fails[0])
    number = on_call.candidates(shift).index(fault) + 1
    assert on_call.notice(lab, shift, "99", 1030.0) == (shift, False)
    shift, _ = on_call.notice(lab, shift, step, 1060.0)
    shift, is_true = on_call.diagnose(lab, shift, number % 4 + 1, 1090.0)
    assert not is_true
    shift, is_true = on_call.diagnose(lab, shift, number, 1120.0)
    assert is_true
    shift, results = on_call.repair(lab, connections, shift, 1150.0)
    assert shift.now.repaired is None
    assert any(result.status is Status.FAIL for result in results)

    on_call.give_up(lab, connections, shift, lambda _: None)
    shift, _ = on_call.repair(lab, connections, on_call.find(lab), 1180.0)
    (incident,) = shift.incidents
    moments = [incident.took(moment) for moment in (incident.noticed, incident.diagnosed, incident.repaired)]
    assert moments == [60.0, 120.0, 180.0]
    assert (incident.wrong_causes, incident.rows_lost, incident.given_up) == (1, 0, True)
    assert shift.is_over
    assert on_call.find(lab) == shift
    assert present.find(lab) is None
    with pytest.raises(UsageError, match="the morning is over"):
        on_call.go_on(lab, connections, shift, lambda: 0.0)


@pytest.mark.lab
def test_rows_that_did_not_come_back_are_counted(ready: tuple[PracticeLab, Connections]) -> None:
    lab, connections = ready
    shift = Shift(1, ("table-dropped-after-dump",), 60)
    shift = on_call.go_on(lab, connections, shift, lambda: 0.0)
    # A dump of what the app has made anew satisfies the checks, and what was there before is gone for good.
    run_unseen(lab, connections, faults()["empty-dump"].repair)
    shift, results = on_call.repair(lab, connections, shift, 10.0)
    assert {result.status for result in results} == {Status.PASS}
    before = shift.incidents[0].rows_before
    assert {row[1] for row in before} >= {"Frodo", "Samwise"}
    assert shift.incidents[0].rows_lost == len(before)


@pytest.mark.lab
def test_notes_that_cannot_be_read_are_told(fresh_lab: PracticeLab) -> None:
    with pytest.raises(UsageError, match="nobody is on call"):
        on_call.find(fresh_lab)
    fresh_lab.until_reset.mkdir(exist_ok=True)
    note = fresh_lab.until_reset / "on_call.json"
    shift = Shift(1, ("empty-dump",), 60, (Incident("empty-dump", 5.0, ((3, "Frodo", 1),)),))
    note.write_text(json.dumps(asdict(shift)))
    assert on_call.find(fresh_lab) == shift
    for broken in ("", "[]", "{}", json.dumps(asdict(shift) | {"incidents": [1]})):
        note.write_text(broken)
        with pytest.raises(LabcheckError, match="cannot be read"):
            on_call.find(fresh_lab)
    note.unlink()
