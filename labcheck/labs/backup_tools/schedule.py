"""Chapter 5: cron makes the backups (section "Cron" of the demo)."""

import re
import shlex
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from labcheck.cron.command import as_logged
from labcheck.errors import CheckFailed, LabcheckError
from labcheck.facts import cron_log, duplicity, files, machine
from labcheck.facts.cron import InstalledCrontab
from labcheck.facts.cron_log import CommandRun, CronLog
from labcheck.facts.files import Arrival
from labcheck.hosts import Site
from labcheck.labs.backup_tools.fetching import fetched
from labcheck.labs.backup_tools.lab import DATABASE, HOME, LAB, TABLE, backup_server, offsite_server
from labcheck.labs.backup_tools.plan import Plan, not_covered, plan
from labcheck.labs.backup_tools.presence import must_be_whole_dump
from labcheck.labs.backup_tools.setup import backup_server_lets_backup_in
from labcheck.model import Basis
from labcheck.rpo.commands.actions import Action, Backup, CleanUp, Dump, Harmless, Opaque, Remove
from labcheck.rpo.commands.places import same_host
from labcheck.rpo.durations import hours, length, parse_duration
from labcheck.rpo.explain import loss_sentence
from labcheck.rpo.findings import FATAL, Finding
from labcheck.rpo.holdings import Holding
from labcheck.rpo.jobs import Job
from labcheck.rpo.links import Link
from labcheck.rpo.pipeline import removes
from labcheck.rpo.targets import judge

TARGET_SECONDS = parse_duration("24h 2min")
"""What the demo's own times come to: a day from dump to dump, and two minutes until a dump is on the backup server."""
SOON, AFTER_OTHER_COMMANDS = timedelta(minutes=2), timedelta(hours=1)
"""How long after cron has started a job its upload comes at the latest: alone in the job, or behind a dump."""
CRONTAB = "/etc/cron.d/mysql-backup"
LITERAL = re.compile(r"[\w@:/.+-]+", re.ASCII)
CLOCKS_APART_SECONDS = 60
MISSING_PARTS = ("chain-without-full", "source-elsewhere", "nobody-writes-it")
"""What another command, if it could be read, might do."""
TOO_EARLY = ("upload-in-dump-minute", "race", "copy-before-source")


@LAB.check("5.1")
def cron_is_running(site: Site) -> None:
    """cron is running on db"""
    if not plan(site).is_running:
        raise CheckFailed("no process `cron`", "Start it, as root: service cron start")


@LAB.check("5.1")
def clocks_agree(site: Site) -> None:
    """db and the backup server agree about the time"""
    ahead = machine.clock(site.db) - machine.clock(site.backup)

    if abs(ahead) > CLOCKS_APART_SECONDS:
        found = f"db is `{length(ahead)}` {'ahead of' if ahead > 0 else 'behind'} the backup server"
        raise CheckFailed(found, "Which of the two is right? On each host: date")


@LAB.check("5.1", points=2)
def crontab_is_loaded(site: Site) -> None:
    """cron loads the crontab with the backup jobs"""
    found = plan(site)

    if found.ignored and not (found.dumps and found.uploads):
        raise _ignored(found.ignored[0])
    if not found.has_backups:
        _must_be_read(site, found)
        raise CheckFailed("no job that has to do with backups", f"Write them, on db as root, into {CRONTAB}")


def _must_be_read(site: Site, found: Plan) -> None:
    """Raise `LabcheckError` where something that is not read here may make the backups, also on the backup server."""
    found.must_be_read()
    if fetching := fetched(site):
        raise not_covered(fetching)


