"""An Ansible inventory in INI: `[group]`, `[group:children]`, `[group:vars]`, and lines of `host name=value …`."""

import re
import shlex
from pathlib import Path

from labcheck.errors import LabcheckError
from labcheck.grading.inventory import Inventory, Value, Variables, expanded
from labcheck.grading.marked_yaml import LARGEST_BYTES, Mistake, shown

HEADING = re.compile(r"\[\s*([^\s\[\]:]+)\s*(?::\s*(\w+)\s*)?\](?:\s*[#;].*)?")
UNGROUPED = "ungrouped"
KINDS = {None, "children", "vars"}
NAME_WITH_PORT = re.compile(r"([^:]+):([0-9]{1,5})")


def read_ini(path: Path, inventory: Inventory) -> list[Mistake]:
    """Add what a file says to an inventory, and return the mistakes in it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise LabcheckError(f"cannot read {path}: {error.strerror}") from error
    if len(data) > LARGEST_BYTES:
        raise LabcheckError(f"{path} has {len(data):,} bytes, and at most {LARGEST_BYTES:,} are read")
    reading = _Reading(path, inventory)
    for number, line in enumerate(data.decode("utf-8", "backslashreplace").split("\n"), 1):
        reading.line(line.strip(), number)
    return reading.mistakes


class _Reading:
    def __init__(self, path: Path, inventory: Inventory) -> None:
        self.mistakes: list[Mistake] = []
        self._path = path
        self._inventory = inventory
        self._group = UNGROUPED
        self._kind: str | None = None

    def line(self, line: str, number: int) -> None:
        """Read one line."""
        if not line or line[0] in "#;":
            return
        if line.startswith("["):
            self._heading(line, number)
            return
        try:
            {None: self._host, "children": self._child, "vars": self._variable}[self._kind](line, number)
        except ValueError as error:  # shlex: a quotation without an end; a range that means nothing
            self._note(number, f"{shown(line)}: {error}")

    def _heading(self, line: str, number: int) -> None:
        heading = HEADING.fullmatch(line)
        if heading is None or heading[2] not in KINDS:
            self._note(number, f"{shown(line)} is no heading: [group], [group:children] or [group:vars]")
            return
        self._group, self._kind = heading[1], heading[2]
        self._inventory.group(self._group)

    def _host(self, line: str, number: int) -> None:
        words = shlex.split(line, comments=True)
        variables = dict(self._assigned(word, number) for word in words[1:])
        if port := NAME_WITH_PORT.fullmatch(words[0]):
            words[0], variables["ansible_port"] = port[1], Value(port[2], self._path, number)
        for name in expanded(words[0]):
            self._inventory.add_host(self._group, name, Value(name, self._path, number), dict(variables))

    def _child(self, line: str, number: int) -> None:
        name = line.split("#", maxsplit=1)[0].strip()
        if len(name.split()) != 1:
            raise ValueError("one name of a group belongs on a line")
        self._inventory.group(name)
        self._inventory.group(self._group).children.setdefault(name, Value(name, self._path, number))

    def _variable(self, line: str, number: int) -> None:
        words = shlex.split(line, comments=True)
        name, value = self._assigned(_joined(words), number)
        self._inventory.group(self._group).variables[name] = value

    def _assigned(self, word: str, number: int) -> tuple[str, Value]:
        name, sign, value = word.partition("=")
        if not sign or not name.strip():
            raise ValueError(f"{shown(word)} is not of the form name=value")
        return name.strip(), Value(value.strip(), self._path, number)

    def _note(self, number: int, what: str) -> None:
        self.mistakes.append(Mistake(self._path, number, what))


def _joined(words: list[str]) -> str:
    """Return `name = value`, whose sign may stand apart there, as one word."""
    return " ".join(words).replace(" = ", "=", 1).replace("= ", "=", 1).replace(" =", "=", 1)


def assignments(text: str, origin: Path) -> Variables:
    """Return what `-e "name=value other=value"` sets; raises `ValueError`."""
    found = {}
    for word in shlex.split(text):
        name, sign, value = word.partition("=")
        if not sign or not name:
            raise ValueError(f"{shown(word)} is not of the form name=value")
        found[name] = Value(value, origin, 1)
    return found
