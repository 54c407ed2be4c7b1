"""A roster in YAML: read with every mistake at its line, and an example to begin with."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

import yaml

from labcheck.errors import UsageError
from labcheck.grading import grammar
from labcheck.grading.marked_yaml import Mistake, MistakesFound, Reader, line_of, shown
from labcheck.grading.roster import AGENT, DEFAULT_IDENTITY, HOSTS, Roster, Student, name_of, oddities
from labcheck.hosts.address import Address
from labcheck.model import Person

PERSON = ("full_name", "email", "number")
LEVEL = ("address", "port", "user", "identity", "known_hosts", "host_key", "become", "name")
SSH_PORT = "22"

EXAMPLE: Final = """\
# Who is graded, and where their hosts are. Check it, before any host is touched: labcheck roster check FILE
# A value counts for all that is below it, until something nearer says another.

defaults:
  identity: ~/.ssh/id_ed25519      # the key that signs in; `agent` asks your SSH agent instead
  known_hosts: known_hosts         # the keys that hosts must show, as in ~/.ssh/known_hosts; beside this file
  hosts:
    db: {address: "{student}-db.example.org", user: ubuntu, become: true}     # signs in as ubuntu, works with sudo
    app: {address: "{student}-app.example.org", user: ubuntu, become: true}

servers:                           # shared by all; each student has an account there
  backup: {address: backup.example.org, user: grader, become: true, name: backup.example.org}
  # `name` is what students' commands call it, where that is not backup.foo.bar (offsite.foo.bar, app.foo.bar).
  offsite: {address: offsite.example.org, user: grader, become: true}

students:
  elvis:                           # the account on the backup servers has this name, unless `account:` says another
    full_name: Elvis Presley       # for reports; so are email and number
    email: elvis@example.org
  priscilla:
    account: cilla
    submitted: 2026-11-30T21:15:00+02:00      # handed in; matters where labcheck.toml has a due time
    hosts:
      db:
        address: 192.0.2.17        # this student's own
        port: 2201
        host_key: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGnIQX2UHWBhuJ4zRSMzwSTa5TQFV2hHgWpNRyzJ8u4y
    variables: {language: et}
