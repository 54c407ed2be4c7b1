"""A restore document as a procedure: its commands in order, each with its line, its user and what it does."""

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from labcheck.rpo.commands import Surroundings, read_command
from labcheck.rpo.commands.actions import Action, Copy, Remove, Restore
from labcheck.rpo.commands.places import Place, home_of
from labcheck.rpo.commands.wrappers import unwrap
from labcheck.submissions.claims import service_of
from labcheck.submissions.markdown import BULLET, Piece, pieces_of

HERE = "here"
DEEPEST = 6
AS_USER = re.compile(
    r"\bas\s+(?:the\s+|an?\s+)?(?:(?:user|account)\s+)?[`'\"*]*"
    r"(?P<as>root|backup|ubuntu|[a-z][\w-]*(?=[`'\"* ]+(?:user|account)\b))[`'\"*]*|"
    r"\b(?:from|to|into|use|using|with|become|under)\s+(?:the\s+|an?\s+)?(?:"
    r"(?:user|account)\s+[`'\"*]*(?P<after>[a-z][\w-]*)|[`'\"*]*(?P<before>[a-z][\w-]*)[`'\"*]*\s+(?:user|account)\b)",
    re.IGNORECASE,
)
NO_USERS = {"mysql", "database", "db", "same", "any", "normal", "regular", "another", "other", "new", "your", "this",
            "that", "named", "called", "with", "who", "and", "of", "privileged", "different"}  # fmt: skip
NAME = re.compile(r"[a-z_][\w-]*")
CLIENT = re.compile(r"^(?:sudo\s+(?:-\w+\s+)*(?:-u\s*\S+\s+)?)?(?:mysql|mariadb)(?P<options>(?:\s+[^\s<>|;&]+)*)$")
SQL_PROMPT = re.compile(r"^(?:mysql|MariaDB\s*\[[^\]]*\])\s*>\s*|^->\s*", re.IGNORECASE)
SQL = re.compile(
    r"^(?:select|show|use|drop|create|source|insert|delete|update|grant|flush|describe|alter|set|exit|quit|\\[.q])\b"
    r"|^\\[.q]", re.IGNORECASE,
)  # fmt: skip
LOADER = re.compile(r"(?:sudo\s+(?:-\w+\s+)*(?:-u\s*\S+\s+)?)?(?:mysql|mariadb)\b")
INFLUX_RESTORE = re.compile(r"\binfluxd?\s+restore\b(?P<words>[^;&|\n]*)")
SOURCE = re.compile(r"(?:\bsource|\\\.)\s+(?P<path>[^\s;'\"]+)", re.IGNORECASE)
HTML = re.compile(
    r"a|b|br|center|code|details|div|em|h[1-6r]|i|img|kbd|li|ol|p|pre|span|strong|sub|summary|sup|table|t[dhr]|ul"
)
SERVER = re.compile(r"[\w.-]+@[\w.-]+")
SU_WITH_COMMAND = re.compile(
    r"^(?P<su>(?:sudo\s+)?su\s+(?:(?:-|-l|--login)\s+)?(?P<user>[a-z_][\w-]*))\s+"
    r"(?P<command>(?!-|\S*sh(?:\s|$))[a-z./~].*)$"
)
"""`su - backup duplicity …`: su gives the shell what follows the name, and takes its options for its own."""
GAP = re.compile(
    r"<(?P<one>[a-z][a-z0-9_-]*)>|<(?P<two>(?:add|insert|your|put|enter|fill|describe)\b[^>\n]*)>|"
    r"(?P<three>_{3,})|\b(?P<four>TODO|TBD|FIXME)\b|(?P<five>\{\{[^{}\n]+\}\})|"
    r"(?<![$%{\\])(?P<six>\{(?:user|username|account|host|hostname|server|domain|date|service|your[\w -]*)\})(?!\})|"
    r"(?P<seven>\b(?i:your)[-_](?i:user|name|host|server|account|github|database|domain|password)[\w-]*)"
)


