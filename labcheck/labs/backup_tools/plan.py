"""What the crontabs of db add up to: read by `labcheck.rpo`, together with the scripts that they call."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from labcheck.cron import Job as Entry
from labcheck.cron.hazards.commands import bash_syntax, carriage_return, placeholder
from labcheck.errors import LabcheckError, UnreadableAnswer
from labcheck.facts import cron, cron_log, timers
from labcheck.facts.zone import zone
from labcheck.hosts import Host, Site
from labcheck.labs.backup_tools.accounts import accounts
from labcheck.labs.backup_tools.installed import as_file, name_of
from labcheck.labs.backup_tools.lab import DATABASE, TABLE, other_hosts
from labcheck.labs.backup_tools.scripts import (
    BACKUP_WORDS,
    PROGRAMS,
    UNKNOWN,
    Script,
    is_backup,
    path_without_programs,
    scripts_called,
    texts_of,
    wrong_with,
)
from labcheck.rpo import Answer, NoAnswer, Period, Question, answer
from labcheck.rpo.commands.actions import Backup, CleanUp, Copy, Dump, Opaque
from labcheck.rpo.crontabs import load
from labcheck.rpo.findings import Finding
from labcheck.rpo.jobs import Job, Step
from labcheck.rpo.links import Link
from labcheck.rpo.span import matters
from labcheck.rpo.starts import starts_of

YEAR = Period.of_year(2027)
"""Hosts are taken to live in UTC, where no clock changes: so any year will do, and the answer is always the same."""
MONTH = timedelta(days=32)
MOST_JOBS = 100  # they take 1 s; 500 would take one a minute, and keep the grader from other students
PASSPHRASE = re.compile(r"\bPASSPHRASE[ \t]*=")
NO_SHELLS = {"true", "false", "nologin"}
ADMIN_PROGRAMS = {"runuser": {"/usr/sbin", "/sbin"}}
"""Programs that lie elsewhere, where cron does not look unless its PATH says so."""


@dataclass(frozen=True)
class Plan:
    """What the crontabs of db come to.

    `ignored` are those that look like backups and that cron does not load. `jobs` are all that cron runs, `entries`
    the same by name of the file and line, as cron sees them. `answer` is None where no dump leaves the host, and
    `why_none` says why. `unread` names a command that may be part of the backups and could not be read,
    `passphrase_file` the crontab or script that sets a passphrase.
    """

    is_running: bool
    ignored: tuple[cron.InstalledCrontab, ...]
    jobs: tuple[Job, ...]
    entries: Mapping[tuple[str, int], Entry]
    answer: Answer | None
    why_none: str
    unread: str
    passphrase_file: str = ""
    scripts: Mapping[str, Script] = field(default_factory=dict)

    @property
    def steps(self) -> Iterator[Step]:
        """Every step of every job."""
        return (step for job in self.jobs for step in job.steps)

    @property
    def has_backups(self) -> bool:
        """Say whether any job dumps, uploads or cleans up, or would but for a user's name in front of it."""
        return bool(self.user_as_command) or any(
            isinstance(step.action, Dump | Backup | CleanUp | Copy) for step in self.steps
        )

    @property
    def dumps(self) -> tuple[Step, ...]:
        """The steps that dump the database."""
        made = (step for step in self.steps if step.after != "||")
        return tuple(step for step in made if isinstance(step.action, Dump) and holds_the_table(step.action))

    @property
    def other_dumps(self) -> tuple[Step, ...]:
        """The steps that dump another one, or not all of it."""
        return tuple(step for step in self.steps if isinstance(step.action, Dump) and not holds_the_table(step.action))

    @property
    def refused(self) -> Step | None:
        """A step that its program does not take, so that it does nothing."""
        return next((step for step in self.steps if isinstance(step.action, Opaque) and step.action.refused), None)

    @property
    def services(self) -> frozenset[str]:
        """What the database goes by in the answer: a dump may be of all databases."""
        return frozenset(step.action.service for step in self.dumps if isinstance(step.action, Dump))

    @property
    def links(self) -> tuple[Link, ...]:
        """What makes a dump and carries it on, on db and to other hosts; none where no dump leaves db."""
        if self.answer is None:
            return ()
        links = self.answer.services[0].case.simulation.pipeline.links
        return tuple(link for link in links if link.target.service in self.services)

    @property
    def uploads(self) -> tuple[Link, ...]:
        """What brings a dump to another host."""
        return tuple(link for link in self.links if link.crosses)

    def found(self, *rules: str) -> Finding | None:
        """Return what is first said by one of these rules of `labcheck.rpo`."""
        findings = self.answer.findings if self.answer else ()
        return next((one for one in findings if one.rule in rules), None)

    @property
    def user_as_command(self) -> Job | None:
        """A job in which a user's name stands where a command should be: `true && backup duplicity full ...`."""
        return next((job for job in self.jobs for step in job.steps if _begins_with_a_user(step)), None)

    def slip(self, step: Step) -> str:
        """Return what keeps a step from being done when cron starts its job; empty when nothing does."""
        entry = self.entries[step.job.file, step.job.line]
        said = [one.message for rule in (bash_syntax, carriage_return, placeholder) for one in rule(entry)]
        path, program, shell = entry.environment["PATH"], entry.command.split()[0], entry.environment["SHELL"]
        places = ADMIN_PROGRAMS.get(program, PROGRAMS)
        if "/" not in program and not places & set(path.split(":")):
            said.append(f"cron does not find `{program}` where PATH={path} says")
        if shell.rpartition("/")[2] in NO_SHELLS:
            said.append(f"SHELL={shell} runs no command")
        if set_path := path_without_programs(entry.command):
            said.append(f"the shell finds no program where {set_path} says")
        said += [wrong for name, script in self.scripts.items() if (wrong := wrong_with(script, name, step.job))]
        return next(iter(said), "")

    def passphrase_for_a_drill(self) -> str:
        """Return the file that sets the passphrase, empty where no job has one.

        Raises `LabcheckError` where the jobs have one from elsewhere.
        """
        states = {step.action.encryption.state for step in self.steps if isinstance(step.action, Backup)}
        if not self.passphrase_file and states & {"passphrase", "unknown"}:
            raise LabcheckError("the jobs get their passphrase from where no drill looks", "Have a person look at it.")
        return self.passphrase_file

    def must_be_read(self) -> None:
        """Raise `LabcheckError` where something that may be a backup could not be read: nothing can be said then."""
        if self.unread:
            raise not_covered(self.unread)


