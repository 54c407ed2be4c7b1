"""A roster out of Ansible inventories: whose each host is, and which part it plays.

Whose: `labcheck_student` says it, at a host or at its group; in a folder of inventories it is the name of the file
(`elvis.ini`) or of the folder that it lies in (`elvis/hosts`). The inventory `servers` there has the hosts that all
share. What commands call a host, where it is not `backup.foo.bar` and so on: `labcheck_name`. Which part:
`labcheck_host` (`db`, or `db,app` for both), or the beginning of the host's name or of one of its groups: see `PARTS`.
"""

import contextlib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from labcheck.grading import grammar
from labcheck.grading.inventory import ALL, Inventory, Value, Variables
from labcheck.grading.inventory_address import Signposts
from labcheck.grading.inventory_ini import read_ini
from labcheck.grading.inventory_vars import Folders, extra_variables
from labcheck.grading.inventory_yaml import read_yaml
from labcheck.grading.marked_yaml import Mistake, MistakesFound, shown
from labcheck.grading.roster import HOSTS, Roster, Student, name_of, oddities
from labcheck.hosts.address import Address
from labcheck.model import Person

PARTS: Final = {
    "db": ("db", "mysql", "mariadb", "database"),
    "backup": ("backup",),
    "offsite": ("offsite",),
    "app": ("app", "agama", "web"),
}
CLIENT: Final = re.compile(r"(?i)clients?$")
"""What a group of those is called who use a server, and are none."""
SHARED = ("backup", "offsite")
SERVERS: Final = "servers"
OURS = {"labcheck_student", "labcheck_host", "labcheck_host_key", "labcheck_known_hosts", "labcheck_name"}
IN_YAML: Final = {".yaml", ".yml", ".json"}
ENDINGS: Final = {"", ".ini", ".cfg", ".hosts", ".yaml", ".yml"}
OTHERS: Final = {"ansible.cfg", "known_hosts", "README", "LICENSE", "Makefile", "Vagrantfile", "Dockerfile"}
KEY: Final = b"-----BEGIN"
USUAL: Final = ("hosts", "inventory")
"""How inventories are called in the folder of a student that holds other things, too."""


def read_inventories(path: Path, extra: Iterable[str] = ()) -> Roster:
    """Return the roster of an inventory, or of a folder of them; raises `MistakesFound` with every mistake.

    `extra` are texts like `ansible_port=2201`: they count more than anything in a file.
    """
    reading = _Reading(extra_variables(extra), (path if path.is_dir() else path.parent).absolute())
    if path.is_dir():
        for file in _files(path):
            reading.read(file, file.stem if file.parent == path else file.relative_to(path).parts[0])
    else:
        reading.read(path, "")
    return reading.roster(path)


def _files(folder: Path) -> list[Path]:
    top = [path for path in folder.iterdir() if _is_inventory(path)]
    below = [path for each in folder.iterdir() if each.is_dir() and each.name[0] != "." for path in _files_of(each)]
    return sorted([*top, *below])


def _files_of(folder: Path) -> list[Path]:
    """Return the inventories in the folder of one student: those that are called so, or all where none is."""
    if folder.name in {"group_vars", "host_vars"}:
        return []
    found = [path for path in (*folder.iterdir(), *folder.glob("inventory/*")) if _is_inventory(path)]
    usual = [path for path in found if path.name.split(".")[0].rstrip("-_0123456789") in USUAL or path.parent != folder]
    return usual or found


def _is_inventory(path: Path) -> bool:
    if path.suffix not in ENDINGS or path.name in OTHERS or path.name.startswith(".") or not path.is_file():
        return False
    with contextlib.suppress(OSError), path.open("rb") as file:
        return file.read(len(KEY)) != KEY
    return True  # who reads it says what is wrong


