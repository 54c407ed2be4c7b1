"""Reads crontabs into jobs, with the starts of each and what its command does."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from labcheck.cron import Crontab, Schedule, Setting, read_crontab
from labcheck.cron import Job as Entry
from labcheck.errors import LabcheckError
from labcheck.rpo.commands import Surroundings, read_command
from labcheck.rpo.jobs import Job, Step
from labcheck.rpo.question import CrontabFile, Question
from labcheck.rpo.span import matters
from labcheck.rpo.starts import starts_of

USERLESS = re.compile(
    r"(?P<times>\s*(?:@\w+|(?:\S+\s+){4}\S+)\s+)(?:(?:<[^>\s]*>|\{\{.*?\}\})\s+)?(?P<command>.*)", re.DOTALL
)
USUAL_USER = "backup"
MOST_STEPS = 1000


@dataclass(frozen=True)
class Loaded:
    """A crontab file with what cron makes of it, and its jobs as they stand on paper."""

    source: CrontabFile
    crontab: Crontab
    jobs: tuple[Job, ...]
    schedules: tuple[Schedule, ...]


def load(question: Question) -> tuple[Loaded, ...]:
    """Return the crontabs of a question; their jobs have no starts yet. Step numbers run through all files.

    Raises `LabcheckError` where they come to more commands than anybody means: working those out would take minutes.
    """
    found: list[Loaded] = []
    number = 0
    for source in question.crontabs:
        crontab = read_crontab(source.text.encode("utf-8", "surrogateescape"), source.name)
        jobs: list[Job] = []
        entries = tuple(_entries(crontab))
        for entry in entries:
            job = _job(source, entry, question, number)
            number += len(job.steps)
            if number > MOST_STEPS:
                where = f"line {job.line} of {job.file}"
                raise LabcheckError(f"more than {MOST_STEPS:,} commands to work out, up to {where}", "Make it shorter.")
            jobs.append(job)
        found.append(Loaded(source, crontab, tuple(jobs), tuple(entry.schedule for entry in entries)))
    return tuple(found)


def _entries(crontab: Crontab) -> Iterator[Entry]:
    """Yield the jobs on paper, also those that cron refuses because their user is missing or was never filled in."""
    user = next((job.user for job in crontab.written_jobs), USUAL_USER)
    above: tuple[Setting, ...] = ()
    for item in crontab.items:
        if isinstance(item, Setting):
            above = (*above, item)
        elif isinstance(item, Entry):
            yield item
        elif item.words == "bad username" and (parts := USERLESS.fullmatch(item.text)):
            line = f"{parts['times']}{parts['command']}\n".encode("latin-1")
            for entry in read_crontab(line, crontab.name, user=user).written_jobs:
                yield replace(entry, line=item.line, above=above)


def _job(source: CrontabFile, entry: Entry, question: Question, number: int) -> Job:
    """Read one line; on paper the author's `%` is a percent sign, whatever cron makes of it."""
    raw = entry.raw.encode("latin-1").decode("utf-8", "surrogateescape")  # cron sees bytes
    environment = {setting.name: setting.value for setting in entry.above}
    command = raw.replace("\\%", "%").strip()
    job = Job(source.host, source.name, entry.line, entry.user, str(entry.schedule), command, raw, environment)
    scripts = {**question.scripts, **source.scripts}
    around = Surroundings(source.host, entry.user, environment, scripts, question.accounts)
    deeds = read_command(command, around)
    steps = tuple(
        Step(number + place, job, deed.action, deed.after, deed.conditional, deed.background)
        for place, deed in enumerate(deeds)
    )
    return replace(job, steps=steps)


def timed(loaded: Sequence[Loaded], question: Question, since: int, until: int) -> tuple[Job, ...]:
    """Return all jobs with their starts between two instants (seconds since 1970), each host by its own clock."""
    hosts = list(dict.fromkeys(one.source.host for one in loaded))
    found: list[Job] = []
    for host in hosts:
        mine = [one for one in loaded if one.source.host == host]
        schedules = [schedule for one in mine for schedule in one.schedules]
        jobs = [job for one in mine for job in one.jobs]
        starts = starts_of(schedules, question.zone_of(host), since, until, [matters(job) for job in jobs])
        found += [with_starts(job, own) for job, own in zip(jobs, starts, strict=True)]
    return tuple(found)


def with_starts(job: Job, starts: tuple[int, ...]) -> Job:
    """Return the job, and the job of each of its steps, with these starts."""
    bare = replace(job, starts=starts, steps=())
    return replace(bare, steps=tuple(replace(step, job=bare) for step in job.steps))


def extended(jobs: Sequence[Job], before: Sequence[Job], after: Sequence[Job]) -> tuple[Job, ...]:
    """Return jobs with the starts of an earlier and a later stretch joined on."""
    return tuple(
        with_starts(job, first.starts + job.starts + last.starts)
        for job, first, last in zip(jobs, before, after, strict=True)
    )
