"""An Ansible inventory in INI: `[group]`, `[group:children]`, `[group:vars]`, and lines of `host name=value …`."""

import ast
import re
import shlex
import warnings
from pathlib import Path

from labcheck.errors import LabcheckError
from labcheck.grading.inventory import UNGROUPED, Inventory, Value
from labcheck.grading.marked_yaml import LARGEST_BYTES, MOST_MISTAKES, Mistake, shown
from labcheck.visible import visible

HEADING = re.compile(r"\[\s*([^\s\[\]:]+)\s*(?::\s*(\w+)\s*)?\](?:\s*[#;].*)?")
KINDS = {None, "children", "vars"}
LITERAL = re.compile(r"""["'0-9+-].{0,2000}""", re.DOTALL)
"""What may be a text in quotes, or a number, as Python writes them: Ansible reads values so."""
VAULT = "$ANSIBLE_VAULT;"
WRITE_IT_DOWN = "write down what it says: ansible-inventory -i FILE --list --yaml > hosts.yaml"


def read_ini(path: Path, inventory: Inventory) -> list[Mistake]:
    """Add what a file says to an inventory, and return the mistakes in it."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise LabcheckError(f"cannot read {visible(str(path))}: {error.strerror}") from error
    if len(data) > LARGEST_BYTES:
        raise LabcheckError(f"{visible(str(path))} has more than the {LARGEST_BYTES:,} bytes that are read")
    text = data.decode("utf-8-sig", "backslashreplace")
    for begin, what in (("#!", "a program, and none is run here"), (VAULT, "encrypted, and no vault is opened here")):
        if text.startswith(begin):
            return [Mistake(path, 1, f"this inventory is {what}; {WRITE_IT_DOWN}")]
    reading = _Reading(path, inventory)
    for number, line in enumerate(text.split("\n"), 1):
        reading.line(line.strip(), number)
        if len(reading.mistakes) > MOST_MISTAKES:
            break
    reading.end()
    return reading.mistakes


class _Reading:
    def __init__(self, path: Path, inventory: Inventory) -> None:
        self.mistakes: list[Mistake] = []
        self._path = path
        self._inventory = inventory
        self._group = UNGROUPED
        self._kind: str | None = None
        self._declared = {UNGROUPED, *inventory.groups}
        self._named: dict[str, tuple[int, str]] = {}

    def line(self, line: str, number: int) -> None:
        """Read one line."""
        if not line or line[0] in "#;":
            return
        if line.startswith("[") and (HEADING.fullmatch(line) or line.endswith("]") or "]" not in line):
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
        if self._kind == "vars":
            self._named.setdefault(self._group, (number, f"[{self._group}:vars]"))
        else:
            self._declared.add(self._group)

    def _host(self, line: str, number: int) -> None:
        words = shlex.split(line, comments=True)
        variables = dict(self._assigned(word, number) for word in words[1:])
        self._inventory.add_hosts(self._group, words[0], Value(words[0], self._path, number), variables)

    def _child(self, line: str, number: int) -> None:
        name = line.split("#", maxsplit=1)[0].strip()
        if len(name.split()) != 1:
            raise ValueError("one name of a group belongs on a line")
        self._inventory.group(name)
        self._inventory.group(self._group).children.setdefault(name, Value(name, self._path, number))
        self._named.setdefault(name, (number, f"[{self._group}:children]"))

    def _variable(self, line: str, number: int) -> None:
        name, value = self._assigned(line, number)
        self._inventory.group(self._group).variables[name] = value

    def _assigned(self, word: str, number: int) -> tuple[str, Value]:
        name, sign, value = word.partition("=")
        if not sign or not name.strip():
            raise ValueError(f"{shown(word)} is not of the form name=value")
        return name.strip(), Value(_as_ansible_reads(value.strip()), self._path, number)

    def end(self) -> None:
        """Note the groups that are spoken of and are nowhere."""
        for name, (number, where) in self._named.items():
            if name not in self._declared:
                self._note(
                    number, f"{shown(where)} speaks of {shown(name)}, and there is no group [{shown(name)[1:-1]}]"
                )

    def _note(self, number: int, what: str) -> None:
        self.mistakes.append(Mistake(self._path, number, what))


def _as_ansible_reads(value: str) -> str:
    """Return the text or the number that a value is as Python writes them, else the value as it stands."""
    if not LITERAL.fullmatch(value):
        return value
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = ast.literal_eval(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return value
    return str(read) if isinstance(read, str | int | float) else value
