"""What a store holds over time, worked out from the runs that write to it.

A timeline changes only at events: from `times[n]` on, `values[n]` is the newest state that can be restored from
the store, as the instant at which it was captured (seconds since 1970), or TORN or EMPTY. Between two events
nothing happens, so nothing has to be looked at.

Rules (a version is known by the instant at which it was captured):
- a dump started at t is the state at t, usable when it is finished; a file that is emptied first holds nothing
  usable meanwhile;
- a transfer carries what its source held when it started, usable at the target when it is finished;
- a start in the very second of another job's finish is a tie: the shell promises no order. Both orders are
  worked out, a lucky and an unlucky one, and the answers are shown side by side.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

TORN = -2
EMPTY = -1


class Effect(Enum):
    """What a run does to the store that it writes to, at its end."""

    DUMP = "dump"
    """a new state of production; nothing usable while it runs"""
    APPEND = "append"
    """a new state of production behind the older ones"""
    ADD = "add"
    """one more version beside the older ones"""
    REPLACE = "replace"
    """one version in the place of the older one"""
    ROTATE = "rotate"
    """one version in the place of the older one, which stays beside it until the next run (`rsync -b`)"""
    MIRROR = "mirror"
    """exactly what the source holds, even if that is nothing"""
    CLEAR = "clear"
    """nothing is left"""


@dataclass(frozen=True)
class Run:
    """All runs of one step: when they start (sorted, seconds since 1970), how long each takes, and to what effect.

    `reads` and `writes` name stores; `reads` is None for a dump. Steps of one `job` follow each other, so among
    them there are no ties. `continues` marks an incremental backup, which needs a full one in its store.
    """

    step: int
    job: str
    effect: Effect
    reads: str | None
    writes: str
    starts: Sequence[int]
    duration: int = 0
    continues: bool = False
    source_jobs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Tie:
    """A run that starts in the second in which its source changes, and the oldest and newest state it may read."""

    step: int
    store: str
    instant: int
    oldest: int
    newest: int


@dataclass(frozen=True)
class Timeline:
    """The states of one store; see the module's text. `times` is sorted and begins with the first change."""

    times: Sequence[int]
    values: Sequence[int]
    passing: Mapping[int, int] = field(default_factory=dict)
    """states that were there for an instant only: one run finished in the second in which the next began"""

    def at(self, instant: int) -> int:
        """Return what the store holds at an instant, changes of that instant included."""
        place = bisect_right(self.times, instant)
        return self.values[place - 1] if place else EMPTY


NOTHING = Timeline((), ())


class Cycle(ValueError):  # noqa: N818 - a shape of the pipeline
    """Stores that are copied round in a circle; the message names them."""


Event = tuple[int, int, int, int]
"""time, order among events of that time, kind (an index into the names below), captured state"""
BEGIN, FINISH, ADDED, CONTINUED, REPLACED, MIRRORED, CLEARED, ROTATED = range(8)


def timelines(runs: Sequence[Run], *, unlucky: bool, ties: list[Tie] | None = None) -> dict[str, Timeline]:
    """Return the timeline of each store that a run writes to; ties are appended to `ties`.

    Takes time in proportion to the number of runs, not to the length of the period. Raises Cycle.
    """
    writers: dict[str, list[Run]] = {}
    for run in runs:
        writers.setdefault(run.writes, []).append(run)
    found: dict[str, Timeline] = {}
    for store in in_order(writers):
        found[store] = _timeline(writers[store], found, unlucky, [] if ties is None else ties)
    return found


def in_order(writers: Mapping[str, Iterable[Run]]) -> list[str]:
    """Return the stores, each after those that it is filled from; raise Cycle if there is no such order."""
    done: list[str] = []
    open_stores: list[str] = []

    def visit(store: str) -> None:
        if store in done or store not in writers:
            return
        if store in open_stores:
            raise Cycle(" → ".join([*open_stores[open_stores.index(store) :], store]))
        open_stores.append(store)
        for run in writers[store]:
            if run.reads is not None:
                visit(run.reads)
        open_stores.pop()
        done.append(store)

    for store in writers:
        visit(store)
    return done


def _timeline(runs: Sequence[Run], sources: Mapping[str, Timeline], unlucky: bool, ties: list[Tie]) -> Timeline:
    events: list[Event] = []
    for run in runs:
        if run.effect in (Effect.DUMP, Effect.APPEND):
            _dump_events(run, events)
        elif run.effect is Effect.CLEAR:
            events += [(start + run.duration, 2, CLEARED, EMPTY) for start in run.starts]
        else:
            source = None if run.reads is None else sources.get(run.reads, NOTHING)
            _transfer_events(run, source, events, unlucky, ties)
    events.sort()
    return _swept(events)


def _dump_events(run: Run, events: list[Event]) -> None:
    duration = run.duration
    if run.effect is Effect.APPEND:
        events += [(start + duration, 1, ADDED, start) for start in run.starts]
    elif duration == 0:
        events += [(start, 1, REPLACED, start) for start in run.starts]
    else:
        for start in run.starts:
            events.append((start, 3, BEGIN, start))
            events.append((start + duration, 1, FINISH, start))


def _transfer_events(run: Run, source: Timeline | None, events: list[Event], unlucky: bool, ties: list[Tie]) -> None:
    """Append one event for each run: it carries what the source held at its start (production: the present)."""
    kinds = {Effect.REPLACE: REPLACED, Effect.MIRROR: MIRRORED, Effect.ROTATE: ROTATED}
    kind = kinds.get(run.effect, CONTINUED if run.continues else ADDED)
    duration = run.duration
    if source is None:
        events += [(start + duration, 1, kind, start) for start in run.starts]
        return
    times, values = source.times, source.values
    definite = run.job in run.source_jobs
    place = 0
    for start in run.starts:
        place = bisect_right(times, start, place)
        value = values[place - 1] if place else EMPTY
        if place and times[place - 1] == start:
            states = (values[place - 2] if place > 1 else EMPTY, value, source.passing.get(start, value))
            if not definite:
                ties.append(Tie(run.step, run.reads or "", start, min(states), max(states)))
            value = min(states) if unlucky and not definite else max(states)
        if value != EMPTY or kind == MIRRORED:
            events.append((start + duration, 1, kind, value))


def _swept(events: Sequence[Event]) -> Timeline:
    """Turn events into states: `content` is what is there, TORN is shown while something is being written over it."""
    times: list[int] = []
    values: list[int] = []
    passing: dict[int, int] = {}
    content, older, shown, active, has_full = EMPTY, EMPTY, EMPTY, 0, True
    for time, _, kind, capture in events:
        if kind in (ADDED, CONTINUED):
            if kind == ADDED:
                has_full = True
            elif not has_full:
                continue
            if capture <= content:
                continue
            content = capture
        elif kind == BEGIN:
            active += 1
        elif kind == CLEARED:
            content, older, has_full = EMPTY, EMPTY, False
        else:
            active -= kind == FINISH
            older = content if kind == ROTATED else EMPTY
            content = capture
        state = TORN if active else content if older < 0 else max(content, older)
        if state != shown:
            if times and times[-1] == time:
                passing[time] = max(shown, passing.get(time, TORN))
                values[-1] = state
            else:
                times.append(time)
                values.append(state)
            shown = state
    return Timeline(times, values, passing)
