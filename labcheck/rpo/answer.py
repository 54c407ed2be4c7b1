"""The whole answer to a question: on paper, as it stands, what if, how much is kept, and what is wrong."""

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from labcheck.errors import LabcheckError
from labcheck.rpo import file_rules
from labcheck.rpo.commands.actions import Backup, CleanUp, Copy, Opaque, Remove
from labcheck.rpo.crontabs import Loaded, extended, load, timed
from labcheck.rpo.disasters import survivors, usual_disasters
from labcheck.rpo.findings import FATAL, Finding, in_file, in_order
from labcheck.rpo.holdings import Holding
from labcheck.rpo.jobs import Job, Step
from labcheck.rpo.links import Link, effect_of
from labcheck.rpo.names import refuse_strangers, renamed
from labcheck.rpo.pipeline import Pipeline, Reading, join, stores_cleaned
from labcheck.rpo.question import Disaster, Period, Question
from labcheck.rpo.recovery import Recovery, Simulation, recover, simulate
from labcheck.rpo.retention import (
    Retention,
    copied_retention,
    file_retention,
    look_back_needed,
    repository_retention,
)
from labcheck.rpo.rules import all_findings
from labcheck.rpo.span import days_to_look_at, warm_up
from labcheck.rpo.starts import clock_changes
from labcheck.rpo.timeline import Cycle, Effect
from labcheck.rpo.what_if import Case, Variant, failed_runs, slow_dump, through_clock_changes

DAY = 86400


class NoAnswer(LabcheckError):  # noqa: N818 - a state of the question
    """No recovery point can be worked out: nothing here dumps or copies data."""


@dataclass(frozen=True)
class ServiceAnswer:
    """The answer for one kind of data: each disaster on paper and as it stands, variants, retention."""

    service: str
    production: str
    case: Case
    paper: tuple[Recovery, ...]
    as_it_stands: tuple[Recovery, ...]
    variants: tuple[Variant, ...]
    retention: tuple[Retention, ...]


@dataclass(frozen=True)
class Answer:
    """The answer to a question. `services` are in the order of the files; `findings` the fatal ones first."""

    question: Question
    jobs: tuple[Job, ...]
    services: tuple[ServiceAnswer, ...]
    findings: tuple[Finding, ...]
    since: int
    until: int

    @property
    def paper(self) -> tuple[Recovery, ...]:
        """Return, for each disaster on paper, the service that loses most."""
        return _worst([service.paper for service in self.services])

    @property
    def as_it_stands(self) -> tuple[Recovery, ...]:
        """Return, for each disaster as things stand, the service that loses most."""
        return _worst([service.as_it_stands for service in self.services])

    def only(self, services: Container[str]) -> "Answer":
        """Return the answer for services of these names."""
        return replace(self, services=tuple(one for one in self.services if one.service in services))


def _worst(found: Sequence[Sequence[Recovery]]) -> tuple[Recovery, ...]:
    by_name: dict[str, list[Recovery]] = {}
    for recoveries in found:
        for recovery in recoveries:
            by_name.setdefault(recovery.disaster.name, []).append(recovery)
    return tuple(
        max(same, key=lambda one: float("inf") if one.worst_seconds is None else one.worst_seconds)
        for same in by_name.values()
    )


