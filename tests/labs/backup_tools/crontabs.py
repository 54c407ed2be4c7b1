"""Crontabs as db has them installed, and what cron and the backup server say after they have run."""

import base64
import shlex
from datetime import UTC, datetime, timedelta

from labcheck.errors import LabcheckError
from labcheck.facts import cron, cron_log, duplicity
from labcheck.hosts import Answer, Site
from tests.fake_host import fake_site
from tests.labs.backup_tools.asked import DUMP_STATUS, TIMERS

CRONTABS = shlex.join(["sh", "-c", cron.SCRIPT])
LOG = shlex.join(["sh", "-c", cron_log.SCRIPT])
URL = "rsync://elvis@backup.foo.bar/mysql"
DUMP = "11 0 * * * backup mysqldump agama > agama.sql\n"
FULL = f"12 0 * * 0 backup duplicity --no-encryption full agama.sql {URL}\n"
INCREMENT = f"12 0 * * 1-6 backup duplicity --no-encryption incremental agama.sql {URL}\n"
CLEAN_UP = f"9 0 * * 0 backup duplicity remove-older-than 30D --force {URL}\n"
GOOD = DUMP + FULL + INCREMENT + CLEAN_UP
PATH = "/etc/cron.d/mysql-backup"
READ = "Read about remove-older-than: man duplicity"
USERS = "root:x:0:0:root:/root:/bin/bash\nbackup:x:34:34:backup:/home/backup:/bin/bash\n"
NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
GO_ON = shlex.join(["sh", "-c", duplicity.GO_ON, "go-on", "elvis@backup.foo.bar", "--no-encryption", "agama.sql", URL])
THERE = Answer(0, "regular file|644|backup|2003\n")
FILES = r"find /home/elvis/mysql/ -maxdepth 1 -type f -name 'duplicity-*' -printf '%s %f\0'"


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def told(text: str, path: str = PATH, mode: str = "81a4", owner: int = 0) -> str:
    return f"file {encoded(path)} - {mode} {owner} 1 {len(text.encode())} {encoded(text)}\n"


def asked(files: str, *, running: bool = True) -> dict[str, Answer | LabcheckError]:
    answer = f"cron {encoded('51 cron -f') if running else ''}\n{files}"
    names = cron.user_names(answer)
    table: dict[str, Answer | LabcheckError] = {CRONTABS: Answer(0, answer), TIMERS: Answer(0)}
    if names:
        table[shlex.join(["getent", "passwd", *names])] = Answer(0, USERS)
    return table


def installed(text: str) -> Site:
    return with_files(told(text))


def with_files(files: str, **more: Answer) -> Site:
    """Return a site whose db has these crontabs and answers, and whose backup server starts nothing."""
    return fake_site(db=asked(files) | more, backup={CRONTABS: Answer(0, "cron \n")})


def run(user: str, command: str, ago: timedelta) -> str:
    return f"{(NOW - ago).isoformat()} db CRON[1]: ({user}) CMD ({command})\n"


def logged(*runs: str) -> Answer:
    return Answer(0, f"{NOW.isoformat()}\n{''.join(runs)}")


def set_of(ago: timedelta) -> str:
    return f"9 duplicity-full.{NOW - ago:%Y%m%dT%H%M%SZ}.manifest\0"


def ran(log: Answer | LabcheckError, sets: Answer | None = None) -> Site:
    return fake_site(
        db=asked(told(GOOD)) | {LOG: log, DUMP_STATUS: THERE, GO_ON: Answer(0)}, backup={FILES: sets} if sets else {}
    )


DUMPED = run("backup", "mysqldump agama > agama.sql", timedelta(hours=9))
UPLOADED = run("backup", INCREMENT.partition("backup ")[2].strip(), timedelta(hours=8, minutes=59))
