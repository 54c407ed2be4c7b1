"""Findings about crontabs: are they installed, does cron take them, and what labcheck.cron and labcheck.rpo find."""

import posixpath
import re
from collections.abc import Iterator
from difflib import get_close_matches

from labcheck.cron import find_hazards
from labcheck.cron.accounts import STOCK
from labcheck.cron.file_rules import name_is_seen
from labcheck.cron.hazards import FATAL as FATAL_HAZARD
from labcheck.cron.hazards import NOTE as NOTE_HAZARD
from labcheck.rpo.answer import ServiceAnswer
from labcheck.rpo.commands.actions import Backup, CleanUp, Copy, Dump, Opaque
from labcheck.rpo.durations import length
from labcheck.rpo.findings import NOTE as NOTE_RPO
from labcheck.rpo.jobs import Step
from labcheck.submissions.backups import DAY, Backups, Live, gap_of
from labcheck.submissions.claims import kept_for_ever
from labcheck.submissions.fetch_rules import slip_in
from labcheck.submissions.finding import NOTE, TOP, WARNING, Finding, Place
from labcheck.submissions.rulebook import by_source
from labcheck.submissions.settings import Settings
from labcheck.submissions.survey import ABOUT_BACKUPS, Survey, named
from labcheck.submissions.templating import MARK
from labcheck.visible import visible

NIGHT_MINUTES = 6 * 60
"""For so long after their hour the hosts are away."""
NEED_EVERY_LINE = {
    "command-not-read", "source-not-written", "cleanup-elsewhere", "chain-without-full", "endless-chain", "habit",
}  # fmt: skip
"""Findings that say what is missing: of a crontab with an unreadable line nobody can tell."""
NEARLY_THE_NAME = 0.75
"""How alike two names are of which one is a slip."""
EVERY_MINUTE = ("*", "*/1", "0-59")
CAUSES = {
    "race": "upload-in-dump-minute",
    "mixed-encryption": "no-passphrase",
    "cleanup-elsewhere": "nobody-writes-it",
    "nobody-writes-it": "dump-goes-nowhere",
}
"""Findings that another one in the same crontab explains."""
SAME_TOLD_ELSEWHERE = {"same-minute", "clock-change", "relative-path", "output-lost", "one-value-range", "short-month"}
"""Hazards that labcheck.rpo judges with more knowledge, or that are no more than a matter of taste."""


def installation(found: Survey, backups: Backups) -> Iterator[Finding]:
    """Findings about which crontab is live."""
    if not backups.live and any(one.rule in ("source-missing", "broken-template") for one in found.findings):
        return  # the task is there, and why it installs nothing has been told
    for name in found.dead:
        text = "a crontab that no task installs"
        if backups.live:
            yield Finding("dead-crontab", Place(name), text, f"Delete it: git rm {visible(name)}", NOTE)
        else:
            yield Finding("crontab-not-installed", Place(name), text + _why_dead(name, found), _install(name))
    for file in found.misplaced:
        text = f"a crontab is installed as {visible(file.path)}, where cron does not look for one"
        yield Finding("crontab-not-installed", file.task, text, "Install it as /etc/cron.d/mysql-backup")
    if not backups.live and not found.dead and not found.misplaced:
        where = Place(found.playbooks[0]) if found.playbooks else TOP
        yield Finding(
            "crontab-missing", where, "no task puts a crontab for backups into /etc/cron.d",
            "Write a template, and a task that installs it as /etc/cron.d/mysql-backup.",
        )  # fmt: skip
    for host, (place, pattern) in found.empty_plays.items():
        if any(one.file.host == host for one in backups.live):
            groups = ", ".join(name for name in found.inventory.groups if name not in ("all", "ungrouped"))
            text = (
                f"`{visible(pattern)}` matches no host of {found.inventory.file}; its groups are {groups or '(none)'}"
            )
            yield Finding("play-without-hosts", place, text, "Write the name of the group as the inventory has it.")
    for one in backups.live:
        if not one.file.sure:
            text = f"whether {one.file.path} is installed, or what is in it, depends on what only a run can answer"
            yield Finding("perhaps-installed", one.file.task, text, "", NOTE)


def _why_dead(name: str, found: Survey) -> str:
    role = re.match(r"(.*roles/[^/]+)/", name)
    return f"; no play that was read uses the role {role[1]}" if role and role[1] not in found.roles else ""


