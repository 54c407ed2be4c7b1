"""Facts about what a drill on a host came to: backups that were brought back there, and loaded into a scratch database.

The drill is a program of `on_host`; nothing that it brings back comes to us but what it says of it.
"""

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeVar

from labcheck.errors import LabcheckError, UnexpectedStatus, UnreadableAnswer
from labcheck.facts.duplicity import account_of, parse_complaint
from labcheck.facts.files import TEXT_LIMIT_BYTES
from labcheck.facts.on_host import source
from labcheck.hosts import OUTPUT_LIMIT_BYTES, Host
from labcheck.shape import shaped

T = TypeVar("T")
RESTORING = ("statements", "scratch", "guard", "restoring")
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

    `database` is what the dump is of, `file` the name of the dump where a whole directory was backed up. `here` is a
    file with what the database holds (`looked`), where that is on another host than the drill. `passphrase_file` is the
    crontab or script that sets the passphrase of an encrypted backup: it is read over there, and does not come to us.
    """

    user: str
    url: str
    time: str = ""
    encrypted: bool = False
    file: str = "agama.sql"
    database: str = "agama"
    fetch: Fetch | None = None
    here: str = ""
    passphrase_file: str = ""
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
    tables: dict[str, Table] = field(default_factory=dict)


@dataclass(frozen=True)
class Looked:
    """What of an answer about a server's tables is read by us: the kind of server; the rest is for the drill."""

    server: Literal["mysql", "mariadb"]


@dataclass(frozen=True)
class Planted:
    """A canary drill's order besides that of its restore: what row is planted where, and the jobs that are started.

    `canary` goes into `column`; `nonce` names the drill. `jobs` are words, and what they read in base64. `files` are
    those that the jobs write over.
    """

    nonce: str
    canary: str
    jobs: tuple[dict[str, object], ...]
    files: tuple[str, ...]
    table: str = "item"
    column: str = "value"


@dataclass(frozen=True)
class JobRun:
    """A job that was started: its status, the end of what it said, and how long it took."""

    status: int
    said: str
    seconds: float


@dataclass(frozen=True)
class Canary:
    """What came of a canary drill, in its order: the jobs, the row in what came back, the table lost and restored.

    `rto_seconds` is None when the table was not lost, or could not be restored. `missing` has a row that the restored
    table lacked; `gone` and `left` have rows that are not as before now that everything was put back.
    """

    jobs: tuple[JobRun, ...] = ()
    complaint: str = ""
    refused: tuple[tuple[int, str, str], ...] = ()
    seen: bool = False
    rto_seconds: float | None = None
    missing: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


CANARY = "labcheck canary"
CANARY_SECONDS = 120.0
# The question does not hold the row: a server that says back what it is asked knows nothing of it. A dump that was
# packed before it was backed up is in the volume as it is, or what is new of it: from where it begins, it unpacks.
CANARIES = f"""
cd -- "$1" && shift || exit 2
plain() {{ case $1 in *.gz) gzip -dc < "$1" ;; *) cat < "$1" ;; esac; }}
packed=$(printf '\\037\\213\\010')
for file; do
    plain "$file" || exit 2
    at=$(plain "$file" | LC_ALL=C grep --text --byte-offset --only-matching -F -e "$packed" | head -n 1 | cut -d : -f 1)
    [ -z "$at" ] || plain "$file" | tail -c +$((at + 1)) | gzip -dc 2> /dev/null
done | grep --text --only-matching -E '{CANARY} [0-9a-f]{{32}}' | sort -u
"""


def brought_back(root: Host, order: Order) -> BroughtBack:
    """Hold a restore drill on a host, asked as root; its files and its own database stay as they are.

    Raises `LabcheckError` when it could not be held there, and `UnreadableAnswer`.
    """
    return parse_brought_back(held(root, f"{source(*RESTORING)}\nmain(drilled, cleared)", _told(order)))


def looked(root: Host, database: str) -> str:
    """Return what a host's server holds of a database, of at most 4 MiB, as JSON for an order's `here`.

    Raises `LabcheckError` when it cannot be told.
    """
    program = f"{source(*RESTORING)}\nmain(looked, cleared)"
    return held(root, program, {"database": database}, limit_bytes=TEXT_LIMIT_BYTES)


def server_of(text: str) -> str:
    """Return which kind of server was looked at: mysql or mariadb. Raises `LabcheckError`, and `UnreadableAnswer`."""
    return _read(text, Looked).server


def canary(root: Host, order: Order, planted: Planted) -> Canary:
    """Hold a canary drill on a host, asked as root; everything is put back before this returns.

    Raises `LabcheckError` when it could not be held, or not all put back, and `UnreadableAnswer`.
    """
    program = f"{source(*RESTORING, 'canary')}\nmain(canary_drilled, put_back)"
    return _read(held(root, program, _told(order) | asdict(planted), CANARY_SECONDS), Canary)


def canaries(host: Host, directory: str, names: Collection[str]) -> list[str]:
    """Return the canaries in new volumes of a repository, as the host that keeps them reads them."""
    if not names:
        return []
    return host.output("sh", "-c", CANARIES, "canaries", directory, *sorted(names)).splitlines()


def remove(host: Host, directory: str, names: Collection[str]) -> None:
    """Delete files of a directory that a drill has made."""
    if names:
        host.output("rm", "-f", "--", *(f"{directory}/{name}" for name in sorted(names)))


def _told(order: Order) -> dict[str, object]:
    """Return an order as the programs of `on_host` read it."""
    return asdict(order) | {"account": account_of(order.url)}


def held(
    root: Host,
    program: str,
    order: dict[str, object],
    seconds: float = RESTORE_SECONDS,
    limit_bytes: int = OUTPUT_LIMIT_BYTES,
) -> str:
    """Run a program of `on_host` with an order, and return what it prints; raises `UnexpectedStatus`."""
    words = ["python3", "-I", "-c", program, json.dumps(order)]
    answer = root.run(*words, timeout_seconds=seconds + 20, limit_bytes=limit_bytes)
    if answer.status:
        said = (answer.stderr.strip().splitlines() or ["no word"])[-1]
        cut = f"it said more than {limit_bytes:,} bytes"
        raise UnexpectedStatus(f"no drill on {root.name}: {cut if answer.truncated else said[:200]}")
    return answer.stdout


def parse_brought_back(text: str) -> BroughtBack:
    """Read what the program says; raises `LabcheckError` with what stood in its way, or `UnreadableAnswer`."""
    return _read(text, BroughtBack)


def _read(text: str, kind: type[T]) -> T:
    try:
        told = json.loads(text)
        if "trouble" in told:
            raise LabcheckError(f"no drill on this host: {str(told['trouble'])[:300]}")
        if len(told.get("tables", ())) > MOST_TABLES:
            raise ValueError(f"more than {MOST_TABLES} tables")
        return shaped(kind, told)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableAnswer(f"the drill said {text[:100]!r}") from error


def complaint_of(complaint: str) -> str:
    """Return in a line what a program complained of, `duplicity: …`; empty where it did not."""
    tool, _, said = complaint.partition(": ")
    return parse_complaint(said) if tool == "duplicity" else complaint.strip().partition("\n")[0]