def answer(question: Question, *, variants: bool = True) -> Answer:
    """Return the recovery point that some crontabs give; raise NoAnswer when nothing in them moves data."""
    loaded = load(question)
    refuse_strangers(question, loaded)
    question, names = renamed(question, loaded)
    loaded = load(question) if names else loaded
    question = replace(question, period=_period(question, loaded))
    since, until = question.period.instants(question.clock)
    jobs = _jobs(loaded, question, since, until)
    paper = join(jobs, question.durations, Reading(guesses=True))
    if not paper.links:
        raise _no_answer(jobs, loaded, paper)
    on_paper = _simulated(paper)
    findings = in_order([*file_rules.taken_names(names, loaded), *all_findings(loaded, jobs, question, on_paper)])
    broken = frozenset(number for finding in findings if finding.severity == FATAL for number in finding.breaks)
    live = frozenset(link.step.number for link in paper.links if link.source is None and link.read is not None)
    literal = join(jobs, question.durations, Reading(guesses=False, broken=broken, live=live))
    as_is = on_paper if literal.runs == paper.runs else _simulated(literal)
    base = _Base(question, jobs, on_paper, as_is, findings, since, until)
    services = tuple(
        _service(service, base, variants=variants)
        for service in paper.services
        if any(holding.lineage or holding.hops or _is_dump(paper, holding) for holding in paper.of_service(service))
    )
    return Answer(question, jobs, services, findings, since, until)


def _is_dump(pipeline: Pipeline, holding: Holding) -> bool:
    return any(link.target.store == holding.store for link in pipeline.links)


def _simulated(pipeline: Pipeline) -> Simulation:
    try:
        return simulate(pipeline)
    except Cycle as circle:
        raise NoAnswer(f"the copies go round in a circle: {circle}", "Copy in one direction only.") from circle


def _period(question: Question, loaded: Sequence[Loaded]) -> Period:
    since, until = question.period.instants(question.clock)
    zones = {question.zone_of(one.source.host) for one in loaded}
    steady = not any(clock_changes(zone, since, until) for zone in zones)
    pairs = [pair for one in loaded for pair in zip(one.jobs, one.schedules, strict=True)]
    return replace(question.period, days=days_to_look_at(pairs, question.period.days, steady=steady))


def _jobs(loaded: Sequence[Loaded], question: Question, since: int, until: int) -> tuple[Job, ...]:
    """Return all jobs with their starts, from long enough before the period to a little behind it."""
    jobs = timed(loaded, question, since, until)
    reach = warm_up(jobs, question.durations, since, until)
    cleaners = [step for job in jobs for step in job.steps if isinstance(step.action, CleanUp)]
    limit = look_back_needed(cleaners)
    early = reach + (limit if limit > 200 * DAY or question.period.days < 200 else 0)
    before = timed(loaded, question, since - early, since)
    return extended(jobs, before, timed(loaded, question, until, until + reach))


def _no_answer(jobs: Sequence[Job], loaded: Sequence[Loaded], paper: Pipeline) -> NoAnswer:
    if not jobs:
        logs = [one.crontab.log[0] for one in loaded if one.crontab.log]
        return NoAnswer("there is no job in these crontabs" + (f": {logs[0]}" if logs else ""), "Is it the right file?")
    unread = [step.action for job in jobs for step in job.steps if isinstance(step.action, Opaque)]
    if unread:
        return NoAnswer(f"no job here is known to move data; `{unread[0].text}` was not read: {unread[0].why}")
    if paper.loose:
        one = paper.loose[0]
        if _go_in_circles(paper):
            return NoAnswer(f"copies go round in a circle: nothing dumps what reaches {one.source}", "Add the dump.")
        return NoAnswer(
            f"no job writes {one.source}, which line {one.step.job.line} of {one.step.job.file} sends on",
            "Give the crontab of the host that dumps, too: db=FILE.",
        )
    return NoAnswer("no job in these crontabs dumps or copies data", "Give the crontab that makes the backups.")


def _go_in_circles(paper: Pipeline) -> bool:
    targets = [loose.step.action.target for loose in paper.loose if isinstance(loose.step.action, Backup | Copy)]
    return all(
        any(loose.source.matches(target) or target.contains(loose.source) for target in targets)
        for loose in paper.loose
    )


@dataclass(frozen=True)
class _Base:
    """What the answers of all services rest on."""

    question: Question
    jobs: tuple[Job, ...]
    paper: Simulation
    literal: Simulation
    findings: tuple[Finding, ...]
    since: int
    until: int


