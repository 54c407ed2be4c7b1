"""A morning on call: faults one after another, and how long it took to notice, to diagnose and to repair each.

The shift is one frozen value in a file beside the lab, so that it outlives the notebook; every step takes `now`, the
seconds since the epoch, and returns the shift as it is then. With the same seed the same faults come in the same order.
"""

import json
import random
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace

from labcheck.errors import LabcheckError, UsageError
from labcheck.hosts.ssh import Connections
from labcheck.labs import LABS
from labcheck.model import Result, Status
from labcheck.practice.faults import faults, present
from labcheck.practice.faults.fault import Fault
from labcheck.practice.lab import PracticeLab
from labcheck.practice.scenes import Watching, watch
from labcheck.practice.solutions import solve
from labcheck.whole_file import write_whole

LAB = LABS["backup-tools"]
NOTES = "on_call.json"
CANDIDATES = 4
RTO_SECONDS = 15 * 60


@dataclass(frozen=True)
class Incident:
    """One fault of the shift: the moments of what happened (seconds since the epoch), None for what has not yet.

    `rows_before` are those of the database when it broke, `rows_lost` how many of them did not come back.
    """

    fault: str
    began: float
    rows_before: tuple[tuple[object, ...], ...]
    noticed: float | None = None
    diagnosed: float | None = None
    repaired: float | None = None
    wrong_causes: int = 0
    rows_lost: int = 0
    given_up: bool = False

    def took(self, until: float | None) -> float | None:
        """Return the seconds from the beginning to a moment, None when it has not come."""
        return None if until is None else until - self.began


@dataclass(frozen=True)
class Shift:
    """The seed, the faults that will come, the promised recovery time in seconds, and the incidents so far."""

    seed: int
    planned: tuple[str, ...]
    promise_seconds: int
    incidents: tuple[Incident, ...] = ()

    @property
    def now(self) -> Incident:
        """The incident of this moment; raises `UsageError` between two."""
        if not self.incidents or self.incidents[-1].repaired is not None:
            raise UsageError("nothing is broken at this moment", "Go on: %on_call next")
        return self.incidents[-1]

    @property
    def is_over(self) -> bool:
        """Say whether every fault that was planned has come and was repaired."""
        return len(self.incidents) == len(self.planned) and self.incidents[-1].repaired is not None

    def with_now(self, incident: Incident) -> "Shift":
        """Return the shift with this moment's incident as it is now."""
        return replace(self, incidents=(*self.incidents[:-1], incident))


def planned(seed: int, count: int) -> tuple[str, ...]:
    """Return the names of the faults of a shift, easier ones first; raises `UsageError` for a count that cannot be."""
    if not 1 <= count <= len(faults()):
        raise UsageError(f"{count} faults cannot come in one morning", f"Choose 1 to {len(faults())}.")
    chosen = random.Random(seed).sample(sorted(faults()), count)  # noqa: S311 - a game
    return tuple(sorted(chosen, key=lambda name: faults()[name].difficulty))


def find(lab: PracticeLab) -> Shift:
    """Return the shift of this lab; raises `LabcheckError` when there is none."""
    try:
        written = json.loads((lab.until_reset / NOTES).read_text())
        incidents = tuple(
            Incident(**one | {"rows_before": tuple(map(tuple, one["rows_before"]))}) for one in written["incidents"]
        )
        return Shift(**written | {"planned": tuple(written["planned"]), "incidents": incidents})
    except FileNotFoundError:
        raise UsageError("nobody is on call", "Begin: %on_call begin") from None
    except (ValueError, TypeError, KeyError) as error:
        raise LabcheckError("the notes of the shift cannot be read", "Begin anew: %on_call begin") from error


def begin(
    lab: PracticeLab,
    connections: Connections,
    *,
    seed: int,
    count: int,
    promise_seconds: int,
    tell: Callable[[str], None],
) -> Shift:
    """Begin a shift in a lab where everything works; the first fault comes with `go_on`.

    A fault that is there is undone, and the solution of each step that is not done yet is typed; `tell` hears of both.
    """
    shift = Shift(seed, planned(seed, count), promise_seconds)
    left = present.find(lab)
    if left:
        tell("A fault of before is undone.")
        present.undo(lab, lambda _: None)
    results = solve(lab, connections, [], Watching(lambda _: None), lambda step: tell(f"{step} is put in order first."))
    unsolved = [result.step for result in results if result.status is not Status.PASS]
    if unsolved:
        raise LabcheckError(f"step {unsolved[0]} cannot be put in order", "Begin afresh: labcheck lab reset")
    return _kept(lab, shift)


