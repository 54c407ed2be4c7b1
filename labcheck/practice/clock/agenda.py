"""What cron will start and when: all jobs of all hosts through a period, each by its own host's clock."""

from collections.abc import Sequence
from dataclasses import dataclass

from labcheck.cron import Job
from labcheck.practice.clock.installed import CronHost, Installed
from labcheck.practice.clock.period import Period
from labcheck.rpo.starts import starts_of

WAKING_SECONDS = 1
"""Cron sleeps into the first second of a minute, and starts its jobs then."""


@dataclass(frozen=True)
class Start:
    """One start of a job. `instant` is in seconds since 1970, `order` its place among starts of the same instant."""

    instant: int
    order: int
    installed: Installed
    job: Job

    @property
    def host(self) -> str:
        """The host that it happens on."""
        return self.installed.host


def agenda(hosts: Sequence[CronHost], period: Period) -> list[Start]:
    """Return all starts in order. Jobs of one minute start at once; cron takes a file's last line first."""
    found: list[Start] = []
    for host in hosts:
        entries = [(installed, job) for installed in host.crontabs for job in installed.jobs]
        starts = starts_of([job.schedule for _, job in entries], host.zone, period.since, period.until)
        for (installed, job), instants in zip(entries, starts, strict=True):
            order = -len(entries) + entries.index((installed, job))
            found += [Start(instant + WAKING_SECONDS, -order, installed, job) for instant in instants]
    return sorted(found, key=lambda start: (start.instant, start.host, start.order))
