"""Chapter 4: a chain of duplicity on the backup server, and back from it (section "Duplicity" of the demo)."""

from labcheck.errors import CheckFailed
from labcheck.facts import duplicity, files
from labcheck.facts.chain import BackupSet, Collection, stamp
from labcheck.hosts import Site
from labcheck.labs.backup_tools.lab import DUMP, LAB, TABLE, backup_server
from labcheck.labs.backup_tools.presence import must_be_whole_dump
from labcheck.labs.backup_tools.restore import RESTORED, backup_was_fetched
from labcheck.labs.backup_tools.setup import backup_server_lets_backup_in
from labcheck.model import Basis

DUMPED = "agama.sql"


def home(site: Site) -> str:
    """Return the directory of the backup server that the demo's chain goes to."""
    return f"/home/{site.student}"


def url(site: Site, path: str = "/.") -> str:
    """Return duplicity's URL of a place on the backup server, of the home directory unless told."""
    return f"rsync://{site.student}@{backup_server(site)}{path}"


@LAB.check("4.1", basis=Basis.SERVER)
def full_backup_exists(site: Site) -> None:
    """a full backup by duplicity lies in your home directory on the backup server"""
    make_it = f"Make it, on db as backup: duplicity --no-encryption full agama.sql {url(site)}"
    if not duplicity.collection(site.backup, home(site)).chains:
        raise CheckFailed(f"no full backup in `{home(site)}`", make_it)


@LAB.check("4.2", needs=[full_backup_exists], basis=Basis.SERVER)
def increment_hangs_on_the_full(site: Site) -> None:
    """an increment stands on the newest full backup, and none stands on nothing"""
    found = duplicity.collection(site.backup, home(site))
    orphan = next((one for one in found.orphans if not one.is_full), None)

    if orphan:
        found_it = f"`{orphan.name}` without the backup that it stands on"
        raise CheckFailed(found_it, f"See what belongs together: duplicity collection-status {url(site)}")
    if len(found.chains[-1].sets) == 1:
        increment = f"duplicity --no-encryption incremental agama.sql {url(site)}"
        raise CheckFailed("a full backup alone", f"Change a row, dump, then on db as backup: {increment}")


@LAB.check("4.3", points=2, needs=[full_backup_exists], basis=Basis.SERVER)
def newest_chain_is_whole(site: Site) -> None:
    """every backup of the newest chain has its manifest, its signatures and all its volumes, undamaged"""
    newest = duplicity.collection(site.backup, home(site)).chains[-1]
    bad = duplicity.damage(site.backup, home(site), Collection((newest,)))

    if bad:
        name, how = next(iter(bad.items()))
        begin_anew = f"A new chain makes up for it: duplicity --no-encryption full agama.sql {url(site)}"
        raise CheckFailed(f"`{name}` {how}", begin_anew)


@LAB.check("4.4", points=6, needs=[full_backup_exists, backup_server_lets_backup_in], basis=Basis.RESTORED)
def newest_backup_restores_to_the_dump(site: Site) -> None:
    """the newest backup, when it is restored, gives back the dump that it was made from"""
    newest = duplicity.collection(site.backup, home(site)).chains[-1].sets[-1]
    text = _restored(site, newest)

    must_be_whole_dump(text, TABLE, _dump_and_back_up(site))
    if _dump_is_of(newest, site) and files.text_of(site.db, DUMP) != text:
        raise CheckFailed(f"another content than {DUMP} had at `{stamp(newest.end)}`", _dump_and_back_up(site))


@LAB.check("4.5", points=3, needs=[newest_backup_restores_to_the_dump, backup_was_fetched], basis=Basis.RESTORED)
def what_was_restored_is_from_the_chain(site: Site) -> None:
    """restore/agama.sql is what the chain gives back, byte for byte"""
    found = duplicity.collection(site.backup, home(site))
    # duplicity gives a file the time that it had, so it tells which backup it was in.
    written = files.changed_at(site.db, RESTORED)
    point = next((one for one in found.sets if one.end >= written), found.chains[-1].sets[-1])

    # The newest was restored just now, for the check that this one needs: it gave the dump, if that is still there.
    is_the_dump = point is found.chains[-1].sets[-1] and _dump_is_of(point, site)
    if files.text_of(site.db, RESTORED) != (files.text_of(site.db, DUMP) if is_the_dump else _restored(site, point)):
        again = f"duplicity --no-encryption restore {url(site)} restore/agama.sql"
        raise CheckFailed(f"another file than the backup of `{stamp(point.end)}`", f"rm restore/agama.sql; {again}")


def restore_line(one: BackupSet, place: str, target: str = "try.sql", time: str = "") -> str:
    """Return the line that restores a version by hand; `place` is duplicity's URL."""
    plain = "" if one.encrypted else "--no-encryption "
    return f"duplicity {plain}restore {f'--time {time} ' if time else ''}{place} {target}"


def _restored(site: Site, point: BackupSet) -> str:
    """Return what db gets back of a recovery point; raises `CheckFailed` with duplicity's complaint."""
    place = url(site, f"/{home(site)}")
    back = duplicity.restored(site.db, place, DUMPED, encrypted=point.encrypted, time=stamp(point.end))
    if back.complaint:
        raise CheckFailed(f"`{back.complaint}`", f"Try it, on db as backup: {restore_line(point, url(site))}")
    return back.text


def _dump_is_of(newest: BackupSet, site: Site) -> bool:
    """Say whether the dump on db is the one that was there for the newest backup: it was not written to since."""
    return files.is_readable(site.db, DUMP) and files.changed_at(site.db, DUMP) <= newest.end


def _dump_and_back_up(site: Site) -> str:
    line = f"duplicity --no-encryption incremental agama.sql {url(site)}"
    return f"Dump, then back up, on db: mysqldump agama > agama.sql && {line}"
