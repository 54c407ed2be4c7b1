"""Waiting for cron on a host of the lab: until what is due within two minutes has been started, and has ended."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from labcheck.cron import next_runs
from labcheck.errors import CommandTimedOut, UnreadableAnswer
from labcheck.facts import cron
from labcheck.hosts import Host

REACH = timedelta(seconds=125)
STARTING = timedelta(seconds=2)
LONGEST_JOBS_SECONDS = 60
MINUTE = timedelta(minutes=1)
# The host's wall clock; whether a crontab was changed since its minute began; the processes of jobs at work.
ASK = """
now=$(date +%Y-%m-%dT%H:%M:%S)
changed=$(find /etc/crontab /etc/cron.d /var/spool/cron/crontabs -newermt "${now%:*}:00" | wc -l)
jobs=$(pgrep --exact --oldest cron | xargs -r pgrep --parent)
echo $now $changed $jobs
"""
STATE = re.compile(r"(\S+) (\d+)((?: \d+)*)\n")


def wait_for_cron(root: Host, show: Callable[[str], None]) -> None:
    """Wait on a host, asked as root, and show how long it will take; raises `LabcheckError`.

    Jobs from before are left alone: each morning at 06:25 Debian's own one for apt sleeps for up to half an hour.
    """
    now, changed, from_before = _state(root)
    last = max(_due(cron.installation(root), now, changed=changed), default=None)
    if last is None:
        show(f"Nothing is due on {root.name} within two minutes.\n")
        return
    while now < last + STARTING:
        left = int((last + STARTING - now).total_seconds())
        show(f"\rIt is {now:%H:%M:%S} on {root.name}; cron is due at {last:%H:%M}, in {left} s … ")
        time.sleep(min(1, left))
        now, _, _ = _state(root)
    deadline = time.monotonic() + LONGEST_JOBS_SECONDS
    while _state(root)[2] - from_before:
        if time.monotonic() > deadline:
            raise CommandTimedOut(f"cron's jobs on {root.name} have not ended in {LONGEST_JOBS_SECONDS} seconds")
        show(f"\rcron's jobs of {last:%H:%M} are at work … {'':40}")
        time.sleep(0.5)
    show(f"\r{last:%H:%M} has come, and cron's jobs on {root.name} have ended.{'':40}\n")


def _due(found: cron.Installation, now: datetime, *, changed: bool) -> Iterator[datetime]:
    """Yield the times of jobs that are due soon, and the next minute if cron has crontabs to read again."""
    if changed:
        yield now.replace(second=0) + MINUTE
    for one in found.crontabs:
        for job in one.crontab.jobs:
            if not job.schedule.minute_star:
                yield from (run for run in next_runs(job.schedule, now, 1) if run <= now + REACH)


def _state(root: Host) -> tuple[datetime, bool, set[int]]:
    answer = root.output("sh", "-c", ASK)
    found = STATE.fullmatch(answer)
    if found is None:
        raise UnreadableAnswer(f"{root.name} was asked for its time and jobs, and said {answer[:80]!r}")
    return datetime.fromisoformat(found[1]), found[2] != "0", {int(process) for process in found[3].split()}
