"""A submission's crontab lives through some weeks of a lab, up to the worst moment to lose the database."""

import time
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from labcheck.cron import read_crontab
from labcheck.hosts import Host
from labcheck.hosts.ssh import Connections
from labcheck.practice.clock import journal
from labcheck.practice.clock.agenda import Start
from labcheck.practice.clock.fast_forward import Plan, Wish, fast_forward, planned
from labcheck.practice.clock.installed import Installed as OnHost
from labcheck.practice.clock.installed import cron_host
from labcheck.practice.clock.period import Period
from labcheck.practice.database import Item
from labcheck.practice.engine import Tell
from labcheck.practice.lab import PracticeLab
from labcheck.submissions.claims import service_of
from labcheck.submissions.finding import NOTE, WARNING, Finding, Place
from labcheck.submissions.installed import Installed
from labcheck.submissions.scenario import Scenario
from labcheck.visible import visible

DAY = 86400
LENGTHS_DAYS = (21, 14, 7, 3, 1)
MONTH_DAYS = 35
MOST_STARTS = 50
"""Jobs that are run at most: each takes about a second, and all of it shall take a minute."""
ROWS_A_DAY = 12
JOB_LIMIT_SECONDS = 20
WALL_SECONDS = 45.0


@dataclass(frozen=True)
class Lived:
    """What came of the weeks: the instant of the loss, days and runs until then, the rows and when each came."""

    until: float
    days: int
    runs: int
    rows: tuple[Item, ...]
    added: Mapping[str, float]
    findings: tuple[Finding, ...]
    is_over: bool = False
    """nothing has left the host, so that there is nothing to restore"""
    newest: float = 0.0
    """when the newest backup left the host; the loss itself where that is not known"""


class _Enough(Exception):  # noqa: N818 - the end of our patience, no error
    """The weeks take longer than there is time for."""


def ignored(connections: Connections, played: Scenario) -> Iterator[Finding]:
    """Yield a finding for each crontab of the submission that cron on the lab's host does not take."""
    there = {one.path: one for one in cron_host(Host("db", "root", connections)).crontabs}
    for crontab in played.crontabs:
        found = there.get(crontab.path)
        why = found.why_not if found else "cron does not look at such a file"
        if why:
            yield Finding(
                "lab-crontab-ignored", _refused_at(crontab, found),
                f"cron ignores {visible(crontab.path)}: {visible(why)}",
                "Look at what cron makes of it: labcheck cron lint FILE",
            )  # fmt: skip


def _refused_at(crontab: Installed, found: OnHost | None) -> Place:
    words = found.why_not if found else ""
    if "Error" not in words:
        return crontab.task  # its name, owner or mode
    refused = read_crontab(crontab.text.encode("utf-8", "surrogateescape"), "x").refusals
    return crontab.place(refused[0].line if refused else 0)


def live_through(
    lab: PracticeLab,
    played: Scenario,
    tell: Tell,
    show: Callable[[Plan, float], None],
    lengths_days: Sequence[int] = LENGTHS_DAYS,
) -> Lived:
    """Run the crontabs through the longest of some lengths that there is time for; judge each job by its runs."""
    period = _period(lab, played, lengths_days)
    days = round(period.seconds / DAY)
    tell(f"Living through {days} days: with the real programs")
    deadline = time.monotonic() + WALL_SECONDS

    def watch(plan: Plan, instant: float) -> None:
        show(plan, instant)
        if time.monotonic() > deadline and _is_worst(plan, played, instant):
            raise _Enough

    try:
        fast_forward(lab, Wish(period, {}, ROWS_A_DAY, JOB_LIMIT_SECONDS), lambda _: None, watch)
    except _Enough:
        tell("That was long enough; the weeks end here")
    return _judged(lab, played, period)


