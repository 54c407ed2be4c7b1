"""What duplicity's files are, read from their names (pure): volumes, manifests and signatures make backup sets, a full
set and the increments on it make a chain, and each set is a recovery point, a state that can be brought back.

The names are those of duplicity 0.8 to 3.1 (`file_naming.py` there), and what belongs together is decided as 3.1 does
it (`dup_collections.py`).
"""

import heapq
import itertools
import re
from bisect import insort
from collections import defaultdict
from collections.abc import Collection as Names
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

MOST_NAMED = 50
VOLUME, MANIFEST, SIGNATURES = "volume", "manifest", "signatures"
STAMP = r"\d{8}T\d{6}Z"
FULL, INCREMENT = rf"(?P<end>{STAMP})", rf"(?P<start>{STAMP})\.to\.(?P<end>{STAMP})"
PACKED = r"(?P<packed>\.gz|\.gpg|)"
NAMES = tuple(
    re.compile(pattern, re.ASCII)
    for begin, times in (("full", FULL), ("inc", INCREMENT))
    for pattern in (
        rf"duplicity-{begin}\.{times}\.vol(?P<volume>[1-9]\d{{0,5}})\.difftar{PACKED}",
        rf"duplicity-{begin}\.{times}\.(?P<kind>{MANIFEST}){PACKED}",
        rf"duplicity-{begin.replace('inc', 'new')}-(?P<kind>{SIGNATURES})\.{times}\.sigtar{PACKED}",
    )
)


@dataclass(frozen=True)
class BackupFile:
    """One of duplicity's files: `kind` is volume, manifest or signatures; `start` is None in a full backup."""

    name: str
    kind: str
    start: datetime | None
    end: datetime
    volume: int = 0
    packed: str = ""


@dataclass(frozen=True)
class BackupSet:
    """What one run of duplicity left: a full backup, or an increment on the set that ended at `start`."""

    start: datetime | None
    end: datetime
    files: tuple[BackupFile, ...]

    @property
    def is_full(self) -> bool:
        """Say whether it stands on no other set."""
        return self.start is None

    @property
    def name(self) -> str:
        """How the names of its manifest and volumes begin: `duplicity-full.20261123T020012Z`."""
        times = stamp(self.end) if self.start is None else f"{stamp(self.start)}.to.{stamp(self.end)}"
        return f"duplicity-{'full' if self.is_full else 'inc'}.{times}"

    @property
    def encrypted(self) -> bool:
        """Say whether any of it cannot be read without a key."""
        return any(file.packed == ".gpg" for file in self.files)

    @property
    def volumes(self) -> tuple[BackupFile, ...]:
        """Its volumes, in order."""
        return tuple(file for file in self.files if file.kind == VOLUME)

    @property
    def manifest(self) -> BackupFile | None:
        """Its manifest, None when it is missing."""
        return next((file for file in self.files if file.kind == MANIFEST), None)

    @property
    def signatures(self) -> BackupFile | None:
        """Its signatures, None when they are missing."""
        return next((file for file in self.files if file.kind == SIGNATURES), None)

    def missing(self, volumes: Names[int] = ()) -> tuple[str, ...]:
        """Return the names of the files that it lacks, when its manifest tells these numbers of volumes.

        Without a manifest a gap in the numbers shows that a volume is missing, and the last of them is not known. Of a
        gap the first are named: an empty file may claim to be volume 999999.
        """
        there = {file.volume for file in self.volumes}
        wanted = heapq.merge(range(1, max(there, default=1)), sorted(volumes))
        gaps = dict.fromkeys(itertools.islice((number for number in wanted if number not in there), MOST_NAMED))
        if not (there or gaps):
            gaps = {1: None}
        packed = next(
            (file.packed for file in self.files if file.kind != MANIFEST), ".gpg" if self.encrypted else ".gz"
        )
        names = [f"{self.name}.vol{number}.difftar{packed}" for number in gaps]
        if self.manifest is None:
            names.append(f"{self.name}.manifest{'.gpg' if self.encrypted else ''}")
        if self.signatures is None:
            kind = "full" if self.is_full else "new"
            names.append(f"duplicity-{kind}-signatures.{self.name.partition('.')[2]}.sigtar{packed}")
        return tuple(names)


@dataclass(frozen=True)
class Chain:
    """A full backup and the increments on it, in order; each of them is a recovery point."""

    sets: tuple[BackupSet, ...]

    def unbroken(self, lost: Names[str]) -> tuple[BackupSet, ...]:
        """Return the sets from its beginning that have all they need without the files of these names.

        A set needs its own manifest and every volume, and all sets before it need theirs.
        """
        for number, one in enumerate(self.sets):
            if any(name.startswith(f"{one.name}.") for name in lost):
                return self.sets[:number]
        return self.sets


