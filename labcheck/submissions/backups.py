"""What the live crontabs of a repository do: each read by cron's rules, and all together by those of the recovery
point. Lines are numbered as in the repository wherever the order of the lines allows it."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from labcheck.cron import Crontab, find_hazards, read_crontab
from labcheck.cron.hazards import NOTE
from labcheck.errors import LabcheckError
from labcheck.rpo import Answer, CrontabFile, Durations, NoAnswer, Period, Question, answer
from labcheck.rpo.answer import ServiceAnswer
from labcheck.rpo.commands.actions import Backup, Dump, Opaque
from labcheck.rpo.commands.dumps import MYSQL_TOOLS, POSTGRES_TOOLS
from labcheck.rpo.commands.lists import parse
from labcheck.rpo.commands.words import UnreadableShell
from labcheck.rpo.links import Link
from labcheck.submissions.finding import Place
from labcheck.submissions.installed import SPOOL, Installed
from labcheck.submissions.rulebook import by_source
from labcheck.submissions.settings import Settings
from labcheck.submissions.survey import Survey
from labcheck.submissions.templating import MARK

KINDS = {**dict.fromkeys(MYSQL_TOOLS, "mysql"), "mariabackup": "mysql", "xtrabackup": "mysql",
         **dict.fromkeys(POSTGRES_TOOLS, "postgres"), "influxd": "influxdb", "influx": "influxdb"}  # fmt: skip
SIXTH_FIELD = re.compile(r"\s*(?:\S+\s+){5}[\d*][\d*/,-]*\s")
"""A number where the user should be: what follows is no command either."""
FURTHEST_LINE = 2000
DAY = 86400
DAYS_LOOKED_AT = 70


@dataclass(frozen=True)
class Live:
    """A live crontab: `text` is what cron reads, with lines where they stand in the repository (`is_aligned`)."""

    file: Installed
    name: str
    user: str | None
    text: str
    is_aligned: bool

    def place(self, line: int) -> Place:
        """Return where a line of `text` stands in the repository."""
        if not line or not self.is_aligned:
            return self.file.place(line)
        return Place(self.file.origins[0].file, line)

    @property
    def crontab(self) -> Crontab:
        """Return the crontab as cron reads it."""
        return read_crontab(self.text.encode("utf-8", "surrogateescape"), self.name, user=self.user)

    @property
    def open_quotes(self) -> tuple[tuple[int, str], ...]:
        """Return the lines whose command the shell refuses, with its reason; not where a `%` has cut the command."""
        whole = [job for job in self.crontab.written_jobs if job.command == job.raw]
        told = ((job.line, _unreadable(job.command)) for job in whole)
        return tuple((line, why) for line, why in told if "stays open" in why)

    @property
    def users_inside(self) -> tuple[tuple[int, str], ...]:
        """Return the lines that name their user once more where a program should stand: `&& backup duplicity …`."""
        jobs = self.crontab.written_jobs
        twice = ((job, re.search(rf"(?:&&|\|\||;)\s*{re.escape(job.user)}\s+[a-z/]", job.raw)) for job in jobs)
        return tuple((job.line, job.user) for job, found in twice if found)

    @property
    def odd_lines(self) -> frozenset[int]:
        """Return the lines of jobs that do not run as they seem to: all that follows has that one cause."""
        rules = ("odd-schedule", "never-runs", "percent")
        odd = (one for one in find_hazards(self.crontab) if by_source().get(one.rule) in rules)
        return frozenset(one.line for one in odd if one.severity != NOTE)

    @property
    def is_partial(self) -> bool:
        """Tell whether a line could not be read even as its author meant it; a missing user can be guessed."""
        guessed = (one.words == "bad username" and not SIXTH_FIELD.match(one.text) for one in self.crontab.refusals)
        return not all(guessed) or bool(self.open_quotes)


@dataclass(frozen=True)
class Backups:
    """The live crontabs, what they amount to, or why nothing can be said (`reason`). `twins` are on several hosts."""

    live: tuple[Live, ...]
    twins: tuple[tuple[Live, tuple[str, ...]], ...]
    answer: Answer | None
    reason: str = ""

    @property
    def is_partial(self) -> bool:
        """Tell whether some line of some crontab could not be read."""
        return any(one.is_partial for one in self.live)

    def find(self, host: str, name: str) -> Live | None:
        """Return the crontab of this name on a host."""
        return next((one for one in self.live if (one.file.host, one.name) == (host, name)), None)

    def kind(self, service: ServiceAnswer) -> str:
        """Return which database a service belongs to: mysql, influxdb, postgres or its own name."""
        for link in self.links(service):
            if isinstance(link.step.action, Dump):
                return KINDS.get(link.step.action.tool, service.service)
        return service.service

    def starts(self, service: ServiceAnswer, *, full: bool = False, dumps: bool = False) -> list[int]:
        """Return when the uploads (or the full ones, or the dumps) of a service start, in seconds since 1970."""
        found: set[int] = set()
        for link in self.links(service):
            action = link.step.action
            is_full = isinstance(action, Backup) and action.mode == "full"
            wanted = isinstance(action, Dump) if dumps else link.crosses and (not full or is_full)
            if wanted:
                found.update(link.step.job.starts)
        since = self.answer.since if self.answer else 0
        return sorted(start for start in found if since <= start < since + DAYS_LOOKED_AT * DAY)

    @property
    def refusing(self) -> frozenset[str]:
        """Return the hosts with a command that its program refuses."""
        jobs = self.answer.jobs if self.answer else ()
        actions = ((job.host, step.action) for job in jobs for step in job.steps)
        refused = ((host, one.text) for host, one in actions if isinstance(one, Opaque) and one.refused)
        return frozenset(host for host, text in refused if MARK not in text)

    def is_odd(self, service: ServiceAnswer) -> bool:
        """Tell whether a job that carries a service's data runs at other times than its author means, or not at all."""
        if any(service.production == host for host in self.refusing):
            return True
        odd = {(one.file.host, one.name): one.odd_lines for one in self.live}
        jobs = (link.step.job for link in self.links(service))
        return any(job.line in odd.get((job.host, job.file), ()) for job in jobs)

    def links(self, service: ServiceAnswer) -> tuple[Link, ...]:
        """Return the links of the pipeline that carry a service's data."""
        links = service.case.simulation.pipeline.links
        return tuple(
            one for one in links if (one.target.service, one.target.production) == (service.service, service.production)
        )


