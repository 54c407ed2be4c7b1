"""Chapter 6: a copy far away that can be restored from, and what tells when it cannot (end of the demo)."""

import shlex
from collections.abc import Collection
from dataclasses import replace

from labcheck.cron import ever_runs
from labcheck.errors import CheckFailed, LabcheckError
from labcheck.facts import chain, cron_log, duplicity, files, freshness
from labcheck.facts.zone import zone
from labcheck.hosts import Host, Site
from labcheck.labs.backup_tools.accounts import accounts
from labcheck.labs.backup_tools.chain import restore_line
from labcheck.labs.backup_tools.installed import crontab_files
from labcheck.labs.backup_tools.lab import (
    DUMP,
    LAB,
    OFFSITE_DIRECTORY,
    TABLE,
    backup_server,
    offsite_server,
    other_hosts,
)
from labcheck.labs.backup_tools.plan import not_covered, plan, timer
from labcheck.labs.backup_tools.presence import must_be_whole_dump
from labcheck.labs.backup_tools.schedule import recovery_point_is_kept
from labcheck.labs.backup_tools.scripts import BACKUP_WORDS, scripts_called, texts_of
from labcheck.model import Basis
from labcheck.rpo import Answer, NoAnswer, Question, answer
from labcheck.rpo.commands.actions import Copy, Dump, Inspect, Opaque
from labcheck.rpo.commands.places import Place, same_host
from labcheck.rpo.crontabs import load
from labcheck.rpo.demo import WEEK
from labcheck.rpo.durations import hours, parse_duration
from labcheck.rpo.explain import loss_sentence
from labcheck.rpo.holdings import Holding, left_out, means
from labcheck.rpo.jobs import Job, Step
from labcheck.rpo.targets import judge

TARGET_SECONDS = parse_duration("25h 20min")
"""What the demo's own times come to: a day between dumps, and 80 minutes until one is off-site."""
FRESH_HOURS = 26


def repository(site: Site) -> str:
    """Return the directory of the backup server that cron's backups go to."""
    return f"/home/{site.student}/mysql"


def copy_it(site: Site) -> str:
    """Return the hint that makes the off-site copy."""
    return f"Copy it, on the backup server: rsync -a mysql/ {site.student}@{offsite_server(site)}:{OFFSITE_DIRECTORY}"


@LAB.check("6.1", basis=Basis.SERVER)
def offsite_copy_exists(site: Site) -> None:
    """the off-site host holds backups of duplicity, from a full one on"""
    if not duplicity.collection(site.offsite, OFFSITE_DIRECTORY).chains:
        raise CheckFailed(f"no full backup in `{OFFSITE_DIRECTORY}` on offsite", copy_it(site))


@LAB.check("6.1", points=2, needs=[offsite_copy_exists], basis=Basis.SERVER)
def offsite_copy_is_the_repository(site: Site) -> None:
    """off-site is every file of the backup server's repository, undamaged"""
    here = duplicity.collection(site.backup, repository(site))
    there = duplicity.collection(site.offsite, OFFSITE_DIRECTORY)
    runs = _offsite_runs(site)
    due = [one for one in here.sets if not runs or one.end < runs[-1].when]

    if not here.sets:
        make_it = f"duplicity --no-encryption full agama.sql rsync://{site.student}@{backup_server(site)}/mysql"
        raise CheckFailed(f"no backup in `{repository(site)}`, which should be copied", f"Make one, on db: {make_it}")
    for name in (file.name for one in due for file in one.files):
        if there.sizes.get(name) != here.sizes[name]:
            size = there.sizes.get(name)
            found = f"no `{name}` off-site" if size is None else f"`{size}` of {here.sizes[name]} bytes of `{name}`"
            raise CheckFailed(found, copy_it(site))
    bad = duplicity.damage(site.offsite, OFFSITE_DIRECTORY, there)
    if bad:
        name, how = next(iter(bad.items()))
        raise CheckFailed(f"`{name}` {how} off-site", f"Compare all bytes: {copy_it(site).replace('-a', '-ac')}")


