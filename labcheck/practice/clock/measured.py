"""What was really lost at worst, beside what the crontabs promise on paper.

The same arithmetic twice (`labcheck.rpo`): once with the runs that cron should make, once with those that were made,
with the times that they took, and of those only the ones that succeeded and wrote what they should.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from zoneinfo import ZoneInfo

from labcheck.errors import LabcheckError
from labcheck.practice.clock.journal import Entry, Ran, Reached, Span, Wrote
from labcheck.rpo import CrontabFile, Durations, NoAnswer, Period, Question, answer
from labcheck.rpo.answer import ServiceAnswer
from labcheck.rpo.commands.places import same_host
from labcheck.rpo.disasters import spares_production, survivors
from labcheck.rpo.durations import hours
from labcheck.rpo.holdings import Holding
from labcheck.rpo.loss import Tooth, losses, saw_teeth
from labcheck.rpo.recovery import Recovery
from labcheck.rpo.timeline import Effect, Run, Timeline, timelines

MILLISECONDS = 1000
DAY = 86400
AGREEING_SECONDS = 5
"""Cron starts jobs within the first second of a minute, and durations differ from run to run."""


@dataclass(frozen=True)
class Comparison:
    """One disaster: seconds lost at worst on paper and as measured; None where nothing could be restored.

    `expected_seconds` is the paper with the durations that were measured; `why` explains a difference.
    """

    name: str
    title: str
    paper_seconds: int | None
    expected_seconds: int | None
    measured_seconds: float | None
    restorable_from: float | None
    why: str
    teeth: tuple[Tooth, ...] = ()

    @property
    def agrees(self) -> bool:
        """Say whether the paper, with measured durations, is what was measured."""
        if self.expected_seconds is None or self.measured_seconds is None:
            return self.expected_seconds is self.measured_seconds is None
        return abs(self.expected_seconds - self.measured_seconds) <= AGREEING_SECONDS


def last_period(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries of the last fast-forward; none where there was none."""
    begins = [place for place, entry in enumerate(entries) if isinstance(entry, Span)]
    return list(entries[begins[-1] :]) if begins else []


def comparisons(entries: Sequence[Entry]) -> list[Comparison]:
    """Compare paper and measurement over the last fast-forward; raises `NoAnswer` where nothing moves data."""
    period = last_period(entries)
    span = next((entry for entry in period if isinstance(entry, Span)), None)
    if span is None:
        raise LabcheckError("nothing was run yet", "Run some weeks: labcheck lab fast-forward 6w")
    until = next((entry.instant for entry in period if isinstance(entry, Reached)), span.until)
    ran = [entry for entry in period if isinstance(entry, Ran)]
    paper = _service(span, Durations())
    expected = _service(span, _durations(paper, ran))
    lines = timelines(list(_real_runs(paper, period)), unlucky=False)
    window = (math.floor(span.since * MILLISECONDS), math.floor(until * MILLISECONDS))
    return [
        _compared(one, other, paper.case.holdings, lines, window, ran)
        for one, other in zip(paper.paper, expected.paper, strict=True)
        if not spares_production(one.disaster, one.production)
    ]


def _service(span: Span, durations: Durations) -> ServiceAnswer:
    files = tuple(
        CrontabFile(one["host"], one["path"].removeprefix("/etc/cron.d/"), one["text"])
        for one in span.crontabs
        if not one["path"].startswith("/var/spool/")
    )
    if not files:
        raise NoAnswer("no crontab is installed on any host", "Install one: labcheck lab shell db --user root")
    zones = {file.host: ZoneInfo(span.zones[file.host]) for file in files}
    zone = zones.get(files[0].host, UTC)
    first = datetime.fromtimestamp(span.since, zone).date()
    days = max(1, math.ceil((span.until - span.since) / DAY))
    found = answer(Question(files, Period(first, days), durations, zones=zones), variants=False)
    return found.services[0]


def _durations(paper: ServiceAnswer, ran: Sequence[Ran]) -> Durations:
    """Return the longest time that a run of each job took, in whole seconds."""
    longest: dict[tuple[str, str, int], int] = {}
    for link in paper.case.simulation.pipeline.links:
        job = link.step.job
        took = [one.ended - one.started for one in ran if _is_of(one, job.host, job.file, job.line) and one.status == 0]
        for kind in ("dump", "transfer"):
            longest[(kind, job.host, job.line)] = math.ceil(max(took, default=0))
    return Durations(dump_seconds=0, transfer_seconds=0, jobs=longest)


def _is_of(ran: Ran, host: str, file: str, line: int) -> bool:
    return (ran.host, ran.path.removeprefix("/etc/cron.d/"), ran.line) == (host, file, line)