def _service(service: tuple[str, str], base: _Base, *, variants: bool) -> ServiceAnswer:
    holdings = base.paper.pipeline.of_service(service)
    usual, question = usual_disasters(holdings), base.question
    wanted = question.only or (() if question.disasters else [one.name for one in usual])
    disasters = (*(one for one in usual if one.name in wanted), *question.disasters)
    case = Case(base.paper, holdings, disasters, base.since, base.until)
    paper = tuple(recover(base.paper, holdings, one, base.since, base.until) for one in disasters)
    return ServiceAnswer(
        *service,
        case,
        paper,
        tuple(_literally(base, holdings, one) for one in paper),
        tuple(_variants(case, question, base.jobs)) if variants else (),
        tuple(_retention(case, base.jobs)),
    )


def _literally(base: _Base, holdings: tuple[Holding, ...], paper: Recovery) -> Recovery:
    """Return the answer as things stand: no guesses, no luck with ties, and what is broken never succeeds."""
    disaster, found = paper.disaster, paper
    if base.literal is not base.paper:
        there = base.literal.pipeline.of_service((paper.service, paper.production))
        found = recover(base.literal, there or holdings, disaster, base.since, base.until)
    found = found.unlucky or found
    why = "" if found.rpo_seconds is not None else _reasons(base.paper.pipeline, holdings, disaster, base.findings)
    return replace(found, because=f"no recovery point will ever exist, because {why}") if why else found


def _reasons(pipeline: Pipeline, holdings: Sequence[Holding], disaster: Disaster, findings: Sequence[Finding]) -> str:
    """Return the fatal findings on the way to the nearest copy that would have survived."""
    needed = {store for holding in survivors(disaster, holdings)[:1] for store in (holding.store, *holding.lineage)}
    steps = {link.step.number for link in pipeline.links if link.target.store in needed}
    fatal = [one for one in findings if one.severity == FATAL and one.breaks & steps]
    lines: dict[tuple[str, str], list[int]] = {}
    for one in fatal:
        lines.setdefault((one.file, one.message), []).append(one.line)
    return "; and ".join(f"{in_file(numbers, file)}: {message}" for (file, message), numbers in lines.items())


def _variants(case: Case, question: Question, jobs: Sequence[Job]) -> Iterator[Variant]:
    yield from failed_runs(case, question.failures)
    yield from slow_dump(case, jobs, Reading(guesses=True), question.durations)
    yield from through_clock_changes(case, question.zone_of, [job.host for job in jobs])


def _retention(case: Case, jobs: Sequence[Job]) -> Iterator[Retention]:
    pipeline = case.simulation.pipeline
    cleaning: dict[str, list[Step]] = {}
    for step, holding in stores_cleaned(pipeline, jobs):
        if holding is not None:
            cleaning.setdefault(holding.store, []).append(step)
    removals = [step for job in jobs for step in job.steps if isinstance(step.action, Remove)]
    known: dict[str, Retention] = {}
    for holding in case.holdings:
        links = [link for link in pipeline.links if link.target.store == holding.store]
        if not links or holding.moved_by:
            continue
        copied = [link for link in links if isinstance(link.step.action, Copy)]
        mirrors = bool(copied) and effect_of(copied[0]) is Effect.MIRROR
        if copied and (holding.repository or mirrors) and holding.lineage[-1] in known:
            found = copied_retention(holding, known[holding.lineage[-1]], mirrors=mirrors)
        elif holding.repository:
            found = _of_repository(case, holding, cleaning)
        else:
            found = file_retention(holding, links, removals, _usual_period(links))
        known[holding.store] = found
        yield found


def _of_repository(case: Case, holding: Holding, cleaning: dict[str, list[Step]]) -> Retention:
    return repository_retention(
        holding, case.simulation.pipeline, cleaning.get(holding.store, []), case.since, case.until
    )


def _usual_period(links: Sequence[Link]) -> int:
    starts = sorted({start for link in links for start in link.step.job.starts})
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    return max(set(gaps), key=gaps.count) if gaps else 0
