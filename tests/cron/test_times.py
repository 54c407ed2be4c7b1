"""Run times by a wall clock, against a naive walk over every minute."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labcheck.cron.fields import DAY, EVERY_WEEKDAY, HOUR, MINUTE, MONTH
from labcheck.cron.schedule import Schedule, parse
from labcheck.cron.times import ever_runs, first_difference, matches, same_jobs, same_runs, wall_runs

NEW_YEAR = datetime(2027, 1, 1)
MINUTES = timedelta(minutes=1)


def masks(full: int) -> st.SearchStrategy[int]:
    return st.one_of(
        st.just(full), st.integers(0, full).map(lambda mask: mask & full), st.sampled_from([0, full & -full])
    )


SCHEDULES = st.builds(
    Schedule,
    st.just("made up"),
    masks(MINUTE.every),
    masks(HOUR.every),
    masks(DAY.every),
    masks(MONTH.every),
    masks(EVERY_WEEKDAY),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
MOMENTS = st.datetimes(datetime(1999, 1, 1), datetime(2101, 1, 1)).map(lambda moment: moment.replace(microsecond=0))


def fits(schedule: Schedule, minute: datetime) -> bool:
    """find_jobs of cron.c, once more, in the plainest words."""
    day = schedule.days >> minute.day & 1
    weekday = schedule.weekdays >> minute.isoweekday() % 7 & 1
    both = schedule.day_star or schedule.weekday_star
    return bool(
        schedule.minutes >> minute.minute & 1
        and schedule.hours >> minute.hour & 1
        and schedule.months >> minute.month & 1
        and ((day and weekday) if both else (day or weekday))
    )


@settings(max_examples=60, deadline=None)
@given(SCHEDULES, MOMENTS, st.integers(0, 3000))
def test_runs_equal_a_walk_over_every_minute(schedule: Schedule, since: datetime, length: int) -> None:
    until = since + timedelta(minutes=length)
    first = since.replace(second=0) + (MINUTES if since.second else timedelta())
    minutes = [first + timedelta(minutes=number) for number in range(length + 1)]
    expected = [minute for minute in minutes if minute < until and fits(schedule, minute)]
    assert list(wall_runs(schedule, since, until)) == expected
    assert expected == [minute for minute in minutes if minute < until and matches(schedule, minute)]


@settings(max_examples=40, deadline=None)
@given(SCHEDULES, st.integers(1999, 2096))
def test_years_are_pieced_together_without_a_seam(schedule: Schedule, year: int) -> None:
    few = Schedule("few", 1, schedule.hours & -schedule.hours, *_days(schedule))
    whole = list(wall_runs(few, datetime(year, 3, 1), datetime(year + 5, 3, 1)))
    pieces = [wall_runs(few, datetime(year + n, 3, 1), datetime(year + n + 1, 3, 1)) for n in range(5)]
    assert whole == [run for piece in pieces for run in piece] == sorted(whole)


def _days(schedule: Schedule) -> tuple[int, int, int]:
    return schedule.days, schedule.months, schedule.weekdays


@settings(max_examples=30, deadline=None)
@given(SCHEDULES)
def test_ever_runs_is_true_to_forty_years(schedule: Schedule) -> None:
    some = next(wall_runs(schedule, datetime(2000, 1, 1), datetime(2041, 1, 1)), None)
    assert ever_runs(schedule) == (some is not None)


@pytest.mark.parametrize(
    ("one", "other", "same", "same_at_changes"),
    [
        ("0 0 * * 0", "@weekly", True, True),
        ("0 0 * * 0", "0 0 * * sun", True, True),
        ("0 0 1-31 * 1", "0 0 * * *", True, True),
        ("*/5 * * * *", "0-59/5 * * * *", True, True),
        ("0 0-23 * * *", "0 * * * *", True, False),
        ("0 0 31 2 *", "0 22-6 * * *", True, True),
        ("0 0 31 2 *", "@reboot", False, False),
        ("0 0 */2 * 1", "0 0 1-31/2 * 1", False, False),
        ("0 0 30,31 2,4 *", "0 0 30 4 *", True, True),
    ],
)
def test_schedules_are_equal_by_what_they_do(one: str, other: str, same: bool, same_at_changes: bool) -> None:
    assert same_runs(parse(one), parse(other)) is same
    assert same_jobs(parse(one), parse(other)) is same_at_changes
    assert (first_difference(parse(one), parse(other), NEW_YEAR) is None) is (same or "@reboot" in other)


def test_the_first_difference_may_be_years_away() -> None:
    difference = first_difference(parse("0 0 29 2 *"), parse("0 0 31 2 *"), NEW_YEAR)
    assert difference == datetime(2028, 2, 29)


def test_the_calendar_ends_without_an_error() -> None:
    assert list(wall_runs(parse("0 0 31 12 *"), datetime(9998, 12, 31), datetime.max))[-1] == datetime(9999, 12, 31)


def test_reversed_ends_give_no_run() -> None:
    assert list(wall_runs(parse("* * * * *"), NEW_YEAR, NEW_YEAR - MINUTES)) == []
