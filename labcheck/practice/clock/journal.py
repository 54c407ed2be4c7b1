"""The journal: what ran in the fast-forwards of a lab, which rows were added, and which files were written.

It lies among the files of the lab that a reset takes away, as JSON lines, written as things happen, so that an
interruption loses nothing. Instants are seconds since 1970 by the simulated clock.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TextIO

from labcheck.errors import LabcheckError
from labcheck.practice.clock.ageing import aged_name
from labcheck.whole_file import write_whole


@dataclass(frozen=True)
class Span:
    """A fast-forward begins: its period, the zone of each host, and which crontabs never run, and why."""

    since: float
    until: float
    zones: dict[str, str]
    crontabs: list[dict[str, str]]
    ignored: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Ran:
    """A job ran. `status` is its exit status; `limited` says that it was ended because it took too long."""

    host: str
    path: str
    line: int
    user: str
    command: str
    due: float
    started: float
    ended: float
    status: int
    limited: bool
    mail_to: str
    output: str
    output_bytes: int


@dataclass(frozen=True)
class Row:
    """A row was added to Agama's table."""

    instant: float
    value: str


@dataclass(frozen=True)
class Wrote:
    """Jobs wrote a file, or deleted the manifest of a backup (`gone`)."""

    instant: float
    host: str
    path: str
    size_bytes: int
    gone: bool = False


@dataclass(frozen=True)
class Reached:
    """A fast-forward ended at this instant; `interrupted` says that it should have gone on."""

    instant: float
    interrupted: bool


Entry = Span | Ran | Row | Wrote | Reached
JOURNAL = "journal.jsonl"
KINDS: dict[str, type[Entry]] = {"span": Span, "ran": Ran, "row": Row, "wrote": Wrote, "reached": Reached}
INSTANTS = ("since", "until", "due", "started", "ended", "instant")


def path_of(folder: Path) -> Path:
    """Return where the journal lies in a folder."""
    return folder / JOURNAL


def write(file: TextIO, entry: Entry) -> None:
    """Append an entry."""
    file.write(_line(entry))
    file.flush()


def _line(entry: Entry) -> str:
    kind = next(name for name, one in KINDS.items() if isinstance(entry, one))
    return json.dumps({"kind": kind, **asdict(entry)}) + "\n"


def read(folder: Path) -> list[Entry]:
    """Return the journal in a folder, empty where nothing was run yet; raises `LabcheckError` for a damaged one."""
    path = folder / JOURNAL
    if not path.exists():
        return []
    return [_entry(number, line) for number, line in enumerate(path.read_text().splitlines(), 1)]


def _entry(number: int, line: str) -> Entry:
    try:
        fields: dict[str, Any] = json.loads(line)
        return KINDS[fields.pop("kind")](**fields)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise LabcheckError(
            f"line {number} of the journal is damaged: {line[:80]!r}", "Begin afresh: labcheck lab reset"
        ) from error


def age(folder: Path, seconds: int) -> None:
    """Move everything in the journal back in time."""
    entries = list(aged(read(folder), seconds))
    if entries:
        write_whole(path_of(folder), map(_line, entries))


def aged(entries: list[Entry], seconds: int) -> Iterator[Entry]:
    """Yield the entries so much earlier."""
    for entry in entries:
        moved: dict[str, Any] = {name: getattr(entry, name) - seconds for name in INSTANTS if hasattr(entry, name)}
        if isinstance(entry, Wrote):
            folder, slash, name = entry.path.rpartition("/")
            moved["path"] = folder + slash + aged_name(name, seconds)
        yield replace(entry, **moved)
