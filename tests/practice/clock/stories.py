"""Journals as fast-forwards write them, without running any."""

from collections.abc import Collection
from datetime import UTC, datetime
from pathlib import Path

from labcheck.practice.clock import journal

CRONTABS = Path(__file__).parents[2] / "data" / "crontabs"
SUNDAY = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
DAY = 86400
NIGHTS = 7
DUMP, FULL, INCREMENT = "mysqldump", "duplicity full", "duplicity incremental"


def story(failing: Collection[int] = (), broken_dumps: Collection[int] = ()) -> list[journal.Entry]:
    """Return a solved week from Sunday on; on the `failing` nights the upload fails, on others the dump breaks."""
    crontabs = [
        {"host": host, "path": f"/etc/cron.d/{name}", "text": (CRONTABS / name).read_text()}
        for host, name in (("db", "mysql-backup"), ("backup", "offsite"))
    ]
    ignored = [{"host": "db", "path": "/etc/cron.d/a.b", "why": "such a name"}]
    entries: list[journal.Entry] = [
        journal.Span(SUNDAY, SUNDAY + NIGHTS * DAY, {"db": "UTC", "backup": "UTC"}, crontabs, ignored)
    ]
    stamps: list[str] = []
    for night in range(NIGHTS):
        entries += _night(night, stamps, upload_fails=night in failing, dump_breaks=night in broken_dumps)
    return [*entries, journal.Reached(SUNDAY + NIGHTS * DAY, interrupted=False)]


def _night(night: int, stamps: list[str], *, upload_fails: bool, dump_breaks: bool) -> list[journal.Entry]:
    midnight = SUNDAY + night * DAY
    entries = [_ran("db", 1, DUMP, midnight + 661, 0.2, 2 if dump_breaks else 0)]
    found: list[journal.Entry] = [*entries, journal.Wrote(midnight + 661.25, "db", "/home/backup/agama.sql", 2000)]
    line = 2 if night == 0 else 3
    found.append(_ran("db", line, FULL if night == 0 else INCREMENT, midnight + 721, 1.0, 30 if upload_fails else 0))
    if not upload_fails:
        stamp = datetime.fromtimestamp(midnight + 721, UTC).strftime("%Y%m%dT%H%M%SZ")
        name = f"duplicity-inc.{stamps[-1]}.to.{stamp}.manifest" if stamps else f"duplicity-full.{stamp}.manifest"
        stamps.append(stamp)
        found.append(journal.Wrote(midnight + 722.0, "backup", f"/home/elvis/mysql/{name}", 168))
    found.append(_ran("backup", 1, "rsync", midnight + 5401, 0.1, 0))
    if not upload_fails:
        found.append(journal.Wrote(midnight + 5401.1, "offsite", f"/srv/backup/{name}", 168))
    return found


def _ran(host: str, line: int, command: str, due: float, seconds: float, status: int) -> journal.Ran:
    path = f"/etc/cron.d/{'mysql-backup' if host == 'db' else 'offsite'}"
    user = "backup" if host == "db" else "elvis"
    output = "\x1b[31mno passphrase\n" if status else ""
    started = due + 0.1
    return journal.Ran(
        host, path, line, user, command, due, started, started + seconds, status, False, user, output, len(output)
    )