def _real_runs(paper: ServiceAnswer, entries: Sequence[Entry]) -> Iterator[Run]:
    """Yield one run for each that was made, in milliseconds; a dump that failed leaves nothing usable behind."""
    pipeline = paper.case.simulation.pipeline
    targets = {link.target.store: link.target for link in pipeline.links}
    wrote = [entry for entry in entries if isinstance(entry, Wrote) and not entry.gone]
    for run in pipeline.runs:
        host, _, place = run.job.partition("|")
        file, _, line = place.rpartition(":")
        single = sum(other.job == run.job for other in pipeline.runs) == 1
        for ran in entries:
            if isinstance(ran, Ran) and _is_of(ran, host, file, int(line)):
                effect = _effect(run.effect, ran, targets[run.writes], wrote)
                if effect is not None:
                    yield _real_run(run, ran, effect, single=single)


def _effect(planned: Effect, ran: Ran, target: Holding, wrote: Sequence[Wrote]) -> Effect | None:
    if planned is Effect.CLEAR:
        return planned if ran.status == 0 else None
    written = any(one.size_bytes > 0 and _lies_in(one, target) for one in wrote if _during(one, ran))
    if ran.status == 0 and (written or planned is Effect.MIRROR):
        return planned
    torn = planned is Effect.DUMP and any(_lies_in(one, target) for one in wrote if _during(one, ran))
    return Effect.CLEAR if torn else None


def _during(wrote: Wrote, ran: Ran) -> bool:
    return ran.started - 1 <= wrote.instant <= ran.ended + 1


def _lies_in(wrote: Wrote, target: Holding) -> bool:
    return any(
        same_host(wrote.host, place.host)
        and (fnmatchcase(wrote.path, place.pattern) or (target.repository and wrote.path.startswith(f"{place.path}/")))
        for place in target.places
    )


def _real_run(run: Run, ran: Ran, effect: Effect, *, single: bool) -> Run:
    """Return a run as it was made; of a job with several steps the dump counts from its start, the rest to its end."""
    start, end = round(ran.started * MILLISECONDS), round(ran.ended * MILLISECONDS)
    at_once = not single and run.reads is None
    return replace(run, effect=effect, starts=(start,), duration=0 if at_once else end - start)


def _compared(
    paper: Recovery,
    expected: Recovery,
    holdings: Sequence[Holding],
    lines: dict[str, Timeline],
    window: tuple[int, int],
    ran: Sequence[Ran],
) -> Comparison:
    stores = [holding.store for holding in survivors(paper.disaster, holdings)]
    arrivals = [
        time
        for store in stores
        if store in lines
        for time, value in zip(lines[store].times, lines[store].values, strict=True)
        if value >= 0
    ]
    first = max(min(arrivals), window[0]) if arrivals else None
    found = losses(lines, stores, first, window[1]) if first is not None and first < window[1] else None
    worst = found.worst if found and not found.gap else None
    comparison = Comparison(
        paper.disaster.name,
        paper.disaster.title,
        paper.worst_seconds,
        expected.worst_seconds,
        worst.worst / MILLISECONDS if worst else None,
        first / MILLISECONDS if first is not None else None,
        "",
        tuple(saw_teeth(lines, stores, *window)),
    )
    return replace(comparison, why=_why(comparison, worst, ran))


def _why(found: Comparison, worst: Tooth | None, ran: Sequence[Ran]) -> str:
    if found.agrees:
        if found.paper_seconds == found.expected_seconds or found.expected_seconds is None:
            return "they agree"
        return f"they agree: with the times that runs took here, the paper says {hours(found.expected_seconds)}"
    if worst is None:
        return _failures(ran) or "no usable copy was there at some time after the first one"
    span = (worst.state / MILLISECONDS, worst.end / MILLISECONDS)
    failed = _failures([one for one in ran if span[0] < one.started < span[1]])
    return f"in the worst stretch {failed}" if failed else _why_without_failures(found)


def _why_without_failures(found: Comparison) -> str:
    if found.expected_seconds is None:
        return "on paper there is an instant at which nothing can be restored, and it did not come to that"
    if (found.measured_seconds or 0) < found.expected_seconds:
        return "the worst stretch on paper did not come in this period"
    return "in the worst stretch no job failed, but what should have been copied was not there yet"


def _failures(ran: Sequence[Ran]) -> str:
    failed = [one for one in ran if one.status != 0]
    if not failed:
        return ""
    one = failed[-1]
    return f"{len(failed)} of {len(ran)} runs failed, such as {one.path}:{one.line} with status {one.status}"
