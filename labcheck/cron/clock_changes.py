"""When jobs start in a real time zone: through summer time, and when the clock is set or the machine sleeps.

Cron counts minutes of local time and keeps a virtual minute up to which all jobs have run; each minute it
looks how far the clock is from it (main loop of Debian's cron.c):

    1                        run the jobs of this minute
    2 to 5 minutes ahead     run every missed minute, one after the other
    6 to 180 ahead           wildcard jobs of this minute once; fixed-time jobs of each missed minute, now
    0 to 179 behind          wildcard jobs by the new clock; fixed-time jobs wait for the clock to catch up
    more, either way         virtual time jumps to the clock; what lay between is lost or comes again

After each virtual minute in which a job started, a cron that is catching up sleeps 10 seconds.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from labcheck.cron.main_loop import EPOCH, catch_up
from labcheck.cron.schedule import Schedule
from labcheck.cron.times import wall_runs

EARLIEST: Final = datetime(1, 1, 3)
LATEST: Final = datetime(9999, 12, 29)
LONGEST_LAG: Final = timedelta(hours=5)
"""How long after a change cron may still be catching up: 3 hours behind, or 180 missed minutes 10 s apart."""
SAMPLING: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a zone's offset: the first instant (UTC, naive) of the new one, and both offsets."""

    instant: datetime
    before: timedelta
    after: timedelta

    @property
    def shift(self) -> timedelta:
        """How far the clock jumps: positive in spring, negative in autumn."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Start:
    """One start of a job: the wall clock to the second, and the place of its schedule in the list."""

    wall: datetime
    job: int


def fires(schedule: Schedule, since: datetime, until: datetime, zone: tzinfo | None = None) -> Iterator[datetime]:
    """The minutes in which a job starts, in order, from `since` on and before `until`.

    Without a zone all times are naive wall-clock times and the clock never changes. With one, naive arguments
    mean that zone, and aware times in it are returned; around a clock change cron's catching-up is followed,
    so a minute is repeated when the job starts in it more than once. @reboot has no times.
    """
    if zone is None:
        yield from wall_runs(schedule, _naive(since), _naive(until))
        return
    begin, end = (min(max(in_utc(time, zone), EARLIEST), LATEST) for time in (since, until))
    place, settled = begin, EARLIEST
    for change in changes(zone, max(begin - LONGEST_LAG, EARLIEST), end):
        if change.instant < settled:
            continue
        yield from _steady(schedule, place, change.instant, zone)
        starts, settled = _through(change, [schedule], zone)
        minutes = (start.wall.replace(second=0) for start in starts)
        yield from (minute for minute in minutes if place <= in_utc(minute, zone) < end)
        place = max(place, settled)
    yield from _steady(schedule, place, end, zone)


def in_utc(time: datetime, zone: tzinfo) -> datetime:
    """The same instant in UTC, naive; a naive time means the zone."""
    if time <= _like(EARLIEST, time):
        return EARLIEST
    if time >= _like(LATEST, time):
        return LATEST
    aware = time if time.tzinfo else time.replace(tzinfo=zone)
    return aware.astimezone(UTC).replace(tzinfo=None)


def _like(limit: datetime, time: datetime) -> datetime:
    return limit.replace(tzinfo=UTC) if time.tzinfo else limit


def _naive(time: datetime) -> datetime:
    return time.replace(tzinfo=None)


def offset_of(zone: tzinfo, utc: datetime) -> timedelta:
    """How far a zone is ahead of UTC at an instant (UTC, naive)."""
    return utc.replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta()


def changes(zone: tzinfo, since: datetime, until: datetime) -> Iterator[Change]:
    """The changes of a zone's offset later than one instant and not later than another (UTC, naive)."""
    for year in range(since.year, until.year + 1):
        yield from (change for change in _changes_of_year(zone, year) if since < change.instant <= until)


@lru_cache(maxsize=1024)
def _changes_of_year(zone: tzinfo, year: int) -> tuple[Change, ...]:
    """The changes in a year of UTC, found by looking every six hours."""
    here = max(datetime(year, 1, 1) - SAMPLING, EARLIEST) if year > 1 else EARLIEST
    end = min(datetime(year, 12, 31, 23, 59, 59), LATEST)
    before = offset_of(zone, here)
    found = []
    while here < end:
        ahead = min(here + SAMPLING, end)
        after = offset_of(zone, ahead)
        if after != before:
            found.append(Change(_turn(zone, here, ahead, before), before, after))
        here, before = ahead, after
    return tuple(change for change in found if change.instant.year == year)


def _turn(zone: tzinfo, low: datetime, high: datetime, before: timedelta) -> datetime:
    """The first second of the new offset, by bisection."""
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if offset_of(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _steady(schedule: Schedule, since: datetime, until: datetime, zone: tzinfo) -> Iterator[datetime]:
    """The runs in a stretch of UTC in which the offset stays and cron is up to date.

    Only within a day after a change can a wall time be the second of its kind and need `fold`.
    """
    if since >= until:
        return
    offset = offset_of(zone, since)
    begin, end = (since + offset).replace(tzinfo=zone), (until + offset).replace(tzinfo=zone)
    calm = min(begin + timedelta(days=2), end)
    for run in wall_runs(schedule, begin, calm):
        yield run if run.utcoffset() == offset else run.replace(fold=1)
    yield from wall_runs(schedule, calm, end)


def _through(change: Change, schedules: Sequence[Schedule], zone: tzinfo) -> tuple[list[Start], datetime]:
    """What starts from a change of the zone until cron is up to date again, and that instant (UTC, naive)."""

    def offset(second: int) -> int:
        return _seconds(offset_of(zone, EPOCH + timedelta(seconds=second)))

    turn = _seconds(change.instant - EPOCH)
    loop, settled = catch_up(schedules, offset, turn)
    utc_epoch = EPOCH.replace(tzinfo=UTC)
    starts = [Start((utc_epoch + timedelta(seconds=second)).astimezone(zone), job) for second, job in loop]
    return starts, EPOCH + timedelta(seconds=settled)


def starts_at_change(change: Change, schedules: Sequence[Schedule], zone: tzinfo) -> list[Start]:
    """What starts from a change of the zone until cron has caught up, to the second.

    The schedules are those of all jobs, in the order in which cron holds them: the last line of a file first.
    """
    return _through(change, schedules, zone)[0]


def starts_at_jump(schedules: Sequence[Schedule], at: datetime, jump: timedelta) -> list[Start]:
    """What starts when the clock is set, or the machine wakes, in the minute that would have been `at`.

    `at` is naive and a full minute; `jump` is how far the clock then stands from it. Starts are given to the
    second by the new clock, until cron is up to date.
    """
    turn = _seconds(at - EPOCH)
    distance = _seconds(jump)
    loop, _ = catch_up(schedules, lambda second: distance if second >= turn else 0, turn)
    return [Start(EPOCH + timedelta(seconds=second + distance), job) for second, job in loop]


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)
