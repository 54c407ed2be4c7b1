"""The runs next to a moment, and the one before it, by the wall clock or in a zone."""

from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from itertools import dropwhile, islice

from labcheck.cron.clock_changes import EARLIEST, LATEST, fires, in_utc
from labcheck.cron.schedule import Schedule
from labcheck.cron.times import ever_runs

FAR_AHEAD = timedelta(days=366 * 100)
"""29 February on one weekday comes back after 40 years at most; beyond this nothing new comes."""
LOOKING_BACK = tuple(timedelta(days=days) for days in (2, 40, 400, 366 * 9, 366 * 45))


def runs_after(schedule: Schedule, after: datetime, zone: tzinfo | None = None) -> Iterator[datetime]:
    """All runs later than a moment, in order; none for a schedule that never runs."""
    if schedule.reboot or not ever_runs(schedule):
        return iter(())
    limit = LATEST.replace(tzinfo=after.tzinfo)
    until = limit if after > limit - FAR_AHEAD else after + FAR_AHEAD
    runs = fires(schedule, after, until, zone)
    if zone is None:
        moment = after.replace(tzinfo=None)
        return dropwhile(lambda run: run <= moment, runs)
    instant = in_utc(after, zone)
    return dropwhile(lambda run: in_utc(run, zone) <= instant, runs)


def next_runs(schedule: Schedule, after: datetime, count: int, zone: tzinfo | None = None) -> list[datetime]:
    """The next `count` runs later than a moment: fewer only if there are no more within a century."""
    return list(islice(runs_after(schedule, after, zone), count))


def previous_run(schedule: Schedule, before: datetime, zone: tzinfo | None = None) -> datetime | None:
    """The last run earlier than a moment; None for a schedule that never ran."""
    if schedule.reboot or not ever_runs(schedule):
        return None
    limit = EARLIEST.replace(tzinfo=before.tzinfo)
    for span in LOOKING_BACK:
        since = before - span if before - limit > span else limit
        runs = list(fires(schedule, since, before, zone))
        if runs:
            return runs[-1]
    return None
