"""Joins the steps of all jobs into a pipeline: production → dump → backup server → off-site.

Files and repositories are joined by host and path, across hosts. First everything that the words say exactly;
then, in the reading on paper, by evident intent; then directories of the running system count as production.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from labcheck.rpo.commands.actions import Backup, CleanUp, Copy, Dump, Remove
from labcheck.rpo.commands.places import Place, same_host
from labcheck.rpo.commands.transfers import SUFFIXES
from labcheck.rpo.holdings import Holding, landing, left_out, means
from labcheck.rpo.jobs import Durations, Job, Step, offsets
from labcheck.rpo.joining import LEFT_OUT, Join, all_of, exact, intended, is_live
from labcheck.rpo.links import Link, runs_of
from labcheck.rpo.timeline import Run


@dataclass(frozen=True)
class Loose:
    """A step whose source nothing fills."""

    step: Step
    source: Place


@dataclass(frozen=True)
class Pipeline:
    """What fills what. `loose` steps lead nowhere, `circles` would bring data back to where it came from."""

    links: tuple[Link, ...]
    holdings: tuple[Holding, ...]
    loose: tuple[Loose, ...]
    circles: tuple[Link, ...]
    runs: tuple[Run, ...]

    @property
    def services(self) -> tuple[tuple[str, str], ...]:
        """Return service and production host of each kind of data, in the order of the files."""
        return tuple(dict.fromkeys((holding.service, holding.production) for holding in self.holdings))

    def of_service(self, service: tuple[str, str]) -> tuple[Holding, ...]:
        """Return the holdings of one service, nearest to production first."""
        found = [holding for holding in self.holdings if (holding.service, holding.production) == service]
        return tuple(sorted(found, key=lambda holding: (holding.hops, len(holding.lineage))))


@dataclass(frozen=True)
class Reading:
    """How a pipeline is joined: with guesses or without, which steps never succeed, which read production."""

    guesses: bool
    broken: frozenset[int] = frozenset()
    live: frozenset[int] = frozenset()


def join(jobs: Sequence[Job], durations: Durations, reading: Reading) -> Pipeline:
    """Return the pipeline of these jobs."""
    builder = _Builder(jobs, reading)
    builder.build()
    delays = {number: delay for job in jobs for number, delay in offsets(job, durations).items()}
    runs = tuple(runs_of(builder.links, builder.clearings(), durations, delays))
    return Pipeline(
        tuple(builder.links),
        tuple(builder.holdings.values()),
        tuple(builder.loose()),
        tuple(builder.circles),
        runs,
    )


class _Builder:
    def __init__(self, jobs: Sequence[Job], reading: Reading) -> None:
        self.reading = reading
        self.links: list[Link] = []
        self.circles: list[Link] = []
        self.holdings: dict[str, Holding] = {}
        steps = [step for job in jobs for step in job.steps if step.after != "||"]
        self.steps = [step for step in steps if step.number not in reading.broken]

    def build(self) -> None:
        for step in self.steps:
            if isinstance(step.action, Dump) and step.action.target is not None:
                self._dump(step, step.action, step.action.target)
        self._settle()
        if self.reading.guesses:
            while self._guess(abroad=False) or self._guess(abroad=True):
                self._settle()
        self._read_production()

    def loose(self) -> list[Loose]:
        joined = {(link.step.number, link.read) for link in (*self.links, *self.circles)}
        return [Loose(step, source) for step, source in self._readers() if (step.number, source) not in joined]

    def clearings(self) -> Iterator[tuple[Step, Holding]]:
        """Yield each store that a step deletes."""
        for step in self.steps:
            action = step.action
            if isinstance(action, Remove) and action.older_than_seconds is None:
                for holding in self.holdings.values():
                    if any(removes(place, holding, recursive=action.recursive) for place in action.places):
                        yield step, holding

    def _dump(self, step: Step, action: Dump, target: Place) -> None:
        hops = int(not same_host(action.host, target.host))
        holding = Holding(action.service, action.host, target, hops=hops, tool=action.tool)
        self._link(Link(step, None, holding))

    def _readers(self) -> Iterator[tuple[Step, Place]]:
        for step in self.steps:
            action = step.action
            if isinstance(action, Backup) and not action.dry_run:
                yield step, action.source
            elif isinstance(action, Copy) and not action.dry_run:
                for source in action.sources:
                    yield step, source

    def _settle(self) -> None:
        """Join what is exact until nothing new turns up."""
        size = -1
        while size != len(self.links) + len(self.circles):
            size = len(self.links) + len(self.circles)
            for step, source in self._readers():
                recursive = isinstance(step.action, Backup) or step.action.recursive  # type: ignore[union-attr]
                found = exact(source, tuple(self.holdings.values()), recursive=recursive, job=step.job.key)
                self._add(step, source, [one for one in found if not _left_out(step, source, one.holding)])

    def _guess(self, *, abroad: bool) -> bool:
        busy = {link.step.number for link in self.links}
        for loose in self.loose():
            if loose.step.number in busy:  # another source of the same command is what it says it is
                continue
            kept, holdings = isinstance(loose.step.action, Copy), tuple(self.holdings.values())
            found = [
                Join(one, f"{LEFT_OUT} `{option}`")
                for one in holdings
                if means(loose.source, one, recursive=True) and (option := _left_out(loose.step, loose.source, one))
            ] or intended(loose.source, holdings, kept=kept)
            found = [one for one in found if (one.reason == "lies on another host") == abroad]
            if found and self._add(loose.step, loose.source, found):
                return True
        return False

    def _read_production(self) -> None:
        """Take what no job writes, but is a directory of the running system, for production itself."""
        for loose in self.loose():
            wanted = self.reading.guesses or loose.step.number in self.reading.live
            local = loose.source.host == loose.step.job.host
            place = all_of(loose.source)
            if wanted and local and is_live(place):
                holding = Holding(place.path, place.host, place)
                self._add(loose.step, loose.source, [Join(holding)], live=True)
        self._settle()

    def _add(self, step: Step, source: Place, found: Sequence[Join], *, live: bool = False) -> bool:
        before = len(self.links) + len(self.circles)
        for joined in found:
            target = _target(step, source, joined.holding)
            target = next((old for old in self.holdings.values() if _same_store(old, target)), target)
            link = Link(step, None if live else joined.holding, target, joined.reason, source)
            if target.store == joined.holding.store or target.store in joined.holding.lineage:
                if link not in self.circles:
                    self.circles.append(link)
            else:
                self._link(link)
        return len(self.links) + len(self.circles) > before

    def _link(self, link: Link) -> None:
        key = (link.step.number, link.source.store if link.source else "", link.target.store)
        if any(
            key == (old.step.number, old.source.store if old.source else "", old.target.store) for old in self.links
        ):
            return
        self.links.append(link)
        self.holdings.setdefault(link.target.store, link.target)
        if link.source and isinstance(link.step.action, Copy) and link.step.action.moves:
            self.holdings[link.source.store] = replace(link.source, moved_by=link.step.job.key)


def _left_out(step: Step, source: Place, holding: Holding) -> str:
    return left_out(step.action, source, holding) if isinstance(step.action, Copy) else ""


def _same_store(old: Holding, new: Holding) -> bool:
    same = old.service == new.service and old.production == new.production and old.repository == new.repository
    return same and bool(set(old.places) & set(new.places)) and old.store != new.store


def _target(step: Step, source: Place, holding: Holding) -> Holding:
    action = step.action
    lineage = (*holding.lineage, holding.store)
    if isinstance(action, Backup):
        hops = holding.hops + action.crosses_network
        return Holding(holding.service, holding.production, action.target, True, hops, (), lineage, action.tool)
    if not isinstance(action, Copy):
        raise TypeError(f"{action} reads nothing")
    hops = holding.hops + (not same_host(action.target.host, holding.place.host))
    if action.tool in ("tar", "cat", "pv", *SUFFIXES):
        places: tuple[Place, ...] = (action.target,)
    else:
        places = landing(source, action.target, holding, contents_only=action.contents_only)
    repository = holding.repository and action.tool != "tar"
    return Holding(holding.service, holding.production, places[0], repository, hops, places[1:], lineage, action.tool)


def removes(place: Place, holding: Holding, *, recursive: bool) -> bool:
    """Tell whether `rm` of this place takes the holding away."""
    if holding.repository and place.is_glob:
        return means(place, holding, recursive=True)
    return means(place, holding, recursive=recursive)


def stores_cleaned(pipeline: Pipeline, jobs: Sequence[Job]) -> list[tuple[Step, Holding | None]]:
    """Return each clean-up with the repository that it looks at; None where no backup goes to its URL."""
    found: list[tuple[Step, Holding | None]] = []
    for job in jobs:
        for step in job.steps:
            if isinstance(step.action, CleanUp):
                target = step.action.target
                met = [h for h in pipeline.holdings if h.repository and means(target, h, recursive=True)]
                same = [holding for holding in met if any(place.path == target.path for place in holding.places)]
                found += [(step, holding) for holding in same] or [(step, None)]
    return found
