"""Facts about a MySQL or MariaDB server, asked with its own client on the host, as the student asks."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from labcheck.errors import UnexpectedStatus, UnreadableAnswer
from labcheck.hosts import Host

ACCESS_DENIED = ("1044", "1045", "1142", "1698", "1862", "3118")
NO_SUCH_TABLE = ("1049", "1146")
NO_SERVER = ("2002", "2003")
BAD_SETTINGS = re.compile(
    r"mysql: (\[ERROR\] )?(unknown (option|variable)|Found option without preceding group).*", re.I
)
# Without its first words MySQL answers with what it knew a day ago; MariaDB takes them for a comment.
CHANGED = (
    "SET /*!80000 information_schema_stats_expiry = 0, */ @labcheck = 1; SELECT UNIX_TIMESTAMP(update_time)"
    " FROM information_schema.tables WHERE table_schema = '{database}' AND table_name = '{table}'"
)
# The user's own settings may ask for another form of answer, or for fewer rows ([mysql] in .my.cnf).
PLAIN = [f"--skip-{name}" for name in ("raw", "table", "vertical", "html", "xml", "safe-updates")]
BATCH_ESCAPES = {"0": "\0", "t": "\t", "n": "\n", "\\": "\\"}

Row = tuple[str, ...]


@dataclass(frozen=True)
class Rows:
    """A table as the client prints it in batch mode: every value is text, SQL's NULL is the text `NULL`."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Refused:
    """The client or the server said no: unknown settings, no access, no such table; or there is no server.

    `error` is its own line.
    """

    error: str
    is_access: bool
    is_down: bool = False


def rows(host: Host, database: str, table: str) -> Rows | Refused:
    """Return the rows that a table holds now, or what the server said instead.

    Raises `UnexpectedStatus` when there is no client to ask with. A server that is not there is an answer: its host
    belongs to who is graded.
    """
    statement = f"SELECT * FROM `{database}`.`{table}`"  # noqa: S608 - names that a check gives, never a host
    # MariaDB's client takes its character set from the locale, and hosts are asked in C: that would be latin1.
    client = ["mysql", "--default-character-set=utf8mb4", "--batch", "--column-names", *PLAIN]
    words = [*client, "--execute", statement]
    answer = host.expect(*words, statuses=range(256))
    if answer.status == 0:
        return parse_batch(answer.stdout)
    if settings := BAD_SETTINGS.search(answer.stderr):
        return Refused(settings[0].strip(), is_access=True)
    error = _error_line(answer.stderr)
    code = (re.match(r"ERROR (\d+) ", error) or ["", ""])[1]
    if code in {*ACCESS_DENIED, *NO_SUCH_TABLE, *NO_SERVER}:
        return Refused(error, code in ACCESS_DENIED, code in NO_SERVER)
    raise UnexpectedStatus(f"mysql on {host.name} as {host.user}: {error or f'status {answer.status} and no message'}")


def changed_at(host: Host, database: str, table: str) -> datetime | None:
    """Return when a table was last written to, in whole seconds, in UTC; None when the server does not know.

    It knows since it was started; a table that it has not got was changed at no time.
    """
    words = [
        "mysql",
        "--batch",
        "--skip-column-names",
        *PLAIN,
        "--execute",
        CHANGED.format(database=database, table=table),
    ]
    return parse_changed_at(host.output(*words))


def parse_changed_at(text: str) -> datetime | None:
    """Read seconds since 1970, `NULL` or nothing; raises `UnreadableAnswer`."""
    if text in {"", "NULL\n"}:
        return None
    if not re.fullmatch(r"[0-9]{1,11}(\.[0-9]+)?\n", text):
        raise UnreadableAnswer(f"mysql said {text[:100]!r}")
    return datetime.fromtimestamp(int(float(text)), UTC)


def _error_line(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.startswith("ERROR ")]
    return lines[0] if lines else stderr.strip()[:200]


def parse_batch(text: str) -> Rows:
    """Read what `mysql --batch` prints: names, then rows, tabs between, `\\t`, `\\n`, `\\\\` and `\\0` escaped.

    An empty table prints nothing at all, and has no columns here. Raises `UnreadableAnswer` for ragged rows.
    """
    if not text:
        return Rows((), ())
    if not text.endswith("\n"):
        raise UnreadableAnswer(f"mysql's answer ends in the middle of a line: {text[-80:]!r}")
    lines = [tuple(_unescape(value) for value in line.split("\t")) for line in text[:-1].split("\n")]
    columns, *found = lines
    if any(len(row) != len(columns) for row in found):
        raise UnreadableAnswer(f"mysql printed rows that do not fit the columns {', '.join(columns)}")
    return Rows(columns, tuple(found))


def _unescape(value: str) -> str:
    if "\\" not in value:
        return value
    pieces = iter(value)
    return "".join(BATCH_ESCAPES.get(n := next(pieces, ""), "\\" + n) if c == "\\" else c for c in pieces)


def client_is_mariadb(host: Host) -> bool:
    """Say whether the client program that loads a dump on a host is MariaDB's."""
    return "MariaDB" in host.output("mysql", "--version")
