"""An Ansible inventory in YAML: groups with `hosts:`, `children:` and `vars:`, one in another."""

from pathlib import Path

import yaml

from labcheck.grading.inventory import Inventory, Value, Variables
from labcheck.grading.marked_yaml import MOST_MISTAKES, Mistake, Reader, line_of, shown

PARTS = ("hosts", "children", "vars")
DEEPEST = 50
MOST_GROUPS = 50_000


def read_yaml(path: Path, inventory: Inventory) -> list[Mistake]:
    """Add what a file says to an inventory, and return the mistakes in it."""
    reading = _Reading(path, inventory)
    root = reading.reader.root()
    if reading.is_for_a_plugin(root):
        return reading.reader.mistakes
    for name, node in reading.reader.fields(root).items():
        reading.group(name, node, 0)
    return reading.reader.mistakes


class _Reading:
    def __init__(self, path: Path, inventory: Inventory) -> None:
        self.reader = Reader(path)
        self._inventory = inventory
        self._groups = 0

    def is_for_a_plugin(self, root: yaml.Node | None) -> bool:
        """Say whether a file tells a program of Ansible's where to ask for hosts, which is a mistake here."""
        said = [key for key, _ in root.value if key.value == "plugin"] if isinstance(root, yaml.MappingNode) else []
        if said:
            what = "this asks a plugin of Ansible's for hosts, and none is run here"
            self.reader.note(said[0], f"{what}; write down what it says: ansible-inventory -i FILE --list --yaml")
        return bool(said)

    def group(self, name: str, node: yaml.Node, depth: int) -> None:
        """Read a group and what is in it."""
        group = self._inventory.group(name)
        self._groups += 1
        if depth > DEEPEST or self._groups > MOST_GROUPS:
            if self._groups <= MOST_GROUPS + 1:
                self.reader.note(node, f"groups in groups, more than {DEEPEST} deep or {MOST_GROUPS:,} in all")
            return
        parts = self.reader.fields(node, PARTS)
        group.variables |= variables(self.reader, parts.get("vars"))
        for pattern, value in self._named(parts.get("hosts")).items():
            self._hosts(name, pattern, value)
        for child, value in self._named(parts.get("children")).items():
            group.children.setdefault(child, self._value(value, child))
            self.group(child, value, depth + 1)

    def _named(self, node: yaml.Node | None) -> dict[str, yaml.Node]:
        """Return what stands there by name; a single name may stand there as a text."""
        if isinstance(node, yaml.ScalarNode) and not node.tag.endswith(":null"):
            return {node.value: yaml.ScalarNode("tag:yaml.org,2002:null", "", node.start_mark)}
        return self.reader.fields(node)

    def _hosts(self, group: str, pattern: str, node: yaml.Node) -> None:
        where = self._value(node, pattern)
        try:
            self._inventory.add_hosts(group, pattern, where, variables(self.reader, node))
        except ValueError as error:
            if len(self.reader.mistakes) <= MOST_MISTAKES:
                self.reader.note(node, f"{shown(pattern)}: {error}")

    def _value(self, node: yaml.Node, text: str) -> Value:
        return Value(text, self.reader.file, line_of(node))


def variables(reader: Reader, node: yaml.Node | None) -> Variables:
    """Return the variables that are single values; lists and mappings say nothing to us."""
    fields = reader.fields(node)
    return {
        name: Value(value.value, reader.file, line_of(value))
        for name, value in fields.items()
        if isinstance(value, yaml.ScalarNode)
    }
