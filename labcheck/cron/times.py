"""When a schedule runs by a wall clock that nobody changes: run times, whether ever, whether two are the
same.

All times are naive and stand on a full minute. `clock_changes` puts real zones on top of this.
"""

from collections.abc import Iterator
from datetime import MAXYEAR, datetime, timedelta
from functools import cache, lru_cache
from itertools import chain
from typing import Final

from labcheck.cron.fields import DAY, EVERY_WEEKDAY
from labcheck.cron.schedule import Schedule

MINUTE: Final = timedelta(minutes=1)
MINUTES_OF_DAY: Final = [timedelta(minutes=minute) for minute in range(24 * 60)]
LONGEST: Final = timedelta(days=31)
FEW: Final = 4
"""With more runs a day than this, a month is walked day by day instead of from one list."""
WHOLE: Final = [(2 << length) - 2 for length in range(32)]
"""The days of a month with so many days, as a mask."""
MONTH_LENGTHS: Final = (0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
LONGEST_MONTHS: Final = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@lru_cache(maxsize=4096)
def bits(mask: int) -> tuple[int, ...]:
    """The numbers of the bits that are set, lowest first. A field has few forms in practice, hence the
    cache."""
    return tuple(number for number in range(mask.bit_length()) if mask >> number & 1)


@cache
def _weekday_days(weekdays: int) -> tuple[int, ...]:
    """For each weekday that a month can begin with (0 is Sunday): its days, as a mask, that are in
    `weekdays`."""
    return tuple(sum(1 << day for day in range(1, 32) if weekdays >> (first + day - 1) % 7 & 1) for first in range(7))


def month_length(year: int, month: int) -> int:
    """How many days a month of the Gregorian calendar has."""
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return MONTH_LENGTHS[month] + leap


def days_of_month(schedule: Schedule, year: int, month: int) -> int:
    """The days of one month that suit the day, month and weekday fields, as a mask (bit n is day n).

    find_jobs of cron.c: both day fields must agree when one begins with a star, else one of them is enough.
    """
    if not schedule.months >> month & 1:
        return 0
    first = (datetime(year, month, 1).weekday() + 1) % 7
    return _suitable(schedule, first) & WHOLE[month_length(year, month)]


def _suitable(schedule: Schedule, first_weekday: int) -> int:
    by_weekday = _weekday_days(schedule.weekdays)[first_weekday]
    if schedule.needs_both_days:
        return schedule.days & by_weekday
    return schedule.days | by_weekday


def matches(schedule: Schedule, minute: datetime) -> bool:
    """Whether a job with this schedule is started in this minute of the wall clock."""
    return bool(
        schedule.minutes >> minute.minute & 1
        and schedule.hours >> minute.hour & 1
        and days_of_month(schedule, minute.year, minute.month) >> minute.day & 1
    )


@lru_cache(maxsize=256)
def _clock(minutes: int, hours: int) -> list[timedelta]:
    return [MINUTES_OF_DAY[hour * 60 + minute] for hour in bits(hours) for minute in bits(minutes)]


def times_of_day(schedule: Schedule) -> list[timedelta]:
    """The minutes of a day that suit the minute and hour fields, as time since midnight."""
    return _clock(schedule.minutes, schedule.hours)


def wall_runs(schedule: Schedule, since: datetime, until: datetime) -> Iterator[datetime]:
    """The run times from `since` on and before `until`, in order.

    A zone in `since` is passed on, not looked at: all is wall-clock arithmetic.
    """
    clock = times_of_day(schedule)
    if not clock or since >= until:
        return
    per_year: dict[tuple[int, int], list[timedelta]] = {}
    per_month: dict[int, list[timedelta]] = {}
    for year in range(since.year, until.year + 1):
        if len(clock) <= FEW and since.year + 1 < year < until.year:
            january = datetime(year, 1, 1, tzinfo=since.tzinfo)
            kind = (january.weekday(), month_length(year, 2))
            if kind not in per_year:
                months = _runs_of_year(schedule, year, since, until, per_month)
                per_year[kind] = [run - january for run in months]
            yield from map(january.__add__, per_year[kind])
        else:
            yield from _runs_of_year(schedule, year, since, until, per_month)


def _runs_of_year(
    schedule: Schedule, year: int, since: datetime, until: datetime, per_month: dict[int, list[timedelta]]
) -> Iterator[datetime]:
    """The runs of one year; `per_month` remembers what months with the same days have in common."""
    clock = times_of_day(schedule)
    for first, mask in _months(schedule, year, since, until):
        starts = per_month.get(mask)
        if starts is None:
            starts = per_month[mask] = _starts(mask, clock)
        runs: Iterator[datetime] = map(first.__add__, starts)
        if len(clock) > FEW:
            runs = chain.from_iterable(map(midnight.__add__, clock) for midnight in runs)
        if first <= since or until - first < LONGEST:
            runs = (run for run in runs if since <= run < until)
        yield from runs


def _starts(mask: int, clock: list[timedelta]) -> list[timedelta]:
    """Since the first of the month: the runs of the days in `mask`, or only their midnights where runs are
    many."""
    midnights = [timedelta(days=day - 1) for day in bits(mask)]
    return midnights if len(clock) > FEW else [midnight + time for midnight in midnights for time in clock]


def _months(schedule: Schedule, year: int, since: datetime, until: datetime) -> Iterator[tuple[datetime, int]]:
    """The months of a year with a suitable day from `since` to `until`: first midnight, mask of those
    days."""
    lengths = LONGEST_MONTHS if month_length(year, 2) == 29 else MONTH_LENGTHS
    for month in bits(schedule.months):
        first = datetime(year, month, 1, tzinfo=since.tzinfo)
        mask = _suitable(schedule, (first.weekday() + 1) % 7) & WHOLE[lengths[month]]
        if year == since.year and month <= since.month:
            mask = mask & -1 << since.day if month == since.month else 0
        if year == until.year and month >= until.month:
            mask = mask & WHOLE[until.day] if month == until.month else 0
        if mask:
            yield first, mask


def day_masks(schedule: Schedule) -> list[list[int]]:
    """For each month (1-12) and each weekday that it can begin with: the suitable days of its longest form.

    29 February falls on every weekday in the course of 400 years, so no other day of a calendar exists.
    """
    rows = [[_suitable(schedule, first) & WHOLE[length] for first in range(7)] for length in LONGEST_MONTHS]
    return [row if schedule.months >> month & 1 else [0] * 7 for month, row in enumerate(rows)][1:]


def ever_runs(schedule: Schedule) -> bool:
    """Whether any minute of any calendar suits the schedule (@reboot: it runs, though at no clock time)."""
    if schedule.reboot:
        return True
    if not (schedule.minutes and schedule.hours and schedule.months):
        return False
    common, weekdays = schedule.days & WHOLE[28], schedule.weekdays
    if common and weekdays if schedule.needs_both_days else common or weekdays:
        return True
    return any(any(row) for row in day_masks(schedule))


def same_runs(one: Schedule, other: Schedule) -> bool:
    """Whether two schedules run in the same minutes for ever, however they are written.

    Around a clock change they may still differ, where one of them only is a wildcard job: see `same_jobs`.
    """
    if one.reboot or other.reboot:
        return one.reboot == other.reboot
    if not (ever_runs(one) and ever_runs(other)):
        return ever_runs(one) == ever_runs(other)
    return (one.minutes, one.hours, day_masks(one)) == (other.minutes, other.hours, day_masks(other))


def same_jobs(one: Schedule, other: Schedule) -> bool:
    """Whether cron cannot tell two schedules apart, clock changes included."""
    if not same_runs(one, other):
        return False
    return one.reboot or not ever_runs(one) or one.is_wildcard == other.is_wildcard


def first_difference(one: Schedule, other: Schedule, after: datetime) -> datetime | None:
    """The first minute later than `after` in which one of two schedules runs and the other does not."""
    if same_runs(one, other):
        return None
    for year in range(after.year, MAXYEAR):
        since, until = max(after + MINUTE, datetime(year, 1, 1)), datetime(year + 1, 1, 1)
        if _same_year(one, other, year) and since == datetime(year, 1, 1):
            continue
        runs, others = (set(wall_runs(schedule, since, until)) for schedule in (one, other))
        if runs != others:
            return min(runs ^ others)
    return None


def _same_year(one: Schedule, other: Schedule, year: int) -> bool:
    days = all(days_of_month(one, year, month) == days_of_month(other, year, month) for month in range(1, 13))
    return days and (one.minutes, one.hours) == (other.minutes, other.hours)


def runs_on_every_day(schedule: Schedule) -> bool:
    """Whether every day of every year is suitable (a complete month mask or a complete week, joined as cron
    does)."""
    if schedule.months != (1 << 13) - 2:
        return False
    days, weekdays = schedule.days == DAY.every, schedule.weekdays == EVERY_WEEKDAY
    return days and weekdays if schedule.needs_both_days else days or weekdays