"""

Level = dict[str, yaml.Node]


def read_roster(path: Path) -> Roster:
    """Return the roster of a file; raises `MistakesFound` with every mistake, file and line."""
    if not path.exists():
        raise UsageError(
            f"cannot read {path}: No such file or directory", "Begin with an example: labcheck roster init"
        )
    reading = _Reading(Reader(path))
    students = reading.students()
    mistakes = reading.reader.mistakes
    if not mistakes and not students:
        mistakes.append(Mistake(path, 1, "no students: name them under `students:` (labcheck roster init shows how)"))
    if mistakes:
        raise MistakesFound(mistakes)
    shared = frozenset(reading.servers)
    return Roster(tuple(students), shared, oddities(students, shared))


class _Reading:
    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        top = reader.fields(reader.root(), ("defaults", "servers", "students", "variables"))
        defaults = reader.fields(top.get("defaults"), (*LEVEL, "hosts"))
        self._default_hosts = self._hosts(defaults.pop("hosts", None))
        self._defaults = defaults
        self.servers = self._hosts(top.get("servers"))
        self._variables = self._texts(top.get("variables"))
        self._students = top.get("students")
        self._checked: set[int] = set()
        self._paths: dict[str, Path] = {}
        self._lacks_a_key = False
        self._rules: dict[str, grammar.Rule] = {
            "address": _wrong_unless_templated,
            "name": _wrong_unless_templated,
            "port": grammar.wrong_port,
            "user": grammar.wrong_account,
            "host_key": grammar.wrong_host_key,
            "identity": self._wrong_identity,
        }

    def students(self) -> list[Student]:
        """Return the students, as far as they can be read."""
        seen: dict[str, int] = {}
        found = []
        for key, value in self._named_students():
            name = self.reader.text(key)
            self.reader.checked(key, grammar.wrong_student(name), "the student")
            if name.casefold() in seen:
                first = seen[name.casefold()]
                self.reader.note(key, f"the student {shown(name)} is here twice; first at line {first}")
            seen.setdefault(name.casefold(), line_of(key))
            found.append(self._student(name, key, value))
        return found

    def _named_students(self) -> list[tuple[yaml.Node, yaml.Node | None]]:
        if isinstance(self._students, yaml.SequenceNode):
            return [(node, None) for node in self._students.value]
        return list(self.reader.pairs(self._students))

    def _student(self, name: str, key: yaml.Node, node: yaml.Node | None) -> Student:
        own = self.reader.fields(node, (*LEVEL, *PERSON, "account", "hosts", "variables", "submitted"))
        account = self._text(own, "account", name)
        if account != name or not grammar.wrong_student(name):
            self.reader.checked(own.get("account", key), grammar.wrong_account(account), "the account")
        hosts = self._hosts(own.get("hosts"))
        levels = {host: self._levels(host, own, hosts.get(host, {})) for host in HOSTS}
        addresses = {host: self._address(level, name) for host, level in levels.items() if "address" in level}
        if not addresses:
            self.reader.note(key, f"{shown(name)} has no host: give an address under `hosts:` or `defaults:`")
        person = Person(*(self._text(own, word, "") for word in PERSON))
        names = {
            name_of(host): self._addressed(level, "name", name) for host, level in levels.items() if "name" in level
        }
        variables = self._variables | names | self._texts(own.get("variables"))
        return Student(name, account, addresses, variables, person, self._time(own.get("submitted")))

    def _levels(self, host: str, own: Level, nearest: Level) -> Level:
        mine = {word: node for word, node in own.items() if word in LEVEL}
        return self._defaults | self._default_hosts.get(host, {}) | self.servers.get(host, {}) | mine | nearest

    def _hosts(self, node: yaml.Node | None) -> dict[str, Level]:
        return {host: self._host(value) for host, value in self.reader.fields(node, HOSTS).items()}

    def _host(self, node: yaml.Node) -> Level:
        if isinstance(node, yaml.ScalarNode) and not node.tag.endswith(":null"):
            return {"address": node}
        return self.reader.fields(node, LEVEL)

    def _address(self, level: Level, student: str) -> Address:
        self._check(level, student)
        if "identity" not in level and not self._lacks_a_key and self._wrong_identity(DEFAULT_IDENTITY):
            self._lacks_a_key = True
            where = f"no `identity:` is given here or under `defaults:`, and {DEFAULT_IDENTITY} is not there"
            self.reader.note(level["address"], where)
        identity = self._text(level, "identity", DEFAULT_IDENTITY)
        return Address(
            self._addressed(level, "address", student),
            int(port) if not grammar.wrong_port(port := self._text(level, "port", SSH_PORT)) else int(SSH_PORT),
            None if identity == AGENT else self._path(identity),
            self._path(self._text(level, "known_hosts", "known_hosts")),
            self._text(level, "user", ""),
            "become" in level and self.reader.flag(level["become"]),
            " ".join(self._text(level, "host_key", "").split()[:2]),
        )

    def _check(self, level: Level, student: str) -> None:
        for word in ("address", "name"):
            if "{student}" in self._text(level, word, "") and not grammar.wrong_student(student):
                wrong = grammar.wrong_address(self._addressed(level, word, student))
                self.reader.checked(level[word], wrong, f"for {student}, the {word}")
        for word, node in level.items():
            if word in self._rules and id(node) not in self._checked:  # defaults are told once, not once a student
                self._checked.add(id(node))
                self.reader.checked(node, self._rules[word](self.reader.text(node)), f"the {word.replace('_', ' ')}")

    def _wrong_identity(self, text: str) -> str:
        if text == AGENT:
            return ""
        return "" if self._path(text).is_file() else "there is no such file"

    def _path(self, text: str) -> Path:
        if text not in self._paths:  # thousands of students have the same few
            self._paths[text] = self.reader.file.absolute().parent / Path(text).expanduser()
        return self._paths[text]

    def _addressed(self, level: Level, word: str, student: str) -> str:
        return self._text(level, word, "").replace("{student}", student)

    def _text(self, level: Mapping[str, yaml.Node], word: str, default: str) -> str:
        return self.reader.text(level[word]) if word in level else default

    def _texts(self, node: yaml.Node | None) -> dict[str, str]:
        return {name: self.reader.text(value) for name, value in self.reader.fields(node).items()}

    def _time(self, node: yaml.Node | None) -> str:
        if node is None:
            return ""
        try:
            moment = datetime.fromisoformat(self.reader.text(node))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            self.reader.note(node, "a time with its zone belongs here: 2026-11-30T21:15:00+02:00")
            return ""
        return moment.isoformat()


def _wrong_unless_templated(text: str) -> str:
    return "" if "{student}" in text else grammar.wrong_address(text)
