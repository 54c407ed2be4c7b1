"""What stands beside an Ansible inventory: `group_vars/` and `host_vars/`, and what `-e` says over all of it."""

import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from labcheck.errors import LabcheckError
from labcheck.grading.inventory import Inventory, Value, Variables
from labcheck.grading.inventory_yaml import variables
from labcheck.grading.marked_yaml import Mistake, MistakesFound, Reader, shown
from labcheck.visible import visible

EXTRA = Path("-e")
ENDINGS = {"", ".yml", ".yaml", ".json"}
MOST_FILES = 2_000
VAULT = b"$ANSIBLE_VAULT;"


class Folders:
    """Reads the folders beside inventories, each file once; `mistakes` and `warnings` are what came of it."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self.warnings: list[str] = []
        self._known: dict[Path, dict[str, Variables]] = {}

    def add_to(self, inventory: Inventory, folder: Path) -> None:
        """Add what the folders say of groups and hosts to an inventory that lies in `folder`."""
        inventory.group_files |= self._read(folder / "group_vars")
        inventory.host_files |= self._read(folder / "host_vars")

    def _read(self, folder: Path) -> dict[str, Variables]:
        if folder not in self._known:
            self._known[folder] = {}
            for path in sorted(folder.iterdir()) if folder.is_dir() else ():
                name = path.stem if path.suffix in ENDINGS else path.name
                said = self._known[folder].setdefault(name, {})
                for file in _files(path):
                    said |= self._variables(file)
        return self._known[folder]

    def _variables(self, file: Path) -> Variables:
        reader = Reader(file)
        try:
            with file.open("rb") as opened:
                is_locked = opened.read(len(VAULT)) == VAULT
        except OSError as error:
            raise LabcheckError(f"cannot read {visible(str(file))}: {error.strerror}") from error
        if is_locked:
            self.warnings.append(f"{visible(str(file))} is encrypted and was left out: no vault is opened here")
            return {}
        said = variables(reader, reader.root())
        self.mistakes += reader.mistakes
        return said


def _files(path: Path) -> Iterator[Path]:
    """Yield the files of a group or a host: one, or those of a folder and of the folders in it, by name."""
    if path.is_file() and path.suffix in ENDINGS and not path.name.startswith("."):
        yield path
    elif path.is_dir() and not path.is_symlink() and not path.name.startswith("."):
        for each in sorted(path.iterdir())[:MOST_FILES]:
            yield from _files(each)


def extra_variables(texts: Iterable[str]) -> Variables:
    """Return what `-e` sets: `name=value other=value`, `@file.yml` or `{"name": "value"}`; raises `LabcheckError`."""
    found: Variables = {}
    for text in texts:
        try:
            found |= _from_yaml(text) if text.startswith(("@", "{")) else _assigned(text)
        except ValueError as error:
            raise LabcheckError(f"-e {text[:60]!r}: {error}", "For example: -e ansible_port=2201") from error
    return found


def _from_yaml(text: str) -> Variables:
    reader = Reader(Path(text[1:]).expanduser() if text.startswith("@") else EXTRA)
    said = variables(reader, reader.root() if text.startswith("@") else reader.root_of(text.encode()))
    if reader.mistakes:
        raise MistakesFound(reader.mistakes)
    return said


def _assigned(text: str) -> Variables:
    found = {}
    for word in shlex.split(text):
        name, sign, value = word.partition("=")
        if not sign or not name:
            raise ValueError(f"{shown(word)} is not of the form name=value")
        found[name] = Value(value, EXTRA, 1)
    return found