def _unreadable(command: str) -> str:
    try:
        parse(command)
    except UnreadableShell as error:
        return str(error)
    return ""


def gap_of(starts: Sequence[int]) -> int:
    """Return the longest time between two starts, in seconds; 0 of fewer than two."""
    return max((later - earlier for earlier, later in pairwise(starts)), default=0)


def read_backups(found: Survey, settings: Settings) -> Backups:
    """Work out what the crontabs of a repository do."""
    first: dict[tuple[str, ...], list[Installed]] = {}
    for file in found.crontabs:
        scripts = sorted(_scripts(found, file.host).items())
        called = (text for path, text in scripts if posixpath.basename(path) in file.text)
        first.setdefault((file.path, file.text, *called), []).append(file)
    live = tuple(_live(group[0]) for group in first.values())
    twins = tuple(
        (one, tuple(other.host for other in group))
        for one, group in zip(live, first.values(), strict=True)
        if len(group) > 1 and all(other.sure for other in group)
    )
    if not live:
        return Backups((), (), None)
    crontabs = tuple(
        CrontabFile(one.file.host, one.name, _with_user(one), _scripts(found, one.file.host)) for one in live
    )
    question = Question(crontabs, Period(settings.today), Durations(settings.dump_seconds, settings.transfer_seconds))
    try:
        return Backups(live, twins, answer(question, variants=False))
    except NoAnswer as error:
        return Backups(live, twins, None, error.what)
    except LabcheckError as error:
        return Backups(live, twins, None, error.what)


def _scripts(found: Survey, host: str) -> dict[str, str]:
    """Return the texts of all other files of a host, by path: one name may be another script on another host."""
    return {one.path: one.text for one in found.files if one.host == host and one not in found.crontabs}


def _live(file: Installed) -> Live:
    folder, name = posixpath.split(file.path)
    user = name if f"{folder}/" == SPOOL else None
    text = _aligned(file)
    called = file.path if file.path == "/etc/crontab" else name
    return Live(file, called, user, file.text if text is None else text, text is not None)


def _aligned(file: Installed) -> str | None:
    """Return the text with blank lines put in, so that each line has the number that it has in its source."""
    lines = file.text.split("\n")
    rows: list[str] = []
    for number, (line, place) in enumerate(zip(lines, file.origins, strict=False)):
        is_end = number == len(lines) - 1 and not line
        if is_end:
            rows.append("")
            continue
        if place.file != file.origins[0].file or place.line <= len(rows) or place.line > FURTHEST_LINE:
            return None
        rows += [""] * (place.line - len(rows) - 1) + [line]
    return "\n".join(rows)


def _with_user(one: Live) -> str:
    """Return a user's own crontab as one of /etc/cron.d: the recovery point knows only those."""
    if one.user is None:
        return one.text
    rows = one.text.split("\n")
    for job in one.crontab.written_jobs:
        begin = len(job.text) - len(job.raw)
        rows[job.line - 1] = f"{job.text[:begin]}{one.user} {job.text[begin:]}".rstrip("\n")
    return "\n".join(rows)
