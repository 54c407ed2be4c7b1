"""The lecture's backup system as crontabs, and what becomes of it when a few words are changed."""

from datetime import tzinfo
from zoneinfo import ZoneInfo

from labcheck.rpo import Answer, CrontabFile, Durations, Period, Question, answer

DATABASE = """\
11 0 * * *    backup  mysqldump agama > agama.sql
12 0 * * 0    backup  duplicity --no-encryption full agama.sql rsync://elvis@backup.foo.bar/mysql
12 0 * * 1-6  backup  duplicity --no-encryption incremental agama.sql rsync://elvis@backup.foo.bar/mysql
9 0 * * 0     backup  duplicity remove-older-than 30D --force rsync://elvis@backup.foo.bar/mysql
"""
OFFSITE = "30 1 * * *  elvis  rsync -av /home/elvis/mysql/ offsite.foo.bar:/srv/backup\n"
AS_PRINTED = """\
11 0 * * *    backup  mysqldump agama > agama.sql
12 0 * * 0    backup  duplicity full agama.sql rsync://elvis@backup.foo.bar/mysql
12 0 * * 1-6  backup  duplicity incremental agama.sql rsync://elvis@backup.foo.bar/mysql
9 0 * * 0    backup  duplicity remove-older-than 30D rsync://elvis@backup.foo.bar//home/elvis
"""
OFFSITE_AS_PRINTED = "30 1 * * *  backup  rsync -v /home/user/duplicity* some-offiste-backup-server:/srv/backup\n"
RENAMED = "mysqldump agama > agama.sql.new && mv agama.sql.new agama.sql"


def ask(
    database: str = DATABASE,
    offsite: str = OFFSITE,
    *,
    zones: dict[str, str] | None = None,
    year: int = 2026,
    dump: int = 0,
    transfer: int = 60,
    variants: bool = False,
) -> Answer:
    places: dict[str, tzinfo] = {host: ZoneInfo(name) for host, name in (zones or {}).items()}
    crontabs = [CrontabFile("db", "mysql-backup", database)]
    if offsite:
        crontabs.append(CrontabFile("backup", "offsite", offsite))
    question = Question(tuple(crontabs), Period.of_year(year), Durations(dump, transfer), zones=places)
    return answer(question, variants=variants)


def rpo(found: Answer) -> dict[str, str | None]:
    """Read the losses on paper as `24h02`, the way in which the table writes them."""
    return {one.disaster.name: written(one.rpo_seconds) for one in found.paper}


def written(seconds: int | None) -> str | None:
    if seconds is None:
        return None
    assert seconds % 60 == 0, seconds
    return f"{seconds // 3600}h{seconds // 60 % 60:02}"