def go_on(lab: PracticeLab, connections: Connections, shift: Shift, now: Callable[[], float]) -> Shift:
    """Let the next fault come; raises `UsageError` while one is there, and when the shift is over."""
    if shift.incidents and shift.incidents[-1].repaired is None:
        raise UsageError("this incident is not over", "Say so when it is repaired: %on_call repaired")
    if shift.is_over:
        raise UsageError("the morning is over", "See how it went: %on_call report")
    fault = faults()[shift.planned[len(shift.incidents)]]
    rows = tuple(lab.agama().items())
    present.plant(lab, connections, fault, lambda _: None, told=False)
    return _kept(lab, replace(shift, incidents=(*shift.incidents, Incident(fault.name, now(), rows))))


def notice(lab: PracticeLab, shift: Shift, step: str, now: float) -> tuple[Shift, bool]:
    """Say in which step something is wrong: return the shift, and whether that is where the fault shows."""
    incident = shift.now
    shows_in = {check.step for check in LAB.checks if check.name in faults()[incident.fault].fails}
    if not any(one == step or one.startswith(f"{step}.") for one in shows_in):
        return shift, False
    return _kept(lab, shift.with_now(replace(incident, noticed=incident.noticed or now))), True


def candidates(shift: Shift) -> list[Fault]:
    """Return four possible causes, the true one among them, those that show in the same checks preferred."""
    true = faults()[shift.now.fault]
    chance = random.Random(f"{shift.seed} {true.name}")  # noqa: S311 - a game
    others = [one for one in faults().values() if one is not true]
    chance.shuffle(others)
    others.sort(key=lambda one: -len(set(one.fails) & set(true.fails)))
    offered = [true, *others[: CANDIDATES - 1]]
    chance.shuffle(offered)
    return offered


def diagnose(lab: PracticeLab, shift: Shift, number: int, now: float) -> tuple[Shift, bool]:
    """Choose one of the possible causes, counted from 1: return the shift, and whether it was the true one."""
    incident, offered = shift.now, candidates(shift)
    if not 1 <= number <= len(offered):
        raise UsageError(f"there is no cause {number}", f"Choose 1 to {len(offered)}: %on_call cause 1")
    if offered[number - 1].name != incident.fault:
        return _kept(lab, shift.with_now(replace(incident, wrong_causes=incident.wrong_causes + 1))), False
    moments = replace(incident, noticed=incident.noticed or now, diagnosed=incident.diagnosed or now)
    return _kept(lab, shift.with_now(moments)), True


def repair(lab: PracticeLab, connections: Connections, shift: Shift, now: float) -> tuple[Shift, list[Result]]:
    """Let the checks judge the repair: return the shift, and the results of the checks in which the fault shows."""
    incident, there = shift.now, present.find(lab)
    if there is None or there.name != incident.fault:
        raise LabcheckError("the fault of this shift is not in the lab any more", "Begin anew: %on_call begin")
    results = present.judge(lab, connections, there)
    if any(result.status is not Status.PASS for result in results):
        return shift, results
    present.forget(lab)
    lost = len(set(incident.rows_before) - set(lab.agama().items()))
    moments = replace(incident, noticed=incident.noticed or now, diagnosed=incident.diagnosed or now)
    return _kept(lab, shift.with_now(replace(moments, repaired=now, rows_lost=lost))), results


def give_up(lab: PracticeLab, connections: Connections, shift: Shift, show: Callable[[str], None]) -> None:
    """Type the repair of this moment's fault; it is for the checks to judge it, as any other."""
    _kept(lab, shift.with_now(replace(shift.now, given_up=True)))
    watch(lab, connections, faults()[shift.now.fault].repair, Watching(show))


def _kept(lab: PracticeLab, shift: Shift) -> Shift:
    lab.until_reset.mkdir(exist_ok=True)
    write_whole(lab.until_reset / NOTES, [json.dumps(asdict(shift))])
    return shift
