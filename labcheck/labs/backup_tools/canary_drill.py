"""Chapter 8, a drill that writes: a row planted, backed up by the student's own jobs, and everything put back."""

import base64
from collections.abc import Sequence
from datetime import timedelta

from labcheck.cron import Job
from labcheck.errors import CheckFailed, LabcheckError
from labcheck.facts import cron_child, cron_log, drill, duplicity
from labcheck.facts.drill import CANARY, Canary, Order, Planted
from labcheck.facts.zone import zone
from labcheck.hosts import Site
from labcheck.labs.backup_tools.chain import url
from labcheck.labs.backup_tools.lab import LAB, backup_server
from labcheck.labs.backup_tools.plan import Plan, plan
from labcheck.labs.backup_tools.schedule import CRONTAB, jobs_need_nobody
from labcheck.model import Basis, Drill
from labcheck.rpo.commands.places import same_host
from labcheck.rpo.links import Link
from labcheck.rpo.starts import starts_of

AHEAD = timedelta(days=32)
JOB_SECONDS = 60
HALF = 0.5


@LAB.check("8.1", points=6, needs=[jobs_need_nobody], drill=Drill.CANARY, basis=Basis.NONCE)
def planted_row_comes_back(site: Site) -> str:
    """a row planted just now comes back from the backup server, and so does its table when it is lost"""
    jobs, upload = next_run(site, found := plan(site))
    repository = upload.target.place.path
    canary = f"{CANARY} {site.nonce}"
    before = duplicity.collection(site.backup, repository)

    try:
        came = drill.canary(site.db.as_user("root"), _order(site, upload, found), _planted(site, canary, jobs, found))
        there = duplicity.collection(site.backup, repository)
        volumes = [file.name for one in there.sets for file in one.volumes if file.name not in before.sizes]
        told = drill.canaries(site.backup, repository, volumes)
    finally:
        now = duplicity.collection(site.backup, repository)
        drill.remove(site.backup, repository, now.sizes.keys() - before.sizes.keys())
    _must_be_as_before(came)
    _must_have_come_back(came, jobs, site)
    if canary not in told and not any(name.endswith(".gpg") for name in volumes):
        raise CheckFailed(
            f"no new backup in `{repository}` on the backup server with the row that was planted",
            "Which duplicity runs on db? type -a duplicity",
        )
    return _must_have_been_restored(came, site, upload)


def next_run(site: Site, found: Plan) -> tuple[list[Job], Link]:
    """Return the jobs that cron will start for the next backup, from its dump to its upload, and the upload.

    Raises `LabcheckError` for an upload that this drill does not know.
    """
    root = site.db.as_user("root")
    now = cron_log.cron_log(root).now
    links = list(found.links)
    entries = [found.entries[link.step.job.file, link.step.job.line] for link in links]
    until = int((now + AHEAD).timestamp())
    starts = starts_of([entry.schedule for entry in entries], zone(site.db), int(now.timestamp()), until)
    coming = sorted((start, number) for number, each in enumerate(starts) for start in each)
    dumped = next((start for start, number in coming if links[number].source is None), until)
    uploaded = ((s, n) for s, n in coming if s >= dumped and _is_known(links[n], site) and links[n].source is not None)
    end, last = next(uploaded, (until, -1))
    if last < 0:
        raise LabcheckError("this drill knows dumps that duplicity brings to the backup server, and there are none")
    jobs = [entries[number] for start, number in coming if dumped <= start <= end]
    return list(dict.fromkeys(jobs)), links[last]


def _is_known(link: Link, site: Site) -> bool:
    return link.crosses and link.target.repository and same_host(link.target.place.host, backup_server(site))


def _order(site: Site, upload: Link, found: Plan) -> Order:
    encrypted = getattr(getattr(upload.step.action, "encryption", None), "state", "off") != "off"
    place = url(site, f"/{upload.target.place.path}")
    secret = found.passphrase_for_a_drill() if encrypted else ""
    return Order("backup", place, encrypted=encrypted, passphrase_file=secret, seconds=JOB_SECONDS)


def _planted(site: Site, canary: str, jobs: Sequence[Job], found: Plan) -> Planted:
    root = site.db.as_user("root")
    users, given = cron_child.accounts(root), cron_child.environment(root)
    told: list[dict[str, object]] = [
        {
            "words": cron_child.child_words(job, users, given, JOB_SECONDS),
            "stdin": base64.b64encode(job.stdin.encode("latin-1")).decode(),
        }
        for job in jobs
    ]
    places = [link.target.place for link in found.links if not link.crosses]
    return Planted(
        site.nonce, canary, tuple(told), tuple({place.path for place in places if place.path == place.pattern})
    )


def _must_be_as_before(came: Canary) -> None:
    if came.gone or came.left:
        row = (came.gone or came.left)[0].replace("\t", " | ")
        what = "is not there any more" if came.gone else "is still there"
        raise LabcheckError(f"after the drill a row {what}: {row}", "Look at it, on db: mysql agama -e 'TABLE item'")


def _must_have_come_back(came: Canary, jobs: Sequence[Job], site: Site) -> None:
    for job, run in zip(jobs, came.jobs, strict=False):
        if run.status:
            said = (run.said.strip().splitlines() or ["no word"])[-1]
            raise CheckFailed(f"status `{run.status}` of `{job.command}`: `{said}`", f"Look at it: cat {CRONTAB}")
    if came.refused:
        line, what, words = came.refused[0]
        raise CheckFailed(f"line {line} of the dump, which {what}: `{words}`", "Look at it: less agama.sql")
    if not came.seen:
        what = drill.complaint_of(came.complaint) or "a backup without the row that was planted before the dump"
        raise CheckFailed(what, f"Run its jobs by hand, as backup, and restore what they made: cat {CRONTAB}")


def _must_have_been_restored(came: Canary, site: Site, upload: Link) -> str:
    by_hand = f"duplicity --no-encryption restore {url(site, f'/{upload.target.place.path}')} back.sql"
    if came.rto_seconds is None:
        what = drill.complaint_of(came.complaint) or "nothing"
        raise CheckFailed(f"`{what}` when the lost table was restored", f"Try it, on db: {by_hand}", credit=HALF)
    if came.missing:
        row = came.missing[0].replace("\t", " | ")
        raise CheckFailed(f"a table without the row `{row}` after the restore", f"Try it: {by_hand}", credit=HALF)
    jobs = sum(run.seconds for run in came.jobs)
    return f"lost, restored and loaded in {came.rto_seconds:.1f} s; the jobs took {jobs:.1f} s"