def _install(name: str) -> str:
    return f"Add a task: template: src={visible(posixpath.basename(name))} dest=/etc/cron.d/mysql-backup"


def loading(backups: Backups) -> Iterator[Finding]:
    """Findings about what cron asks of the file itself."""
    for one in backups.live:
        file = one.file
        if one.user is None and one.name != "/etc/crontab" and not name_is_seen(one.name):
            better = re.sub(r"[^A-Za-z0-9_-]+", "-", one.name.removesuffix(".j2")).strip("-") or "backup"
            text = f"cron passes over a file called `{visible(one.name)}` without a word"
            yield Finding("cron-file-name", file.task, text, f"Install it as /etc/cron.d/{better}")
        if one.user is None and file.mode is not None and file.mode & 0o022:
            text = f"mode {file.mode:04o} of {visible(file.path)}: its group or others may write it, so cron refuses it"
            yield Finding("cron-file-mode", file.task, text, 'Write mode: "0644"')
        if one.user is None and file.owner not in ("", "root", "0"):
            text = f"{visible(file.path)} belongs to `{visible(file.owner)}`, and cron takes only root's files"
            yield Finding("cron-file-owner", file.task, text, "Write owner: root")


def accounts(found: Survey, backups: Backups) -> Iterator[Finding]:
    """A job of a user that nobody makes, with nearly the name of one: cron refuses the whole file."""
    known = not any(MARK in name for name in found.users)
    for one in backups.live:
        for job in one.crontab.written_jobs if one.user is None and known else ():
            near = get_close_matches(job.user, found.users, 1, NEARLY_THE_NAME)
            if near and job.user not in (*found.users, *STOCK):
                text = f"there is no user `{visible(job.user)}`: cron says `bad username` and ignores the whole file"
                yield Finding("cron-line-refused", one.place(job.line), text, f"Write {visible(near[0])}.")


def written(backups: Backups) -> Iterator[Finding]:
    """Findings about jobs as they are written: those that the shell cannot read, those that run all through an hour."""
    for one in backups.live:
        for line, why in one.open_quotes:
            found = f"{why}: sh refuses the whole command, every time"
            yield Finding("shell-syntax", one.place(line), found, "Close it; try the command with: sh -n")
        for job in one.crontab.written_jobs:
            slip = slip_in(job.command)
            if slip:
                found = f"`{visible(slip)}://` is no kind of URL that duplicity knows; it ends with an error"
                yield Finding("command-refused", one.place(job.line), found, "Write rsync://, or what was meant.")
            minute, hour, *_ = (*job.schedule.text.split(), "", "")
            if minute in EVERY_MINUTE and not hour.startswith("*") and ABOUT_BACKUPS.search(job.command):
                found = f"`{minute} {hour}` is every minute of that hour, 60 runs and not one"
                yield Finding("every-minute", one.place(job.line), found, f"Name the minute, such as `0 {hour}`.")


def hazards(backups: Backups) -> Iterator[Finding]:
    """Findings of labcheck.cron, line by line."""
    answer = backups.answer
    unanswered = {(one.host, one.file) for one in (answer.findings if answer else ()) if one.rule == "no-passphrase"}
    for one in backups.live:
        for hazard in find_hazards(one.crontab):
            rule = by_source().get(hazard.rule, "cron-line-refused" if hazard.severity == FATAL_HAZARD else "")
            if hazard.rule == "late-setting" and (one.file.host, one.name) in unanswered:
                continue  # what comes of it is told
            if hazard.rule in SAME_TOLD_ELSEWHERE or hazard.rule == "file-name" or not rule:
                continue
            if hazard.severity == NOTE_HAZARD or (hazard.rule == "needs-a-person" and "duplicity" in hazard.message):
                continue
            if hazard.rule in ("reversed-range", "impossible-date") and hazard.severity == FATAL_HAZARD:
                rule = "never-runs"
            fix = hazard.fix.strip("\n")
            next_step = f"Write: {visible(fix)}" if fix and "\n" not in fix else "Look: labcheck cron lint"
            if rule == "cron-no-final-newline":
                next_step = "End the last line with a newline."
            yield Finding(rule, one.place(hazard.line), hazard.message, next_step)


