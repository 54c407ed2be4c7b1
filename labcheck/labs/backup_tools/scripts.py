"""The scripts that jobs call, as they lie on their hosts."""

import posixpath
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from labcheck.facts import cron_child, files
from labcheck.hosts import Host
from labcheck.rpo import Question
from labcheck.rpo.commands.actions import Opaque
from labcheck.rpo.commands.places import home_of
from labcheck.rpo.commands.wrappers import SHELLS
from labcheck.rpo.crontabs import Loaded, load
from labcheck.rpo.jobs import Job

UNKNOWN = re.compile("[$`]")
SCRIPTS_IN_SCRIPTS = 3
LARGEST_SCRIPT_BYTES, MOST_SCRIPT_BYTES = 32_000, 64_000
"""Of one script, and of all together; larger ones are not read, as that would take long."""
ANY_EXECUTE = stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH
OF_THE_DISTRIBUTION = re.compile(r"(/usr)?/(lib|libexec|share|s?bin)/")
OTHER_PARTS = re.compile(r"run-parts\b(?!.*/etc/cron\.(hourly|daily|weekly|monthly)/?$)")
"""Starts scripts in a directory that is not looked into; those of the distribution are (`labcheck.facts.timers`)."""
PROGRAMS = {"/usr/bin", "/bin"}
"""Where the programs lie that make backups."""
USUAL_PATH = "/usr/bin:/bin"
"""Where cron looks when no crontab says otherwise: crontab(5)."""
MOST_DIRECTORIES = 16
OWN_PATH = re.compile(r"\b(?:su|runuser|sudo)\b|\s(?:-\w*l|--login\b)")
"""What sets another PATH than cron's."""
NOT_SEARCHED = ("/usr/local/bin", "/usr/local/sbin")
"""Where scripts lie that their writers think cron finds."""
SETS_PATH = re.compile(r"(?:^|[;&|({]|\bexport\b)[ \t]*PATH=(?P<value>\"[^\"\n]*\"|'[^'\n]*'|[^\s;&|)]*)", re.MULTILINE)
NAMED_ALONE = re.compile(
    r"(?:^|[;&|({]|\b(?:do|then|else)\b)[ \t]*(?:mysqldump|mariadb-dump|duplicity|rsync|scp|ssh)\b", re.MULTILINE
)
BACKUP_WORDS = re.compile(r"back-?up|off-?site|dump|duplicity|sql|maria|restic|borg|rsync", re.IGNORECASE)
"""What cannot be read here may have to do with backups when one of these is in it."""


@dataclass(frozen=True)
class Script:
    """A script that a job calls: where it lies, its text, empty where there is none, and whether anybody may run it."""

    path: str
    text: str
    may_run: bool = True


def scripts_called(question: Question, roots: Mapping[str, Host]) -> dict[str, Script]:
    """Return every script that a job calls, by its name as written; one that is not there does nothing.

    `roots` are the hosts of the question, asked as root.
    """
    scripts: dict[str, Script] = {}
    for _ in range(SCRIPTS_IN_SCRIPTS):
        wanted = {
            call.text: (job, call) for job, call in _not_given(load(replace(question, scripts=texts_of(scripts))))
        }
        for name, (job, call) in wanted.items():
            room = min(LARGEST_SCRIPT_BYTES, MOST_SCRIPT_BYTES - sum(len(one.text) for one in scripts.values()))
            script = _script_of(roots[job.host], job, call, room)
            scripts |= {} if script is None else {name: script}
        if not wanted:
            break
    return scripts


def texts_of(scripts: Mapping[str, Script]) -> dict[str, str]:
    """Return the texts of scripts, by their names as written."""
    return {name: one.text for name, one in scripts.items()}


def _not_given(loaded: Sequence[Loaded]) -> Iterator[tuple[Job, Opaque]]:
    """Yield each call of a script that was not given, and its job."""
    for job in (job for one in loaded for job in one.jobs):
        for step in job.steps:
            action = step.action
            if isinstance(action, Opaque) and "--script" in action.why and _may_be_ours(job, action.text):
                yield from () if UNKNOWN.search(action.text) else ((job, action),)