def _period(lab: PracticeLab, played: Scenario, lengths_days: Sequence[int]) -> Period:
    """Return the period: it ends right before the last upload, and has no more runs than there is time for."""
    now = int(time.time()) // 60 * 60
    longest = max(lengths_days[0], MONTH_DAYS)
    with lab.connections() as connections:
        starts = planned(lab, connections, Wish(Period(now - longest * DAY, now), {}, 0)).starts
    mine = [one for one in starts if one.host == "db"]
    uploads = [one.instant for one in mine if _key(one) in set(played.uploads)]
    fulls = [one.instant for one in mine if _key(one) in set(played.fulls)]
    end = uploads[-1] if uploads else now
    days = next(
        (length for length in lengths_days if _runs(mine, end - length * DAY, end) <= MOST_STARTS), lengths_days[-1]
    )
    end = worst_end(uploads, fulls, days * DAY) or end
    return Period(end // 60 * 60 - days * DAY, end // 60 * 60)


def worst_end(uploads: Sequence[int], fulls: Sequence[int], seconds: int) -> int:
    """Return the last upload before which, in so many seconds, a chain begins and goes on, or else begins; 0 if none.

    All are instants, sorted. Increments before the first full backup fail, as they should; where none came after it,
    all would seem to.
    """
    begun = 0
    for end in reversed(uploads):
        first = bisect_left(fulls, end - seconds)
        if first < len(fulls) and fulls[first] < end:
            if uploads[bisect_right(uploads, fulls[first])] < end:
                return end
            begun = begun or end
    return begun


def _runs(starts: Sequence[Start], since: float, until: float) -> int:
    return sum(since < one.instant <= until for one in starts)


def _is_worst(plan: Plan, played: Scenario, instant: float) -> bool:
    """Tell whether an upload comes next, soon: the worst moment to lose the database."""
    uploads = set(played.uploads)
    ahead = (one.instant - instant for one in plan.starts if one.instant > instant and _key(one) in uploads)
    return not uploads or next(ahead, DAY) <= DAY / ROWS_A_DAY


def _key(start: Start) -> tuple[str, int]:
    return start.installed.path, start.job.line


def _judged(lab: PracticeLab, played: Scenario, period: Period) -> Lived:
    entries = journal.read(lab.until_reset)
    paths = {one.path: one for one in played.crontabs}
    ran = [one for one in entries if isinstance(one, journal.Ran) and one.host == "db" and one.path in paths]
    reached = next((one.instant for one in reversed(entries) if isinstance(one, journal.Reached)), period.until)
    until = min(reached, period.until)
    lines: dict[tuple[str, int], list[journal.Ran]] = {}
    for one in ran:
        lines.setdefault((one.path, one.line), []).append(one)
    mine = {key: runs for key, runs in lines.items() if service_of(runs[0].command) in ("", "mysql", "other")}
    findings = tuple(found for key, runs in mine.items() for found in _of_job(paths[key[0]], runs))
    uploads = [runs for key, runs in mine.items() if key in set(played.uploads)]
    arrived = [run.started for runs in uploads for run in runs if run.status == 0]
    is_over = bool(uploads) and not arrived
    added = {one.value: one.instant for one in entries if isinstance(one, journal.Row)}
    rows = tuple(lab.agama().items())
    return Lived(
        until,
        round((until - period.since) / DAY),
        len(ran),
        rows,
        added,
        findings,
        is_over,
        max(arrived, default=until),
    )


def _of_job(crontab: Installed, runs: Sequence[journal.Ran]) -> Iterator[Finding]:
    """Yield what is wrong with a job: it never succeeded, or not at last; failures at the beginning are a note."""
    failed = [one for one in runs if one.status != 0]
    if not failed:
        return
    last = failed[-1]
    said = [line.strip() for line in last.output.splitlines() if line.strip()]
    words = "it was ended after a while" if last.limited else visible(said[-1][:200]) if said else "it printed nothing"
    times = "every time" if len(failed) == len(runs) else f"{len(failed)} of {len(runs)} times"
    severity = "" if len(failed) == len(runs) else WARNING if runs[-1].status else NOTE
    yield Finding(
        "lab-job-failed", crontab.place(last.line), f"fails {times}, with status {last.status}: {words}",
        "Run it by hand, as its user: labcheck lab shell db", severity,
    )  # fmt: skip
