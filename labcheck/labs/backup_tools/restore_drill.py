"""Chapter 7, a drill: versions restored into a scratch database, and compared with what should be there."""

from labcheck.errors import CheckFailed, LabcheckError
from labcheck.facts import drill, duplicity, sandbox
from labcheck.facts.chain import BackupSet, Collection, stamp
from labcheck.facts.drill import BroughtBack, Fetch, Order, Table
from labcheck.hosts import Host, Site
from labcheck.labs.backup_tools.chain import DUMPED, home, restore_line, url
from labcheck.labs.backup_tools.lab import LAB, OFFSITE_DIRECTORY, TABLE, backup_server, offsite_server
from labcheck.labs.backup_tools.plan import plan
from labcheck.labs.backup_tools.recovery import copy_it, repository
from labcheck.model import Basis, Drill

NEWEST, EARLIER = -1, -2


@LAB.check("7.1", points=4, drill=Drill.RESTORE, basis=Basis.RESTORED)
def newest_backup_brings_the_data_back(site: Site) -> str:
    """the newest version on the backup server, restored and loaded, brings tables and rows back"""
    return _from_the_backup_server(site, NEWEST)


@LAB.check("7.1", points=2, drill=Drill.RESTORE, basis=Basis.RESTORED)
def earlier_backup_brings_its_data_back(site: Site) -> str:
    """the version before it does so, too"""
    return _from_the_backup_server(site, EARLIER)


@LAB.check("7.2", points=3, drill=Drill.RESTORE, basis=Basis.RESTORED)
def newest_offsite_copy_brings_the_data_back(site: Site) -> str:
    """the newest version off-site, fetched, restored and loaded, brings tables and rows back"""
    return _from_offsite(site, NEWEST)


@LAB.check("7.2", points=2, drill=Drill.RESTORE, basis=Basis.RESTORED)
def earlier_offsite_copy_brings_its_data_back(site: Site) -> str:
    """the version before it does so, too, from off-site"""
    return _from_offsite(site, EARLIER)


def _from_the_backup_server(site: Site, which: int) -> str:
    found, directory, one = _version(site, which)
    time = "" if which == NEWEST else stamp(one.end)
    try_it = _by_hand(restore_line(one, url(site, f"/{directory}"), time=time))
    if site.sandboxed:
        return _in_a_sandbox(site, site.backup, directory, (found, one), try_it)
    back = drill.brought_back(site.db.as_user("root"), _order(site, one, url(site, f"/{directory}")))
    _must_be_the_data(back, try_it)
    if which == NEWEST and not one.encrypted:
        _must_be_the_hosts_own(site.backup, directory, one, back)
    return ""


def _from_offsite(site: Site, which: int) -> str:
    found = duplicity.collection(site.offsite, OFFSITE_DIRECTORY)
    one = _nth(found.sets, which, f"in `{OFFSITE_DIRECTORY}` on offsite", copy_it(site))
    account = f"{site.student}@{offsite_server(site)}"
    try_it = _by_hand(f"ssh {site.student}@{backup_server(site)} ssh {account} ls -l {OFFSITE_DIRECTORY}")
    if site.sandboxed:
        return _in_a_sandbox(site, site.offsite, OFFSITE_DIRECTORY, (found, one), try_it)
    plain = ("ssh", "-o", "BatchMode=yes")
    ways = (" ".join(plain), f"{' '.join(plain)} {site.student}@{backup_server(site)} {' '.join(plain)}")
    fetch = Fetch(f"{account}:{OFFSITE_DIRECTORY}/", tuple(_files(found, one)), ways)
    back = drill.brought_back(site.db.as_user("root"), _order(site, one, "", fetch))
    _must_be_the_data(back, try_it)
    if which == NEWEST and not one.encrypted:
        _must_be_the_hosts_own(site.offsite, OFFSITE_DIRECTORY, one, back)
    return ""


def _in_a_sandbox(site: Site, keeper: Host, directory: str, which: tuple[Collection, BackupSet], try_it: str) -> str:
    """Hold the drill in a throw-away container; raises `CheckFailed`, and `LabcheckError` for what it has no key to."""
    found, one = which
    if one.encrypted:
        raise LabcheckError(
            f"`{one.name}` is encrypted, and a sandbox has no key",
            "Hold the drill on the host itself: without --sandbox",
        )
    here = drill.looked(site.db.as_user("root"), Order.database)
    box = site.sandbox(drill.server_of(here))
    back = sandbox.brought_back(box, keeper, directory, _files(found, one), here, Order("backup", "", stamp(one.end)))
    _must_be_the_data(back, try_it)
    return "restored in a sandbox"


def _order(site: Site, one: BackupSet, place: str, fetch: Fetch | None = None) -> Order:
    secret = plan(site).passphrase_for_a_drill() if one.encrypted else ""
    return Order("backup", place, stamp(one.end), one.encrypted, fetch=fetch, passphrase_file=secret)


def _by_hand(line: str) -> str:
    return f"Try it, on db as backup: {line}"


def _files(found: Collection, one: BackupSet) -> dict[str, int]:
    """Return the files that a version is restored from, and their bytes: those of its chain, up to its own."""
    chain = next(chain for chain in found.chains if one in chain.sets)
    before = chain.sets[: chain.sets.index(one) + 1]
    return {file.name: found.sizes[file.name] for each in before for file in each.files}


def _version(site: Site, which: int) -> tuple[Collection, str, BackupSet]:
    """Return what lies in the repository that is drilled with, cron's or the demo's, its directory, and a version.

    Raises `CheckFailed` when there are not so many.
    """
    directories = (repository(site), home(site))
    found = {directory: duplicity.collection(site.backup, directory) for directory in directories}
    directory = next((one for one in directories if found[one].sets), directories[0])
    one = _nth(found[directory].sets, which, f"in `{directory}` on the backup server", _make_it(site))
    return found[directory], directory, one


def _nth(sets: tuple[BackupSet, ...], which: int, where: str, hint: str) -> BackupSet:
    if len(sets) < -which:
        raise CheckFailed("no backup " + where if not sets else "a single version " + where, hint)
    return sets[which]


def _make_it(site: Site) -> str:
    return f"Make one, on db as backup: duplicity --no-encryption agama.sql {url(site, '/mysql')}"


def _must_be_the_data(back: BroughtBack, hint: str) -> None:
    """Raise `CheckFailed` when a drill did not bring the data back."""
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
