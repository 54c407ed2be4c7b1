"""When the jobs of one host start, as seconds since 1970: cron's own times, through the clock changes of a zone.

Between two changes of the clock the offset is fixed, so runs are midnights plus times of the day, in whole
numbers. Around a change cron's catching-up decides, to the second: two jobs that are a minute apart on paper start
ten seconds apart then (labcheck.cron.clock_changes). Cron wakes in the first second of a minute; as all jobs share
that second, it is left out.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from labcheck.cron import Schedule, fires, parse, starts_at_change
from labcheck.cron.clock_changes import LONGEST_LAG, Change, changes, offset_of
from labcheck.cron.times import times_of_day, wall_runs

EPOCH = datetime(1970, 1, 1)
NEVER = parse("@reboot")
LAG = int(LONGEST_LAG.total_seconds())


def clock_changes(zone: tzinfo, since: int, until: int) -> list[Change]:
    """Return the changes of a zone's clock between two instants (seconds since 1970)."""
    begin, end = _naive(since), _naive(until)
    years = (_changes_of_year(zone, year) for year in range(begin.year, end.year + 1))
    return [change for year in years for change in year if begin < change.instant <= end]


@lru_cache(maxsize=1024)
def _changes_of_year(zone: tzinfo, year: int) -> tuple[Change, ...]:
    """Look a year through once: hosts share zones, and a zone's rules do not change while we run."""
    return tuple(changes(zone, datetime(year, 1, 1), datetime(year + 1, 1, 1)))


def starts_of(
    schedules: Sequence[Schedule], zone: tzinfo, since: int, until: int, wanted: Sequence[bool] | None = None
) -> list[tuple[int, ...]]:
    """Return, for each schedule, its starts from `since` on and before `until`, sorted.

    The schedules are those of one host in the order of the files; cron holds them in the reverse order. Of those
    that are not `wanted` only the starts after clock changes are given, as they hold up the others.
    """
    steady = (
        schedules if wanted is None else [one if yes else NEVER for one, yes in zip(schedules, wanted, strict=True)]
    )
    found: list[list[int]] = [[] for _ in schedules]
    place = since
    for change in clock_changes(zone, since - LAG, until):
        turn = seconds(change.instant)
        if turn > place:
            _steady(steady, found, _offset(zone, place), place, turn)
        settled = min(turn + LAG, until)
        if settled > place:
            _around(schedules, found, change, zone, (max(place, turn), settled))
        place = max(place, settled)
    if place < until:
        _steady(steady, found, _offset(zone, place), place, until)
    return [tuple(starts) for starts in found]


def seconds(naive_utc: datetime) -> int:
    """Return a naive UTC time as seconds since 1970."""
    return (naive_utc - EPOCH) // timedelta(seconds=1)


def _naive(instant: int) -> datetime:
    return EPOCH + timedelta(seconds=instant)


def _offset(zone: tzinfo, instant: int) -> int:
    return offset_of(zone, _naive(instant)) // timedelta(seconds=1)


def _steady(schedules: Sequence[Schedule], found: list[list[int]], offset: int, since: int, until: int) -> None:
    for schedule, known in zip(schedules, found, strict=True):
        clock = [time // timedelta(seconds=1) - offset for time in times_of_day(schedule)]
        if schedule.reboot or not clock:
            continue
        days = replace(schedule, minutes=1, hours=1)
        first = _naive(since + offset).replace(hour=0, minute=0, second=0)
        midnights = [seconds(day) for day in wall_runs(days, first, _naive(until + offset))]
        runs = [midnight + time for midnight in midnights for time in clock]
        known.extend(runs[bisect_left(runs, since) : bisect_left(runs, until)])


def _around(
    schedules: Sequence[Schedule], found: list[list[int]], change: Change, zone: tzinfo, span: tuple[int, int]
) -> None:
    """Add what starts after a change: the minutes from `fires`, made exact by the seconds of the catching-up."""
    last = len(schedules) - 1
    exact: dict[int, list[int]] = {}
    for start in starts_at_change(change, list(reversed(schedules)), zone):
        exact.setdefault(last - start.job, []).append(int(start.wall.timestamp()) - 1)
    begin = change.instant.replace(tzinfo=UTC).astimezone(zone)
    end = _naive(span[1]).replace(tzinfo=UTC).astimezone(zone)
    for place, schedule in enumerate(schedules):
        minutes = [int(minute.timestamp()) for minute in fires(schedule, begin, end, zone)]
        known = exact.get(place, [])
        runs = sorted(known + minutes[len(known) :])
        found[place] += [run for run in runs if span[0] <= run < span[1]]
