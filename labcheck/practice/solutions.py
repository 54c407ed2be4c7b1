"""The reference solution of each step, typed into a real terminal, after which the step's checks pass."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

import yaml

from labcheck.errors import UsageError
from labcheck.grading.runner import run
from labcheck.hosts.ssh import Connections
from labcheck.labs import LABS
from labcheck.model import Result, Status
from labcheck.practice.lab import PracticeLab
from labcheck.practice.scenes import Scene, Watching, scenes, watch

LAB = LABS["backup-tools"]
PASSES = 2


@cache
def solutions() -> dict[str, tuple[Scene, ...]]:
    """Return the scenes of every step that has a solution, in the order of the steps."""
    written = yaml.safe_load(Path(__file__).with_name("solutions.yaml").read_text())
    return {step: scenes(played) for step, played in written.items()}


def steps_of(wanted: Sequence[str]) -> list[str]:
    """Return the steps that are wanted, and those that they need, in order; raises `UsageError` for an unknown one."""
    try:
        checks = LAB.select(wanted)
    except KeyError as error:
        raise UsageError(f"no step {error.args[0]!r}", f"The steps are {', '.join(LAB.steps)}.") from error
    return list(dict.fromkeys(check.step for check in checks))


def solve(
    lab: PracticeLab,
    connections: Connections,
    wanted: Sequence[str],
    watching: Watching,
    tell: Callable[[str], None],
) -> list[Result]:
    """Type the solution of the wanted steps (all when none is named), and of the earlier ones that they need.

    A step whose checks pass already is left alone. Returns the results of the wanted steps' checks afterwards;
    raises `UsageError` for a step that there is not.
    """
    steps = steps_of(wanted)
    results = list(_results(lab, connections, wanted))
    for _ in range(PASSES):  # a later step may change what an earlier one looked at
        if all(result.status is Status.PASS for result in results):
            break
        for step in steps:
            if any(result.status is not Status.PASS for result in _results(lab, connections, [step])):
                tell(f"Step {step}")
                watch(lab, connections, solutions()[step], watching)
        results = list(_results(lab, connections, wanted))
    return results


def _results(lab: PracticeLab, connections: Connections, steps: Sequence[str]) -> Iterator[Result]:
    return run(LAB.select(steps), lab.site(connections.asked_afresh()))