def pipeline(backups: Backups) -> Iterator[Finding]:
    """Findings of labcheck.rpo, and what follows from its answer."""
    if backups.answer is None:
        yield from _nothing(backups)
        return
    told = {(one.rule, one.host, one.file) for one in backups.answer.findings}
    seldom = [found for service in backups.answer.services for found in _seldom(service, backups)]
    yield from seldom
    staying = [found.place.file for found in _staying(backups)]
    for one in backups.answer.findings:
        rule, live = by_source().get(one.rule, ""), backups.find(one.host, one.file)
        is_explained = (CAUSES.get(one.rule, ""), one.host, one.file) in told
        if live is None or not rule or is_explained or (live.is_partial and rule in NEED_EVERY_LINE):
            continue
        causes = {
            "command-refused": MARK in one.message,
            "stale-upload": bool(seldom),
            "backups-at-once": one.line in live.odd_lines,
            "source-not-written": _hides_writers(one.host, backups),
            "cleanup-elsewhere": live.place(1).file in staying or one.host in backups.refusing,
        }
        if causes.get(rule):
            continue
        effect = f"; {one.effect}" if one.effect else ""
        is_mild = one.severity == NOTE_RPO or (rule == "deletes-copies" and f" {one.host}:" in one.message)
        severity = NOTE if is_mild else ""
        yield Finding(rule, live.place(one.line), f"{one.message}{effect}", one.fix, severity)
    yield from _staying(backups)


def _staying(backups: Backups) -> Iterator[Finding]:
    """Dumps that no job sends anywhere."""
    answer = backups.answer
    for service in answer.services if answer else ():
        findings = answer.findings if answer else ()
        lost = any(one.rule == "nobody-writes-it" and one.host == service.production for one in findings)
        live = backups.find(service.production, _file_of(backups, service.production))
        lost |= service.production in backups.refusing
        if not lost and not backups.is_partial and not _leaves(service, backups):
            if live and live.users_inside:
                yield _taken_for_a_program(live)
                continue
            text = f"the dump of `{visible(service.service)}` stays on {visible(service.production)}"
            place = live.place(_line(backups, service.service)) if live else TOP
            yield Finding(
                "never-leaves-host", place, text, "Add an upload: duplicity … rsync://USER@backup.…/DIRECTORY"
            )


def _taken_for_a_program(live: Live) -> Finding:
    line, user = live.users_inside[0]
    text = f"`{visible(user)}` in the middle of the command is no program (a line has one user, at its beginning), so"
    return Finding("never-leaves-host", live.place(line), f"{text} the dump stays here", f"Take `{visible(user)}` out.")


def _hides_writers(host: str, backups: Backups) -> bool:
    """Tell whether a command of a host could not be read: it may write what is sent on."""
    jobs = backups.answer.jobs if backups.answer else ()
    return any(isinstance(step.action, Opaque) for job in jobs if job.host == host for step in job.steps)


def _leaves(service: ServiceAnswer, backups: Backups) -> bool:
    """Tell whether a copy of this database leaves a host: this one, or the one of another replica."""
    services = backups.answer.services if backups.answer else ()
    same = (one for one in services if one.service == service.service)
    return any(link.crosses for one in same for link in backups.links(one))


def _seldom(service: ServiceAnswer, backups: Backups) -> Iterator[Finding]:
    """A dump that is made much less often than it is uploaded."""
    dumps, uploads = gap_of(backups.starts(service, dumps=True)), gap_of(backups.starts(service))
    link = next((one for one in backups.links(service) if isinstance(one.step.action, Dump)), None)
    live = backups.find(link.step.job.host, link.step.job.file) if link else None
    if link and live and uploads and dumps >= max(2 * uploads, 2 * DAY):
        found = f"up to {length(dumps)} lie between two dumps, {length(uploads)} between two uploads of them"
        next_step = "Dump before each upload; otherwise it sends the old state again."
        yield Finding("dump-seldom", live.place(link.step.job.line), found, next_step)


def _file_of(backups: Backups, host: str) -> str:
    return next((one.name for one in backups.live if one.file.host == host), "")


def _line(backups: Backups, service: str) -> int:
    jobs = backups.answer.jobs if backups.answer else ()
    return next((job.line for job in jobs for step in job.steps if service in str(step.action)), 0)