def _ignored(one: InstalledCrontab) -> CheckFailed:
    path = shlex.quote(one.path)
    if not one.crontab.log:
        return CheckFailed(f"`{one.path}`, a name that cron passes over in silence", f"Rename it: mv {path} {CRONTAB}")
    said, refused = one.crontab.log[0], one.crontab.refusals
    hints = {
        "Missing newline": f"End the last line with Enter: echo >> {path}",
        "INSECURE MODE": f"Let only its owner write: chmod go-w {path}",
        "WRONG FILE OWNER": f"Give it to root: chown root {path}",
    }
    hint = next((hint for words, hint in hints.items() if words in said), f"Look at it: ls -l {path}")
    if refused and said.startswith("Error:"):
        hint = f"Look at line {refused[0].line}: sed -n {refused[0].line}p {path}"
    return CheckFailed(f"`{said}`", hint)


@LAB.check("5.2", points=2, needs=[crontab_is_loaded])
def dump_comes_before_upload(site: Site) -> None:
    """the database is dumped first, and uploaded in a later minute"""
    found = plan(site)

    if wrong := found.user_as_command:
        told = f"line {wrong.line} of {wrong.file}: the user's name `{wrong.user}` where a command should be"
        raise CheckFailed(told, f"The user stands once, in front of the whole command: cat {CRONTAB}")
    if not found.dumps:
        _must_be_read(site, found)
        raise _without_a_dump(found)
    if not found.uploads:
        _must_be_read(site, found)
        loose = found.found("nobody-writes-it")
        said = _refused(found) or (loose.message if loose else "no job that brings a dump to another host")
        raise CheckFailed(said, f"The upload has to name the file of the dump: cat {CRONTAB}")
    if early := found.found(*TOO_EARLY):
        raise _as_failure(early)


def _without_a_dump(found: Plan) -> CheckFailed:
    look = f"Is there a line with mysqldump? grep dump {CRONTAB}"
    if found.other_dumps and isinstance(dump := found.other_dumps[0].action, Dump):
        job, what = found.other_dumps[0].job, " ".join((dump.service, *dump.tables, dump.part)).strip()
        return CheckFailed(f"line {job.line} of {job.file} dumps `{what}`, not all of `{DATABASE}`", look)
    return CheckFailed(_refused(found) or "no job that dumps a database", look)


def _refused(found: Plan) -> str:
    """Return a command that its program does not take, where it stands, and why; empty where there is none."""
    step = found.refused
    if step is None or not isinstance(step.action, Opaque):
        return ""
    return f"line {step.job.line} of {step.job.file}: `{step.action.text}`: {step.action.why}"


@LAB.check("5.3", points=2, needs=[dump_comes_before_upload])
def jobs_need_nobody(site: Site) -> None:
    """dump and upload do their work as they are written, with nobody there to answer"""
    found = plan(site)
    steps = {step.number for step in (*found.dumps, *(link.step for link in found.uploads))}
    findings = found.answer.findings if found.answer else ()

    if gone := _taken_away(found):
        raise CheckFailed(gone, "Delete it behind the upload, or leave it: the next dump overwrites it")
    if loose := _not_waited_for(found):
        raise CheckFailed(loose, "Leave out the `&` behind the dump: what follows must not begin before it has ended")
    for finding in findings:
        if finding.severity == FATAL and finding.breaks & steps and finding.rule not in TOO_EARLY:
            if finding.rule in MISSING_PARTS:
                _must_be_read(site, found)
            raise _as_failure(finding)
    for step in (*found.dumps, *(link.step for link in found.uploads)):
        if slip := found.slip(step):
            told = f"line {step.job.line} of {step.job.file}: {slip}"
            raise CheckFailed(told, f"Try it as cron does: sh -c '...', or write SHELL=/bin/bash above, in {CRONTAB}")


def _taken_away(found: Plan) -> str:
    """Return where a job deletes what it is about to upload."""
    for link in found.uploads:
        before = [one for one in found.steps if one.job == link.step.job and one.number < link.step.number]
        last = max((one.number for one in before if isinstance(one.action, Dump)), default=0)
        for step in before:
            is_late = step.number > last and step.after == ";" and not step.conditional
            if is_late and link.source and _deletes(step.action, link.source):
                where = f"line {step.job.line} of {step.job.file}"
                return f"{where} deletes `{link.source.place.path}` before it is uploaded"
    return ""