@dataclass(frozen=True)
class Collection:
    """Everything that duplicity keeps in a directory: chains from the oldest to the newest, sets that are in none.

    `sizes` has the bytes of each of its files, by name.
    """

    chains: tuple[Chain, ...] = ()
    orphans: tuple[BackupSet, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)

    @property
    def sets(self) -> tuple[BackupSet, ...]:
        """Every set that stands in a chain, chain by chain."""
        return tuple(one for chain in self.chains for one in chain.sets)

    def points_after_losing(self, lost: Names[str]) -> tuple[BackupSet, ...]:
        """Return the recovery points that duplicity can restore without the files of these names.

        Signatures are there for making the next increment and no restore reads them; yet duplicity passes over the
        newest increment without its own, if those of all sets before it are there: it takes it for a run that broke
        off ("discarding last backup set", `set_matched_chain_pair`).
        """
        points = [one for chain in self.chains for one in chain.unbroken(lost)]
        newest = self.chains[-1].sets if self.chains else ()
        signed = [one.signatures is not None and one.signatures.name not in lost for one in newest]
        if len(newest) > 1 and points and points[-1] is newest[-1] and signed == [True] * (len(newest) - 1) + [False]:
            points.pop()
        return tuple(points)


def stamp(moment: datetime) -> str:
    """Return a moment as duplicity has it in names, and takes it for `--time`: `20261123T020012Z`."""
    return moment.strftime("%Y%m%dT%H%M%SZ")


def backup_file(name: str) -> BackupFile | None:
    """Read a name; None when the file is none of duplicity's, or the rest of a run that broke off (`.part`)."""
    found = next((match for pattern in NAMES if (match := pattern.fullmatch(name))), None)
    if found is None:
        return None
    parts = found.groupdict()
    try:
        start = _moment(parts["start"]) if "start" in parts else None
        end = _moment(parts["end"])
    except ValueError:  # digits that are no date
        return None
    return BackupFile(name, parts.get("kind", VOLUME), start, end, int(parts.get("volume", 0)), parts["packed"])


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def collection(sizes: Mapping[str, int]) -> Collection:
    """Return the chains that files of these names make (`sizes`: bytes by name); other files are passed over."""
    gathered: dict[tuple[datetime | None, datetime], list[BackupFile]] = {}
    for name in sorted(sizes):
        if file := backup_file(name):
            gathered.setdefault((file.start, file.end), []).append(file)
    sets = [
        BackupSet(start, end, tuple(sorted(files, key=lambda file: (file.kind, file.volume))))
        for (start, end), files in gathered.items()
    ]
    chains, orphans = _chained(sets)
    ours = {file.name: sizes[file.name] for one in sets for file in one.files}
    chains.sort(key=lambda chain: chain[-1].end)
    return Collection(tuple(Chain(tuple(chain)) for chain in chains), tuple(orphans), ours)


class _Chains(list[list[BackupSet]]):
    """Chains that are found by the moment at which they end, or at which their last increment began: the first such."""

    def __init__(self) -> None:
        self._ends: defaultdict[datetime, list[int]] = defaultdict(list)
        self._starts: defaultdict[datetime, list[int]] = defaultdict(list)

    def begin(self, one: BackupSet) -> None:
        """Begin a chain with a full backup."""
        self.append([one])
        insort(self._ends[one.end], len(self) - 1)

    def add(self, number: int, one: BackupSet) -> None:
        """Put an increment behind the last set of a chain."""
        self._ends[self[number][-1].end].remove(number)
        if (start := self[number][-1].start) is not None:
            self._starts[start].remove(number)
        self[number].append(one)
        insort(self._ends[one.end], number)
        if one.start is not None:
            insort(self._starts[one.start], number)

    def ending_at(self, moment: datetime | None) -> int | None:
        """Return which chain ends at a moment."""
        found = self._ends.get(moment) if moment else None
        return found[0] if found else None

    def last_begun_at(self, moment: datetime | None) -> int | None:
        """Return which chain's last increment stands on the set of a moment."""
        found = self._starts.get(moment) if moment else None
        return found[0] if found else None


def _chained(sets: list[BackupSet]) -> tuple[list[list[BackupSet]], list[BackupSet]]:
    """Put each increment behind the set that it stands on; what finds none, or is signatures alone, is an orphan.

    Of two increments on the same set, when no other stands on the first, the later one counts.
    """
    chains, orphans = _Chains(), list[BackupSet]()
    for one in sorted(sets, key=lambda one: (one.end, not one.is_full)):
        if not one.volumes and one.manifest is None:
            orphans.append(one)
        elif one.is_full:
            chains.begin(one)
        elif (behind := chains.ending_at(one.start)) is not None:
            chains.add(behind, one)
        elif (beside := chains.last_begun_at(one.start)) is not None:
            orphans.append(chains[beside][-1])
            chains.add(beside, one)
            del chains[beside][-2]
        else:
            orphans.append(one)
    return chains, orphans