def _script_of(root: Host, job: Job, call: Opaque, room: int) -> Script | None:
    """Return the script that a job calls; None for what stays unread, as a program of the distribution does."""
    if call.text.startswith("/"):
        return _script(root, call.text, room)
    home = cron_child.parse_accounts(root.output("getent", "passwd", job.user))[job.user].home
    if call.script:
        usual = f"{home_of(job.user)}/"
        inside = call.script.startswith(usual) and "HOME" not in job.environment
        return _script(root, f"{home}/{call.script.removeprefix(usual)}" if inside else call.script, room)
    searched = [*_searched(job), home, f"{home}/bin", *NOT_SEARCHED]  # the last ones are where people look
    for path in (f"{directory}/{call.text}" for directory in dict.fromkeys(searched)):
        if files.file_status(root, path):
            return None if OF_THE_DISTRIBUTION.match(path) else _script(root, path, room)
    return Script(f"{home}/{call.text}", "")


def _searched(job: Job) -> list[str]:
    """Return where cron looks for the programs of a job, as far as anybody would write it."""
    directories = job.environment.get("PATH", USUAL_PATH).split(":", MOST_DIRECTORIES)[:MOST_DIRECTORIES]
    return [one for one in directories if one.startswith("/")]


def _script(root: Host, path: str, room: int) -> Script | None:
    """Return a script that is no longer than this; None for another one, which stays unread."""
    status = files.file_status(root, path)
    if status is None:
        return Script(path, "")
    if status.kind != "regular file" or status.size_bytes > room:
        return None
    text = files.text_of(root, path)
    # A host may tell another size than it has.
    return Script(path, text, bool(status.mode & ANY_EXECUTE)) if len(text) <= room else None


def wrong_with(script: Script, name: str, job: Job) -> str:
    """Return what keeps a script that a job calls by this name from being run; empty when nothing does."""
    called = re.search(
        rf"(?P<by>(?:\b(?:{'|'.join(SHELLS)})(?:\s+-\w+)*|(?:^|[\s;&|(])(?:\.|source))\s+)?{re.escape(name)}",
        job.command,
    )
    if not called or not script.text:
        return ""
    is_by_path = not called["by"] and "/" not in name and not OWN_PATH.search(job.command)
    if is_by_path and posixpath.dirname(script.path) not in _searched(job):
        return f"cron does not find `{script.path}` by `{name}` alone, as PATH={':'.join(_searched(job))} says"
    if not called["by"] and not script.may_run:
        return f"nobody may run `{script.path}`, as its mode says"
    if script.text.partition("\n")[0].endswith("\r"):
        return f"the lines of `{script.path}` end as on Windows"
    if set_path := path_without_programs(script.text):
        return f"`{script.path}` says {set_path}, where the shell finds none of the programs"
    return ""


def path_without_programs(text: str) -> str:
    """Return the setting of PATH by which a shell does not find a program of backups that is named alone."""
    settings = [(found.start(), found["value"] or "''") for found in SETS_PATH.finditer(text)]
    programs = [(found.start(), "") for found in NAMED_ALONE.finditer(text)]
    path = ""
    for _, value in sorted([*settings, *programs]):
        if not value and path:
            return f"PATH={path}"
        if value:
            is_whole = not UNKNOWN.search(value) and not set(value.strip("\"'").split(":")) & PROGRAMS
            path = value if is_whole else ""
    return ""


def _may_be_ours(job: Job, path: str) -> bool:
    """Say whether a script may make backups: by its job's words, or because people have put it there."""
    return is_backup(job, path) or not OF_THE_DISTRIBUTION.match(path)


def is_backup(job: Job, text: str) -> bool:
    """Say whether a job, or a command that it comes to, may have to do with backups."""
    said = f"{job.file} {job.command} {text}"
    return job.user == "backup" or bool(BACKUP_WORDS.search(said)) or bool(OTHER_PARTS.search(text))
