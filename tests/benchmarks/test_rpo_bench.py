"""How fast the recovery point is worked out, beside the brute force of the tests; `make bench` prints it."""

import time
from collections.abc import Callable
from datetime import date, tzinfo
from zoneinfo import ZoneInfo

import pytest

from labcheck.rpo import Answer, CrontabFile, Period, Question, answer
from tests.rpo.demo_pipeline import ask
from tests.rpo.minute_by_minute import Stage, System, losses

pytestmark = pytest.mark.bench
DAY = 24 * 60
EVERY_DAY = range(0, 7 * DAY, DAY)
HOURLY = """\
5 * * * *     root  mysqldump agama > /b/a.sql.new && mv /b/a.sql.new /b/a.sql
10 0 * * 0    root  duplicity --no-encryption full /b/a.sql rsync://e@backup//srv/e
10 1-23 * * * root  duplicity --no-encryption incremental /b/a.sql rsync://e@backup//srv/e
10 0 * * 1-6  root  duplicity --no-encryption incremental /b/a.sql rsync://e@backup//srv/e
0 4 * * 0     root  duplicity remove-older-than 30D --force rsync://e@backup//srv/e
"""
OFFSITE = "30 * * * * e rsync -a /srv/e/ offsite:/copy\n"


def fastest(work: Callable[[], object], times: int) -> float:
    """Return the seconds of the fastest run."""
    best = float("inf")
    for _ in range(times):
        start = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - start)
    return best


def test_the_demo_with_all_variants_and_a_year_of_clock_changes() -> None:
    zones = {"*": "Europe/Tallinn"}
    start = time.perf_counter()
    ask(zones=zones, variants=True)
    first = time.perf_counter() - start
    seconds = fastest(lambda: ask(zones=zones, variants=True), 20)
    print(f"\ndemo, variants, clock changes of a year: {seconds * 1000:.1f} ms (the first time {first * 1000:.1f} ms)")
    assert seconds < 0.050


def test_two_hundred_times_the_brute_force() -> None:
    dump, upload, offsite = (
        Stage(frozenset(day + minute for day in EVERY_DAY), length) for minute, length in ((11, 0), (12, 1), (90, 1))
    )
    system = System(dump, upload, offsite, in_place=True, upload_keeps=True)
    slow = fastest(lambda: losses(system, 14 * DAY, 379 * DAY, lucky=True), 1)
    quick = fastest(ask, 20)
    full = fastest(lambda: ask(variants=True), 20)
    number = len(ask(variants=True).services[0].variants)
    print(
        f"\na year: brute force {slow * 1000:.0f} ms, engine {quick * 1000:.1f} ms: {slow / quick:.0f} times as fast;"
    )
    print(f"with its {number} variants {full * 1000:.1f} ms: {slow / full:.0f} times, against one brute force")
    assert slow / full > 200


def hourly(years: int) -> Answer:
    crontabs = (CrontabFile("db", "db", HOURLY), CrontabFile("backup", "backup", OFFSITE))
    period = Period(date(2026, 1, 1), 365 * years)
    tallinn: dict[str, tzinfo] = {"*": ZoneInfo("Europe/Tallinn")}  # its clock changes, so no stretch can stand for all
    return answer(Question(crontabs, period, zones=tallinn), variants=False)


def test_six_hourly_jobs_over_ten_years() -> None:
    seconds = fastest(lambda: hourly(10), 3)
    print(f"\nsix hourly jobs over ten years: {seconds * 1000:.0f} ms")
    assert len(hourly(10).jobs[0].starts) > 87_600
    assert seconds < 1