class _Reading:
    def __init__(self, extra: Variables, root: Path) -> None:
        self._extra = extra
        self._mistakes: list[Mistake] = []
        self._warnings: list[str] = []
        self._signposts = Signposts(root, extra)
        self._folders = Folders()
        self._hosts: dict[str, dict[str, Address]] = {}
        self._said: set[tuple[str, str]] = set()
        self._variables: dict[str, Variables] = {}

    def read(self, file: Path, owner: str) -> None:
        """Read one file; `owner` is the student of its hosts where it does not say so itself."""
        inventory = Inventory()
        reader = read_yaml if file.suffix in IN_YAML else read_ini
        self._mistakes += reader(file, inventory)
        self._folders.add_to(inventory, file.parent)
        try:
            groups_of = inventory.groups_of_hosts()
        except ValueError as error:
            self._mistakes.append(Mistake(file, 1, str(error)))
            return
        for host, groups in groups_of.items():
            self._host(host, groups, inventory, owner)

    def _host(self, name: str, groups: list[str], inventory: Inventory, owner: str) -> None:
        variables = inventory.variables_of(name, groups) | self._extra
        where = inventory.places[name]
        student = self._signposts.text(variables, "labcheck_student", owner)
        if not student:
            self._note(where, f"whose is {shown(name)}? Set labcheck_student=NAME there or at its group")
            return
        if wrong := grammar.wrong_student(student):
            self._note(variables.get("labcheck_student", where), f"the student {shown(student)}: {wrong}")
        if owner not in {"", SERVERS, student}:
            self._warn(where, f"{shown(name)} is said to be {shown(student)}'s, in what is {shown(owner)}'s")
        told = "labcheck_host" in variables
        parts = self._parts(variables, [name, *(group for group in groups if group != ALL)], where)
        address = self._signposts.address(name, variables, where) if parts else None
        for part in parts:
            if "labcheck_name" in variables:
                self._signposts.sound(variables, "labcheck_name", "", grammar.wrong_address, where)
                self._variables.setdefault(student, {})[name_of(part)] = variables["labcheck_name"]
            if address:
                self._place(student, part, address, told, where)
        self._variables.setdefault(student, {}).update(variables)

    def _place(self, student: str, part: str, address: Address, told: bool, where: Value) -> None:
        """Note where a part of a student's is; of two hosts that may be it, the one that says so or comes first."""
        known = self._hosts.setdefault(student, {}).setdefault(part, address)
        was_told = (student, part) in self._said
        if told:
            self._said.add((student, part))
            self._hosts[student][part] = known if was_told else address
        if known == address or told is not was_told:
            return
        second = f"{student} has a second {part}, {shown(where.text)}"
        if told:
            self._note(where, f"{second}; labcheck_host={part} is said of both")
        else:
            first = f"{known.address}:{known.port}"
            self._warn(where, f"{second}; {first} is taken, unless labcheck_host={part} says which")

    def _parts(self, variables: Variables, names: list[str], where: Value) -> list[str]:
        told = self._signposts.text(variables, "labcheck_host", "")
        for part in told.split(",") if told else ():
            if part not in HOSTS:
                self._note(variables["labcheck_host"], f"no host is called {shown(part)}; there are {', '.join(HOSTS)}")
        if told:
            return [part for part in told.split(",") if part in HOSTS]
        likely = [name.lower() for name in names if not CLIENT.search(name)]
        return [part for part, begins in PARTS.items() if any(name.startswith(begins) for name in likely)]

    def _note(self, where: Value, what: str) -> None:
        self._mistakes.append(Mistake(where.file, where.line, what))

    def _warn(self, where: Value, what: str) -> None:
        self._warnings.append(str(Mistake(where.file, where.line, what)))

    def roster(self, path: Path) -> Roster:
        """Return the roster, all students in the order of their names; raises `MistakesFound`."""
        servers = self._hosts.pop(SERVERS, {}) if path.is_dir() else {}
        mistakes = [*self._mistakes, *self._signposts.mistakes, *self._folders.mistakes]
        if not mistakes and not any(self._hosts.values()):
            mistakes = [Mistake(path, 1, "no host that plays a part: name groups db, backup, offsite and app")]
        if mistakes:
            raise MistakesFound(mistakes)
        students = tuple(self._student(name, servers) for name in sorted(self._hosts) if self._hosts[name])
        shared = frozenset(
            part
            for part in SHARED
            if len({_place(s, part) for s in students} - {None}) < sum(part in s.addresses for s in students)
        )
        odd = (*self._warnings, *self._folders.warnings, *self._signposts.warnings())
        shared |= frozenset(servers)
        return Roster(students, shared, (*odd, *oddities(students, shared)))

    def _student(self, name: str, servers: dict[str, Address]) -> Student:
        said = self._variables.get(SERVERS, {}) if servers else {}
        names = {name_of(part): said[name_of(part)] for part in servers if name_of(part) in said}
        variables = {word: value.text for word, value in (self._variables[name] | names).items() if _is_ours(word)}
        account = variables.pop("labcheck_account", name)
        return Student(name, account, self._hosts[name] | servers, variables, Person())


def _place(student: Student, part: str) -> tuple[str, int] | None:
    address = student.addresses.get(part)
    return (address.address, address.port) if address else None


def _is_ours(word: str) -> bool:
    return not word.startswith("ansible_") and word not in OURS
