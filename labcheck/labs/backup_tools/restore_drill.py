"""Chapter 7, a drill: versions restored on db into a scratch database, and compared with what should be there."""

from labcheck.errors import CheckFailed
from labcheck.facts import drill, duplicity
from labcheck.facts.chain import BackupSet, stamp
from labcheck.facts.drill import BroughtBack, Fetch, Order, Table
from labcheck.hosts import Host, Site
from labcheck.labs.backup_tools.chain import DUMPED, home, restore_line, url
from labcheck.labs.backup_tools.lab import LAB, OFFSITE_DIRECTORY, TABLE, backup_server, offsite_server
from labcheck.labs.backup_tools.recovery import copy_it, repository
from labcheck.model import Basis, Drill

NEWEST, EARLIER = -1, -2


@LAB.check("7.1", points=4, drill=Drill.RESTORE, basis=Basis.RESTORED)
def newest_backup_brings_the_data_back(site: Site) -> None:
    """the newest version on the backup server, restored on db and loaded, brings tables and rows back"""
    directory, one = version(site, NEWEST)
    back = _brought_back(site, backup_order(site, directory, one), restore_line(one, url(site, f"/{directory}")))

    if not one.encrypted:
        _must_be_the_hosts_own(site.backup, directory, one, back)


@LAB.check("7.1", points=2, drill=Drill.RESTORE, basis=Basis.RESTORED)
def earlier_backup_brings_its_data_back(site: Site) -> None:
    """the version before it does so, too"""
    directory, one = version(site, EARLIER)
    by_hand = restore_line(one, url(site, f"/{directory}"), time=stamp(one.end))
    _brought_back(site, backup_order(site, directory, one), by_hand)


@LAB.check("7.2", points=3, drill=Drill.RESTORE, basis=Basis.RESTORED)
def newest_offsite_copy_brings_the_data_back(site: Site) -> None:
    """the newest version off-site, brought to db, restored and loaded there, brings tables and rows back"""
    _offsite(site, NEWEST)


@LAB.check("7.2", points=2, drill=Drill.RESTORE, basis=Basis.RESTORED)
def earlier_offsite_copy_brings_its_data_back(site: Site) -> None:
    """the version before it does so, too, from off-site"""
    _offsite(site, EARLIER)


def version(site: Site, which: int) -> tuple[str, BackupSet]:
    """Return the repository that is drilled with, cron's or the demo's, and a version of it.

    Raises `CheckFailed` when there are not so many.
    """
    directories = (repository(site), home(site))
    found = {directory: duplicity.collection(site.backup, directory).sets for directory in directories}
    directory = next((one for one in directories if found[one]), directories[0])
    return directory, _nth(found[directory], which, f"in `{directory}` on the backup server", _make_it(site))


def _nth(sets: tuple[BackupSet, ...], which: int, where: str, hint: str) -> BackupSet:
    if len(sets) < -which:
        raise CheckFailed("no backup " + where if not sets else "a single version " + where, hint)
    return sets[which]


def _make_it(site: Site) -> str:
    return f"Make one, on db as backup: duplicity --no-encryption agama.sql {url(site, '/mysql')}"


def backup_order(site: Site, directory: str, one: BackupSet) -> Order:
    """Return the order that brings a version back from the backup server, as the student would."""
    return Order("backup", url(site, f"/{directory}"), stamp(one.end), one.encrypted)


def _offsite(site: Site, which: int) -> None:
    found = duplicity.collection(site.offsite, OFFSITE_DIRECTORY)
    one = _nth(found.sets, which, f"in `{OFFSITE_DIRECTORY}` on offsite", copy_it(site))
    chain = next(chain for chain in found.chains if one in chain.sets)
    names = tuple(file.name for each in chain.sets[: chain.sets.index(one) + 1] for file in each.files)
    plain = ("ssh", "-o", "BatchMode=yes")
    ways = (" ".join(plain), f"{' '.join(plain)} {site.student}@{backup_server(site)} {' '.join(plain)}")
    account = f"{site.student}@{offsite_server(site)}"
    fetch = Fetch(f"{account}:{OFFSITE_DIRECTORY}/", names, ways)
    order = Order("backup", "", stamp(one.end), one.encrypted, fetch=fetch)
    back = _brought_back(
        site, order, f"ssh {site.student}@{backup_server(site)} ssh {account} ls -l {OFFSITE_DIRECTORY}"
    )

    if which == NEWEST and not one.encrypted:
        _must_be_the_hosts_own(site.offsite, OFFSITE_DIRECTORY, one, back)


def _brought_back(site: Site, order: Order, try_it: str) -> BroughtBack:
    """Hold the drill; raises `CheckFailed` when it does not bring the data back."""
    back = drill.brought_back(site.db.as_user("root"), order)
    hint = f"Try it, on db as backup: {try_it}"

    if complaint := drill.complaint_of(back.complaint):
        raise CheckFailed(f"`{complaint}`", hint)
    if not back.completed:
        raise CheckFailed("a dump that is not whole came back", hint)
    if back.refused:
        line, what, words = back.refused[0]
        raise CheckFailed(f"line {line} of the dump, which {what}, so nothing was loaded: `{words}`", hint)
    if TABLE not in back.tables or not back.tables[TABLE].came_back:
        raise CheckFailed(f"no table `{TABLE}` came back", hint)
    for name, table in back.tables.items():
        if found := wrong_with(name, table):
            raise CheckFailed(found, hint)
    return back


def wrong_with(name: str, table: Table) -> str:
    """Return what is wrong with a table that came back, empty when nothing is.

    What people did since the dump was made may be missing; a table that nobody wrote to since must be the same.
    """
    if not table.came_back:
        return f"no table `{name}` came back, which is in the database" if table.settled else ""
    if table.settled and table.differs:
        return f"table `{name}` without its column `{table.differs[0]}`"
    if table.settled and table.missing:
        return f"table `{name}` without the row `{_shown(table.missing)}`"
    if table.settled and table.extra:
        return f"table `{name}` with a row that is not in the database: `{_shown(table.extra)}`"
    if name == TABLE and table.rows_here and not table.common:
        return f"table `{name}` with {table.rows} rows, of which the database has none"
    return ""


def _shown(rows: tuple[str, ...]) -> str:
    return rows[0].replace("\t", " | ")[:200]


def _must_be_the_hosts_own(host: Host, directory: str, one: BackupSet, back: BroughtBack) -> None:
    """Raise `CheckFailed` unless the duplicity of the host that keeps the backups, if it has one, gives back the same.

    So a duplicity on db that only says what people want to hear is found out.
    """
    there = duplicity.restored_sum(host, f"file://{directory}", DUMPED, time=stamp(one.end))
    if there is not None and there != back.sha256:
        found = f"checksum `{back.sha256[:12]}…` of what came back; on {host.name} itself `{there[:60]}`"
        raise CheckFailed(found, "Which duplicity runs on db? type -a duplicity")
