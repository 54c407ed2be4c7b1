"""What an Ansible inventory says: groups, hosts and their variables, whichever way it is written.

Nothing in it is evaluated: a value is text, and a template in one that we need is a mistake.
"""

import itertools
import re
import string
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from labcheck.visible import visible

MOST_HOSTS = 20_000
MOST_NAMED = 100_000
MOST_MEMBERSHIPS = 1_000_000
ALL, UNGROUPED = "all", "ungrouped"
RANGE = re.compile(r"\[([0-9]*|[A-Za-z]):([0-9]+|[A-Za-z])(?::([0-9]+))?\]")
WITH_PORT = re.compile(r"((?:[^:\[\]]|\[[^\]]*\])*):([0-9]+)")
IN_BRACKETS = re.compile(r"\[([0-9A-Fa-f.]*:[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*)\](?::([0-9]+))?")
"""An IPv6 address; a range has no second colon, or numbers alone."""


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

    `all` holds every group and host. `group_files` and `host_files` are what stands in `group_vars` and `host_vars`.
    """

    groups: dict[str, Group] = field(default_factory=lambda: {ALL: Group()})
    hosts: dict[str, Variables] = field(default_factory=dict)
    places: dict[str, Value] = field(default_factory=dict)
    group_files: dict[str, Variables] = field(default_factory=dict)
    host_files: dict[str, Variables] = field(default_factory=dict)
    named: int = 0

    def group(self, name: str) -> Group:
        """Return a group, a new one when it has not been named before."""
        return self.groups.setdefault(name, Group())

    def add_hosts(self, group: str, pattern: str, where: Value, variables: Variables) -> None:
        """Put the hosts that a pattern means into a group; what is said of a host later counts more.

        Raises `ValueError` for a pattern that means nothing, and for more hosts than there can be.
        """
        name, port = host_and_port(pattern)
        said = {"ansible_port": Value(port, where.file, where.line)} if port else {}
        for one in expanded(name):
            self.named += 1
            if len(self.hosts) >= MOST_HOSTS or self.named > MOST_NAMED:
                raise ValueError(f"there are more than {MOST_HOSTS:,} hosts, or they are named too often")
            self.group(group).hosts.setdefault(one, where)
            self.places.setdefault(one, where)
            self.hosts.setdefault(one, {}).update(said | variables)

    def groups_of_hosts(self) -> dict[str, list[str]]:
        """Return the groups that each host is in, the widest first, as their variables count; `all` is the first.

        Raises `ValueError` where a group is in itself, or the groups in groups are too many.
        """
        parents: dict[str, list[str]] = {}
        for name, group in self.groups.items():
            for child in group.children:
                parents.setdefault(child, []).append(name)
        nesting = _Nesting(parents)
        for name in self.groups:
            nesting.look_above(name)
        found: dict[str, set[str]] = {host: {ALL} for host in self.hosts}
        for name in sorted(self.groups, key=UNGROUPED.__eq__):
            for host in self.groups[name].hosts:
                found[host] |= nesting.above[name] if name != UNGROUPED or found[host] == {ALL} else set()
        order = {name: (nesting.depths[name], self._priority(name), name) for name in self.groups}
        return {host: sorted(names, key=order.__getitem__) for host, names in found.items()}

    def _priority(self, group: str) -> int:
        said = self.groups[group].variables.get("ansible_group_priority")
        return int(said.text) if said and re.fullmatch(r"-?[0-9]{1,9}", said.text) else 1

    def variables_of(self, host: str, groups: Iterable[str]) -> Variables:
        """Return the variables that count for a host, in the order in which Ansible has them count."""
        groups = list(groups)
        merged: Variables = {}
        for group in groups:
            merged |= self.groups[group].variables
        for group in groups:
            merged |= self.group_files.get(group, {})
        return merged | self.hosts.get(host, {}) | self.host_files.get(host, {})


class _Nesting:
    """How deep each group lies, and which groups it is in, itself among them."""

    def __init__(self, parents: Mapping[str, list[str]]) -> None:
        self.depths: dict[str, int] = {}
        self.above: dict[str, set[str]] = {}
        self._parents = parents
        self._memberships = 0

    def look_above(self, name: str) -> None:
        """Work it out for a group and first for those above it; raises `ValueError` for a ring, and for too much."""
        waiting, begun = [name], set[str]()
        while waiting:
            one = waiting[-1]
            missing = [parent for parent in self._parents.get(one, ()) if parent not in self.depths]
            if missing and one in begun and one not in self.depths:
                raise ValueError(f"the group `{visible(one[:60])}` is in itself")
            if missing and one not in self.depths:
                begun.add(one)
                waiting += missing
                continue
            waiting.pop()
            if one not in self.depths:
                self._add(one, self._parents.get(one, ()))

    def _add(self, name: str, parents: Iterable[str]) -> None:
        self.depths[name] = 0 if name == ALL else 1 + max((self.depths[parent] for parent in parents), default=0)
        self.above[name] = {name}.union(*(self.above[parent] for parent in parents))
        self._memberships += len(self.above[name])
        if self._memberships > MOST_MEMBERSHIPS:
            raise ValueError("too many groups are in groups")


def host_and_port(pattern: str) -> tuple[str, str]:
    """Return the name in `db[1:3].x.org:2201` or `[2001:db8::7]:2201`, and the port, which may be empty."""
    address = IN_BRACKETS.fullmatch(pattern)
    if address and not RANGE.fullmatch(f"[{address[1]}]"):
        return address[1], address[2] or ""
    match = WITH_PORT.fullmatch(pattern)
    return (match[1], match[2]) if match else (pattern, "")


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
    first, letters = first or "0", string.ascii_letters
    stride = int(step or 1)
    if len(first) > 9 or len(last) > 9 or stride < 1 or first.isdigit() != last.isdigit():
        raise ValueError("its range cannot be read")
    if not first.isdigit():
        return list(letters[letters.index(first) : letters.index(last) + 1 : stride])
    numbers = range(int(first), int(last) + 1, stride)
    if len(numbers) > MOST_HOSTS:
        raise ValueError(f"it means {len(numbers)} hosts; from 1 to {MOST_HOSTS} can be")
    return [str(number).rjust(len(first), "0") for number in numbers]
