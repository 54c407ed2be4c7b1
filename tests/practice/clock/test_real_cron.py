"""The same crontab under the real cron daemon, its clock made to run 360 times as fast, starts the same jobs."""

from datetime import UTC, datetime

import pytest

from labcheck.hosts import Host
from labcheck.practice import lifecycle
from labcheck.practice.clock import journal
from labcheck.practice.clock.fast_forward import Wish, fast_forward
from labcheck.practice.clock.period import Period
from labcheck.practice.lab import PracticeLab

pytestmark = pytest.mark.lab
SCHEDULES = [
    "*/20 * * * *",
    "5 * * * *",
    "30 2 * * *",
    "10-40/15 1 * * *",
    "@hourly",
    "0 2 * * sun",
    "0 2 * * mon",
    "22-6 * * * *",
]
LATE_SECONDS = 900
"""A second in which this machine is busy is six simulated minutes."""
SINCE, UNTIL = (int(datetime(2026, 11, 1, hour, tzinfo=UTC).timestamp()) for hour in (1, 3))

# Jobs inherit cron's clock through /etc/environment, which PAM reads for them.
REAL_CRON = """
s6-svc -wd -T 5000 -d /etc/s6/cron
rm -f /run/crond.pid
FAKETIME_DONT_RESET=1 faketime -f '@2026-11-01 00:54:00 x360' cron -f &
until [ -s /run/crond.pid ]; do sleep 0.1; done
tr '\\0' '\\n' < /proc/$(cat /run/crond.pid)/environ | grep -E '^(FAKETIME|LD_PRELOAD)' >> /etc/environment
chmod 666 /dev/shm/*faketime*
sleep 22
kill $(cat /run/crond.pid)
sed -i -E '/^(FAKETIME|LD_PRELOAD)/d' /etc/environment
rm -f /dev/shm/*faketime*
s6-svc -wu -T 5000 -u /etc/s6/cron
"""


def crontab() -> str:
    jobs = enumerate(SCHEDULES)
    return "".join(f"{schedule} backup date -u +\\%s >> starts-{number}\n" for number, schedule in jobs)


def test_the_real_daemon_starts_the_same_jobs(fresh_lab: PracticeLab) -> None:
    with fresh_lab.connections() as connections:
        root = Host("db", "root", connections)
        root.output("sh", "-c", 'printf %s "$1" > /etc/cron.d/jobs', "sh", crontab())
        engine = lifecycle.engine_of(fresh_lab)  # a cron that is started over ssh may not open sessions for its jobs
        engine.run("exec", lifecycle.container(engine, fresh_lab, "db"), "sh", "-c", REAL_CRON)
        theirs = {number: starts_of(root, number) for number in range(len(SCHEDULES))}
    fast_forward(fresh_lab, Wish(Period(SINCE, UNTIL), {}, rows_a_day=0), print, lambda plan, instant: None)
    ran = [entry for entry in journal.read(fresh_lab.until_reset) if isinstance(entry, journal.Ran)]
    for number, schedule in enumerate(SCHEDULES):
        ours = [one.due for one in ran if one.line == number + 1]
        assert len(ours) == len(theirs[number]), (schedule, ours, theirs[number])
        for mine, real in zip(ours, theirs[number], strict=True):
            assert 0 <= real - mine + 1 < LATE_SECONDS, schedule
    assert len(ran) == 15


def starts_of(host: Host, number: int) -> list[int]:
    """Return the instants of the simulated hours at which the daemon started a job."""
    said = host.run("cat", f"/home/backup/starts-{number}").stdout.split()
    return [int(word) for word in said if SINCE <= int(word) < UNTIL]