def holds_the_table(dump: Dump) -> bool:
    """Say whether a dump holds the lab's table, with all its rows, as far as its words tell."""
    named = {DATABASE, "all databases"} & {dump.service, *dump.service.split("+")} or UNKNOWN.search(dump.service)
    tables = " ".join(dump.tables)
    has_table = not tables or TABLE in dump.tables or UNKNOWN.search(tables)
    left_out = dump.part.startswith(("w", "no-create-info", "t")) or dump.part == f"ignore-table={DATABASE}.{TABLE}"
    return bool(named and has_table) and not left_out


def last_dump_due(site: Site, found: Plan) -> datetime | None:
    """Return when cron should last have begun to dump the database; None where it never does, or not in a month."""
    now = cron_log.cron_log(site.db.as_user("root")).now
    schedules = [found.entries[step.job.file, step.job.line].schedule for step in found.dumps]
    starts = starts_of(schedules, zone(site.db), int((now - MONTH).timestamp()), int(now.timestamp()))
    last = max((start for each in starts for start in each), default=None)
    return None if last is None else datetime.fromtimestamp(last, UTC)


def plan(site: Site) -> Plan:
    """Return what the crontabs installed on db come to; raises `LabcheckError` when they cannot be looked at."""
    root = site.db.as_user("root")
    installed = cron.installation(root)
    loaded = [one for one in installed.crontabs if one.crontab.loaded]
    ignored = [one for one in installed.crontabs if not one.crontab.loaded]
    entries = {(name_of(one), entry.line): entry for one in loaded for entry in one.crontab.jobs}
    question = Question(tuple(as_file("db", one) for one in loaded), YEAR)
    scripts = scripts_called(question, {"db": root})
    question = replace(question, scripts=texts_of(scripts))
    question = replace(question, accounts=accounts(question, {"db": site.db}, other_hosts(site)))
    jobs = tuple(job for one in load(question) for job in one.jobs)
    if (moving := sum(map(matters, jobs))) > MOST_JOBS:
        raise UnreadableAnswer(f"the crontabs have {moving} jobs that move data; up to {MOST_JOBS} are gone through")
    found, why_none = _answer(question)
    looks_ignored = tuple(one for one in ignored if BACKUP_WORDS.search(f"{one.path} {one.text}"))
    texts = {one.path: one.text for one in loaded} | {one.path: one.text for one in scripts.values()}
    secret = next((path for path, text in texts.items() if PASSPHRASE.search(text)), "")
    made = Plan(
        installed.is_running, looks_ignored, jobs, entries, found, why_none, next(_unread(jobs), ""), secret, scripts
    )
    return made if made.unread or made.uploads else replace(made, unread=timer(root))


def timer(root: Host) -> str:
    """Return a timer of systemd's that may be part of the backups, and what it starts; empty when there is none."""
    found = (
        f"`{one.command}`, which {one.path} starts" for one in timers.timers(root) if BACKUP_WORDS.search(one.command)
    )
    return next(found, "")


def not_covered(what: str) -> LabcheckError:
    """Return the error for a job that cannot be read here, so that nothing can be said."""
    return LabcheckError(f"a job that cannot be read here: {what}", "Have a person look at it.")


def _answer(question: Question) -> tuple[Answer | None, str]:
    try:
        return answer(question, variants=False), ""
    except NoAnswer as reason:
        return None, reason.what


def _begins_with_a_user(step: Step) -> bool:
    words = step.action.text.split() if isinstance(step.action, Opaque) else []
    return len(words) > 1 and words[0] == step.job.user


def _unread(jobs: Sequence[Job]) -> Iterator[str]:
    for job in jobs:
        for step in job.steps:
            action = step.action
            if not isinstance(action, Opaque) or action.refused or _begins_with_a_user(step):
                continue
            if is_backup(job, action.text):
                yield f"line {job.line} of {job.file}: `{action.text}`: {action.why.partition(': add')[0]}"
