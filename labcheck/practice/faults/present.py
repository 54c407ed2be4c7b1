"""The fault that is in a lab now: planted, hinted at, judged, undone.

Before a fault is planted every host keeps how it looks; undoing puts it back to that, so that the lab is as it was. A
note of the fault is written before anything is touched: whatever interrupts the planting, `undo` still knows the way.
"""

import json
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from labcheck.errors import LabcheckError, UsageError
from labcheck.grading.runner import run
from labcheck.hosts.ssh import Connections
from labcheck.labs import LABS
from labcheck.model import Result, Status
from labcheck.practice import lifecycle
from labcheck.practice.engine import Tell
from labcheck.practice.faults import faults
from labcheck.practice.faults.fault import Fault
from labcheck.practice.lab import PracticeLab
from labcheck.practice.readiness import wait_until_ready
from labcheck.practice.scenes import run_unseen
from labcheck.whole_file import write_whole

LAB = LABS["backup-tools"]
LOOK = "before-fault"


@dataclass(frozen=True)
class Present:
    """The fault that was planted, when (seconds since the epoch), whether its name was told, hints given so far."""

    name: str
    planted_at: float
    told: bool
    hints_given: int = 0

    @property
    def fault(self) -> Fault:
        """The fault itself."""
        return faults()[self.name]


def find(lab: PracticeLab) -> Present | None:
    """Return the fault that is in the lab, None when there is none."""
    try:
        present = Present(**json.loads(_note(lab).read_text()))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        raise LabcheckError(f"{_note(lab)} cannot be read", "Begin afresh: labcheck lab reset") from error
    if present.name not in faults():
        raise LabcheckError(f"there is no fault {present.name!r} any more", "Begin afresh: labcheck lab reset")
    return present


def choose(lab: PracticeLab, connections: Connections, chance: random.Random) -> Fault:
    """Return a fault by chance, among those whose checks pass now; raises `LabcheckError` when there is none."""
    passing = _passing(lab, connections, [])
    fitting = [one for one in faults().values() if set(one.fails) <= passing]
    if not fitting:
        raise LabcheckError("nothing in this lab works yet that could be broken", "Solve it first: labcheck lab solve")
    return chance.choice(fitting)


def plant(lab: PracticeLab, connections: Connections, chosen: Fault, tell: Tell, *, told: bool) -> Present:
    """Break the lab; raises `UsageError` over another fault, `LabcheckError` where what it breaks does not work yet."""
    with lifecycle.locked():
        already = find(lab)
        if already:
            next_step = "Repair it, or undo it: labcheck lab break --give-up"
            raise UsageError("a fault is in the lab already", next_step)
        _refuse_what_fails_already(lab, connections, chosen)
        tell("Remembering how the hosts look")
        lifecycle.run_everywhere(lab, "lab-reset", "--remember", LOOK)
        present = Present(chosen.name, time.time(), told)
        _write(lab, present)
        tell("Breaking the lab")
        run_unseen(lab, connections, chosen.plant)
        return present


def next_hint(lab: PracticeLab, present: Present) -> str:
    """Return the next of the three hints, the last one again when all were given."""
    given = min(present.hints_given + 1, len(present.fault.hints))
    _write(lab, Present(present.name, present.planted_at, present.told, given))
    return present.fault.hints[given - 1]


def judge(lab: PracticeLab, connections: Connections, present: Present) -> list[Result]:
    """Return the results of the checks that the fault makes fail, and of what needs them."""
    steps = list(dict.fromkeys(check.step for check in LAB.checks if check.name in present.fault.fails))
    return list(run(LAB.select(steps), lab.site(connections.asked_afresh())))


def forget(lab: PracticeLab) -> None:
    """Forget the fault: it was repaired, or the lab was put back to the start."""
    _note(lab).unlink(missing_ok=True)


def undo(lab: PracticeLab, tell: Tell) -> None:
    """Put every host and the data back to how they were before the fault."""
    with lifecycle.locked():
        tell("Putting the hosts back to how they were before")
        lifecycle.run_everywhere(lab, "lab-reset", LOOK)
        wait_until_ready(lab, lambda _: None)
        forget(lab)


def _refuse_what_fails_already(lab: PracticeLab, connections: Connections, chosen: Fault) -> None:
    failing = sorted(set(chosen.fails) - _passing(lab, connections, _steps_of(chosen.fails)))
    if failing:
        steps = ", ".join(_steps_of(failing))
        what = f"{chosen.name} breaks what does not work yet in this lab (step {steps})"
        raise LabcheckError(what, f"Solve it first: labcheck lab solve {' '.join(_steps_of(failing))}")


def _steps_of(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(check.step for check in LAB.checks if check.name in names))


def _passing(lab: PracticeLab, connections: Connections, steps: Sequence[str]) -> set[str]:
    results = run(LAB.select(steps), lab.site(connections.asked_afresh()))
    return {result.name for result in results if result.status is Status.PASS}


def _note(lab: PracticeLab) -> Path:
    return lab.until_reset / "fault.json"


def _write(lab: PracticeLab, present: Present) -> None:
    lab.until_reset.mkdir(exist_ok=True)
    write_whole(_note(lab), [json.dumps(asdict(present))])
