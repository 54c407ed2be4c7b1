"""Chapter 2: a copy of the dump on the backup server (section "SCP" of the demo)."""

from labcheck.errors import CheckFailed
from labcheck.facts import dump as dumps
from labcheck.facts import files
from labcheck.hosts import Site
from labcheck.labs.backup_tools.dump import dump_exists
from labcheck.labs.backup_tools.lab import DUMP, LAB, backup_server
from labcheck.labs.backup_tools.plan import plan
from labcheck.labs.backup_tools.presence import must_be_readable
from labcheck.model import Basis


def remote_copy(site: Site) -> str:
    """Return where the copy of the dump lies on the backup server."""
    return f"/home/{site.student}/agama.sql"


@LAB.check("2.1", basis=Basis.SERVER)
def copy_exists(site: Site) -> None:
    """a copy of agama.sql lies in your home directory on the backup server"""
    upload = f"Upload it, on db as backup: scp agama.sql {site.student}@{backup_server(site)}:"
    must_be_readable(site.backup, remote_copy(site), upload)


@LAB.check("2.2", needs=[copy_exists], basis=Basis.SERVER)
def copy_is_complete(site: Site) -> None:
    """the copy is whole, down to its last line"""
    copy = dumps.dump(site.backup, remote_copy(site))

    if copy.size_bytes == 0:
        raise CheckFailed("an empty file", "How large is what you uploaded? On db: ls -l agama.sql")
    if not copy.completed:
        found = f"`{copy.last_line[:100]}` as its last line"
        raise CheckFailed(found, "Look at its end, on the backup server: tail -1 agama.sql")


@LAB.check("2.3", points=2, needs=[dump_exists, copy_exists], basis=Basis.SERVER)
def copy_equals_the_dump(site: Site) -> None:
    """the copy on the backup server is the dump that lies on db now, byte for byte"""
    here, there = files.checksum(site.db, DUMP), files.checksum(site.backup, remote_copy(site))

    if here != there and not _cron_has_dumped_since(site):
        found = f"checksum `{here[:12]}…` on db, `{there[:12]}…` on the backup server"
        raise CheckFailed(found, f"Upload the dump again: scp agama.sql {site.student}@{backup_server(site)}:")


def _cron_has_dumped_since(site: Site) -> bool:
    """Say whether the dump is newer than the copy, and cron makes it: what was uploaded then is not there any more.

    A crontab that cron has taken until somebody broke it counts too.
    """
    if files.changed_at(site.db, DUMP) <= files.changed_at(site.backup, remote_copy(site)):
        return False
    found = plan(site)
    if not (found.dumps or found.ignored):
        found.must_be_read()
    return bool(found.dumps or found.ignored)
