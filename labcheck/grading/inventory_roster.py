"""A roster out of Ansible inventories: whose each host is, which part it plays, and how to sign in there.

Whose: `labcheck_student` says it, at a host or at its group; in a folder of inventories it is the name of the file
(`elvis.ini`) or of the folder that it lies in (`elvis/hosts`). What commands call a host, where it is not
`backup.foo.bar` and so on: `labcheck_name`. Which part: `labcheck_host` (`db`, or `db,app` for
both), or the beginning of the host's name or of one of its groups: see `PARTS`.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from labcheck.errors import LabcheckError
from labcheck.grading import grammar
from labcheck.grading.inventory import ALL, Inventory, Value, Variables
from labcheck.grading.inventory_ini import assignments, read_ini
from labcheck.grading.inventory_yaml import read_yaml
from labcheck.grading.marked_yaml import Mistake, MistakesFound, shown
from labcheck.grading.roster import AGENT, DEFAULT_IDENTITY, HOSTS, Roster, Student, name_of, oddities
from labcheck.hosts.trust import Address
from labcheck.model import Person

PARTS: Final = {
    "db": ("db", "mysql", "mariadb", "database"),
    "backup": ("backup",),
    "offsite": ("offsite",),
    "app": ("app", "agama", "web"),
}
SHARED = ("backup", "offsite")
EXTRA = Path("-e")
OURS = {"labcheck_student", "labcheck_host", "labcheck_host_key", "labcheck_known_hosts", "labcheck_name"}
TRUE = {"true", "yes", "1", "True", "Yes"}


def read_inventories(path: Path, extra: Iterable[str] = ()) -> Roster:
    """Return the roster of an inventory, or of a folder of them; raises `MistakesFound` with every mistake.

    `extra` are texts like `ansible_port=2201`: they count more than anything in a file.
    """
    reading = _Reading(_extra(extra), (path if path.is_dir() else path.parent).absolute())
    if path.is_dir():
        for file in _files(path):
            reading.read(file, _owner(file, path))
    else:
        reading.read(path, "")
    return reading.roster(path)


def _extra(texts: Iterable[str]) -> Variables:
    found: Variables = {}
    for text in texts:
        try:
            found |= assignments(text, EXTRA)
        except ValueError as error:
            raise LabcheckError(f"-e {text[:60]!r}: {error}", "For example: -e ansible_port=2201") from error
    return found


def _files(folder: Path) -> list[Path]:
    top = [path for path in folder.iterdir() if path.is_file() and _is_inventory(path)]
    below = [path for path in folder.glob("*/*") if path.is_file() and _is_inventory(path)]
    return sorted([*top, *below])


def _is_inventory(path: Path) -> bool:
    hidden = path.name.startswith(".") or path.parent.name in {"group_vars", "host_vars"}
    return not hidden and path.suffix in {"", ".ini", ".cfg", ".yaml", ".yml", ".hosts"}


def _owner(file: Path, folder: Path) -> str:
    return file.stem if file.parent == folder else file.parent.name


class _Reading:
    def __init__(self, extra: Variables, root: Path) -> None:
        self._root = root
        self._extra = extra
        self._mistakes: list[Mistake] = []
        self._hosts: dict[str, dict[str, Address]] = {}
        self._variables: dict[str, Variables] = {}
        self._lacks_a_key = False

    def read(self, file: Path, owner: str) -> None:
        """Read one file; `owner` is the student of its hosts where it does not say so itself."""
        inventory = Inventory()
        reader = read_yaml if file.suffix in {".yaml", ".yml"} else read_ini
        self._mistakes += reader(file, inventory)
        for host, groups in inventory.groups_of_hosts().items():
            self._host(host, groups, inventory, owner)

    def _host(self, name: str, groups: list[str], inventory: Inventory, owner: str) -> None:
        variables = inventory.variables_of(name, groups) | self._extra
        where = inventory.places[name]
        student = self._text(variables, "labcheck_student", owner)
        if not student:
            self._note(where, f"whose is {shown(name)}? Set labcheck_student=NAME there or at its group")
            return
        if wrong := grammar.wrong_student(student):
            self._note(variables.get("labcheck_student", where), f"the student {shown(student)}: {wrong}")
        parts = self._parts(variables, [name, *(group for group in groups if group != ALL)], where)
        address = self._address(name, variables, where) if parts else None
        for part in parts:
            if "labcheck_name" in variables:
                self._sound(variables, "labcheck_name", "", grammar.wrong_address, where)
                self._variables.setdefault(student, {})[name_of(part)] = variables["labcheck_name"]
            if address and self._hosts.setdefault(student, {}).setdefault(part, address) != address:
                self._note(where, f"{student} has a second {part}, {shown(name)}; say which: labcheck_host={part}")
        self._variables.setdefault(student, {}).update(variables)

    def _parts(self, variables: Variables, names: list[str], where: Value) -> list[str]:
        told = self._text(variables, "labcheck_host", "")
        for part in told.split(",") if told else ():
            if part not in HOSTS:
                self._note(variables["labcheck_host"], f"no host is called {shown(part)}; there are {', '.join(HOSTS)}")
        if told:
            return [part for part in told.split(",") if part in HOSTS]
        return [part for part, begins in PARTS.items() if any(name.lower().startswith(begins) for name in names)]

    def _address(self, name: str, variables: Variables, where: Value) -> Address:
        user_word = "ansible_ssh_user" if "ansible_user" not in variables else "ansible_user"
        port_word = "ansible_ssh_port" if "ansible_port" not in variables else "ansible_port"
        host_word = "ansible_ssh_host" if "ansible_host" not in variables else "ansible_host"
        address = self._sound(variables, host_word, name, grammar.wrong_address, where)
        port = self._sound(variables, port_word, "22", grammar.wrong_port, where)
        user = self._sound(variables, user_word, "", lambda text: grammar.wrong_account(text) if text else "", where)
        identity = self._identity(variables, where)
        return Address(
            address,
            int(port) if not grammar.wrong_port(port) else 22,
            None if identity == AGENT else where.file.absolute().parent / Path(identity).expanduser(),
            self._root / self._text(variables, "labcheck_known_hosts", "known_hosts"),
            user,
            self._text(variables, "ansible_become", "true" if user else "") in TRUE,
            self._text(variables, "labcheck_host_key", ""),
        )

    def _identity(self, variables: Variables, where: Value) -> str:
        old_word, word = "ansible_private_key_file", "ansible_ssh_private_key_file"
        identity = self._text(variables, word, self._text(variables, old_word, DEFAULT_IDENTITY))
        if identity != AGENT and not (where.file.absolute().parent / Path(identity).expanduser()).is_file():
            named = variables.get(word, variables.get(old_word))
            if named or not self._lacks_a_key:  # the usual one is missed once, not once a host
                missing = f"no file {shown(identity)} with our key"
                self._note(named or where, f"{missing}: -e {word}=FILE (or agent, to ask your SSH agent)")
            self._lacks_a_key |= named is None
        return identity

    def _sound(self, variables: Variables, word: str, default: str, wrong_of: grammar.Rule, where: Value) -> str:
        text = self._text(variables, word, default)
        if wrong := wrong_of(text):
            self._note(
                variables.get(word, where), f"{word if word in variables else 'the host'} {shown(text)}: {wrong}"
            )
        return text

    def _text(self, variables: Mapping[str, Value], word: str, default: str) -> str:
        if word not in variables:
            return default
        value = variables[word]
        if "{{" in value.text:
            self._note(value, f"{word} is a template, and none is worked out here; say it with -e {word}=…")
            return default
        return value.text

    def _note(self, where: Value, what: str) -> None:
        self._mistakes.append(Mistake(where.file, where.line, what))

    def roster(self, path: Path) -> Roster:
        """Return the roster, all students in the order of their names; raises `MistakesFound`."""
        if not self._mistakes and not any(self._hosts.values()):
            self._mistakes.append(
                Mistake(path, 1, "no host that plays a part: name groups db, backup, offsite and app")
            )
        if self._mistakes:
            raise MistakesFound(self._mistakes)
        students = tuple(self._student(name) for name in sorted(self._hosts) if self._hosts[name])
        shared = frozenset(
            part
            for part in SHARED
            if len({_place(s, part) for s in students} - {None}) < sum(part in s.addresses for s in students)
        )
        return Roster(students, shared, oddities(students, shared))

    def _student(self, name: str) -> Student:
        variables = {word: value.text for word, value in self._variables[name].items() if _is_ours(word)}
        account = variables.pop("labcheck_account", name)
        return Student(name, account, self._hosts[name], variables, Person())


def _place(student: Student, part: str) -> tuple[str, int] | None:
    address = student.addresses.get(part)
    return (address.address, address.port) if address else None


def _is_ours(word: str) -> bool:
    return not word.startswith("ansible_") and word not in OURS
