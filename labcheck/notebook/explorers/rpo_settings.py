"""What the sliders of the RPO explorer say, as the crontabs that they describe, and the other way round (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from labcheck.rpo import Answer, CrontabFile, Disaster, Durations, Question
from labcheck.rpo.answer import ServiceAnswer
from labcheck.rpo.demo import WEEK
from labcheck.rpo.durations import length

HOUR, DAY = 60, 1440
PERIODS = (15, 30, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 6 * HOUR, 8 * HOUR, 12 * HOUR, DAY, 7 * DAY)
"""How often a job may run, in minutes: what cron can repeat evenly."""
HISTORY_LOST = (
    Disaster("backup-server-lost", "the backup server is lost", ("backup",)),
    Disaster("off-site-lost", "the off-site host is lost", ("offsite",)),
    Disaster("everything-lost", "all three hosts are lost", ("db", "backup", "offsite")),
)
"""The disasters that are looked at besides the usual three."""


@dataclass(frozen=True)
class Settings:
    """When a dump, its upload and the off-site copy run, and how long they take; all in minutes.

    `first_dump` and `offsite_at` count from midnight, `upload_after` from the start of the dump.
    """

    dump_every: int = DAY
    dump_takes: int = 0
    upload_after: int = 1
    transfer: int = 1
    offsite_every: int = DAY
    offsite_at: int = 90
    first_dump: int = 11


def told(seconds: int) -> str:
    """Return a length of time as a slider or a picture says it: in hours up to two days, `36 h`, then `3 d`."""
    whole, rest = divmod(seconds, 3600)
    return f"{whole} h" if not rest and 0 < whole <= 48 else length(seconds)


def schedule(every: int, at: int) -> str:
    """Return the five fields of a job that runs every so many minutes (one of PERIODS), once of them at `at`."""
    minute, hour = at % HOUR, at // HOUR % 24
    if every == 7 * DAY:
        return f"{minute} {hour} * * {at // DAY % 7}"
    if every == DAY:
        return f"{minute} {hour} * * *"
    if every < HOUR:
        return f"{','.join(str(one) for one in range(at % every, HOUR, every))} * * * *"
    hours = ",".join(str(one) for one in range(hour % (every // HOUR), 24, every // HOUR))
    return f"{minute} {'*' if every == HOUR else hours} * * *"


def crontabs(settings: Settings, student: str) -> tuple[CrontabFile, ...]:
    """Return the crontabs of db and backup that do what the settings say."""
    dump = schedule(settings.dump_every, settings.first_dump)
    upload = schedule(settings.dump_every, settings.first_dump + settings.upload_after)
    copy = schedule(settings.offsite_every, settings.offsite_at)
    duplicity = f"duplicity --no-encryption --full-if-older-than 7D agama.sql rsync://{student}@backup.foo.bar/mysql"
    return (
        CrontabFile("db", "mysql-backup", f"{dump} backup mysqldump agama > agama.sql\n{upload} backup {duplicity}\n"),
        CrontabFile("backup", "offsite", f"{copy} {student} rsync -a mysql/ {student}@offsite.foo.bar:/srv/backup\n"),
    )


def question(files: Sequence[CrontabFile], settings: Settings) -> Question:
    """Return what is asked of these crontabs, when dumps and transfers take as long as the settings say."""
    durations = Durations(settings.dump_takes * 60, settings.transfer * 60)
    usual = ("table-dropped", "db-host-lost", "site-lost")
    missing = {"db", "backup", "offsite"} - {file.host for file in files}
    files = [*files, *(CrontabFile(host, "none", "") for host in sorted(missing))]
    days = 35 if max(settings.dump_every, settings.offsite_every) > DAY else WEEK.days
    return Question(tuple(files), replace(WEEK, days=days), durations, disasters=HISTORY_LOST, only=usual)


def nearest(answer: Answer, settings: Settings) -> Settings:
    """Return the settings that come nearest to the crontabs of an answer; how long things take is kept."""
    service, since = answer.services[0], answer.since
    dumps, uploads, copies = (_starts(service, hops, since) for hops in (None, 1, 2))
    found = settings
    if dumps:
        found = replace(found, dump_every=_period(dumps), first_dump=dumps[0] % DAY)
    if dumps and uploads:
        before = max((start for start in dumps if start <= uploads[-1]), default=uploads[-1])
        found = replace(found, upload_after=max(1, uploads[-1] - before))
    if copies:
        found = replace(found, offsite_every=_period(copies), offsite_at=copies[0] % DAY)
    return found


def _starts(service: ServiceAnswer, hops: int | None, since: int) -> list[int]:
    """Return when the dumps (None), or the transfers that lead so many hosts away, start: minutes behind `since`."""
    pipeline = service.case.simulation.pipeline
    wanted = {
        (link.step.number, link.target.store)
        for link in pipeline.links
        if (link.source is None if hops is None else link.crosses and link.target.hops == hops)
        and link.target.service == service.service
    }
    runs = [run for run in pipeline.runs if (run.step, run.writes) in wanted]
    return sorted({(start - since) // 60 for run in runs for start in run.starts if start >= since})


def _period(starts: Sequence[int]) -> int:
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    usual = max(set(gaps), key=gaps.count) if gaps else DAY
    return min(PERIODS, key=lambda period: abs(period - usual))
