"""Clock changes, against starts that Debian's main loop made around the changes of 2026."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from labcheck.cron.clock_changes import changes, fires, starts_at_change, starts_at_jump
from labcheck.cron.nearest import next_runs, previous_run
from labcheck.cron.schedule import parse

CAPTURED = Path(__file__).parents[1] / "data" / "cron" / "debian-cron-clock-changes.tsv"
TALLINN = ZoneInfo("Europe/Tallinn")
SPRING = datetime(2026, 3, 29, 3)


def test_every_captured_start_is_ours() -> None:
    rows = [row.split("\t") for row in CAPTURED.read_text().splitlines() if not row.startswith("#")]
    assert len(rows) == 285
    wrong = []
    for zone, since, until, schedule, expected in rows:
        ends = datetime.fromisoformat(since), datetime.fromisoformat(until)
        runs = fires(parse(schedule), *ends, ZoneInfo(zone))
        ours = [run.astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ") for run in runs]
        wrong += [(zone, schedule, ours, expected)] if ours != expected.split() else []
    assert wrong == []


@pytest.mark.parametrize("schedule", ["*/15 * * * *", "30 3 * * *", "0,30 3 * * *", "10-20 3 * * *", "@hourly"])
@pytest.mark.parametrize("zone", ["Europe/Tallinn", "Australia/Lord_Howe", "Africa/Casablanca", "America/New_York"])
def test_a_year_is_the_sum_of_its_days(schedule: str, zone: str) -> None:
    place, job = ZoneInfo(zone), parse(schedule)
    begin, days = datetime(2026, 1, 1, tzinfo=UTC), timedelta(hours=17)
    ends = [begin + number * days for number in range(500)]
    pieces = [run for since, until in pairwise(ends) for run in fires(job, since, until, place)]
    whole = list(fires(job, begin, ends[-1], place))
    assert whole == pieces
    assert [run.astimezone(UTC) for run in whole] == sorted(run.astimezone(UTC) for run in whole)


def test_without_a_change_a_zone_alters_nothing() -> None:
    since, until = datetime(2026, 5, 1), datetime(2026, 6, 1)
    job = parse("*/7 3 * * 1-5")
    in_zone = [run.replace(tzinfo=None) for run in fires(job, since, until, TALLINN)]
    assert in_zone == list(fires(job, since, until))


def test_jobs_one_minute_apart_are_caught_up_ten_seconds_apart() -> None:
    change = next(changes(TALLINN, datetime(2026, 3, 1), datetime(2026, 4, 1)))
    starts = starts_at_change(change, [parse("12 3 * * *"), parse("11 3 * * *")], TALLINN)
    assert [(start.wall.strftime("%H:%M:%S"), start.job) for start in starts] == [
        ("04:00:01", 1),
        ("04:00:11", 0),
    ]


@pytest.mark.parametrize(
    ("minutes", "fixed", "wildcard"),
    [
        (3, ["03:03:01"], ["03:03:01", "03:03:11", "03:03:21", "03:03:31"]),
        (60, ["04:00:01"], ["04:00:01"]),
        (200, [], ["06:20:01"]),
        (-30, [], [f"02:{minute}:01" for minute in range(30, 60)]),
        (-200, [], ["23:40:01"]),
    ],
)
def test_a_jump_of_the_clock(minutes: int, fixed: list[str], wildcard: list[str]) -> None:
    for schedule, expected in (("1 3 * * *", fixed), ("* * * * *", wildcard)):
        starts = starts_at_jump([parse(schedule)], SPRING, timedelta(minutes=minutes))
        assert [start.wall.strftime("%H:%M:%S") for start in starts] == expected


def test_the_second_pass_of_a_repeated_hour_is_later_than_the_first() -> None:
    first = datetime(2026, 10, 25, 3, 30, tzinfo=TALLINN)
    runs = next_runs(parse("30 * * * *"), first, 2, TALLINN)
    assert [run.isoformat(timespec="minutes") for run in runs] == [
        "2026-10-25T03:30+02:00",
        "2026-10-25T04:30+02:00",
    ]


def test_runs_on_either_side_of_a_moment() -> None:
    job = parse("0 0 29 2 *")
    assert next_runs(job, datetime(2027, 1, 1), 2) == [datetime(2028, 2, 29), datetime(2032, 2, 29)]
    assert previous_run(job, datetime(2028, 2, 29)) == datetime(2024, 2, 29)
    assert previous_run(parse("0 0 30 2 *"), datetime(2028, 1, 1)) is None
    assert next_runs(parse("@reboot"), datetime(2027, 1, 1), 1) == []


@pytest.mark.parametrize("zone", [None, TALLINN])
def test_the_ends_of_the_calendar_are_no_error(zone: ZoneInfo | None) -> None:
    job = parse("0 0 1 1 *")
    assert len(next_runs(job, datetime(9998, 6, 1), 5, zone)) <= 1
    assert previous_run(job, datetime(1, 1, 1), zone) is None
