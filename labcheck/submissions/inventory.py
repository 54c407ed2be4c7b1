"""An Ansible inventory, in INI or YAML: which hosts there are, in which groups, with which variables."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from labcheck.submissions.document import read_yaml
from labcheck.submissions.tree import Tree, joined

HEADING = re.compile(r"\[([^\]:]+)(?::(\w+))?\]\s*(?:[#;].*)?")
RANGE = re.compile(r"\[(\d+):(\d+)(?::(\d+))?\]")
SETTING = re.compile(r"^\s*inventory\s*=\s*(\S+)", re.MULTILINE)
USUAL = ("hosts", "hosts.ini", "hosts.yml", "hosts.yaml", "inventory", "inventory.ini", "inventory.yml",
         "inventory.yaml", "inventory/hosts", "inventory/hosts.ini", "inventory/hosts.yml", "inventory/hosts.yaml",
         "inventories/hosts")  # fmt: skip
MOST_HOSTS = 200


@dataclass
class Inventory:
    """Hosts with their variables, groups with their members, child groups and variables. `file` is its name."""

    file: str = ""
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=dict)
    children: dict[str, list[str]] = field(default_factory=dict)
    variables: dict[str, dict[str, Any]] = field(default_factory=dict)

    def group(self, name: str, depth: int = 0) -> list[str]:
        """Return the hosts of a group and of the groups below it."""
        if name == "all":
            return list(self.hosts)
        found = list(self.members.get(name, []))
        for child in self.children.get(name, []) if depth < 20 else []:
            found += self.group(child, depth + 1)
        return list(dict.fromkeys(found))

    @property
    def groups(self) -> dict[str, list[str]]:
        """Return every group with its hosts, as Ansible's variable `groups`."""
        names = dict.fromkeys(("all", *self.members, *self.children))
        inner = {name: self.group(name) for name in names}
        grouped = {host for name, hosts in inner.items() if name != "all" for host in hosts}
        return {**inner, "ungrouped": [host for host in self.hosts if host not in grouped]}

    def groups_of(self, host: str) -> list[str]:
        """Return the groups of a host: `all` first, parents before children."""
        mine = [name for name, hosts in self.groups.items() if host in hosts and name not in ("all", "ungrouped")]
        below = {name: sum(self._holds(other, name) for other in mine) for name in mine}
        return ["all", *sorted(mine, key=lambda name: (below[name], name))]

    def _holds(self, parent: str, child: str, depth: int = 0) -> bool:
        below = self.children.get(parent, []) if depth < 20 else []
        return child in below or any(self._holds(one, child, depth + 1) for one in below)

    def matching(self, pattern: str) -> list[str]:
        """Return the hosts that a play's `hosts:` names: groups, hosts, `:` or `,`, `!`, `&` and wildcards."""
        found: list[str] = []
        for part in re.split(r"[,:;]", pattern) if pattern not in self.hosts else [pattern]:
            word = part.strip()
            named = self._named(word.lstrip("!&"))
            if word.startswith("!"):
                found = [host for host in found if host not in named]
            elif word.startswith("&"):
                found = [host for host in found if host in named]
            else:
                found += named
        return list(dict.fromkeys(found))

    def _named(self, word: str) -> list[str]:
        if word in ("all", "*"):
            return list(self.hosts)
        indexed = re.fullmatch(r"([\w.-]+)\[(\d+)\]", word)
        if indexed:
            return self._named(indexed[1])[int(indexed[2]) : int(indexed[2]) + 1]
        if word in self.hosts:
            return [word]
        wanted = re.compile(".*".join(map(re.escape, word.split("*"))))
        groups = [name for name in (*self.members, *self.children) if wanted.fullmatch(name)]
        hosts = [host for host in self.hosts if wanted.fullmatch(host)]
        return [*hosts, *(host for name in groups for host in self.group(name))]


def read_inventory(tree: Tree) -> Inventory:
    """Return the inventory of a repository; an empty one if there is none."""
    settings = SETTING.search(tree.text(joined(tree.home, "ansible.cfg")) or "")
    named = joined(tree.home, settings[1].split(",")[0]) if settings else ""
    folder = [name for name in tree.under(named) if "_vars/" not in name] if named else []
    file = tree.first(*([named] if named else []), *folder[:1], *(joined(tree.home, one) for one in USUAL), *USUAL)
    found = Inventory(file or "")
    if file is None:
        return found
    text = tree.text(file) or ""
    if file.endswith((".yml", ".yaml")) or re.match(r"---|\w+:\s*$", text.lstrip().partition("\n")[0]):
        _yaml(read_yaml(tree, file), found)
    else:
        _ini(text, found)
    return found


def _ini(text: str, found: Inventory) -> None:
    group, kind = "ungrouped", ""
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        heading = HEADING.fullmatch(line)
        if heading:
            group, kind = heading[1].strip(), heading[2] or ""
            if kind != "vars":
                found.members.setdefault(group, [])
        elif kind == "vars":
            name, _, value = line.partition("=")
            found.variables.setdefault(group, {})[name.strip()] = literal(value.strip())
        elif kind == "children":
            found.children.setdefault(group, []).append(line.split()[0])
        else:
            _host_line(line, group, found)


def _host_line(line: str, group: str, found: Inventory) -> None:
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        words = line.split()
    own = {name: literal(value) for name, equals, value in (word.partition("=") for word in words[1:]) if equals}
    for host in _range(words[0]) if words else ():
        if len(found.hosts) < MOST_HOSTS or host in found.hosts:
            found.hosts.setdefault(host, {}).update(own)
            if group != "ungrouped":
                found.members.setdefault(group, []).append(host)


def _range(name: str) -> Iterator[str]:
    """Yield the hosts of `web[1:3]`, or the name itself."""
    span = RANGE.search(name)
    if not span:
        yield name
        return
    width = len(span[1]) if span[1].startswith("0") else 0
    numbers = range(int(span[1]), int(span[2]) + 1, int(span[3] or 1) or 1)
    for number in numbers[:MOST_HOSTS]:
        yield f"{name[: span.start()]}{number:0{width}}{name[span.end() :]}"


def literal(text: str) -> Any:
    """Return a value of an INI inventory: a number or a truth where it reads as one, else the text."""
    if re.fullmatch(r"-?[1-9]\d{0,17}|0", text):
        return int(text)
    return {"True": True, "False": False, "true": True, "false": False}.get(text, text.strip("'\""))


def _yaml(value: Any, found: Inventory) -> None:
    if isinstance(value, dict):
        for name, body in value.items():
            _yaml_group(str(name), body, found, 0)


def _yaml_group(name: str, body: Any, found: Inventory, depth: int) -> None:
    if not isinstance(body, dict) or depth > 20:
        found.members.setdefault(name, [])
        return
    hosts = body.get("hosts")
    for host, own in hosts.items() if isinstance(hosts, dict) else ():
        for one in _range(str(host)):
            found.hosts.setdefault(one, {}).update(own if isinstance(own, dict) else {})
            found.members.setdefault(name, []).append(one)
    found.members.setdefault(name, [])
    found.variables.setdefault(name, {}).update(body["vars"] if isinstance(body.get("vars"), dict) else {})
    children = body.get("children")
    for child, inner in children.items() if isinstance(children, dict) else ():
        found.children.setdefault(name, []).append(str(child))
        _yaml_group(str(child), inner, found, depth + 1)
