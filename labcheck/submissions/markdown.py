"""A Markdown document as it is followed: headings, prose, and the commands between them, each with its line."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

TOOLS = (
    "sudo|su|runuser|duplicity|mysql|mariadb|mysqlimport|rsync|scp|sftp|rm|mkdir|mv|cp|influxd?|service|systemctl|"
    "ansible-playbook|cd|exit|ssh|gunzip|zcat|cat|tar|export|chown|chmod|ls|less|psql|pg_restore|mysqladmin|mysqlcheck|"
    "mysqldump|curl|docker|echo|sleep|whoami|restore_dir"
)
COMMAND = re.compile(rf"(?:[A-Z_]+=\S+\s+)*(?:{TOOLS})(?:\s+[^\s.,].*)?")
BULLET = re.compile(r"^(?:(?:\d+[.)](?=\s|[a-z])|[-*+](?=\s))\s*)+")
PROMPT = re.compile(r"^(?:[\w.-]+@[\w.-]+:\S*[$#]\s*|[$#]\s+)")
FENCE = re.compile(r"^(?:```+|~~~+)(?P<rest>[^`]*)$")
SPAN = re.compile(r"(?P<ticks>`{1,3})(?!`)\s*(?P<code>[^`]+?)\s*(?P=ticks)(?!`)")
BOLD = re.compile(r"\*\*(?=[^*\s]+ )([^*`\n]+)\*\*")
"""Commands that are set bold stand for those between backticks."""
SAYS_SO = re.compile(r"(?::|\b(?:run|type|execute|enter|use|using|command|then)\b)[\s*_(]*$", re.IGNORECASE)
TAIL = re.compile(r"(?::|->|=>|\u2192)\s+(?:\([^)]*\)\s*)?(?P<code>[a-z][^`:]*(?:\s-{1,2}\w|[/<|]|\ssu\b)[^`]*?)\s*$")
SENTENCE = re.compile(r"[A-Z][a-z]+(?:[ ,:]|$)")
HEADING = re.compile(r"#+\s*(?P<marked>\S.*)|<h[1-6][^>]*>\s*(?P<tagged>.*?)\s*(?:</h[1-6]>.*)?", re.IGNORECASE)
HERE_DOCUMENT = re.compile(r"(?<!<)<<-?\s*(?P<quote>['\"]?)(?P<end>\w+)(?P=quote)(?!<)")
LONGEST = 4000
"""Characters of a line, and of a command with its continued lines, that are read."""
NOT_SHELL = ("#", "//", "<", "mysql>", ">", "mysql >", "->")
SQL = ("SELECT ", "SHOW ", "USE ", "DROP ")


@dataclass(frozen=True)
class Piece:
    """A part of a document. `kind` is heading, prose, command or gap (an empty line).

    A command has its continued lines joined, and its here-document below it; `last` is the line on which it ends.
    `level` is that of a heading, from 1.
    """

    kind: str
    number: int
    text: str = ""
    last: int = 0
    level: int = 0


def pieces_of(text: str) -> Iterator[Piece]:
    """Yield the pieces of a document in order."""
    lines = text.splitlines()
    fenced, waiting, used = False, "", 0
    for number, raw in enumerate((line[:LONGEST] for line in lines), 1):
        if number <= used:
            continue
        fence = FENCE.match(raw.strip())
        if fence and (fenced or not COMMAND.fullmatch(fence["rest"].strip())):
            fenced = not fenced
            continue
        for piece in _read(number, fence["rest"] if fence else raw, fenced=fenced or bool(fence)):
            if piece.kind == "command":
                command = f"{waiting}{piece.text}"[:LONGEST]
                waiting = f"{command[:-1]} " if command.endswith("\\") else ""
                if waiting:
                    continue
                body, used = _here_document(command, raw, lines, number)
                yield Piece("command", number, command + body, used)
            else:
                waiting = ""
                yield piece
        fenced = bool(fence) or (fenced and not raw.rstrip().endswith("```"))


def _read(number: int, raw: str, *, fenced: bool) -> Iterator[Piece]:
    line = raw.strip()
    heading = None if fenced or raw.startswith(("    ", "\t")) else HEADING.fullmatch(line)
    if not line:
        yield Piece("gap", number)
    elif heading:
        level = len(line) - len(line.lstrip("#")) or int(line[2])
        yield Piece("heading", number, heading["marked"] or heading["tagged"] or "", level=level)
    elif fenced:
        yield from _code(number, line)
    else:
        yield from _open(number, raw, line)


def _code(number: int, line: str) -> Iterator[Piece]:
    """Yield a line of a code block: a command, or a comment, which is prose."""
    rest = PROMPT.sub("", line).removesuffix("```").strip()
    if line.startswith("#") and not COMMAND.fullmatch(rest):
        yield Piece("prose", number, line.lstrip("# "))
    elif _is_shell(rest):
        yield Piece("command", number, rest)


def _open(number: int, raw: str, line: str) -> Iterator[Piece]:
    """Yield what a line outside of code blocks holds: a command, or prose with commands in it."""
    line = BOLD.sub(lambda found: f"`{found[1]}`" if COMMAND.fullmatch(found[1]) else found[0], line)
    rest = BULLET.sub("", line)
    whole = SPAN.fullmatch(rest.strip("*_ ").rstrip(".,;"))
    plain = PROMPT.sub("", whole["code"] if whole else rest).strip()
    indented = raw.startswith(("    ", "\t")) and rest == line and not (SENTENCE.match(plain) or line[0] == "#")
    looks_like_one = COMMAND.fullmatch(plain) and not plain.endswith((".", ":", "?", "!")) and " " in plain
    if _is_shell(plain) and (indented or looks_like_one or (whole and (" " in plain or COMMAND.fullmatch(plain)))):
        yield Piece("command", number, plain)
        return
    if not _is_shell(plain) and not SENTENCE.match(plain):
        return  # SQL, or what a program printed
    yield Piece("prose", number, line)
    tail = TAIL.search(line)
    if tail and COMMAND.fullmatch(tail["code"]):
        yield Piece("command", number, tail["code"])
    for span in SPAN.finditer(line):
        inner = PROMPT.sub("", span["code"])
        if " " in inner and COMMAND.fullmatch(inner) and SAYS_SO.search(line[: span.start()]):
            yield Piece("command", number, inner)


def _is_shell(text: str) -> bool:
    return bool(re.search(r"\w", text)) and not text.startswith(NOT_SHELL) and not text.upper().startswith(SQL)


def _here_document(command: str, raw: str, lines: Sequence[str], number: int) -> tuple[str, int]:
    """Return what is typed into a command by `<<END`, and the line of its end; nothing where it has no end."""
    found = HERE_DOCUMENT.search(command)
    indent = raw[: len(raw) - len(raw.lstrip())]
    for last in range(number, len(lines)) if found else ():
        if found and lines[last].strip() == found["end"]:
            body = [line.removeprefix(indent) for line in lines[number:last]]
            return "".join(f"\n{line}" for line in (*body, found["end"])), last + 1
    return "", number