@dataclass(frozen=True)
class Step:
    """One command. `user` is empty where the document does not say as whom; `service` where it cannot be told.

    `shell` is whose prompt it is typed at (`sudo` in the command is another matter), `session` tells one shell that
    was begun with `su` or `sudo -i` from the next; 0 is the one that was there at first. `given` is typed into the
    program that it starts, `part` the heading above it, `about` the heading with the words that lead to it;
    `above` are those words and all headings, the nearest first.
    """

    line: int
    text: str
    user: str
    service: str
    actions: tuple[Action, ...]
    shell: str = ""
    session: int = 0
    given: str = ""
    part: str = ""
    about: str = ""
    above: tuple[str, ...] = ()

    @property
    def lost(self) -> str:
        """Return the command that `su` does not run, since no `-c` stands before it."""
        found = SU_WITH_COMMAND.match(self.text)
        return found["command"] if found else ""

    @property
    def fetches(self) -> tuple[Restore | Copy, ...]:
        """Return what brings data from another host."""
        return tuple(one for one in self.actions if _is_fetch(one))

    @property
    def loads(self) -> tuple[Place, ...]:
        """Return the files that are loaded into a database."""
        return tuple(
            one.source for one in self.actions if isinstance(one, Restore) and one.tool != "duplicity" and one.source
        )

    @property
    def removes(self) -> tuple[Place, ...]:
        """Return what is deleted."""
        return tuple(place for one in self.actions if isinstance(one, Remove) for place in one.places)


def _is_fetch(action: Action) -> TypeGuard[Restore | Copy]:
    if isinstance(action, Copy):
        return action.target.host == HERE and any(source.host != HERE for source in action.sources)
    return isinstance(action, Restore) and action.tool == "duplicity"


def gap_in(text: str) -> str:
    """Return a gap of a form that was never filled in, such as `<args>`; empty if there is none."""
    for found in GAP.finditer(text):
        if not HTML.fullmatch(found["one"] or ""):
            return found[0]
    return ""


def steps_of(text: str, usual_user: str) -> tuple[Step, ...]:
    """Return the commands of a document; where it does not say as whom, paths are those of `usual_user`."""
    return tuple(_Reader(usual_user).steps(text))


class _Reader:
    def __init__(self, usual_user: str) -> None:
        self.usual = usual_user
        self.user = self.said = self.heading = self.lead = self.directory = ""
        self.sessions = 0
        self.headings: dict[int, str] = {}

    def steps(self, text: str) -> Iterator[Step]:
        lines, used, after_gap = text.splitlines(), 0, True
        for piece in pieces_of(text):
            if piece.kind == "command" and piece.number > used:
                given, last = _typed_into(piece, lines)
                used = max(used, last)
                yield from self._step(piece, given)
            elif piece.kind == "heading":
                self.headings = {level: one for level, one in self.headings.items() if level < piece.level}
                self.headings[piece.level] = piece.text
                self._new_part(piece.text)
            elif piece.kind == "prose" and piece.number > used:
                self._prose(piece.text, after_gap=after_gap)
            after_gap = piece.kind == "gap"

    def _new_part(self, heading: str) -> None:
        self.heading, self.lead, self.said, self.user = heading, "", "", ""
        self._prose(heading, after_gap=True)
        self.lead = ""

    def _prose(self, line: str, *, after_gap: bool) -> None:
        self.lead = line if after_gap else f"{self.lead} {line}"
        named = AS_USER.search(line)
        name = (named["as"] or named["after"] or named["before"]).lower() if named else ""
        if name and name not in NO_USERS and not re.search(r"\bnot as\b", line):
            self.said = name
            self.user = ""

    def _step(self, piece: Piece, given: str) -> Iterator[Step]:
        command = meant = piece.text
        lost = SU_WITH_COMMAND.match(command)
        if lost:
            meant = f"{lost['su']} -c {shlex.quote(lost['command'])}"
        become = becomes(meant)
        if become:
            self.user = become
            self.sessions += 1
            return
        if command in ("exit", "logout") or command.startswith("ssh "):
            self.user = self.directory = ""
        moved = re.fullmatch(r"cd\s+(\S+)", command)
        if moved:
            self.directory = moved[1]
        user = self._user(meant)
        around = Surroundings(HERE, self.user or self.said or self.usual)
        prefix = f"cd {shlex.quote(self.directory)} && " if self.directory and not moved else ""
        deeds = read_command(prefix + re.sub(r"^sudo\s+(?=su\s)", "", meant), around)
        home = self.directory if self.directory.startswith("/") else home_of(around.user)
        actions = (*(deed.action for deed in deeds), *_others(command, given, home))
        inherited = (one for one in map(service_of, reversed(self.headings.values())) if one != "other")
        service = service_of(GAP.sub("", SERVER.sub("", command))) or service_of(self.lead) or service_of(self.heading)
        service = service or next((one for one in inherited if one), "")
        session = self.sessions if self.user else 0
        yield Step(
            piece.number, command, user, service, actions, self.user or self.said, session, given, self.heading,
            f"{self.heading} {self.lead}", (self.lead, *reversed(self.headings.values())),
        )  # fmt: skip

    def _user(self, command: str) -> str:
        """Return as whom a command runs, as far as the document says."""
        user, words = self.user or self.said, _words(command)
        for _ in range(DEEPEST):
            inner = unwrap(words) if words else None
            if inner is None:
                break
            user = inner.user or ("root" if words[0] in ("sudo", "doas") else user)
            words = _words(inner.line) if inner.line else list(inner.words)
        return user


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return command.split()


