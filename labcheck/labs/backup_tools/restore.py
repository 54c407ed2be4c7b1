"""Chapter 3: back from the backup server, and a second version there (section "Rsync" of the demo)."""

from labcheck.errors import CheckFailed
from labcheck.facts import dump as dumps
from labcheck.facts import files
from labcheck.hosts import Site
from labcheck.labs.backup_tools.copy import copy_exists, remote_copy
from labcheck.labs.backup_tools.lab import DUMP, HOME, LAB, backup_server
from labcheck.labs.backup_tools.presence import must_be_readable
from labcheck.model import Basis

RESTORED = f"{HOME}/restore/agama.sql"


@LAB.check("3.1")
def backup_was_fetched(site: Site) -> None:
    """a backup came back from the backup server into the directory restore"""
    must_be_readable(site.db, RESTORED, _fetch_it(site))
    if files.are_one(site.db, RESTORED, DUMP):
        raise CheckFailed("the dump itself, under another name", f"rm restore/agama.sql · {_fetch_it(site)}")


@LAB.check("3.1", points=2, needs=[copy_exists, backup_was_fetched], basis=Basis.SERVER)
def what_came_back_is_the_backup(site: Site) -> None:
    """restore/agama.sql is what the backup server holds, byte for byte"""
    back, there = files.checksum(site.db, RESTORED), files.checksum(site.backup, remote_copy(site))

    if back != there:
        found = f"checksum `{back[:12]}…` in restore, `{there[:12]}…` on the backup server"
        raise CheckFailed(found, _fetch_it(site))


@LAB.check("3.2", needs=[copy_exists], basis=Basis.SERVER)
def second_version_exists(site: Site) -> None:
    """the backup server keeps an earlier version beside the newest, agama.sql~"""
    keep = f"Change a row, dump, then upload with -b: rsync -bv agama.sql {site.student}@{backup_server(site)}:"
    must_be_readable(site.backup, f"{remote_copy(site)}~", keep)


@LAB.check("3.2", points=2, needs=[second_version_exists], basis=Basis.SERVER)
def second_version_holds_other_rows(site: Site) -> None:
    """the two versions hold different rows, so that there is something to go back to"""
    newest = dumps.dump(site.backup, remote_copy(site))
    earlier = dumps.dump(site.backup, f"{remote_copy(site)}~")

    if not earlier.completed:
        found = f"`{earlier.last_line[:100]}` as the last line of agama.sql~"
        raise CheckFailed(found, "Look at its end, on the backup server: tail -1 agama.sql~")
    if earlier.rows == newest.rows:
        look = "See what differs, on the backup server: diff -u agama.sql~ agama.sql"
        raise CheckFailed("the same rows in `agama.sql` and `agama.sql~`", look)


def _fetch_it(site: Site) -> str:
    return f"Fetch it, on db as backup: rsync -v {site.student}@{backup_server(site)}:agama.sql restore/"
