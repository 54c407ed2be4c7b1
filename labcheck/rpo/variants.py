"""What if: the recovery point when runs fail, when the dump takes too long, and through the clock's changes.

The worst failure is looked for among all runs of a period, but each pattern is worked out once. A failure is felt
only near it: the newest state in a store is never older than `memory`, so what happened longer ago cannot matter, and
`memory` after the last failed run all is as if nothing had failed. Runs with the same neighbours, at the same
distances, therefore have the same answer.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from labcheck.rpo.loss import losses, saw_teeth
from labcheck.rpo.timeline import Run, Timeline, timelines

YEAR = 366 * 86400


@dataclass(frozen=True)
class Failure:
    """Runs that fail, one after the other: of the steps of one flow, `count` in a row."""

    steps: frozenset[int]
    count: int = 1


Gaps = Callable[[Sequence[int]], int]


def memory(lines: Mapping[str, Timeline], runs: Sequence[Run], since: int, until: int) -> int:
    """Return the age in seconds that no state in any store ever passes, while the store holds one."""
    oldest = 0
    for store in lines:
        for tooth in saw_teeth(lines, [store], since, until):
            if tooth.state >= 0:
                oldest = max(oldest, tooth.worst)
    return oldest + max((run.duration for run in runs), default=0) + 60


class Windows:
    """Cuts stretches out of all runs, and remembers the answers of those that look alike."""

    def __init__(self, runs: Sequence[Run], reach: int, unlucky: bool) -> None:
        self.runs = runs
        self.reach = reach
        self.unlucky = unlucky
        self.distances = [
            tuple(later - earlier for earlier, later in zip(run.starts, run.starts[1:], strict=False)) for run in runs
        ]
        self.known: dict[object, list[int | None]] = {}

    def worst(self, failed: Mapping[int, Sequence[int]], first: int, last: int, groups: Sequence[Sequence[str]]) -> list[int | None]:
        """Return, for each group of surviving stores, the worst loss around failed runs.

        `failed` maps a run's place to its failed starts; all of them lie between the instants `first` and `last`.
        """
        low, high = first - self.reach, last + self.reach
        cuts = [(bisect_left(run.starts, low), bisect_left(run.starts, high)) for run in self.runs]
        key = self._key(failed, cuts, first, last)
        if key not in self.known:
            kept = [self._cut(place, cut, failed.get(place, ())) for place, cut in enumerate(cuts)]
            lines = timelines(kept, unlucky=self.unlucky)
            self.known[key] = [losses(lines, group, first, high).rpo_seconds for group in groups]
        return self.known[key]

    def _key(self, failed: Mapping[int, Sequence[int]], cuts: Sequence[tuple[int, int]], first: int, last: int) -> object:
        shape = tuple(
            (run.starts[low] - first, distances[low : high - 1]) if high > low else None
            for run, distances, (low, high) in zip(self.runs, self.distances, cuts, strict=True)
        )
        missing = tuple((place, tuple(start - first for start in starts)) for place, starts in failed.items())
        return shape, missing, last - first

    def _cut(self, place: int, cut: tuple[int, int], failed: Sequence[int]) -> Run:
        run = self.runs[place]
        starts = run.starts[cut[0] : cut[1]]
        if failed:
            gone = set(failed)
            starts = [start for start in starts if start not in gone]
        return replace(run, starts=starts)


def merged(runs: Sequence[Run], steps: frozenset[int], since: int, until: int) -> list[tuple[int, list[int]]]:
    """Return the starts of a flow in order, each with the places of the runs that start then."""
    found: dict[int, list[int]] = {}
    for place, run in enumerate(runs):
        if run.step in steps:
            for start in run.starts[bisect_left(run.starts, since) : bisect_left(run.starts, until)]:
                found.setdefault(start, []).append(place)
    return sorted(found.items())


def patterns(
    runs: Sequence[Run], first: Failure, then: Failure | None, since: int, until: int
) -> Iterator[dict[int, list[int]]]:
    """Yield every way in which a failure can hit: which starts of which runs fail.

    With `then`, the run of that flow that would have carried on the next success of the first one fails too.
    """
    starts = merged(runs, first.steps, since, until)
    following = merged(runs, then.steps, since, until) if then else []
    times = [start for start, _ in following]
    longest = max((run.duration for run in runs if run.step in first.steps), default=0)
    for place in range(len(starts) - first.count):
        hit = starts[place : place + first.count]
        if then:
            next_success = starts[place + first.count][0] + longest
            at = bisect_left(times, next_success)
            if at >= len(following):
                return
            hit = [*hit, following[at]]
        failed: dict[int, list[int]] = {}
        for start, places in hit:
            for one in places:
                failed.setdefault(one, []).append(start)
        yield failed


def worst_with(
    windows: Windows, first: Failure, then: Failure | None, groups: Sequence[Sequence[str]], since: int, until: int
) -> list[int | None]:
    """Return the worst loss for each group of surviving stores, over every place where the failure can hit.

    At most a year is searched. A None in it means that nothing can be restored at some instant.
    """
    worst: list[int | None] = [0] * len(groups)
    for failed in patterns(windows.runs, first, then, since, min(until, since + YEAR)):
        hits = [start for starts in failed.values() for start in starts]
        found = windows.worst(failed, min(hits), max(hits), groups)
        worst = [
            None if old is None or new is None else max(old, new) for old, new in zip(worst, found, strict=True)
        ]
    return worst