def becomes(command: str) -> str:
    """Return who somebody is after `su - backup`, `sudo -i`, `sudo -iu backup`, `sudo su`; nothing for the rest."""
    words = _words(command)
    if words[:1] == ["su"] and not {"-c", "--command"} & set(words):
        return next((word for word in words[1:] if NAME.fullmatch(word)), "root")
    if words[:1] != ["sudo"]:
        return ""
    user, opens, rest = "root", False, words[1:]
    while rest and rest[0].startswith("-"):
        flag = rest.pop(0)
        opens |= flag in ("--login", "--shell") or bool(re.fullmatch(r"-[A-Za-z]*[is][A-Za-z]*", flag))
        if re.fullmatch(r"-[A-Za-z]*u|--user", flag) and rest:
            user = rest.pop(0)
        elif re.match(r"-u\w|--user=", flag):
            user = flag.removeprefix("--user=").removeprefix("-u")
    if rest[:1] == ["su"]:
        return becomes(shlex.join(rest))
    return user if (opens and not rest) or rest in (["bash"], ["sh"], ["/bin/bash"], ["/bin/sh"]) else ""


def _typed_into(piece: Piece, lines: Sequence[str]) -> tuple[str, int]:
    """Return the SQL that follows a client that is started without any, and the last line of it."""
    client = CLIENT.match(piece.text)
    if not client or re.search(r"\s(?:-\w*e\b|--execute)", client["options"]):
        return "", 0
    given: list[str] = []
    last = 0
    for number, raw in enumerate(lines[piece.last :], piece.last + 1):
        plain = BULLET.sub("", raw.strip()).strip("`").strip()
        bare = SQL_PROMPT.sub("", plain)
        goes_on = bool(given) and not given[-1].rstrip().endswith((";", "\\G", "\\g"))
        is_sql = bare != plain or (SQL.match(bare) and not bare.endswith(":")) or goes_on
        if not plain or not is_sql:
            break
        given.append(bare)
        last = number
        if re.match(r"(?:exit|quit|\\q)\b", bare, re.IGNORECASE):
            break
    return "".join(f"{line}\n" for line in given), last


def _others(command: str, given: str, home: str) -> Iterator[Action]:
    """Yield restores that labcheck.rpo does not know: of InfluxDB, and of SQL that says `source FILE`."""
    influx = INFLUX_RESTORE.search(command)
    if influx:
        words = [word for word in influx["words"].split() if not word.startswith("-")]
        paths = [word for word in words if "/" in word] or words[-1:]
        if paths:
            yield Restore("influxd", _local(paths[-1].strip("'\""), home))
    source = SOURCE.search(f"{command}\n{given}")
    if source and LOADER.match(command):
        yield Restore("mysql", _local(source["path"], home))


def _local(path: str, home: str) -> Place:
    bare = path.removeprefix("./").removeprefix("~/").rstrip("/")
    return Place(HERE, path.rstrip("/") if path.startswith("/") else f"{home}/{bare}")
