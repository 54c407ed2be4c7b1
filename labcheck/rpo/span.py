"""How far before a period one has to begin, so that every store holds what it would hold after years."""

from collections.abc import Sequence
from itertools import pairwise

from labcheck.rpo.commands.actions import Backup, Copy, Dump
from labcheck.rpo.jobs import Durations, Job

DAY = 86400
LONGEST = 12 * 366 * DAY


def warm_up(jobs: Sequence[Job], durations: Durations, since: int, until: int) -> int:
    """Return a number of seconds: the newest state in a store is never older than all gaps and durations together.

    The gaps are the longest of each job that moves data, the edges of the period counted twice; two days are
    added for clock changes and zones.
    """
    total = 2 * DAY
    for job in jobs:
        if any(isinstance(step.action, Dump | Backup | Copy) for step in job.steps):
            total += longest_gap(job.starts, since, until) + sum(durations.of(step.action, job) for step in job.steps)
    return min(total, LONGEST)


def longest_gap(starts: Sequence[int], since: int, until: int) -> int:
    """Return the longest stretch without a start, in seconds."""
    if not starts:
        return LONGEST // 3
    inner = max((later - earlier for earlier, later in pairwise(starts)), default=0)
    edge = (starts[0] - since) + (until - starts[-1])
    return max(inner, edge)
