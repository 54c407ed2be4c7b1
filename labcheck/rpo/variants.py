"""What if: the recovery point when runs fail, when the dump takes too long, and through the clock's changes.

The worst failure is looked for among all runs of a period, but each pattern is worked out once. A failure is felt
only near it: the newest state in a store is never older than `memory`, so what happened longer ago cannot matter, and
`memory` after the last failed run all is as if nothing had failed. Runs with the same neighbours, at the same
distances, therefore have the same answer.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from labcheck.rpo.loss import losses, saw_teeth
from labcheck.rpo.timeline import Run, Timeline, timelines

YEAR = 366 * 86400


def memory(lines: Mapping[str, Timeline], runs: Sequence[Run], since: int, until: int) -> int:
    """Return the age in seconds that no state in any store ever passes, while the store holds one."""
    oldest = 0
    for store in lines:
        for tooth in saw_teeth(lines, [store], since, until):
            if tooth.state >= 0:
                oldest = max(oldest, tooth.worst)
    return oldest + max((run.duration for run in runs), default=0) + 60


class Failures:
    """All runs of a service, and the places in them where a failure has to be looked at."""

    def __init__(self, runs: Sequence[Run], reach: int, since: int, until: int) -> None:
        self.runs = runs
        self.reach = reach
        self.since = since
        self.until = min(until, since + YEAR)
        self.distances = [tuple(later - earlier for earlier, later in pairwise(run.starts)) for run in runs]

    def flow(self, steps: frozenset[int]) -> list[int]:
        """Return the starts of a flow in the period, in order."""
        mine = [run.starts for run in self.runs if run.step in steps]
        inside = {start for starts in mine for start in starts if self.since <= start < self.until}
        return sorted(inside)

    def places(self, starts: Sequence[int], most: int) -> list[int]:
        """Return where in a flow a failure of up to `most` runs has to be tried: once for each neighbourhood."""
        found: dict[object, int] = {}
        for place in range(len(starts) - most):
            low = starts[place] - self.reach
            high = starts[place + most] + 2 * self.reach
            found.setdefault(self._neighbourhood(low, high), place)
        return list(found.values())

    def _neighbourhood(self, low: int, high: int) -> object:
        shape: list[object] = []
        for run, distances in zip(self.runs, self.distances, strict=True):
            first, last = bisect_left(run.starts, low), bisect_left(run.starts, high)
            if last > first:
                shape += (run.starts[first] - low, distances[first : last - 1])
            else:
                shape.append(None)
        return (high - low, *shape)

    def worst(
        self, failed: Mapping[frozenset[int], Sequence[int]], groups: Sequence[Sequence[str]]
    ) -> list[int | None]:
        """Return, for each group of surviving stores, the worst loss around failed runs, with ties unlucky.

        `failed` maps the steps of a flow to the starts that fail.
        """
        hits = [start for starts in failed.values() for start in starts]
        low, high = min(hits) - self.reach, max(hits) + self.reach
        kept = [self._cut(run, low, high, failed) for run in self.runs]
        lines = timelines(kept, unlucky=True)
        return [losses(lines, group, min(hits), high).rpo_seconds for group in groups]

    def _cut(self, run: Run, low: int, high: int, failed: Mapping[frozenset[int], Sequence[int]]) -> Run:
        starts = run.starts[bisect_left(run.starts, low) : bisect_left(run.starts, high)]
        gone = {start for steps, starts in failed.items() if run.step in steps for start in starts}
        return replace(run, starts=[start for start in starts if start not in gone])

    def longest(self, steps: frozenset[int]) -> int:
        """Return the seconds that the longest run of a flow takes."""
        return max((run.duration for run in self.runs if run.step in steps), default=0)


Loss = list[int | None]


def worst_in_a_row(failures: Failures, steps: frozenset[int], most: int, groups: Sequence[Sequence[str]]) -> list[Loss]:
    """Return the worst loss for each group of surviving stores when 1, 2, … `most` runs of a flow fail in a row.

    At most a year is searched. A None in it means that nothing can be restored at some instant. Of a flow with few
    runs in the period fewer failures are looked at: another run has to follow them.
    """
    starts = failures.flow(steps)
    most = max(0, min(most, len(starts) - 1))
    places = failures.places(starts, most)
    return [
        worst_of([failures.worst({steps: starts[place : place + count]}, groups) for place in places], len(groups))
        for count in range(1, most + 1)
    ]


def worst_with_next(
    failures: Failures, steps: frozenset[int], following: frozenset[int], groups: Sequence[Sequence[str]]
) -> Loss | None:
    """Return the worst loss when a run fails, and then the run of the next flow that would have made up for it.

    None when there are too few runs in the period for that.
    """
    starts, later = failures.flow(steps), failures.flow(following)
    found: list[Loss] = []
    for place in failures.places(starts, 1):
        at = bisect_left(later, starts[place + 1] + failures.longest(steps))
        if at < len(later):
            found.append(failures.worst({steps: [starts[place]], following: [later[at]]}, groups))
    return worst_of(found, len(groups)) if found else None


def worst_of(found: Sequence[Loss], groups: int) -> Loss:
    """Return the worst of several losses for each group; None is worse than any number."""
    worst: Loss = [0] * groups
    for losses_now in found:
        worst = [
            None if old is None or new is None else max(old, new) for old, new in zip(worst, losses_now, strict=True)
        ]
    return worst
