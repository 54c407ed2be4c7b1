"""Six weeks of nightly dump and upload, on the real hosts; and what comes back at 20 random instants."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from time import perf_counter

import pytest

from labcheck.facts import dump as dumps
from labcheck.hosts import Host
from labcheck.practice import lifecycle
from labcheck.practice.clock import journal
from labcheck.practice.clock.fast_forward import Wish, fast_forward
from labcheck.practice.clock.period import Period
from labcheck.practice.lab import PracticeLab
from tests.practice.clock.stories import CRONTABS, DAY

pytestmark = [pytest.mark.bench, pytest.mark.lab]
NIGHTS, RESTORES, LIMIT_SECONDS = 42, 20, 45
SUNDAY = int(datetime(2026, 10, 11, tzinfo=UTC).timestamp())
URL = "rsync://elvis@backup.foo.bar/mysql"
HOBBITS = ["Frodo", "Samwise", "Merry", "Pippin"]


@pytest.fixture
def weeks(lab: PracticeLab) -> Iterator[list[journal.Entry]]:
    """Six weeks of the nightly dump and upload, without clean-up and off-site copy; the seconds are printed."""
    lifecycle.reset(lab, print)
    nightly = "".join((CRONTABS / "mysql-backup").read_text().splitlines(keepends=True)[:3])
    with lab.connections() as connections:
        Host("db", "root", connections).output("sh", "-c", 'printf %s "$1" > /etc/cron.d/mysql-backup', "sh", nightly)
    began = perf_counter()
    fast_forward(lab, Wish(Period(SUNDAY, SUNDAY + NIGHTS * DAY), {}), print, lambda plan, instant: None)
    seconds = perf_counter() - began
    print(f"\n{NIGHTS} nights in {seconds:.1f} s")
    assert seconds < LIMIT_SECONDS
    yield journal.read(lab.until_reset)


def test_six_weeks_are_quick_and_every_version_is_what_was_computed(
    weeks: list[journal.Entry], lab: PracticeLab
) -> None:
    ran = [entry for entry in weeks if isinstance(entry, journal.Ran)]
    rows = [entry for entry in weeks if isinstance(entry, journal.Row)]
    uploads = [one for one in ran if one.line in {2, 3}]
    assert sum(one.line == 2 for one in ran) == 6
    chance = random.Random(42)  # noqa: S311 - the same instants each time
    with lab.connections() as connections:
        db = lab.site(connections).db
        for _ in range(RESTORES):
            instant = int(chance.uniform(uploads[0].ended, SUNDAY + NIGHTS * DAY))
            version = max(one.started for one in uploads if one.started <= instant)
            captured = max(one.started for one in ran if one.line == 1 and one.started <= version)
            moment = datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            db.output("rm", "-rf", "restored")
            words = ["duplicity", "--no-encryption", "--time", moment, "restore", URL, "restored"]
            db.expect(*words, statuses={0}, timeout_seconds=60)
            expected = HOBBITS + [row.value for row in rows if row.instant <= captured]
            assert [row[1] for row in dumps.dump(db, "restored").rows["item"]] == expected, moment
