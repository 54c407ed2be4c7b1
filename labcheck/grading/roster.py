"""The roster: students, and where the hosts of each are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labcheck.errors import UsageError
from labcheck.hosts.address import Address
from labcheck.model import Person
from labcheck.visible import visible

HOSTS = ("db", "backup", "offsite", "app")
AGENT = "agent"
"""Said instead of a key's file: the SSH agent is asked for the key. Never unless somebody says so."""
MOST_NAMED = 8
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
class Source:
    """Where the students came from, so that a run can go on without being told again: `kind` is an option's name."""

    kind: str
    path: str = ""
    extra: tuple[str, ...] = ()


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
                nearby = f"{', '.join(sorted(known)[:MOST_NAMED])}{' …' if len(known) > MOST_NAMED else ''}"
                raise UsageError(f"no student `{visible(name[:60])}` in the roster", f"There are: {nearby}")
        chosen = tuple(student for student in self.students if not wanted or student.name in wanted)
        return Roster(chosen, self.shared, self.warnings)

    def own_servers(self, of_students: int) -> list[tuple[str, int]]:
        """Return where the hosts are that students have for themselves, of so many: the first that are signed in to."""
        addresses = [student.addresses.items() for student in self.students[:of_students]]
        return [(one.address, one.port) for each in addresses for host, one in each if host not in self.shared]

    def identities(self) -> list[Path | None]:
        """Return the files of our keys that it names, each once; None where it asks for the SSH agent."""
        files = [address.identity_file for student in self.students for address in student.addresses.values()]
        return list(dict.fromkeys(files))


def oddities(students: Iterable[Student], shared: frozenset[str]) -> tuple[str, ...]:
    """Return what is no mistake, but seldom meant: two on one host or with one account, a student without some host."""
    owners: dict[str, dict[str, None]] = {}
    accounts: dict[str, dict[str, None]] = {}
    lacking: dict[tuple[str, ...], list[str]] = {}
    for student in students:
        for host, address in student.addresses.items():
            if host in shared:
                accounts.setdefault(student.account, {})[student.name] = None
            else:
                owners.setdefault(f"{address.address.lower()}:{address.port}", {})[student.name] = None
        lacking.setdefault(tuple(host for host in HOSTS if host not in student.addresses), []).append(student.name)
    told = [f"{_named(list(hosts))} are on one host: {where}" for where, hosts in owners.items() if len(hosts) > 1]
    for account, names_of_it in accounts.items():
        if len(names_of_it) > 1:
            told.append(f"{_named(list(names_of_it))} have one account on the servers that all share: {account}")
    for missing, names in lacking.items():
        if missing:
            who = f"{names[0]} has" if len(names) == 1 else f"{names[0]} and {len(names) - 1} more have"
            told.append(f"{who} no {' and no '.join(missing)}: checks that ask there cannot be graded")
    return tuple(told)


def _named(names: Sequence[str]) -> str:
    """Return the names of several in a few words."""
    if len(names) > MOST_NAMED:
        return f"{', '.join(names[:MOST_NAMED])} and {len(names) - MOST_NAMED} more"
    return f"{', '.join(names[:-1])} and {names[-1]}"