def _nothing(backups: Backups) -> Iterator[Finding]:
    """No recovery point can be worked out: either nothing here moves data, or it cannot be read."""
    lives = [one for one in backups.live if one.crontab.written_jobs or one.crontab.refusals]
    for one in lives or backups.live[:1]:
        jobs = one.crontab.written_jobs
        if one.is_partial:
            continue  # the line that cron or the shell refuses explains it
        if jobs and "was not read" in backups.reason:
            text = backups.reason.replace(": add --script", "; for labcheck rpo add --script")
            yield Finding("command-not-read", one.place(jobs[0].line), text, "Let a person look at it.", NOTE)
        elif jobs or not one.crontab.refusals:
            next_step = "Add a dump and an upload."
            yield Finding("no-backup-job", one.place(jobs[0].line if jobs else 0), backups.reason, next_step)


def several_hosts(backups: Backups) -> Iterator[Finding]:
    """One crontab on several hosts, all writing to one place."""
    for one, hosts in backups.twins:
        if _uploads(one, backups):
            text = f"the same jobs run on {', '.join(map(visible, hosts))}, into one place on the backup server"
            next_step = "Let one host do it: when: inventory_hostname == mysql_backup_host"
            yield Finding("several-hosts", one.file.task, text, next_step)


def _uploads(one: Live, backups: Backups) -> bool:
    jobs = backups.answer.jobs if backups.answer else ()
    mine = [job for job in jobs if (job.host, job.file) == (one.file.host, one.name)]
    return any(isinstance(step.action, Backup) and step.action.crosses_network for job in mine for step in job.steps)


def deletions(found: Survey, backups: Backups, settings: Settings) -> Iterator[Finding]:
    """A repository that only grows; no more than a note where the agreement says that it does."""
    if backups.answer is None or backups.is_partial:
        return
    jobs = backups.answer.jobs
    if any(isinstance(step.action, Opaque) for job in jobs for step in job.steps):
        return
    agreement = next((found.tree.text(name) for name in [named(found, settings.sla)] if name), None)
    grows = kept_for_ever(agreement or "")
    looked_at = [step.action.target for job in jobs for step in job.steps if isinstance(step.action, CleanUp)]
    for service in backups.answer.services:
        for kept in service.retention:
            place = kept.holding.place
            tried = any(target.matches(place) for target in looked_at) or len(looked_at) >= len(backups.answer.services)
            if kept.unlimited and kept.holding.hops and not tried:
                links = [link for link in backups.links(service) if link.target.store == kept.holding.store]
                live = backups.find(links[0].step.job.host, links[0].step.job.file) if links else None
                if live is None or not isinstance(links[0].step.action, Backup | Copy):
                    continue
                text = f"nothing is ever deleted from {visible(str(place))}"
                next_step = _clean_up(links[0].step)
                severity = NOTE if grows & {"", backups.kind(service)} else WARNING
                yield Finding("never-deletes", live.place(links[0].step.job.line), text, next_step, severity)


def _clean_up(step: Step) -> str:
    url = re.search(r"\S+://\S+", step.job.command)
    if isinstance(step.action, Backup) and url:
        return f"Add a job: duplicity --no-encryption remove-older-than 30D --force {visible(url[0])}"
    return "Add a job on the backup server: find DIRECTORY -type f -mtime +30 -delete"


def finish(backups: Backups, settings: Settings) -> Iterator[Finding]:
    """Backups that are not complete at the hour when the hosts go away."""
    hour = settings.finish_by
    if hour is None or backups.answer is None:
        return
    for job in backups.answer.jobs:
        live = backups.find(job.host, job.file)
        durations = backups.answer.question.durations
        ours = [step for step in job.steps if isinstance(step.action, Backup | Copy) and step.action.crosses_network]
        if live is None or not ours or not job.starts:
            continue
        takes = sum(durations.of(step.action, job) for step in job.steps) // 60
        ends = {((start // 60) % 1440 + takes) % 1440 for start in job.starts[:400]}
        late = [end for end in ends if 0 < (end - hour) % 1440 < NIGHT_MINUTES]
        if len(late) == len(ends):
            limit = f"{hour // 60:02}:{hour % 60:02}"
            end = min(late, key=lambda one: (one - hour) % 1440)
            text = f"this upload is complete at {end // 60:02}:{end % 60:02}, and the hosts go away at {limit}"
            yield Finding("finishes-late", live.place(job.line), text, f"Start it some minutes before {limit}.")
