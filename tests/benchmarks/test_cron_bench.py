"""Speed beside cronsim and croniter, all measured in the same run; `make bench` prints the table.

Each ratio is the best of several rounds of both sides, so that a busy machine spoils neither.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from time import perf_counter

import pytest
from croniter import croniter
from cronsim import CronSim, CronSimError

from labcheck.cron.clock_changes import fires
from labcheck.cron.schedule import parse
from labcheck.cron.words import sentence

pytestmark = pytest.mark.bench
CAPTURED = Path(__file__).parents[1] / "data" / "cron" / "debian-cron-schedules.tsv"
BEGIN, END = datetime(2027, 1, 1), datetime(2527, 1, 1)
ROUNDS = 5


def common_schedules() -> list[str]:
    """The captured schedules that cronsim takes, too."""
    rows = [row.split("\t") for row in CAPTURED.read_text(encoding="utf-8").split("\n")[1:]]
    found = []
    for row in rows:
        if row[1:2] == ["ok"] and not row[0].startswith("@"):
            try:
                CronSim(row[0], BEGIN)
            except CronSimError:
                continue
            found.append(row[0])
    return found


SCHEDULES = common_schedules()


def rate(work: Callable[[], int]) -> float:
    """Pieces of work a second, the best of several rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        begin = perf_counter()
        pieces = work()
        best = max(best, pieces / (perf_counter() - begin))
    return best


def report(what: str, **rates: float) -> float:
    """Print a line of the table; returns ours to cronsim's."""
    ratio = rates["ours"] / rates["cronsim"]
    print(
        f"\n{what:32}",
        *(f"{name} {value:>12,.0f}/s" for name, value in rates.items()),
        f"{ratio:7.1f}x cronsim",
    )
    return ratio


def count(runs: Iterator[object], most: int) -> int:
    return sum(1 for _ in islice(runs, most))


def test_parse_without_caches() -> None:
    def work(read: Callable[[str], object], schedules: list[str]) -> int:
        for schedule in schedules:
            read(schedule)
        return len(schedules)

    few = SCHEDULES[:300]
    ratio = report(
        "parse",
        ours=rate(lambda: work(parse, SCHEDULES)),
        cronsim=rate(lambda: work(lambda text: CronSim(text, BEGIN), SCHEDULES)),
        croniter=rate(lambda: work(lambda text: croniter(text, BEGIN, implement_cron_bug=True), few)),
    )
    assert ratio >= 1.5


@pytest.mark.parametrize(
    ("schedule", "least"),
    [
        ("* * * * *", 10),
        ("*/5 * * * *", 10),
        ("11 0 * * *", 30),
        ("0 0 1 * *", 30),
        ("0 0 13 * 5", 30),
        ("1 2 3 4 5", 30),
    ],
)
def test_fires(schedule: str, least: float) -> None:
    ratio = report(
        f"fires {schedule}",
        ours=rate(lambda: count(fires(parse(schedule), BEGIN, END), 100_000)),
        cronsim=rate(lambda: count(CronSim(schedule, BEGIN), 1000)),
        croniter=rate(lambda: count(croniter(schedule, BEGIN, ret_type=datetime, implement_cron_bug=True), 200)),
    )
    assert ratio >= least


def test_daily_fires_of_a_single_year() -> None:
    end = datetime(2028, 1, 1)
    ratio = report(
        "fires 11 0 * * *, one year",
        ours=rate(lambda: count(fires(parse("11 0 * * *"), BEGIN, end), 1000)),
        cronsim=rate(lambda: count(CronSim("11 0 * * *", BEGIN), 365)),
    )
    assert ratio >= 30


def test_explain() -> None:
    ours = [parse(schedule) for schedule in SCHEDULES]
    theirs = [CronSim(schedule, BEGIN) for schedule in SCHEDULES]
    ratio = report(
        "explain",
        ours=rate(lambda: sum(1 for schedule in ours if sentence(schedule))),
        cronsim=rate(lambda: sum(1 for schedule in theirs if schedule.explain())),
    )
    assert ratio >= 1


def test_a_year_of_minutes() -> None:
    seconds = 525_600 / rate(lambda: len(list(fires(parse("* * * * *"), BEGIN, datetime(2028, 1, 1)))))
    print(f"\na year of * * * * *: {seconds:.3f} s")
    assert seconds < 0.15
