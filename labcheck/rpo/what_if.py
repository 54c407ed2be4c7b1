"""The variants of an answer: failed runs, a dump that takes longer than the gap behind it, clock changes."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from itertools import pairwise

from labcheck.rpo.disasters import survivors
from labcheck.rpo.holdings import Holding
from labcheck.rpo.jobs import Durations, Job
from labcheck.rpo.loss import losses, saw_teeth
from labcheck.rpo.pipeline import Pipeline, Reading, join
from labcheck.rpo.question import Disaster
from labcheck.rpo.recovery import Simulation, recover, simulate
from labcheck.rpo.starts import clock_changes, seconds
from labcheck.rpo.timeline import Effect, Run, Timeline
from labcheck.rpo.variants import Failures, memory, worst_in_a_row, worst_with_next

DAY = 86400


@dataclass(frozen=True)
class Variant:
    """The same question with one thing changed: worst loss in seconds by disaster; None: nothing can be restored."""

    name: str
    title: str
    losses: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True)
class Case:
    """One service with its copies and disasters, over a period."""

    simulation: Simulation
    holdings: tuple[Holding, ...]
    disasters: tuple[Disaster, ...]
    since: int
    until: int

    @property
    def groups(self) -> list[list[str]]:
        """Return the stores that survive each disaster."""
        return [[holding.store for holding in survivors(one, self.holdings)] for one in self.disasters]

    def variant(self, name: str, title: str, worst: Sequence[int | None]) -> Variant:
        """Return a variant with one loss for each disaster."""
        names = [disaster.name for disaster in self.disasters]
        return Variant(name, title, tuple(zip(names, worst, strict=True)))


def flows(case: Case) -> list[tuple[str, str, frozenset[int]]]:
    """Return the ways over the network: a name, where it leads, and the steps that go it."""
    found: dict[str, tuple[int, set[int]]] = {}
    for link in case.simulation.pipeline.links:
        mine = link.target.service == case.holdings[0].service
        if mine and link.crosses:
            found.setdefault(link.target.place.host, (link.target.hops, set()))[1].add(link.step.number)
    kinds = {host: "upload" if hops == 1 else "off-site copy" for host, (hops, _) in found.items()}
    names = []
    for host, (_, steps) in found.items():
        kind = kinds[host]
        name = kind if list(kinds.values()).count(kind) == 1 else f"{kind} to {host}"
        names.append((name, host, frozenset(steps)))
    return names


def failed_runs(case: Case, most: int) -> Iterator[Variant]:
    """Yield the worst case with 1 to `most` failed runs of each flow, and with the next flow failing the day after."""
    lines = case.simulation.unlucky
    mine = [run for run in case.simulation.pipeline.runs if run.writes in {h.store for h in case.holdings}]
    reach = memory(lines_of(lines, case), mine, case.since, case.until)
    failures = Failures(mine, reach, case.since, case.until)
    ways = flows(case)
    for name, host, steps in ways:
        slug = name.replace(" ", "-")
        for count, worst in enumerate(worst_in_a_row(failures, steps, most, case.groups), start=1):
            times = {1: "once", 2: "twice"}.get(count, f"{count} times")
            title = f"the {name} to {host} fails {times}" + (" in a row" if count > 1 else "")
            yield case.variant(f"{slug}-fails-{times.replace(' ', '-')}", title, worst)
    dumps = frozenset(run.step for run in mine if run.effect in (Effect.DUMP, Effect.APPEND))
    for worst in worst_in_a_row(failures, dumps, min(most, 1), case.groups):
        yield case.variant("dump-missed-once", "one dump does not run", worst)
    for (name, host, steps), (other, _, next_steps) in pairwise(ways):
        title = f"the {name} to {host} fails once, and then the {other} that would have made up for it"
        slug = f"{name}-and-next-{other}-fail".replace(" ", "-")
        both = worst_with_next(failures, steps, next_steps, case.groups)
        if both is not None:
            yield case.variant(slug, title, both)


def lines_of(lines: Mapping[str, Timeline], case: Case) -> dict[str, Timeline]:
    """Return the timelines of one service's stores."""
    return {holding.store: lines[holding.store] for holding in case.holdings if holding.store in lines}


def slow_dump(case: Case, jobs: Sequence[Job], reading: Reading, durations: Durations) -> Iterator[Variant]:
    """Yield what happens when each dump takes a second too long for its upload: as written, and renamed."""
    gap = gap_to_upload(case)
    if gap is None:
        return
    slow = replace(durations, dump_seconds=gap + 1, jobs={})
    pipeline = join(jobs, slow, reading)
    takes = f"the dump takes {gap + 1} s, longer than the {gap} s until its upload"
    for name, title, runs in (
        ("slow-dump-in-place", f"{takes}; it is written in place", pipeline.runs),
        ("slow-dump-renamed", f"{takes}; it is renamed into place when complete", _renamed(pipeline)),
    ):
        there = simulate(replace(pipeline, runs=runs))
        worst = [recover(there, case.holdings, one, case.since, case.until).worst_seconds for one in case.disasters]
        yield case.variant(name, title, worst)


def _renamed(pipeline: Pipeline) -> tuple[Run, ...]:
    return tuple(replace(run, effect=Effect.APPEND) if run.effect is Effect.DUMP else run for run in pipeline.runs)


def gap_to_upload(case: Case) -> int | None:
    """Return the usual seconds from the start of a dump to the start of the upload that reads it, in another job."""
    runs = case.simulation.pipeline.runs
    for link in case.simulation.pipeline.links:
        if not link.source or not link.crosses or link.target.service != case.holdings[0].service:
            continue
        dump = next((r for r in runs if r.writes == link.source.store and r.effect is Effect.DUMP), None)
        upload = next(r for r in runs if r.step == link.step.number and r.writes == link.target.store)
        if dump is None or dump.job == upload.job or not dump.starts or not upload.starts:
            continue
        inside = [start for start in upload.starts if case.since <= start < case.until]
        gaps = _gaps(dump.starts, inside)
        if gaps:
            return max(set(gaps), key=gaps.count)
    return None


def _gaps(dumps: Sequence[int], uploads: Sequence[int]) -> list[int]:
    found, place = [], 0
    for upload in uploads:
        while place < len(dumps) and dumps[place] < upload:
            place += 1
        if place:
            found.append(upload - dumps[place - 1])
    return found


def through_clock_changes(case: Case, zone_of: Callable[[str], tzinfo], hosts: Sequence[str]) -> Iterator[Variant]:
    """Yield the worst case around each change of a clock, and on all other days."""
    zones = list(dict.fromkeys(zone_of(host) for host in hosts))
    turns = sorted({seconds(c.instant) for zone in zones for c in clock_changes(zone, case.since, case.until)})
    if not turns:
        return
    reach = 3 * DAY
    lines = case.simulation.unlucky
    ordinary: list[int | None] = []
    near: dict[int, list[int | None]] = {turn: [] for turn in turns}
    for group in case.groups:
        teeth = list(saw_teeth(lines, group, case.since, case.until))
        usual = [tooth.worst for tooth in teeth if not any(-DAY < tooth.end - turn < reach for turn in turns)]
        ordinary.append(max(usual) if usual and all(tooth.state >= 0 for tooth in teeth) else None)
        for turn in turns:
            near[turn].append(losses(lines, group, turn - DAY, turn + reach).rpo_seconds)
    yield case.variant("ordinary-days", "on all days without a clock change near", ordinary)
    for turn in turns:
        when = datetime.fromtimestamp(turn, UTC).date()
        yield case.variant(f"clock-change-{when}", f"around the clock change of {when:%d %B %Y}", near[turn])
