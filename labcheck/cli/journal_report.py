"""The journal of the last fast-forward, for people and as a document."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from labcheck.practice.clock import journal
from labcheck.practice.clock.measured import Comparison, comparisons, last_period
from labcheck.practice.clock.period import told
from labcheck.practice.clock.versions import Version, versions
from labcheck.rpo import NoAnswer
from labcheck.rpo.durations import hours

SCHEMA = "labcheck/journal/1"
LONGEST_LINE = 120
LINES_OF_OUTPUT = 3


def report(entries: Sequence[journal.Entry], *, runs: bool = False) -> Iterator[str]:
    """Yield what came of the last fast-forward, as lines of text; with `runs` every run."""
    period = last_period(entries)
    span = next(entry for entry in period if isinstance(entry, journal.Span))
    clock = clock_of(span)
    yield from _head(period, span, clock)
    yield from _jobs(period, clock)
    if runs:
        yield from _runs(period, clock)
    yield from _chains(entries, clock)
    yield from _losses(entries, clock)


def clock_of(span: journal.Span) -> tzinfo:
    """Return the zone by which the story is told: that of the first host with a crontab."""
    name = span.zones.get(span.crontabs[0]["host"]) if span.crontabs else None
    return ZoneInfo(name or next(iter(span.zones.values()), "UTC"))


def _head(period: Sequence[journal.Entry], span: journal.Span, clock: tzinfo) -> Iterator[str]:
    end = next((entry for entry in period if isinstance(entry, journal.Reached)), None)
    until = end.instant if end else span.until
    rows = sum(isinstance(entry, journal.Row) for entry in period)
    yield f"From {told(span.since, clock)} to {told(until, clock)} ({clock}); {rows} rows added"
    if end is None or end.interrupted:
        yield f"Interrupted: it should have gone on until {told(span.until, clock)}"
    for one in span.ignored:
        yield f"Nothing ran: {one['host']} {one['path']}".rstrip() + f": {one['why']}"
    yield ""


def _jobs(period: Sequence[journal.Entry], clock: tzinfo) -> Iterator[str]:
    jobs: dict[tuple[str, str, int], list[journal.Ran]] = {}
    for entry in period:
        if isinstance(entry, journal.Ran):
            jobs.setdefault((entry.host, entry.path, entry.line), []).append(entry)
    if not jobs:
        yield "Nothing was due: no crontab that cron takes starts anything in this time."
    for (host, path, line), ran in sorted(jobs.items()):
        failed = [one for one in ran if one.status != 0]
        longest = max(one.ended - one.started for one in ran)
        verdict = f"{len(failed)} FAILED" if failed else "all well"
        yield f"{host} {path}:{line}  {len(ran)} runs, {verdict}, {longest:.1f} s at most"
        yield f"    {ran[0].user}: {_short(ran[0].command)}"
        if failed:
            yield from _failure(failed[-1], clock)


def _failure(ran: journal.Ran, clock: tzinfo) -> Iterator[str]:
    how = "was ended, as it ran too long" if ran.limited else f"ended with status {ran.status}"
    mail = f"the mail to {ran.mail_to}" if ran.mail_to else "nobody gets a mail (MAILTO is empty); it"
    yield f"    the last one, {told(ran.started, clock)}, {how}; {mail} says:"
    for line in [line for line in ran.output.splitlines() if line.strip()][-LINES_OF_OUTPUT:] or ["(nothing)"]:
        yield f"        {_short(line)}"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…"


def _runs(period: Sequence[journal.Entry], clock: tzinfo) -> Iterator[str]:
    yield ""
    for entry in period:
        if isinstance(entry, journal.Ran):
            took = entry.ended - entry.started
            status = "ended by the limit" if entry.limited else f"status {entry.status}"
            where = f"{told(entry.started, clock)}  {entry.host}:{entry.line}"
            yield f"{where}  {took:6.2f} s  {status}  {_short(entry.command)}"
            for line in entry.output.splitlines() if entry.status else []:
                yield f"    {_short(line)}"
        elif isinstance(entry, journal.Row):
            yield f"{told(entry.instant, clock)}  a row: {entry.value}"


def _chains(entries: Sequence[journal.Entry], clock: tzinfo) -> Iterator[str]:
    for place, found in versions(entries).items():
        there = [one for one in found if one.until is None]
        chains, deleted = len({one.chain for one in there}), len(found) - len(there)
        yield ""
        yield f"{place}: {len(there)} versions in {chains} chain{'s' * (chains != 1)} ({deleted} deleted)"
        if there:
            yield f"    from {_moment(there[0], clock)} to {_moment(there[-1], clock)}"


def _moment(version: Version, clock: tzinfo) -> str:
    return told(datetime.strptime(version.name, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp(), clock)


def _losses(entries: Sequence[journal.Entry], clock: tzinfo) -> Iterator[str]:
    yield ""
    try:
        found = comparisons(entries)
    except NoAnswer as reason:
        yield f"What would have been lost cannot be told: {reason.what.partition(';')[0]}"  # what follows is for `rpo`
        return
    yield f"{'Lost at worst':16} {'on paper':>14} {'measured':>14}"
    for one in found:
        yield f"{one.name:16} {_hours(one.paper_seconds):>14} {_hours(one.measured_seconds):>14}   {one.why}"
    late = [one for one in found if one.restorable_from is not None]
    if late:
        yield f"(on paper a transfer takes 1 min; measured from {told(min(_from(one) for one in late), clock)} on,"
        yield " when the first version could be restored)"


def _from(one: Comparison) -> float:
    return one.restorable_from or 0.0


def _hours(seconds: float | None) -> str:
    return "all of it" if seconds is None else hours(round(seconds))


def document(entries: Sequence[journal.Entry]) -> dict[str, Any]:
    """Return the whole journal as plain values; instants are ISO 8601 in UTC."""
    try:
        losses: list[dict[str, Any]] = [_loss(one) for one in comparisons(entries)]
    except NoAnswer:
        losses = []
    places = versions(entries)
    return {
        "schema": SCHEMA,
        "entries": [_plain(entry) for entry in entries],
        "versions": [_version(one) for found in places.values() for one in found],
        "losses": losses,
    }


def _plain(entry: journal.Entry) -> dict[str, Any]:
    kind = next(name for name, one in journal.KINDS.items() if isinstance(entry, one))
    fields = {name: _iso(value) if name in journal.INSTANTS else value for name, value in asdict(entry).items()}
    return {"kind": kind, **fields}


def _version(version: Version) -> dict[str, Any]:
    return asdict(version) | {"since": _iso(version.since), "until": _iso(version.until)}


def _loss(one: Comparison) -> dict[str, Any]:
    fields = asdict(one)
    del fields["teeth"]
    return fields | {"restorable_from": _iso(one.restorable_from), "agrees": one.agrees}


def _iso(instant: float | None) -> str | None:
    if instant is None:
        return None
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
