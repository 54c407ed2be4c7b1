"""Steps that fill stores, and the runs that the timelines are made of."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from labcheck.rpo.commands.actions import Backup, Copy, Dump
from labcheck.rpo.commands.places import Place
from labcheck.rpo.holdings import Holding
from labcheck.rpo.jobs import Durations, Job, Step
from labcheck.rpo.timeline import Effect, Run


@dataclass(frozen=True)
class Link:
    """One step that fills a store: from a holding, or from production itself (`source` is None)."""

    step: Step
    source: Holding | None
    target: Holding
    reason: str = ""
    read: Place | None = None

    @property
    def crosses(self) -> bool:
        """Tell whether the data comes to another host by it."""
        return self.target.hops > (self.source.hops if self.source else 0)


def effect_of(link: Link) -> Effect:
    """Return what a step does to its target store."""
    action = link.step.action
    if isinstance(action, Dump):
        many = action.appends or "$(" in link.target.place.path
        return Effect.APPEND if many else Effect.DUMP
    if isinstance(action, Backup):
        return Effect.ADD
    if not isinstance(action, Copy):
        raise TypeError(f"{action} fills nothing")
    if action.mirrors and action.recursive:
        return Effect.MIRROR
    if link.target.repository or action.keeps < 0 or "$(" in link.target.place.path:
        return Effect.ADD
    return Effect.ROTATE if action.keeps else Effect.REPLACE


def runs_of(
    links: Sequence[Link],
    clearings: Iterator[tuple[Step, Holding]],
    durations: Durations,
    delays: Mapping[int, int],
) -> Iterator[Run]:
    """Yield the runs of links and deletions; `delays` says when in its job each step begins, in seconds."""
    writers: dict[str, set[str]] = {}
    for link in links:
        writers.setdefault(link.target.store, set()).add(link.step.job.key)
    for link in links:
        yield _run(link, writers, durations, delays)
    for step, holding in clearings:
        # a second off the other steps of its job: the two never count as simultaneous
        beside = [one.step.number for one in links if one.step.job.key == step.job.key]
        is_first = bool(beside) and min(beside) > step.number
        starts = _shifted(step.job, delays[step.number] + (-1 if is_first else 1))
        yield Run(step.number, step.job.key, Effect.CLEAR, None, holding.store, starts)


def _run(link: Link, writers: Mapping[str, set[str]], durations: Durations, delays: Mapping[int, int]) -> Run:
    step, action = link.step, link.step.action
    reads = link.source.store if link.source else None
    return Run(
        step.number,
        step.job.key,
        effect_of(link),
        reads,
        link.target.store,
        _shifted(step.job, delays[step.number]),
        durations.of(action, step.job),
        continues=isinstance(action, Backup) and action.mode == "incremental",
        source_jobs=frozenset(writers.get(reads or "", ())),
    )


def _shifted(job: Job, seconds: int) -> Sequence[int]:
    return tuple(start + seconds for start in job.starts) if seconds else job.starts
