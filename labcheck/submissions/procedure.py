"""A restore document as a procedure: its commands in order, each with its line, its user and what it does."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeGuard

from labcheck.rpo.commands import Surroundings, read_command
from labcheck.rpo.commands.actions import Action, Copy, Remove, Restore
from labcheck.rpo.commands.places import Place
from labcheck.submissions.claims import service_of

HERE = "here"
TOOLS = (
    "sudo|su|duplicity|mysql|mariadb|rsync|scp|rm|mkdir|mv|cp|influxd?|service|systemctl|ansible-playbook|cd|exit|ssh|gunzip|zcat|"
    "cat|tar|export|chown|chmod|ls|less|psql|pg_restore|mysqladmin|mysqlcheck|curl|docker|echo|sleep|whoami|restore_dir"
)
COMMAND = re.compile(rf"(?:[A-Z_]+=\S+\s+)*(?:{TOOLS})(?:\s+[^\s.,].*)?")
PROMPT = re.compile(r"^(?:[\w.-]+@[\w.-]+:\S*[$#]\s*|[$#]\s+|(?:\d+[.)]|[-*+])\s+)?`?(?P<rest>.*?)`?$")
AS_USER = re.compile(
    r"\bas\s+(?:the\s+|a\s+)?(?:(?:user|account)\s+)?[`'\"*]*"
    r"(?P<name>root|backup|ubuntu|[a-z][\w-]*(?=[`'\"* ]+user))[`'\"*]*",
    re.IGNORECASE,
)
BECOME = re.compile(
    r"^(?:sudo\s+)?su(?:\s+-l?)?(?:\s+(?P<one>[a-z_][\w-]*))?(?:\s+-l?)?$"
    r"|^sudo\s+(?:-H\s+)?(?:-u\s*(?P<two>[a-z_][\w-]*)\s+)?(?:-i|-s|bash|sh|su(?:\s+-)?)$"
)
INFLUX_RESTORE = re.compile(r"\binfluxd?\s+restore\b(?P<words>[^;&|]*)")
SOURCE = re.compile(r"\bsource\s+(?P<path>[^\s;'\"]+)")
HTML = "a b br center code details div em hr i img kbd li ol p pre span strong sub summary sup table td th tr ul"
GAP = re.compile(
    r"<(?P<one>[a-z][a-z0-9_-]*)>|<(?P<two>(?:add|insert|your|put|enter|fill|describe)\b[^>\n]*)>|"
    r"(?P<three>_{3,})|\b(?P<four>TODO|TBD|FIXME)\b"
)


@dataclass(frozen=True)
class Step:
    """One command. `user` is empty where the document does not say as whom; `service` where it cannot be told.

    `shell` is whose prompt it is typed at (`sudo` in the command is another matter), `session` tells one shell that
    was begun with `su` or `sudo -i` from the next; 0 is the one that was there at first.
    """

    line: int
    text: str
    user: str
    service: str
    actions: tuple[Action, ...]
    shell: str = ""
    session: int = 0

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
        if (found["one"] or "") not in HTML.split():
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

    def steps(self, text: str) -> Iterator[Step]:
        fenced, last_blank, waiting = False, True, ""
        for number, raw in enumerate(text.splitlines(), 1):
            line = raw.strip()
            if line.startswith(("```", "~~~")):
                fenced = not fenced
                continue
            indented = raw.startswith(("    ", "\t"))
            heading = None if fenced or indented else re.match(r"#+\s*(\S.*)", line)
            command = (waiting + self._command(line, code=fenced or indented)).strip() if not heading else ""
            waiting = ""
            if command.endswith("\\") and not heading:
                waiting = command[:-1] + " "
            elif heading:
                self._new_part(heading[1])
            elif command:
                yield from self._step(number, command)
            elif line and not fenced:
                self._prose(line, after_blank=last_blank)
            last_blank = not line

    def _command(self, line: str, *, code: bool) -> str:
        """Return the command of a line of code, or of prose that looks like one; empty if it is none."""
        found = PROMPT.match(line)
        rest = (found["rest"] if found else line).strip()
        if (
            not rest
            or rest.startswith(("#", "//", "<", "mysql>", ">", "mysql >"))
            or rest.upper().startswith(("SELECT ", "SHOW ", "USE ", "DROP "))
        ):
            return ""
        if code:
            return rest
        is_quoted = line.startswith("`") and line.endswith("`") and line.count("`") == 2
        return (
            rest
            if (is_quoted or COMMAND.fullmatch(rest))
            and not rest.endswith((".", ":", "?", "!"))
            and len(rest.split()) > 1
            else ""
        )

    def _new_part(self, heading: str) -> None:
        self.heading, self.lead, self.said, self.user = heading, "", "", ""
        self._prose(heading, after_blank=True)
        self.lead = ""

    def _prose(self, line: str, *, after_blank: bool) -> None:
        self.lead = line if after_blank else f"{self.lead} {line}"
        named = AS_USER.search(line)
        if named and not re.search(r"\bnot as\b", line):
            self.said = named["name"].lower()
            self.user = ""

    def _step(self, number: int, command: str) -> Iterator[Step]:
        become = BECOME.match(command)
        if become:
            self.user = become["one"] or become["two"] or "root"
            self.sessions += 1
            return
        if command in ("exit", "logout") or command.startswith("ssh "):
            self.user = self.directory = ""
        moved = re.fullmatch(r"cd\s+(\S+)", command)
        if moved:
            self.directory = moved[1]
        user = self._user(command)
        around = Surroundings(HERE, self.user or self.said or self.usual)
        plain = re.sub(r"^sudo\s+(?=su\s)", "", command)
        prefix = f"cd {shlex.quote(self.directory)} && " if self.directory and not moved else ""
        deeds = read_command(prefix + plain, around)
        actions = (*(deed.action for deed in deeds), *_others(command, around.user))
        service = service_of(command) or service_of(self.lead) or service_of(self.heading)
        session = self.sessions if self.user else 0
        yield Step(number, command, user, service, actions, self.user or self.said, session)

    def _user(self, command: str) -> str:
        """Return as whom a command runs, as far as the document says."""
        own = re.search(r"\b(?:sudo\s+(?:-\w\s+)*?-u\s*|--user[= ]|su\s+(?:-l?\s+)?)(?P<name>[a-z_][\w-]*)", command)
        if own:
            return own["name"]
        return "root" if command.startswith("sudo ") else self.user or self.said


def _others(command: str, user: str) -> Iterator[Action]:
    """Yield restores that labcheck.rpo does not know: of InfluxDB, and `mysql -e "source FILE"`."""
    home = "/root" if user == "root" else f"/home/{user}"
    influx = INFLUX_RESTORE.search(command)
    if influx:
        words = influx["words"].split()
        paths = [
            word for at, word in enumerate(words) if not word.startswith("-") and ("/" in word or at == len(words) - 1)
        ]
        if paths:
            yield Restore("influxd", _local(paths[-1].strip("'\""), home))
    source = SOURCE.search(command)
    if source and command.startswith(("mysql", "sudo mysql", "mariadb", "sudo mariadb")):
        yield Restore("mysql", _local(source["path"], home))


def _local(path: str, home: str) -> Place:
    return Place(HERE, path.rstrip("/") if path.startswith("/") else f"{home}/{path.removeprefix('./').rstrip('/')}")
