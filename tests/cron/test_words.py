"""Sentences: true to what cron does, and never open to two readings."""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings

from labcheck.cron.schedule import Schedule, parse
from labcheck.cron.times import ever_runs, wall_runs
from labcheck.cron.words import fields, how_days_join, sentence
from tests.cron.test_times import SCHEDULES

SENTENCES = {
    "1 2 3 * *": "at 02:01 on the 3rd of every month",
    "1 2 3 4 5": "at 02:01 on the 3rd, and on every Friday, in April",
    "* * 3 4 *": "every minute on 3 April",
    "* * * * *": "every minute",
    "42 1 * * *": "at 01:42 every day",
    "37 2 * * 0": "at 02:37 on every Sunday",
    "12 0 * * 1-6": "at 00:12 on every day from Monday to Saturday",
    "*/15 9-16 * * mon-fri": "every 15 minutes from 09:00 to 16:45 on every day from Monday to Friday",
    "*/7 * * * *": "every 7 minutes from 0 to 56 minutes past every hour",
    "*/100 * * * *": "every hour, on the hour",
    "0 0 13 * 5": "at 00:00 on the 13th of every month, and on every Friday",
    "0 0 1-31 * 1": "at 00:00 every day",
    "0 0 */10 * 1": "at 00:00 on every Monday that falls on the 1st, 11th, 21st or 31st",
    "0 0 */10 2 1": "at 00:00 on every Monday that falls on the 1st, 11th or 21st, in February",
    "0 0 30 2 1": "at 00:00 on every Monday in February",
    "0 0 31 * *": "at 00:00 on the 31st of every month that has a 31st",
    "0 0 31 3,4 *": "at 00:00 on 31 March",
    "0 0 29 2 *": "at 00:00 on 29 February (in leap years only)",
    "0 0 1 * 5-1": "at 00:00 on the 1st of every month",
    "*/10 * * 2 *": "every 10 minutes of every day in February",
    "5,10,20 9-17 * * *": "at 5, 10 and 20 minutes past every hour, from 09:05 to 17:20, every day",
    "0 22-6 * * *": "never: the hour field `22-6` is a reversed range, which cron reads as empty",
    "0 0 * * fri-mon": "never: the day-of-week field `fri-mon` is a reversed range, which cron reads as empty",
    "0 0 30 2 *": "never: February has no 30th",
    "0 0 31 2,4 *": "never: neither February nor April has a 31st",
    "0 0 9-1 * 5-1": "never: both day fields are reversed ranges, which cron reads as empty",
    "@hourly": "every hour, on the hour",
    "@weekly": "at 00:00 on every Sunday",
    "@reboot": "once, when the machine starts (not when only cron is restarted)",
}


@pytest.mark.parametrize("schedule", SENTENCES)
def test_sentence(schedule: str) -> None:
    assert sentence(parse(schedule)) == SENTENCES[schedule]


@settings(max_examples=300, deadline=None)
@given(SCHEDULES)
def test_never_is_said_exactly_when_there_is_no_run(schedule: Schedule) -> None:
    named = Schedule("1 2 3 4 5", *_masks(schedule), day_star=schedule.day_star)
    assert sentence(named).startswith("never") is not ever_runs(named)


def _masks(schedule: Schedule) -> tuple[int, int, int, int, int]:
    return schedule.minutes, schedule.hours, schedule.days, schedule.months, schedule.weekdays


@pytest.mark.parametrize("text", [schedule for schedule in SENTENCES if "on every Monday that" in SENTENCES[schedule]])
def test_and_means_both(text: str) -> None:
    runs = wall_runs(parse(text), datetime(2027, 1, 1), datetime(2030, 1, 1))
    assert all(run.isoweekday() == 1 and run.day in {1, 11, 21, 31} for run in runs)


def test_a_sentence_with_a_clock_time_and_every_day_is_true_each_day() -> None:
    day = timedelta(days=1)
    runs = list(wall_runs(parse("0 0 1-31 * 1"), datetime(2027, 1, 1), datetime(2028, 1, 1)))
    assert len(runs) == 365
    assert {after - before for before, after in pairwise(runs)} == {day}


def test_equal_runs_have_equal_sentences() -> None:
    assert sentence(parse("0 0 * * 7")) == sentence(parse("@weekly")) == sentence(parse("00 00 * * SUN"))


def test_fields_say_what_they_stand_for() -> None:
    meanings = [(field.text, field.meaning) for field in fields(parse("*/20 22-6 1-5 jan-mar 1,5"))]
    assert meanings == [
        ("*/20", "0, 20 and 40"),
        ("22-6", "nothing: a reversed range is empty"),
        ("1-5", "1 to 5"),
        ("jan-mar", "January to March"),
        ("1,5", "Monday and Friday"),
    ]
    assert fields(parse("@daily")) == []


@pytest.mark.parametrize(
    ("schedule", "words"),
    [("0 0 13 * 5", "(OR)"), ("0 0 */2 * 1", "(AND)"), ("0 0 * * 1", ""), ("@weekly", "")],
)
def test_how_the_day_fields_join(schedule: str, words: str) -> None:
    assert how_days_join(parse(schedule)).endswith(words + ("." if words else ""))


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        ("0 0 1-30 2 *", "on the 1st to 29th, in February (the 29th in leap years only)"),
        ("0 0 */30 2 *", "on 1 February"),
        ("0 0 29-31 2 1", "on the 29th, and on every Monday, in February"),
        ("0 0 30,31 4,5 *", "on the 30th and 31st, in April and May, as far as they have them"),
        ("0 0 31 1,2 */2", "every Tuesday, Thursday, Saturday or Sunday that falls on the 31st, in January"),
    ],
)
def test_no_day_is_named_that_its_months_never_have(schedule: str, words: str) -> None:
    assert sentence(parse(schedule)).endswith(words)
