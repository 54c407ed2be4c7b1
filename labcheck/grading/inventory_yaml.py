"""An Ansible inventory in YAML: groups with `hosts:`, `children:` and `vars:`, one in another."""

from pathlib import Path

import yaml

from labcheck.grading.inventory import Inventory, Value, Variables, expanded
from labcheck.grading.marked_yaml import Mistake, Reader, line_of, shown

PARTS = ("hosts", "children", "vars")
DEEPEST = 50


def read_yaml(path: Path, inventory: Inventory) -> list[Mistake]:
    """Add what a file says to an inventory, and return the mistakes in it."""
    reading = _Reading(path, inventory)
    for name, node in reading.reader.fields(reading.reader.root()).items():
        reading.group(name, node, 0)
    return reading.reader.mistakes


class _Reading:
    def __init__(self, path: Path, inventory: Inventory) -> None:
        self.reader = Reader(path)
        self._inventory = inventory

    def group(self, name: str, node: yaml.Node, depth: int) -> None:
        """Read a group and what is in it."""
        group = self._inventory.group(name)
        if depth > DEEPEST:
            self.reader.note(node, f"groups in groups, more than {DEEPEST} deep")
            return
        parts = self.reader.fields(node, PARTS)
        group.variables |= self._variables(parts.get("vars"))
        for pattern, value in self.reader.fields(parts.get("hosts")).items():
            self._hosts(name, pattern, value)
        for child, value in self.reader.fields(parts.get("children")).items():
            group.children.setdefault(child, self._value(value, child))
            self.group(child, value, depth + 1)

    def _hosts(self, group: str, pattern: str, node: yaml.Node) -> None:
        variables = self._variables(node)
        try:
            names = list(expanded(pattern))
        except ValueError as error:
            self.reader.note(node, f"{shown(pattern)}: {error}")
            return
        for name in names:
            self._inventory.add_host(group, name, self._value(node, name), dict(variables))

    def _variables(self, node: yaml.Node | None) -> Variables:
        """Return the variables that are single values; lists and mappings say nothing to us."""
        fields = self.reader.fields(node)
        return {n: self._value(value, value.value) for n, value in fields.items() if isinstance(value, yaml.ScalarNode)}

    def _value(self, node: yaml.Node, text: str) -> Value:
        return Value(text, self.reader.file, line_of(node))
