"""The backups that came and went: from the manifests that duplicity wrote and deleted on the hosts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from labcheck.practice.clock.journal import Entry, Wrote

MANIFEST = re.compile(
    r"duplicity-(?:full\.(?P<full>\d{8}T\d{6}Z)|inc\.(?P<base>\d{8}T\d{6}Z)\.to\.(?P<inc>\d{8}T\d{6}Z))\.manifest(?:\.g|\.gpg)?"
)
CACHE = "/.cache/"


@dataclass(frozen=True)
class Version:
    """A backup in a folder of a host: since when it is there (by the simulated clock), and until when if it went.

    `name` is the time of it in duplicity's words, `chain` that of the full backup that it rests on.
    """

    place: str
    name: str
    chain: str
    since: float
    until: float | None = None


def versions(entries: Iterable[Entry]) -> dict[str, list[Version]]:
    """Return the backups of each place (`host:folder`), in the order in which they came."""
    found: dict[str, dict[str, Version]] = {}
    for entry in entries:
        if not isinstance(entry, Wrote) or CACHE in entry.path:
            continue
        folder, _, file = entry.path.rpartition("/")
        manifest = MANIFEST.fullmatch(file)
        if manifest is None:
            continue
        known = found.setdefault(f"{entry.host}:{folder}", {})
        name = manifest["full"] or manifest["inc"]
        if entry.gone and name in known:
            known[name] = Version(*_key(known[name]), until=entry.instant)
        elif not entry.gone:
            base = known.get(manifest["base"] or "")
            chain = name if manifest["full"] else base.chain if base else manifest["base"]
            known[name] = Version(f"{entry.host}:{folder}", name, chain, entry.instant)
    return {place: list(known.values()) for place, known in found.items() if known}


def _key(version: Version) -> tuple[str, str, str, float]:
    return version.place, version.name, version.chain, version.since
