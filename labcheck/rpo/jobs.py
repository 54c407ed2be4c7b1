"""Cron jobs as the recovery point needs them: where and when they run, and what their commands do, step by step."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from labcheck.rpo.commands.actions import Action, Backup, Copy, Dump, Wait


@dataclass(frozen=True)
class Durations:
    """How long dumps and transfers between hosts take, in seconds; single jobs may differ.

    `jobs` maps `(kind, label, line)` to seconds: kind is dump or transfer, label a host or a file, line its number.
    """

    dump_seconds: int = 0
    transfer_seconds: int = 60
    jobs: Mapping[tuple[str, str, int], int] = field(default_factory=dict)

    def of(self, action: Action, job: "Job") -> int:
        """Return how long an action takes: dumps, `sleep` and what crosses the network; all else is done at once."""
        if isinstance(action, Wait):
            return action.seconds
        if isinstance(action, Dump):
            dump = self._own("dump", job, self.dump_seconds)
            return max(dump, self._own("transfer", job, self.transfer_seconds)) if action.crosses_network else dump
        crosses = isinstance(action, Copy | Backup) and action.crosses_network
        return self._own("transfer", job, self.transfer_seconds) if crosses else 0

    def _own(self, kind: str, job: "Job", usual: int) -> int:
        for label in (job.host, job.file, ""):
            if (kind, label, job.line) in self.jobs:
                return self.jobs[(kind, label, job.line)]
        return usual


@dataclass(frozen=True)
class Step:
    """One action of a job, with its place in the file; `number` is unique among all steps."""

    number: int
    job: "Job"
    action: Action
    after: str = ";"
    conditional: bool = False
    background: bool = False


@dataclass(frozen=True)
class Job:
    """One line of a crontab. `starts` are its runs, in seconds since 1970, sorted.

    `environment` holds the settings above the line; `command` is what the shell gets, `written` what stands there.
    """

    host: str
    file: str
    line: int
    user: str
    schedule: str
    command: str
    written: str = ""
    environment: Mapping[str, str] = field(default_factory=dict, hash=False)
    steps: tuple["Step", ...] = field(default=(), compare=False, hash=False)
    starts: tuple[int, ...] = field(default=(), compare=False, hash=False, repr=False)

    @property
    def key(self) -> str:
        """Return what tells this job from all others: host, file and line."""
        return f"{self.host}|{self.file}:{self.line}"


def offsets(job: Job, durations: Durations) -> dict[int, int]:
    """Return for each step of a job how many seconds after the job's start it begins.

    What follows `&` does not wait; what follows `||` runs only after a failure, and is not in the list.
    """
    found: dict[int, int] = {}
    now = 0
    for step in job.steps:
        if step.after == "||":
            continue
        found[step.number] = now
        if not step.background:
            now += durations.of(step.action, job)
    return found
