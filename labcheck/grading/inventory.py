"""What an Ansible inventory says: groups, hosts and their variables, whichever way it is written.

Nothing in it is evaluated: a value is text, and a template in one that we need is a mistake.
"""

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

MOST_HOSTS = 20_000
ALL = "all"
RANGE = re.compile(r"\[([0-9]+|[A-Za-z]):([0-9]+|[A-Za-z])(?::([0-9]+))?\]")


@dataclass(frozen=True)
class Value:
    """A variable's text, and where it stands."""

    text: str
    file: Path
    line: int


Variables = dict[str, Value]


@dataclass
class Group:
    """The hosts and the groups that stand straight in a group, and its variables."""

    hosts: dict[str, Value] = field(default_factory=dict)
    children: dict[str, Value] = field(default_factory=dict)
    variables: Variables = field(default_factory=dict)


@dataclass
class Inventory:
    """Groups by name, the variables that stand at a host, and where it is named first.

    `all` holds every group and host.
    """

    groups: dict[str, Group] = field(default_factory=lambda: {ALL: Group()})
    hosts: dict[str, Variables] = field(default_factory=dict)
    places: dict[str, Value] = field(default_factory=dict)

    def group(self, name: str) -> Group:
        """Return a group, a new one when it has not been named before."""
        return self.groups.setdefault(name, Group())

    def add_host(self, group: str, name: str, where: Value, variables: Variables) -> None:
        """Put a host into a group; what is said of it later counts more."""
        self.group(group).hosts.setdefault(name, where)
        self.places.setdefault(name, where)
        self.hosts.setdefault(name, {}).update(variables)

    def groups_of_hosts(self) -> dict[str, list[str]]:
        """Return the groups that each host is in, the widest first, as their variables count; `all` is the first."""
        parents: dict[str, set[str]] = {}
        for name, group in self.groups.items():
            for child in group.children:
                parents.setdefault(child, set()).add(name)
        above = {name: _above(name, parents) for name in self.groups}
        found: dict[str, set[str]] = {host: {ALL} for host in self.hosts}
        for name, group in self.groups.items():
            for host in group.hosts:
                found[host] |= above[name]
        # What stands in another group has more above it than that one: the nearer of two is the one with more.
        return {host: sorted(n, key=lambda name: (name != ALL, len(above[name]), name)) for host, n in found.items()}

    def variables_of(self, host: str, groups: Iterable[str]) -> Variables:
        """Return the variables that count for a host: the nearest of each name."""
        merged: Variables = {}
        for name in groups:
            merged |= self.groups[name].variables
        return merged | self.hosts.get(host, {})


def _above(name: str, parents: Mapping[str, set[str]]) -> set[str]:
    found, waiting = {name}, [name]
    while waiting:
        new = parents.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def expanded(pattern: str) -> Iterator[str]:
    """Yield the names that `db[01:50].example.org` means; raises `ValueError` when that is nothing, or too much."""
    pieces = RANGE.split(pattern)
    choices = [_range(*pieces[i + 1 : i + 4]) for i in range(0, len(pieces) - 1, 4)]
    count = 1
    for choice in choices:
        count *= len(choice)
    if not 0 < count <= MOST_HOSTS:
        raise ValueError(f"it means {count} hosts; from 1 to {MOST_HOSTS} can be")
    for chosen in itertools.product(*choices):
        named = itertools.zip_longest(pieces[::4], chosen, fillvalue="")
        yield "".join(itertools.chain.from_iterable(named))


def _range(first: str, last: str, step: str | None) -> list[str]:
    stride = int(step or 1)
    if len(first) > 9 or len(last) > 9 or stride < 1 or first.isdigit() != last.isdigit():
        raise ValueError("its range cannot be read")
    if first.isdigit():
        numbers = range(int(first), int(last) + 1, stride)
        if len(numbers) > MOST_HOSTS:
            raise ValueError(f"it means {len(numbers)} hosts; from 1 to {MOST_HOSTS} can be")
        return [str(number).rjust(len(first), "0") for number in numbers]
    return [chr(code) for code in range(ord(first), ord(last) + 1, stride)]
