"""What a disaster costs: the age of the newest state that can be brought back, over a period.

At an instant f the loss is f minus the newest state that survives. It grows with the clock and falls when a newer
version becomes usable, so it draws a saw-tooth; the recovery point is the height of its highest tooth, reached
just before that version arrives.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from labcheck.rpo.timeline import EMPTY, Timeline

LONG = 1 << 40


@dataclass(frozen=True)
class Tooth:
    """One stretch without a newer version: from `start` to `end` the newest state is `state` (seconds since 1970).

    `store` holds that state; a `state` below zero means that nothing can be restored.
    """

    start: int
    end: int
    state: int
    store: str

    @property
    def worst(self) -> int:
        """Return the loss just before the end, in seconds."""
        return self.end - self.state

    @property
    def best(self) -> int:
        """Return the loss at the start, in seconds."""
        return self.start - self.state


@dataclass(frozen=True)
class Losses:
    """The saw-tooth of one disaster, summed up: all in seconds; None where something was unrestorable."""

    worst: Tooth | None
    mean_seconds: int | None
    best_seconds: int | None
    gap: Tooth | None = None
    next_state: int | None = None
    """the state whose arrival ends the worst stretch"""

    @property
    def rpo_seconds(self) -> int | None:
        """Return the worst-case loss; None when there is an instant at which nothing can be restored."""
        return None if self.gap or not self.worst else self.worst.worst


def saw_teeth(lines: Mapping[str, Timeline], stores: Sequence[str], since: int, until: int) -> Iterator[Tooth]:
    """Return the stretches between `since` and `until` in which the newest surviving state stays the same.

    Of two stores with the same state, the one named first counts.
    """
    return (Tooth(*stretch) for stretch in _stretches(lines, stores, since, until))


def _stretches(
    lines: Mapping[str, Timeline], stores: Sequence[str], since: int, until: int
) -> Iterator[tuple[int, int, int, str]]:
    current = {store: lines[store].at(since) if store in lines else EMPTY for store in stores}
    state, holder = _newest(current)
    start = since
    for time, store, value in _changes(lines, stores, since, until):
        current[store] = value
        if value > state:
            if time > start:
                yield start, time, state, holder
            start, state, holder = time, value, store
        elif store == holder and value != state:
            newest, other = _newest(current)
            if newest != state and time > start:
                yield start, time, state, holder
                start = time
            state, holder = newest, other
    if until > start:
        yield start, until, state, holder


def _newest(current: Mapping[str, int]) -> tuple[int, str]:
    best, holder = EMPTY, ""
    for store, value in current.items():
        if value > best:
            best, holder = value, store
    return best, holder


def _changes(
    lines: Mapping[str, Timeline], stores: Sequence[str], since: int, until: int
) -> list[tuple[int, str, int]]:
    found: list[tuple[int, str, int]] = []
    for store in stores:
        if store in lines:
            line = lines[store]
            found += [
                (time, store, value)
                for time, value in zip(line.times, line.values, strict=True)
                if since < time < until
            ]
    if len(stores) > 1:
        found.sort(key=_by_time)
    return found


def _by_time(change: tuple[int, str, int]) -> int:
    return change[0]


def losses(lines: Mapping[str, Timeline], stores: Sequence[str], since: int, until: int) -> Losses:
    """Return worst, mean and best loss of a disaster which these stores survive."""
    worst: tuple[int, int, int, str] | None = None
    gap: Tooth | None = None
    doubled_area, highest, lowest, worst_end = 0, -1, until - since + LONG, -1
    next_state: int | None = None
    for stretch in _stretches(lines, stores, since, until):
        start, end, state, _ = stretch
        if start == worst_end:
            next_state = state
        if state < 0:
            gap = gap or Tooth(*stretch)
            continue
        high, low = end - state, start - state
        doubled_area += (end - start) * (high + low)
        if high > highest:
            worst, highest, worst_end, next_state = stretch, high, end, None
        lowest = min(lowest, low)
    best = lowest if worst else None
    mean = None if gap or until <= since else round(doubled_area / 2 / (until - since))
    return Losses(Tooth(*worst) if worst else None, mean, None if gap else best, gap, next_state)
