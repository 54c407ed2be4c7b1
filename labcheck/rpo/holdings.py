"""What lies where: the files and repositories that the jobs fill, and which of them a command's argument means."""

import posixpath
import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from labcheck.rpo.commands.actions import Copy
from labcheck.rpo.commands.places import Place, same_host

REPOSITORY_FILES = (
    "duplicity-full.20261122T001200Z.vol1.difftar.gpg",
    "duplicity-full-signatures.20261122T001200Z.sigtar.gz",
    "duplicity-inc.20261122T001200Z.to.20261123T001200Z.manifest",
)
REPOSITORY_DATA = (
    *(f"duplicity-full.20261122T001200Z.{what}" for what in ("vol1.difftar.gz", "vol1.difftar.gpg", "manifest")),
    *(f"duplicity-inc.20261122T001200Z.to.20261123T001200Z.{what}" for what in ("vol1.difftar.gz", "manifest")),
)
"""What a restore needs; the signatures only make the next backup small."""


@dataclass(frozen=True)
class Holding:
    """A copy of one service's data: a file (`repository` false) or a duplicity repository.

    `hops` counts the networks that it crossed from production, `lineage` the stores that it came through.
    `others` are further places where it may lie when a target is perhaps a directory.
    """

    service: str
    production: str
    place: Place
    repository: bool = False
    hops: int = 0
    others: tuple[Place, ...] = ()
    lineage: tuple[str, ...] = ()
    tool: str = ""
    moved_by: str = field(default="", compare=False)

    @property
    def store(self) -> str:
        """Return the name under which its timeline is kept."""
        return f"{self.service}@{self.production}|{self.place}"

    @property
    def places(self) -> tuple[Place, ...]:
        """Return all the places where it may lie."""
        return (self.place, *self.others)


def means(source: Place, holding: Holding, *, recursive: bool) -> bool:
    """Tell whether a command that reads `source` reads this holding: by path, wildcard, or a directory around it."""
    return any(_means(source, place, holding.repository, recursive) for place in holding.places)


def _means(source: Place, place: Place, repository: bool, recursive: bool) -> bool:
    if not same_host(source.host, place.host):
        return False
    if repository:
        return _means_repository(source, place, recursive)
    if source.path == place.path or (source.is_glob and fnmatchcase(place.pattern, source.pattern)):
        return True
    if source.pattern == place.pattern:
        return True
    return recursive and not source.is_glob and source.contains(place)


def _means_repository(source: Place, place: Place, recursive: bool) -> bool:
    if source.is_glob:
        return posixpath.dirname(source.pattern) == place.pattern and any(
            fnmatchcase(name, source.name) for name in REPOSITORY_FILES
        )
    return recursive and (source.path == place.path or source.contains(place))


def skips(source: Place, holding: Holding) -> bool:
    """Tell whether a copy without -r or -a names the right directory, and therefore copies nothing."""
    return means(source, holding, recursive=True) and not means(source, holding, recursive=False)


def left_out(copy: Copy, source: Place, holding: Holding) -> str:
    """Return the option by which a copy passes over the newest state of what it reads, empty where it takes it."""
    place = next((one for one in holding.places if _means(source, one, holding.repository, True)), holding.place)
    inside = posixpath.relpath(place.pattern, source.path) if source.contains(place) else ""
    top = "" if copy.contents_only else posixpath.basename(place.pattern if source.is_glob else source.path)
    names = [posixpath.join(top, inside, name) for name in REPOSITORY_DATA] if holding.repository else []
    taken = names or [posixpath.join(top, inside) or place.name]
    if option := next(filter(None, map(copy.filters.leaves_out, taken)), ""):
        return option
    is_new = holding.repository or place.pattern != place.path or copy.target.pattern != copy.target.path
    return copy.filters.option if copy.filters.only == ("existing" if is_new else "new") else ""


def landing(source: Place, target: Place, holding: Holding, *, contents_only: bool) -> tuple[Place, ...]:
    """Return where a copied holding comes to lie: the likely place first, then the other possible ones."""
    place = next((place for place in holding.places if _means(source, place, holding.repository, True)), holding.place)
    if holding.repository:
        return _landing_of_repository(source, target, place, contents_only)
    if source.path != place.path and not source.is_glob and source.contains(place):
        relative = posixpath.relpath(place.path, source.path)
        inside = relative if contents_only or target.name == source.name else posixpath.join(source.name, relative)
        return tuple(dict.fromkeys((target.inside(inside), target.inside(relative))))
    entry = target.inside(place.name)
    if target.directory or source.is_glob:
        return (entry,)
    if target.name == place.name or re.search(r"\.\w+$", target.name):
        return (Place(target.host, target.path), entry)
    return (entry, Place(target.host, target.path))


def _landing_of_repository(source: Place, target: Place, place: Place, contents_only: bool) -> tuple[Place, ...]:
    whole = Place(target.host, target.path, directory=True)
    if source.is_glob or (contents_only and source.path == place.path):
        return (whole,)
    if source.path == place.path:
        return (whole.inside(source.name), whole)
    relative = posixpath.relpath(place.path, source.path) if source.contains(place) else ""
    inside = relative if contents_only else posixpath.join(source.name, relative)
    return tuple(dict.fromkeys((whole.inside(inside), whole.inside(relative), whole)))
