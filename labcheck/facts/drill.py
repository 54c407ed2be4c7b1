"""Facts about what a drill on a host came to: backups that were brought back there, and loaded into a scratch database.

The drill is a program of `on_host`; nothing that it brings back comes to us but what it says of it.
"""

import json
from dataclasses import asdict, dataclass, field
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from labcheck.errors import LabcheckError, UnreadableAnswer
from labcheck.facts.duplicity import parse_complaint
from labcheck.facts.on_host import source
from labcheck.hosts import Host

RESTORE_SECONDS = 60.0
MOST_TABLES = 1000


@dataclass(frozen=True)
class Fetch:
    """Files that are brought to the host before anything is restored: rsync's source, their names in it, and the ways.

    A way is what rsync signs in with (its `-e`); they are tried in turn.
    """

    source: str
    names: tuple[str, ...]
    ways: tuple[str, ...]


@dataclass(frozen=True)
class Order:
    """A version that is to be brought back by a user of the host: duplicity's URL and time, or what is fetched.

    `database` is what the dump is of, `file` the name of the dump where a whole directory was backed up.
    """

    user: str
    url: str
    time: str = ""
    encrypted: bool = False
    file: str = "agama.sql"
    database: str = "agama"
    fetch: Fetch | None = None
    seconds: float = RESTORE_SECONDS


@dataclass(frozen=True)
class Table:
    """A table that is on the host, that came back, or both. `settled`: not written to since the dump was made.

    `differs` are columns that are here and did not come back alike; `missing` and `extra` have one row, if any, that is
    here alone or came back alone; `common` counts the rows that are the same.
    """

    is_here: bool
    came_back: bool
    settled: bool
    differs: tuple[str, ...]
    rows: int
    rows_here: int
    common: int
    missing: tuple[str, ...]
    extra: tuple[str, ...]


@dataclass(frozen=True)
class BroughtBack:
    """What came of a version: `complaint` when it did not come back, or was not taken by the server.

    `refused` are statements that no dump of tables holds, for which nothing was loaded: line, what, how it begins.
    `tables` are those of the database, here or in the backup, by name.
    """

    complaint: str = ""
    sha256: str = ""
    completed: bool = False
    refused: tuple[tuple[int, str, str], ...] = ()
    tables: Annotated[dict[str, Table], Field(max_length=MOST_TABLES)] = field(default_factory=dict)


_TOLD = TypeAdapter(BroughtBack)


def brought_back(root: Host, order: Order) -> BroughtBack:
    """Hold a restore drill on a host, asked as root; its files and its own database stay as they are.

    Raises `LabcheckError` when it could not be held there, and `UnreadableAnswer`.
    """
    return parse_brought_back(
        held(root, f"{source('statements', 'scratch', 'restoring')}\nanswered(drilled)", asdict(order))
    )


def held(root: Host, program: str, order: dict[str, object], seconds: float = RESTORE_SECONDS) -> str:
    """Run a program of `on_host` with an order, and return what it prints."""
    words = ["python3", "-I", "-c", program, json.dumps(order)]
    return root.expect(*words, statuses={0}, timeout_seconds=seconds + 20).stdout


def parse_brought_back(text: str) -> BroughtBack:
    """Read what the program says; raises `LabcheckError` with what stood in its way, or `UnreadableAnswer`."""
    try:
        told = json.loads(text)
        if "trouble" in told:
            raise LabcheckError(f"no drill on this host: {str(told['trouble'])[:300]}", "Look there, as root.")
        found = _TOLD.validate_python(told)
    except (ValueError, TypeError, RecursionError, ValidationError) as error:
        raise UnreadableAnswer(f"the drill said {text[:100]!r}") from error
    return found


def complaint_of(found: BroughtBack) -> str:
    """Return in a line what a program complained of, empty where it did not."""
    tool, _, said = found.complaint.partition(": ")
    if tool == "duplicity":
        return parse_complaint(said)
    return " ".join(said.split("\n")[:1]) or found.complaint
