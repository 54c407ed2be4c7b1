"""Facts about a dump: what mysqldump (or mariadb-dump) wrote into a file. The text is a stranger's; it is only read."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from labcheck.facts.files import text_of
from labcheck.facts.mysql import Row
from labcheck.hosts import Host

# MariaDB's first line since 2024. MySQL's client takes what follows the backslash for a command of its own.
SANDBOX_LINE = re.compile(r"/\*!999999\\- enable the sandbox mode")
LAST_LINE = re.compile(r"-- Dump completed( on .*)?")
# Without comments (--skip-comments) it ends with the setting that it had put aside first.
REMARK = re.compile(r"(/\*M?!999999\\.*\n)?-- ")
LAST_SETTING = re.compile(
    r"/\*M?!\d{5,6} SET (SQL_NOTES=@OLD_SQL_NOTES|NOTE_VERBOSITY=@OLD_NOTE_VERBOSITY) \*/;", re.ASCII
)
STRING_ESCAPES = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
# A byte that is not UTF-8 stays as `Answer` has it, \xNN: mysqldump writes no such escape.
ESCAPED = re.compile(r"''|\\(?!x[0-9a-f]{2})(.)", re.DOTALL)
NAME = r"(?:`(?:[^`]|``)+`|[\w$]+)"
INSERT = re.compile(
    rf"(?:INSERT|REPLACE)\s+(?:IGNORE\s+)?INTO\s+(?:{NAME}\.)?({NAME})\s*(\([^()]*\)\s*)?VALUES", re.IGNORECASE
)
VALUE = re.compile(
    r"(?:_\w+\s*|b)?'((?:[^'\\]++|\\.|'')*+)'"  # a quoted string, with a character set before it
    r"|0x([0-9A-Fa-f]+)"  # --hex-blob
    r"|([-+.\w]+)",  # a number, NULL
    re.DOTALL,
)


@dataclass(frozen=True)
class Dump:
    """What is in a dump: its size, its last line, and the rows of each table that it creates or fills.

    `created` are the tables that it creates, `has_remarks` says whether it begins with a remark.
    """

    size_bytes: int
    last_line: str
    rows: dict[str, tuple[Row, ...]] = field(default_factory=dict)
    created: tuple[str, ...] = ()
    has_remarks: bool = True

    @property
    def completed(self) -> bool:
        """Say whether it ends as a finished mysqldump ends it (its date may be left out by `--skip-dump-date`)."""
        ends_without = not self.has_remarks and LAST_SETTING.fullmatch(self.last_line)
        return bool(LAST_LINE.fullmatch(self.last_line) or ends_without)


def dump(host: Host, path: str) -> Dump:
    """Return what a dump on a host holds; raises `UnreadableAnswer` when it is over 4 MiB."""
    return parse_dump(text_of(host, path))


def parse_dump(text: str) -> Dump:
    """Read a dump. Values are text as `facts.mysql.Rows` has them: unquoted, NULL as the text `NULL`."""
    lines = text.splitlines()
    tables: dict[str, list[Row]] = {
        _name(name): [] for name in re.findall(rf"(?m)^CREATE TABLE (?:IF NOT EXISTS )?(?:{NAME}\.)?({NAME})", text)
    }
    created = tuple(tables)
    for table, row in _inserted(text):
        tables.setdefault(table, []).append(row)
    last_line = next((line for line in reversed(lines) if line.strip()), "")
    rows = {table: tuple(rows) for table, rows in tables.items()}
    return Dump(len(text.encode()), last_line, rows, created, bool(REMARK.match(text)))


def begins_with_sandbox_line(host: Host, path: str) -> bool:
    """Say whether a dump begins with MariaDB's line about the sandbox mode."""
    return bool(SANDBOX_LINE.match(host.output("head", "--bytes=64", "--", path)))


def _name(quoted: str) -> str:
    return quoted[1:-1].replace("``", "`") if quoted.startswith("`") else quoted


def _inserted(text: str) -> Iterator[tuple[str, Row]]:
    """Yield each row of each INSERT at the start of a line; a statement that breaks off yields its whole rows."""
    position = 0
    while insert := _next_insert(text, position):
        table, position = _name(insert[1]), insert.end()
        while row := _row(text, position):
            values, position = row
            yield table, values
            position = _skip_blanks(text, position)
            if text[position : position + 1] != ",":
                break
            position += 1


def _next_insert(text: str, position: int) -> re.Match[str] | None:
    while True:
        insert = INSERT.search(text, position)
        if insert is None or insert.start() == 0 or text[insert.start() - 1] == "\n":
            return insert
        position = insert.end()


def _row(text: str, position: int) -> tuple[Row, int] | None:
    position = _skip_blanks(text, position)
    if text[position : position + 1] != "(":
        return None
    values: list[str] = []
    while text[position : position + 1] in {"(", ","}:
        value = VALUE.match(text, _skip_blanks(text, position + 1))
        if value is None:
            return None
        values.append(_plain(value))
        position = _skip_blanks(text, value.end())
    return (tuple(values), position + 1) if text[position : position + 1] == ")" else None


def _skip_blanks(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _plain(value: re.Match[str]) -> str:
    quoted, hexadecimal, bare = value.groups()
    if quoted is not None:
        return ESCAPED.sub(lambda m: STRING_ESCAPES.get(m[1], m[1]) if m[1] else "'", quoted)
    if hexadecimal is not None:
        whole = hexadecimal.rjust(len(hexadecimal) + len(hexadecimal) % 2, "0")
        return bytes.fromhex(whole).decode("utf-8", "backslashreplace")
    return str(bare)