def _deletes(action: Action, holding: Holding) -> bool:
    if not isinstance(action, Remove) or action.older_than_seconds is not None:
        return False
    return any(removes(place, holding, recursive=action.recursive) for place in action.places)


def _not_waited_for(found: Plan) -> str:
    """Return where an upload does not wait for the dump of its own job, which was sent to the background."""
    for dump in (step for step in found.dumps if step.background):
        later = [step for step in found.steps if step.job == dump.job and step.number > dump.number]
        waits = [step.number for step in later if step.action == Harmless("wait")]
        uploads = {link.step.number for link in found.uploads if not link.step.background}
        if any(step.number in uploads and not any(one < step.number for one in waits) for step in later):
            return f"line {dump.job.line} of {dump.job.file}: an upload that does not wait for the dump"
    return ""


def _as_failure(finding: Finding) -> CheckFailed:
    return CheckFailed(f"line {finding.line} of {finding.file}: {finding.message}", finding.fix)


@LAB.check("5.4", needs=[crontab_is_loaded])
def clean_up_looks_where_backups_go(site: Site) -> None:
    """the job that deletes old backups looks where the backups go"""
    found = plan(site)
    repositories = [link for link in found.uploads if link.target.repository]

    if found.uploads and not repositories:
        return
    if not any(isinstance(step.action, CleanUp) for step in found.steps):
        _must_be_read(site, found)
        raise CheckFailed("no job that deletes old backups", "Read about remove-older-than: man duplicity")
    if elsewhere := found.found("cleanup-elsewhere"):
        _must_be_read(site, found)
        raise _as_failure(elsewhere)


@LAB.check("5.4", points=2, needs=[clean_up_looks_where_backups_go])
def clean_up_deletes(site: Site) -> None:
    """old backups are really deleted, one day"""
    found = plan(site)
    stores = {link.target.store for link in found.uploads}
    services = found.answer.services if found.answer else ()

    if any(kept.unlimited for one in services for kept in one.retention if kept.holding.store in stores):
        if only_listed := found.found("cleanup-only-lists", "cleanup-of-a-day"):
            raise _as_failure(only_listed)
        _must_be_read(site, found)
        raise CheckFailed("backups that are kept for ever", "Read about remove-older-than: man duplicity")


@LAB.check("5.5", points=2, needs=[jobs_need_nobody])
def recovery_point_is_kept(site: Site) -> None:
    """when db is lost, at most 24 h 02 min are lost with it"""
    made = plan(site)
    found = made.answer.only(made.services) if made.answer else None
    lost = next(one for one in found.as_it_stands if one.disaster.name == "db-host-lost") if found else None

    if found and lost and not (verdict := judge(lost, found, TARGET_SECONDS)).met:
        _must_be_read(site, made)
        worst = "no bound at all" if lost.worst_seconds is None else f"`{hours(lost.worst_seconds)}` at worst"
        told = loss_sentence(lost, found.question.clock)
        raise CheckFailed(f"{worst}: {told}", f"In {CRONTAB} you could {verdict.change}")


@LAB.check("5.6", needs=[cron_is_running, jobs_need_nobody])
def cron_has_run_the_jobs(site: Site) -> None:
    """cron has started the dump and the upload, as the log of db shows"""
    found, log = plan(site), cron_log.cron_log(site.db.as_user("root"))

    for jobs in ([step.job for step in found.dumps], [link.step.job for link in found.uploads]):
        if not any(_runs(found, job, log) for job in jobs):
            raise CheckFailed(f"no start of `{jobs[0].command}` in the log", "Look there: grep CMD /var/log/syslog")


