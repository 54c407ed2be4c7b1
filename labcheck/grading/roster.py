"""The roster: students, and where the hosts of each are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from labcheck.errors import UsageError
from labcheck.hosts.trust import Address
from labcheck.model import Person
from labcheck.visible import visible

HOSTS = ("db", "backup", "offsite", "app")
AGENT = "agent"
"""Said instead of a key's file: the SSH agent is asked for the key. Never unless somebody says so."""
DEFAULT_IDENTITY = "~/.ssh/id_ed25519"


def name_of(host: str) -> str:
    """Return the variable that says what a student's commands call a host."""
    return f"{host}_name"


@dataclass(frozen=True)
class Student:
    """One student: the account on the backup servers, where each host is, and what checks may ask by name.

    `submitted` is an ISO 8601 time with its zone, when it is known; a late penalty looks at it.
    """

    name: str
    account: str
    addresses: Mapping[str, Address]
    variables: Mapping[str, str] = field(default_factory=dict)
    person: Person = field(default_factory=Person)
    submitted: str = ""


@dataclass(frozen=True)
class Roster:
    """All students in order; `shared` names the hosts that they have in common, `warnings` what looks odd."""

    students: tuple[Student, ...]
    shared: frozenset[str] = frozenset()
    warnings: tuple[str, ...] = ()

    def only(self, names: Iterable[str]) -> "Roster":
        """Return the same roster with these students alone; raises `UsageError` for a name that is not in it."""
        wanted = list(names)
        known = {student.name for student in self.students}
        for name in wanted:
            if name not in known:
                nearby = ", ".join(sorted(known)[:8])
                raise UsageError(f"no student `{visible(name[:60])}` in the roster", f"There are: {nearby} …")
        chosen = tuple(student for student in self.students if not wanted or student.name in wanted)
        return Roster(chosen, self.shared, self.warnings)

    def identity_files(self) -> list[Path]:
        """Return the files of our keys that it names, each once."""
        files = [address.identity_file for student in self.students for address in student.addresses.values()]
        return list(dict.fromkeys(file for file in files if file))


def oddities(students: Iterable[Student], shared: frozenset[str]) -> tuple[str, ...]:
    """Return what is no mistake, but seldom meant: two students on one host, a student without some host."""
    owners: dict[tuple[str, int], str] = {}
    told = []
    lacking: dict[tuple[str, ...], list[str]] = {}
    for student in students:
        for host, address in student.addresses.items():
            where = (address.address.lower(), address.port)
            if host not in shared and owners.setdefault(where, student.name) != student.name:
                told.append(f"{student.name} and {owners[where]} are on one host: {where[0]}:{where[1]} ({host})")
        lacking.setdefault(tuple(host for host in HOSTS if host not in student.addresses), []).append(student.name)
    for missing, names in lacking.items():
        if missing:
            who = f"{names[0]} has" if len(names) == 1 else f"{names[0]} and {len(names) - 1} more have"
            told.append(f"{who} no {' and no '.join(missing)}: checks that ask there cannot be graded")
    return tuple(told)