@LAB.check("6.2", needs=[offsite_copy_exists], basis=Basis.SERVER)
def offsite_copy_is_made_by_cron(site: Site) -> None:
    """a job on the backup server makes the off-site copy, and cron has run it"""
    jobs = _offsite_jobs(site)

    if not jobs:
        _must_be_no_timer(site.backup)
        _must_be_read(site)
        for job, option in _passing_over(site):
            told = f"line {job.line} of {job.file} passes over what is new: `{option}`"
            raise CheckFailed(told, "Leave that option out, and look what comes: rsync --dry-run -v ...")
        line = f"30 1 * * * {site.student} rsync -a {repository(site)}/ {offsite_server(site)}:{OFFSITE_DIRECTORY}"
        raise CheckFailed("no job that copies the backups to offsite", f"Write it into /etc/cron.d/offsite: {line}")
    if not _offsite_runs(site):
        found = f"no start of `{jobs[0].command}` in the log of the backup server"
        raise CheckFailed(found, "Give it a minute that is near, wait, and look: grep CMD /var/log/syslog")


@LAB.check("6.3", points=6, needs=[offsite_copy_exists], basis=Basis.RESTORED)
def offsite_copy_restores(site: Site) -> None:
    """the newest backup off-site, restored where it lies, gives back what was dumped"""
    newest = duplicity.collection(site.offsite, OFFSITE_DIRECTORY).chains[-1].sets[-1]
    url = f"file://{OFFSITE_DIRECTORY}"
    try_it = f"Try it, on offsite: {restore_line(newest, url)}"
    back = duplicity.restored(site.offsite, url, "agama.sql", encrypted=newest.encrypted)

    if back.complaint and newest.encrypted:
        cannot = f"offsite cannot open the newest backup, which is encrypted: {back.complaint}"
        raise LabcheckError(cannot, "A drill brings it to db, where the key may be: --drill --step 7.2")
    if back.complaint:
        raise CheckFailed(f"`{back.complaint}`", try_it)
    must_be_whole_dump(back.text, TABLE, try_it)
    dump = _dump_of_cron(site)
    if not _was_dumped_later(site, dump, newest) and files.unpacked(site.db, dump) != back.text:
        found = f"another content than {dump} had at `{chain.stamp(newest.end)}`"
        raise CheckFailed(found, f"What came back? {try_it}")


def _dump_of_cron(site: Site) -> str:
    """Return the file that the jobs of db dump into; without such a job, the one that was dumped by hand."""
    actions = (step.action for step in plan(site).dumps)
    return next((one.target.path for one in actions if isinstance(one, Dump) and one.target), DUMP)


def _was_dumped_later(site: Site, dump: str, newest: chain.BackupSet) -> bool:
    return not files.is_readable(site.db, dump) or files.changed_at(site.db, dump) > newest.end


@LAB.check("6.4", points=2, needs=[recovery_point_is_kept, offsite_copy_is_made_by_cron])
def fire_costs_a_day_and_eighty_minutes(site: Site) -> None:
    """when db and the backup server are lost together, at most 25 h 20 min are lost with them"""
    found = _answer(site).only(plan(site).services)

    for recovery in found.as_it_stands:
        verdict = judge(recovery, found, TARGET_SECONDS)
        if recovery.disaster.name == "site-lost" and not verdict.met:
            worst = recovery.worst_seconds
            lost = "no bound at all" if worst is None else f"`{hours(worst)}` at worst"
            raise CheckFailed(f"{lost}: {loss_sentence(recovery, found.question.clock)}", f"You could {verdict.change}")