@LAB.check("5.6", points=5, needs=[cron_has_run_the_jobs], basis=Basis.SERVER)
def backup_server_holds_what_cron_made(site: Site) -> None:
    """the backup server holds a backup that cron has made"""
    found, log = plan(site), cron_log.cron_log(site.db.as_user("root"))
    runs = [(link, run) for link in found.uploads for run in _runs(found, link.step.job, log)]
    arrived = {link.target.store: _arrivals(site, link.target) for link in found.uploads}

    times = {store: sorted(one.when for one in versions) for store, versions in arrived.items()}
    made = [link for link in found.uploads if _has_made(found, link, [run for of, run in runs if of is link], times)]
    for link in made:
        if not link.target.repository:
            _must_be_a_dump(site, arrived[link.target.store][0])
    if not made:
        link, run = max(runs, key=lambda pair: pair[1].when)
        told = f"nothing in `{link.target.place.path}` that `{link.step.job.command}` made when cron started it"
        by_hand = f"Run it by hand, as {link.step.job.user}, and read what it says: {link.step.job.command}"
        raise CheckFailed(f"{told} (last at {run.when:%H:%M:%S})", by_hand)


@LAB.check("5.6", points=2, needs=[backup_server_holds_what_cron_made, backup_server_lets_backup_in])
def next_backup_can_be_made(site: Site) -> None:
    """duplicity can go on: nothing is in the way of the next backup"""
    backups = [link.step.action for link in plan(site).uploads if link.step.job.user == site.db.user]

    tried = [one for one in backups if isinstance(one, Backup) and _can_be_tried(one)]

    for source, url in dict.fromkeys(one.written for one in tried if files.file_status(site.db, one.source.path)):
        if complaint := duplicity.obstacle(site.db, source, url):
            try_it = f"duplicity --no-encryption --dry-run incremental {shlex.join((source, url))}"
            raise CheckFailed(f"`{complaint}`", f"Try it, on db as backup: {try_it}")


def _can_be_tried(one: Backup) -> bool:
    """Say whether a backup is the same without its job: no passphrase, directory, variable or pattern from there."""
    source, url = one.written
    in_home = one.source.path == (source if source.startswith("/") else f"{HOME}/{source}")
    return in_home and bool(LITERAL.fullmatch(url)) and one.encryption.state == "off" and not one.forces_mismatch


def _runs(found: Plan, job: Job, log: CronLog) -> list[CommandRun]:
    entry = found.entries[job.file, job.line]
    command = as_logged(entry.command).strip()
    return [run for run in log.runs if run.user == entry.user and run.command.strip() == command]


def _arrivals(site: Site, holding: Holding) -> list[Arrival]:
    """Return the versions that lie where a job brings them, on the backup server, the newest copy of a file first."""
    place = holding.place
    if same_host(place.host, offsite_server(site)):
        return []
    if not same_host(place.host, backup_server(site)):
        raise LabcheckError(f"{place} is not on the backup server, so nobody looks at it here")
    if holding.repository:
        return [Arrival(place.path, one.end) for one in duplicity.collection(site.backup, place.path).sets]
    return files.arrivals(site.backup, place.pattern)


def _must_be_a_dump(site: Site, copy: Arrival) -> None:
    look = f"Look at its end, on the backup server: gzip -dcf {shlex.quote(copy.path)} | tail -1"
    must_be_whole_dump(files.unpacked(site.backup, copy.path), TABLE, look)


def _has_made(found: Plan, link: Link, runs: Sequence[CommandRun], times: Mapping[str, Sequence[datetime]]) -> bool:
    """Say whether a version arrived in the time of one of these runs; `times` are those of a store, in order."""
    is_alone = [step.job for step in found.steps].count(link.step.job) == 1
    longest = SOON if is_alone else AFTER_OTHER_COMMANDS
    # A set is named by the clock of db, as the log is; a file has its time from the backup server.
    apart = timedelta(seconds=0 if link.target.repository else CLOCKS_APART_SECONDS)
    there = times[link.target.store]
    for run in runs:
        place = bisect_left(there, run.when - timedelta(seconds=1) - apart)
        if place < len(there) and there[place] <= run.when + longest + apart:
            return True
    return False
