"""How far before a period one has to begin, so that every store holds what it would hold after years."""

from collections.abc import Sequence
from itertools import pairwise

from labcheck.cron.fields import DAY as DAY_FIELD
from labcheck.cron.fields import MONTH as MONTH_FIELD
from labcheck.cron.schedule import Schedule
from labcheck.cron.times import times_of_day
from labcheck.errors import UsageError
from labcheck.rpo.commands.actions import Backup, CleanUp, Copy, Dump, Remove
from labcheck.rpo.jobs import Durations, Job

DAY = 86400
WEEKS = 28
MANY_RUNS = 200_000
MOST_RUNS = 2_000_000
MOVES_DATA = (Dump, Backup, Copy, CleanUp, Remove)
LONGEST = 12 * 366 * DAY


def warm_up(jobs: Sequence[Job], durations: Durations, since: int, until: int) -> int:
    """Return a number of seconds: the newest state in a store is never older than all gaps and durations together.

    The gaps are the longest of each job that moves data, the edges of the period counted twice; two days are
    added for clock changes and zones, and a week for each of two runs that may come to nothing on all days of the
    week but one, because they start in the minute of what they need.
    """
    total = (2 + 2 * 7) * DAY
    for job in jobs:
        if matters(job):
            total += longest_gap(job.starts, since, until) + sum(durations.of(step.action, job) for step in job.steps)
    return min(total, LONGEST)


def matters(job: Job) -> bool:
    """Tell whether a job does anything to backups; of all others the starts are of no interest."""
    return any(isinstance(step.action, MOVES_DATA) for step in job.steps)


def days_to_look_at(jobs: Sequence[tuple[Job, Schedule]], days: int, *, steady: bool) -> int:
    """Return how many days of a period to go through; raise UsageError when there are too many runs in them.

    Very frequent jobs repeat themselves: with schedules that only know times and weekdays, and clocks that never
    change (`steady`), four weeks tell all that a year would.
    """
    clocks = [(len(times_of_day(schedule)), schedule) for job, schedule in jobs if matters(job)]
    weekly = all(schedule.days == DAY_FIELD.every and schedule.months == MONTH_FIELD.every for _, schedule in clocks)
    a_day = sum(times for times, _ in clocks)
    if a_day * days > MANY_RUNS and steady and weekly:
        days = min(days, WEEKS)
    if a_day * days > MOST_RUNS:
        raise UsageError(
            f"these jobs start {a_day:,} times a day, more than can be gone through for {days} days",
            "Leave out jobs that have nothing to do with the question.",
        )
    return days


def longest_gap(starts: Sequence[int], since: int, until: int) -> int:
    """Return the longest stretch without a start, in seconds."""
    if not starts:
        return LONGEST // 3
    inner = max((later - earlier for earlier, later in pairwise(starts)), default=0)
    edge = (starts[0] - since) + (until - starts[-1])
    return max(inner, edge)