@LAB.check("6.5", points=2, basis=Basis.SERVER)
def freshness_check_tells_old_from_new(site: Site) -> None:
    """~/fresh on the backup server is green for fresh backups, and red for old ones and for none"""
    script, found = f"/home/{site.student}/fresh", freshness.verdicts(site.backup, repository(site), FRESH_HOURS)
    look = f"Try it, on the backup server: ./fresh mysql {FRESH_HOURS}; echo $?"

    if found is None:
        raise CheckFailed(f"no program `{script}`", f"Write it, and let it be run: chmod +x {script}")
    if not found.red_for_old:
        raise CheckFailed("green for a backup of a week ago", look.replace("mysql", "DIRECTORY"))
    if not found.red_for_none:
        raise CheckFailed("green for an empty directory", look.replace("mysql", "/var/empty"))
    if not found.green:
        raise CheckFailed(f"red for `{repository(site)}`", look)


@LAB.check("6.6")
def backups_are_verified(site: Site) -> None:
    """a job on db lets duplicity verify what the backup server holds"""
    line = (
        f"duplicity --no-encryption verify --compare-data rsync://{site.student}@{backup_server(site)}/mysql agama.sql"
    )
    looks = [(step, step.action) for step in plan(site).steps if step.after != "||"]
    verifies = [(step, look) for step, look in looks if isinstance(look, Inspect) and look.what == "verify"]
    there = [(step, look) for step, look in verifies if look.target and _is_uploaded_to(site, look.target)]

    if not there:
        _must_be_no_timer(site.db)
        elsewhere = next((f" of what is uploaded, only of `{look.target}`" for _, look in verifies), "")
        told = f"no job with `duplicity verify`{elsewhere}"
        raise CheckFailed(told, f"Write it into /etc/cron.d/verify: 20 0 * * * backup {line}")
    wrong = [(step.job, _wrong_with(site, step, look)) for step, look in there]
    if all(told for _, (told, _) in wrong):
        job, (told, hint) = wrong[0]
        raise CheckFailed(f"line {job.line} of {job.file}: {told}", hint)


def _is_uploaded_to(site: Site, place: Place) -> bool:
    """Say whether backups go to a place of the backup server: cron's, or the one that the demo names."""
    kept = {repository(site), *(link.target.place.path for link in plan(site).uploads)}
    return same_host(place.host, backup_server(site)) and place.path in kept


def _wrong_with(site: Site, step: Step, look: Inspect) -> tuple[str, str]:
    """Return what keeps a job from verifying, and a hint; two empty texts when nothing does."""
    found = plan(site)
    schedule = found.entries[step.job.file, step.job.line].schedule
    if schedule.reboot or not ever_runs(schedule):
        when = "only when db starts" if schedule.reboot else "never"
        return f"`{step.job.schedule}` comes {when}", "When does it run? labcheck cron next"
    if look.encryption.state == "missing":
        asks = "duplicity asks for a passphrase, and under cron nobody is there to answer"
        return asks, "Let it say --no-encryption where that is so, or set PASSPHRASE for the job"
    slip = found.slip(step)
    return slip, "Try it as cron does: sh -c '...'" if slip else ""


@LAB.check("6.7", needs=[offsite_copy_exists], basis=Basis.SERVER)
def backups_are_closed_to_others(site: Site) -> None:
    """nobody but you may look into the backups, on the backup server and off-site"""
    for host, path in ((site.backup, repository(site)), (site.offsite, OFFSITE_DIRECTORY)):
        status = files.file_status(host, path)
        if status and status.open_to_others:
            close = f"Close it, on {host.name}: chmod 700 {shlex.quote(path)}"
            raise CheckFailed(f"mode `{status.mode_text}` of `{path}` on {host.name}", close)


def _must_be_no_timer(host: Host) -> None:
    """Raise `LabcheckError` where systemd may do what cron does not: it is not read here."""
    if started := timer(host.as_user("root")):
        raise not_covered(started)


