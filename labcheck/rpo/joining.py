"""Which holdings a command reads: exactly as written, or by evident intent where the text misses them.

The reading on paper wants to know what the author meant; each guess is a `Guess`, with its reason, and becomes a
finding. The reading as it stands takes no guesses.
"""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass

from labcheck.rpo.commands.places import Place, same_host
from labcheck.rpo.holdings import Holding, means, skips

DUMP_ENDINGS = re.compile(r"\.(sql|dump|dmp|bak)(\.\w+)?$|\.(gz|bz2|xz|zst|gpg)$|\*$")
OF_BACKUPS = re.compile(r"backup|dump|sql|duplicity|repo|archive|restic|borg", re.IGNORECASE)
DATABASE_FILES = ("/var/lib/mysql", "/var/lib/postgresql", "/var/lib/influxdb")
LEFT_OUT = "is left out by"
LIVE_ROOTS = ("etc", "var", "srv", "opt", "home", "root", "usr", "data", "mnt", "boot", "tmp")


@dataclass(frozen=True)
class Join:
    """A source that was found: the holding, and why it is believed to be meant; no reason for an exact match."""

    holding: Holding
    reason: str = ""


def exact(source: Place, holdings: Sequence[Holding], *, recursive: bool, job: str) -> list[Join]:
    """Return the holdings that the words of the command reach; a file that another job moved away is not there."""
    return [
        Join(holding)
        for holding in holdings
        if holding.moved_by in ("", job) and means(source, holding, recursive=recursive)
    ]


def intended(source: Place, holdings: Sequence[Holding], *, kept: bool) -> list[Join]:
    """Return the holdings that the author evidently meant; `kept` says that the command copies backups on.

    Tried in this order, the first that finds something counts: a directory that needs -r; the same file name on
    this host; a repository on this host; all that lies on this host; the same on the host where it does lie.
    """
    if source.path.startswith(DATABASE_FILES):
        return []  # the database itself is meant
    final = [holding for holding in holdings if not holding.moved_by]
    here = [holding for holding in final if same_host(holding.place.host, source.host)]
    for reason, found in (
        ("names a directory, but copies none without -r", [h for h in here if skips(source, h)]),
        (f"lies elsewhere on {source.host}", [h for h in here if _same_name(source, h.place)]),
        (f"lies elsewhere on {source.host}", _products(source, here, kept)),
        ("lies on another host", _abroad(source, final)),
    ):
        if found:
            return [Join(holding, reason) for holding in found]
    return []


def _same_name(source: Place, place: Place) -> bool:
    return source.name == place.name or _stem(source.name) == _stem(place.name)


def _stem(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.partition(".")[0].lower()) or name


def _products(source: Place, here: Sequence[Holding], kept: bool) -> list[Holding]:
    """Return what is meant among all that lies on the host: repositories for `duplicity*`, else the only candidate."""
    arrived = [holding for holding in here if holding.hops > 0]
    repositories = [holding for holding in arrived if holding.repository]
    if "duplicity" in source.name:
        return repositories
    if kept and arrived:
        return repositories or arrived
    return list(here) if DUMP_ENDINGS.search(source.name) and _one_each(here) else []


def _abroad(source: Place, final: Sequence[Holding]) -> list[Holding]:
    """Return what a command on the wrong host means: only where nothing else on that host could be meant."""
    far = [holding for holding in final if not same_host(holding.place.host, source.host)]
    if "duplicity" in source.name:
        return [holding for holding in far if holding.repository and holding.hops == 1]
    return [holding for holding in far if source.name == holding.place.name and holding.hops <= 1]


def _one_each(holdings: Sequence[Holding]) -> bool:
    services = [holding.service for holding in holdings]
    return len(services) == len(set(services))


def all_of(source: Place) -> Place:
    """Return the directory that `DIRECTORY/*` means; any other place as it is."""
    return Place(source.host, posixpath.dirname(source.path), directory=True) if source.name == "*" else source


def is_live(source: Place) -> bool:
    """Tell whether a path is a directory of the running system rather than a backup that some job should write."""
    if source.path.startswith(DATABASE_FILES):
        return True
    first = source.path.strip("/").partition("/")[0]
    product = DUMP_ENDINGS.search(source.name) or OF_BACKUPS.search(source.path) or source.is_glob
    return first in LIVE_ROOTS and not product
