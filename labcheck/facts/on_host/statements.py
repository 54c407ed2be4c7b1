"""A dump read as what it is, a program: which of its statements a drill loads, leaves out, and refuses.

Only what mysqldump and mariadb-dump write for tables and their rows is loaded. What they write besides (databases,
views, triggers, events, what only an administrator may set) is left out: a drill brings back one database's tables,
into a place of its own. Everything else is refused with its line, and then nothing at all is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

NAME = r"(?:`(?:[^`]|``)+`|[\w$]+)(?!\s*\.)"
SANDBOX_LINE = re.compile(r"\A/\*M?!999999\\- enable the sandbox mode \*/[^\n]*\n")
DELIMITER = re.compile(r"DELIMITER[ \t]+(\S+)[^\n]*(?:\n|\Z)", re.IGNORECASE)
LAST_LINE = re.compile(r"-- Dump completed(?: on [^\n]*)?\s*\Z")
LAST_SETTING = re.compile(
    r"/\*M?!\d{5,6} SET (?:SQL_NOTES=@OLD_SQL_NOTES|NOTE_VERBOSITY=@OLD_NOTE_VERBOSITY) \*/;\s*\Z"
)
"""How a dump ends that has no remarks (--skip-comments)."""
LOADED = re.compile(
    rf"SET (?!GLOBAL\b|PERSIST|PASSWORD\b|ROLE\b|DEFAULT\b)[^;]*|DROP TABLE IF EXISTS {NAME}|UNLOCK TABLES"
    rf"|CREATE TABLE (?:IF NOT EXISTS )?{NAME} ?\(.*|LOCK TABLES {NAME} [^.]*|ALTER TABLE {NAME} .*"
    rf"|(?:INSERT|REPLACE) (?:IGNORE )?INTO {NAME} ?(?:\([^()]*\) ?)?VALUES.*|START TRANSACTION.*|BEGIN|COMMIT",
    re.IGNORECASE | re.DOTALL,
)
LEFT_OUT = re.compile(
    r"USE .*|CREATE (?:DATABASE|SCHEMA) .*|DROP (?:DATABASE|SCHEMA) IF EXISTS .*|ALTER (?:DATABASE|SCHEMA) .*"
    r"|CREATE (?:OR REPLACE )?(?:ALGORITHM ?= ?\w+ )?(?:DEFINER ?= ?\S+ )?(?:SQL SECURITY \w+ )?"
    r"(?:VIEW|TRIGGER|EVENT|PROCEDURE|FUNCTION|PACKAGE) (?!.*\bSONAME\b).*"
    r"|DROP (?:VIEW|TRIGGER|EVENT|PROCEDURE|FUNCTION|PACKAGE) IF EXISTS .*"
    r"|SET (?:@@SESSION\.)?SQL_LOG_BIN ?=.*|SET @@GLOBAL\.GTID_PURGED ?=.*"
    r"|SET GLOBAL INNODB_STATS_AUTO_RECALC ?= ?@?\w+|CHANGE (?:MASTER|REPLICATION SOURCE) TO .*",
    re.IGNORECASE | re.DOTALL,
)
# What is refused has a name where people know it by one; the first that fits counts.
NAMED = (
    (r".*\\", "is a command for the client"),
    (r"(?:SYSTEM|SOURCE|TEE|PAGER|EDIT|CONNECT|PROMPT|CHARSET|STATUS)\b", "is a command for the client"),
    (r".*\bLOAD (?:DATA|XML)\b", "reads a file of the server or of the client"),
    (r".*\bINTO (?:OUTFILE|DUMPFILE)\b", "writes a file on the server"),
    (r".*\b(?:DATA|INDEX) DIRECTORY\b", "puts a table outside of the server's directory"),
    (r"(?:GRANT|REVOKE|(?:CREATE|ALTER|DROP|RENAME) (?:USER|ROLE))\b", "changes who may do what"),
    (r"SET (?:PASSWORD|ROLE|DEFAULT)\b", "changes who may do what"),
    (r"SET .*\b(?:GLOBAL|PERSIST)", "changes the server's settings"),
    (r"DROP (?:DATABASE|SCHEMA)\b", "deletes a database"),
    (r".*\bSELECT\b", "reads what is not in the dump"),
    (r".*\bCONNECTION ?=", "reads another server"),
    (r"\w+ .*(?:`|\w)\s*\.\s*(?:`|\w)", "names a table of another database"),
)  # fmt: skip
DANGEROUS = re.compile("|".join(f"(?:{pattern})" for pattern, _ in NAMED[:-1]), re.IGNORECASE | re.DOTALL)
BLANKS = re.compile(r"\s+")
BROKEN_OFF = "(the dump breaks off here)"
QUOTED_NAME = re.compile(r"`(?:[^`]|``)*`")
LONGEST_EXCERPT = 80


@dataclass(frozen=True)
class Statement:
    """One statement: its line, its text without comments, and its bare words (strings emptied, `/*! */` opened)."""

    line: int
    text: str
    bare: str


@dataclass
class Reading:
    """What a dump would do: the `program` that is safe to load, the tables that it makes, and the lines refused.

    Each refusal is line, what it is, and how it begins. `completed` says that it ends as a whole dump ends.
    """

    completed: bool = False
    program: str = ""
    tables: set[str] = field(default_factory=set)
    refused: list[tuple[int, str, str]] = field(default_factory=list)
    left_out: int = 0


def read_dump(text: str, database: str, table: str | None = None) -> Reading:
    """Read a dump of a database, perhaps among others; of one table alone when it is named."""
    sandbox = SANDBOX_LINE.match(text)
    has_remarks = text.startswith("-- ", sandbox.end() if sandbox else 0)
    completed = LAST_LINE.search(text) or (not has_remarks and LAST_SETTING.search(text))
    reading = Reading(bool(completed), left_out=int(bool(sandbox)))
    current, loaded = database, []
    for one in statements(text, sandbox.end() if sandbox else 0):
        what = _refusal(one)
        if what:
            reading.refused.append((one.line, what, one.text.strip()[:LONGEST_EXCERPT]))
            continue
        used = re.match(rf"USE ({NAME})", one.bare, re.IGNORECASE)
        current = _plain(used[1]) if used else current
        about = _table_of(one.bare)
        if LEFT_OUT.fullmatch(one.bare) or current != database or (table and about not in {None, table}):
            reading.left_out += 1
            continue
        if re.match("CREATE TABLE", one.bare, re.IGNORECASE) and about:
            reading.tables.add(about)
        loaded.append(f"{one.text.strip()};\n")
    reading.program = "" if reading.refused else "".join(loaded)
    return reading


def _refusal(one: Statement) -> str:
    """Return what a statement that may not be loaded is, empty for all others."""
    words = QUOTED_NAME.sub("``", one.bare)
    if LEFT_OUT.fullmatch(one.bare) or (LOADED.fullmatch(one.bare) and not DANGEROUS.match(words)):
        return ""
    broken = words.startswith(BROKEN_OFF)
    words = words[len(BROKEN_OFF) + 1 :] if broken else words
    known = (what for pattern, what in NAMED if re.match(pattern, words, re.IGNORECASE | re.DOTALL))
    return next(known, "breaks off" if broken else "is nothing that a dump of tables holds")


def _table_of(bare: str) -> str | None:
    words = r"(?:DROP TABLE IF EXISTS|CREATE TABLE(?: IF NOT EXISTS)?|LOCK TABLES|ALTER TABLE|\w+(?: IGNORE)? INTO)"
    found = re.match(rf"{words} ({NAME})", bare, re.IGNORECASE)
    return _plain(found[1]) if found else None


def _plain(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def _tokens(delimiter: str) -> re.Pattern[str]:
    return re.compile(
        r"""(?P<string>'[^'\\]*(?:(?:\\.|'')[^'\\]*)*'|"[^"\\]*(?:(?:\\.|"")[^"\\]*)*")"""
        r"|(?P<comment>--(?=[\s]|\Z)[^\n]*|\#[^\n]*|/\*(?!M?!).*?\*/)"
        r"|(?P<open>/\*M?!\d*)|(?P<close>\*/)"
        rf"|(?P<end>{re.escape(delimiter)})"
        rf"|(?P<other>`(?:[^`]|``)*`|[^'\"`\#/*\-;{re.escape(delimiter[0])}]+|.)",
        re.DOTALL,
    )


def statements(text: str, position: int = 0) -> Iterator[Statement]:
    """Yield the statements of a dump; the last one, when it breaks off, with words that nothing takes."""
    tokens, line = _tokens(";"), text.count("\n", 0, position) + 1
    kept: list[str] = []
    bare: list[str] = []
    began = 0
    while position < len(text):
        between = None if began else DELIMITER.match(text, position) or BLANKS.match(text, position)
        token = between or tokens.match(text, position)
        if token is None:  # the last alternative takes anything
            raise AssertionError(position)
        if between:
            tokens = _tokens(between[1]) if between.re is DELIMITER else tokens
        elif token.lastgroup == "end":
            if began:
                yield Statement(began, "".join(kept), " ".join("".join(bare).split()))
            kept, bare, began = [], [], 0
        elif token.lastgroup != "comment":
            began = began or line
            kept.append(token[0])
            bare.append({"string": "''", "open": " ", "close": " "}.get(token.lastgroup or "", token[0]))
        line += token[0].count("\n")
        position = token.end()
    if began:
        yield Statement(began, "".join(kept), f"{BROKEN_OFF} {' '.join(''.join(bare).split())}")