def _must_be_read(site: Site) -> None:
    """Raise `LabcheckError` where a job does something to the off-site host by a program that is not known here."""
    for job in _jobs(site):
        unread = [step.action for step in job.steps if isinstance(step.action, Opaque)]
        for action in unread:
            told = offsite_server(site) in action.text or BACKUP_WORDS.search(action.text)
            if told and job.host != "db":
                raise not_covered(f"line {job.line} of {job.file}: `{action.text}`: {action.why}")


def _question(site: Site) -> Question:
    # Commands name the backup server as the course does; the demo's name is told by its first word, as db's is.
    hosts = {"db": site.db, backup_server(site).removesuffix(".foo.bar"): site.backup}
    installed = crontab_files(hosts)
    with_jobs = {name: host for name, host in hosts.items() if any(one.host == name for one in installed)}
    question = Question(installed, WEEK, zones={name: zone(host) for name, host in with_jobs.items()})
    scripts = scripts_called(question, {name: host.as_user("root") for name, host in hosts.items()})
    question = replace(question, scripts=texts_of(scripts))
    return replace(question, accounts=accounts(question, hosts, other_hosts(site)))


def _jobs(site: Site) -> tuple[Job, ...]:
    return tuple(job for one in load(_question(site)) for job in one.jobs)


def _answer(site: Site) -> Answer:
    try:
        return answer(_question(site), variants=False)
    except NoAnswer as reason:
        raise CheckFailed(
            f"no backups that cron makes: {reason.what}", "Look at them, on db: cat /etc/cron.d/*"
        ) from reason


def _offsite_jobs(site: Site) -> list[Job]:
    """Return the jobs that copy the backups to the off-site host."""
    return list(dict.fromkeys(job for job, copy in _offsite_copies(site) if not _passes_over(site, copy)))


def _passing_over(site: Site) -> list[tuple[Job, str]]:
    """Return the jobs that would copy them but for an option, and the option."""
    return [(job, option) for job, copy in _offsite_copies(site) if (option := _passes_over(site, copy))]


def _offsite_copies(site: Site) -> list[tuple[Job, Copy]]:
    kept = {one.place.path for one in _kept(site)}
    steps = [(job, step) for job in _jobs(site) for step in job.steps if step.after != "||"]
    copies = [(job, step.action) for job, step in steps if isinstance(step.action, Copy)]
    return [(job, copy) for job, copy in copies if _is_offsite(site, copy, kept)]


def _kept(site: Site) -> list[Holding]:
    """Return what the backup server keeps."""
    demo = Place(backup_server(site), repository(site), directory=True)
    return [Holding(TABLE, "db", demo, repository=True), *(link.target for link in plan(site).uploads)]


def _passes_over(site: Site, copy: Copy) -> str:
    """Return the option by which a copy does not take what is new, of all that the backup server keeps."""
    read = [(source, one) for source in copy.sources for one in _kept(site) if means(source, one, recursive=True)]
    options = [left_out(copy, source, one) for source, one in read]
    return options[0] if options and all(options) else ""


def _is_offsite(site: Site, copy: Copy, kept: Collection[str]) -> bool:
    """Say whether a copy brings what is kept on the backup server to where off-site copies lie.

    A path in the home may be any directory over there: sshd can let a key see but that (authorized_keys(5)).
    """
    there, homes = f"{copy.target.path}/", (f"{OFFSITE_DIRECTORY}/", f"/home/{site.student}/", "module:")
    here = [f"{source.path}/" for source in copy.sources]
    theirs = [one for one in here for path in kept if one.startswith(f"{path}/") or f"{path}/".startswith(one)]
    theirs += [one for one in here if "$" in one]
    goes_there = not copy.dry_run and same_host(copy.target.host, offsite_server(site))
    return goes_there and bool(theirs) and there.startswith(homes)


def _offsite_runs(site: Site) -> list[cron_log.CommandRun]:
    """Return when cron has started them, oldest first."""
    commands = {(job.user, job.written.strip()) for job in _offsite_jobs(site)}
    log = cron_log.cron_log(site.backup.as_user("root"))
    return [run for run in log.runs if (run.user, run.command.strip()) in commands]
