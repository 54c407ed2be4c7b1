"""Findings about whole crontab files and single lines, before any pipeline: what cron itself will not run as meant."""

import re
from collections.abc import Iterator, Mapping, Sequence

from labcheck.cron import ever_runs
from labcheck.cron.file_rules import name_is_seen
from labcheck.rpo.commands.actions import DATA, Dump, Opaque, Restore
from labcheck.rpo.crontabs import Loaded
from labcheck.rpo.findings import FATAL, NOTE, WARNING, Finding, at_job
from labcheck.rpo.jobs import Job, Step
from labcheck.rpo.span import matters

PLACEHOLDER = re.compile(r"<[A-Za-z][\w.-]*>")
UNFILLED = re.compile(r"\{\{.*?\}\}|\{%.*?%\}")
CUT = re.compile(r"(?<!\\)%")


def all_steps(jobs: Sequence[Job]) -> tuple[int, ...]:
    """Return the numbers of all steps of some jobs."""
    return tuple(step.number for job in jobs for step in job.steps)


def ignored_files(loaded: Sequence[Loaded]) -> Iterator[Finding]:
    """A file that cron ignores: its name, or a line that it cannot read."""
    for one in loaded:
        name, steps = one.source.name, frozenset(all_steps(one.jobs))
        if not name_is_seen(name):
            yield Finding(
                "file-ignored", FATAL, one.source.host, name, 0,
                f"cron passes over a file called `{name}` in silence: only letters, digits, `_` and `-` will do",
                f"Rename it, for example to `{re.sub(r'[^A-Za-z0-9_-]+', '-', name).strip('-') or 'backup'}`.",
                "none of its jobs ever runs", steps,
            )  # fmt: skip
        if not one.crontab.loaded:
            line = one.crontab.refusals[0].line if one.crontab.refusals else one.source.text.count("\n") + 1
            yield Finding(
                "file-refused", FATAL, one.source.host, name, line,
                f"cron refuses the whole file: {one.crontab.log[0]}",
                _repair(one),
                "none of its jobs ever runs", steps,
            )  # fmt: skip


def _repair(one: Loaded) -> str:
    if not one.crontab.refusals:
        return "End the last line with Enter." if not one.crontab.is_terminated else "Make the file shorter."
    if one.crontab.refusals[0].words == "bad username":
        return "Write the user who runs it between the five times and the command: `11 0 * * * backup mysqldump …`."
    return "Repair this line; one bad line switches off all others."


def taken_names(names: Mapping[str, str], loaded: Sequence[Loaded]) -> Iterator[Finding]:
    """A crontab whose label no command mentions, taken for the host that gets the uploads."""
    for one in loaded:
        for label, name in names.items():
            if one.source.host == name:
                yield Finding(
                    "host-taken-for", NOTE, name, one.source.name, 0,
                    f"`{label}` is taken for {name}, which gets the uploads and has no other crontab",
                    f"Say {name}=FILE if it is, or give that host's own crontab, too.",
                )  # fmt: skip


def cut_commands(jobs: Sequence[Job]) -> Iterator[Finding]:
    """A `%` without a backslash ends the command."""
    for job in jobs:
        if CUT.search(job.written) and any(isinstance(step.action, DATA) for step in job.steps):
            yield at_job(
                "percent", FATAL, job,
                f"the first `%` ends the command: the shell only gets `{CUT.split(job.written)[0].strip()}`",
                "Write `\\%` in a crontab, also inside quotes.",
                effect="the command does not do what stands there", breaks=all_steps([job]),
            )  # fmt: skip


def placeholders(jobs: Sequence[Job]) -> Iterator[Finding]:
    """A name that should have been filled in: `<user>` or `{{ user }}`."""
    for job in jobs:
        unfilled = PLACEHOLDER.search(job.command) or UNFILLED.search(job.command)
        if not unfilled or not any(isinstance(step.action, DATA) for step in job.steps):
            continue
        word = unfilled[0]
        shell = "the shell takes `<` for a redirection" if word.startswith("<") else "nothing fills it in for cron"
        yield at_job(
            "placeholder", FATAL, job, f"`{word}` was never filled in; {shell}",
            f"Put the real name in the place of `{word}`.",
            effect="the command fails every time", breaks=all_steps([job]),
        )  # fmt: skip


def never_run(jobs: Sequence[Job], loaded: Sequence[Loaded]) -> Iterator[Finding]:
    """A schedule that no minute matches, or only the start of the machine."""
    schedules = {job.key: schedule for one in loaded for job, schedule in zip(one.jobs, one.schedules, strict=True)}
    for job in jobs:
        schedule = schedules[job.key]
        if schedule.reboot:
            yield at_job("reboot-only", WARNING, job, "runs only when the machine starts", "Give it five time fields.")
        elif not ever_runs(schedule):
            yield at_job(
                "never-runs", FATAL, job, f"`{job.schedule}` matches no minute at all",
                "A range that runs backwards, such as 22-6, is empty for cron: write 22-23,0-6.",
                effect="the job never runs", breaks=all_steps([job]),
            )  # fmt: skip
        elif not job.starts and matters(job):
            yield at_job("not-in-period", WARNING, job, f"`{job.schedule}` has no run in the period that was looked at")


def unread(jobs: Sequence[Job]) -> Iterator[Finding]:
    """Commands whose meaning is not known, or that do something else than a backup; they may well matter."""
    for job in jobs:
        for step in job.steps:
            yield from _unread(job, step)


def _unread(job: Job, step: Step) -> Iterator[Finding]:
    action = step.action
    if isinstance(action, Opaque) and action.refused:
        yield at_job(
            "program-refuses", FATAL, job, f"`{action.text}`: {action.why}", "Correct the command; try it by hand.",
            effect="it ends with an error and does nothing", breaks=(step.number,),
        )  # fmt: skip
    elif isinstance(action, Opaque):
        yield at_job(
            "not-read", WARNING, job, f"`{action.text}`: {action.why}",
            "The answer counts as if this command did nothing to the backups.",
        )  # fmt: skip
    elif isinstance(action, Restore):
        yield at_job(
            "scheduled-restore", WARNING, job, "a restore on a schedule overwrites what it restores to",
            "Restore by hand, or into a place of its own.",
        )  # fmt: skip
    elif step.after == "||" and isinstance(action, DATA):
        message = "what follows `||` runs only after a failure; it is not counted"
        yield at_job("only-on-failure", NOTE, job, message)
    elif isinstance(action, Dump) and action.target is None:
        yield at_job(
            "dump-goes-nowhere", FATAL, job, f"the dump of `{action.service}` is written to no file",
            "Add `> FILE`.", effect="cron mails it, or throws it away", breaks=(step.number,),
        )  # fmt: skip
