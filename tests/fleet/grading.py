"""Grading the fleet: some labs side by side, each put back to a base, changed and graded, member after member."""

import multiprocessing
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import cache

from labcheck.errors import LabcheckError
from labcheck.grading.runner import run
from labcheck.hosts import Host
from labcheck.hosts.ssh import Connections
from labcheck.labs import LABS
from labcheck.model import Status
from labcheck.practice import lab as labs
from labcheck.practice import lifecycle
from labcheck.practice.images import HOSTS
from labcheck.practice.scenes import Watching, run_unseen, scenes
from labcheck.practice.solutions import solutions, solve
from tests.fleet.members import Member

LAB = LABS["backup-tools"]
PROJECT = os.environ.get("LABCHECK_FLEET_PROJECT", "labcheck-fleet")
LABS_AT_ONCE = (os.cpu_count() or 1) + 1
"""A lab does nothing for a third of its time: it waits for cron's minutes, and for the next second of backups."""

RESET_SECONDS = 60
LOG = "/var/lib/lab/solved/syslog"
JOB = "rsync -a /home/$STUDENT/mysql/ offsite.foo.bar:/srv/backup"
EARLY = scenes([{"root@backup": [f'echo "* * * * * $STUDENT {JOB}" > /etc/cron.d/offsite']}])
"""cron runs the job of chapter 6 while chapter 5 waits for cron: one minute is waited for, not two."""

LEFT_OVER = (
    f"rm -f /var/log/syslog.1; find /usr/local -type f -newer {LOG} -delete"
    "; [ ! -e /usr/bin/duplicity-real ] || mv -f /usr/bin/duplicity-real /usr/bin/duplicity"
)
OPENED = "while ls -l /proc/$(pgrep -xo rsyslogd)/fd | grep -q 'syslog (deleted)'; do sleep 0.05; done"
PUT_BACK = {
    "fresh": f"lab-reset fresh; {LEFT_OVER}",
    "solved": f"lab-reset solved && cat {LOG} > /var/log/syslog && pkill -HUP rsyslogd; {OPENED}; {LEFT_OVER}",
}
"""What members log, and programs that they put in the place of others, must not be there for the next.

rsyslogd opens its file anew when told to, a moment later: a member may have put another one in its place, as `sed -i`
does.
"""


@dataclass(frozen=True)
class Graded:
    """What the grader said of a member: the checks that failed, and those that could not be asked, with the reasons."""

    member: str
    failed: dict[str, str]
    errors: dict[str, str]
    seconds: float
    trouble: str = ""


def graded(fleet: Sequence[Member]) -> Iterator[Graded]:
    """Yield what the grader said of each member, as it comes; the labs are taken down at the end."""
    context = multiprocessing.get_context("spawn")
    numbers = context.Queue()
    for number in range(LABS_AT_ONCE):
        numbers.put(number)
    with ProcessPoolExecutor(LABS_AT_ONCE, context, _prepare, (numbers,)) as pool:
        try:
            longest_first = sorted(fleet, key=lambda member: -len(member.drills))  # no lab waits for another's last
            for finished in as_completed([pool.submit(_grade, member) for member in longest_first]):
                yield finished.result()
        finally:
            for number in range(LABS_AT_ONCE):
                os.environ["LABCHECK_PROJECT"] = f"{PROJECT}-{number}"
                lifecycle.down(lambda _: None)


def _prepare(numbers: "multiprocessing.Queue[int]") -> None:
    """Bring a lab up for this process, and keep how it looks fresh and solved."""
    os.environ["LABCHECK_PROJECT"] = f"{PROJECT}-{numbers.get()}"
    lab = lifecycle.up(lambda _: None)
    lifecycle.run_everywhere(lab, "lab-reset", "--remember", "fresh")
    with lab.connections() as connections:
        run_unseen(lab, connections, EARLY)
        results = solve(lab, connections, [], Watching(lambda _: None), lambda _: None)
        run_unseen(lab, connections, solutions()["6.4"])  # the crontabs of the reference solution
    unsolved = [result.name for result in results if result.status is not Status.PASS]
    if unsolved:
        raise LabcheckError(f"the reference solution does not pass {', '.join(unsolved)}")
    lifecycle.run_everywhere(lab, "lab-reset", "--remember", "solved")
    lifecycle.run_everywhere(lab, "cp", "/var/log/syslog", LOG)


@cache
def _kept_open() -> Connections:
    """Return connections that outlast the members: only to put hosts back, as who is signed in sees no change."""
    return labs.current().connections()


def _put_back(lab: labs.PracticeLab, base: str) -> None:
    """Put the lab back over SSH, which is three times as fast as past it, where no member has shut that way."""
    order = ("sh", "-c", f"export STUDENT={lab.student}; {PUT_BACK[base]}")
    try:
        with ThreadPoolExecutor(len(HOSTS)) as pool:
            roots = [Host(name, "root", _kept_open().asked_afresh()) for name in HOSTS]
            list(pool.map(lambda root: root.expect(*order, statuses={0}, timeout_seconds=RESET_SECONDS), roots))
    except LabcheckError:
        lifecycle.run_everywhere(lab, *order)


def _grade(member: Member) -> Graded:
    started = time.monotonic()
    lab = labs.current()
    try:
        _put_back(lab, member.base)
        with lab.connections() as connections:
            run_unseen(lab, connections, member.change)
        with lab.connections() as connections:
            results = list(run(LAB.select([], member.drills), lab.site(connections)))
    except LabcheckError as error:
        return Graded(member.name, {}, {}, time.monotonic() - started, error.what)
    failed = {result.name: result.found for result in results if result.status is Status.FAIL}
    errors = {result.name: result.found for result in results if result.status is Status.ERROR}
    return Graded(member.name, failed, errors, time.monotonic() - started)
