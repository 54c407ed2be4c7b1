"""Builds submissions out of the reference and a table of small changes."""

import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parents[2] / "fixtures" / "submissions"
REFERENCE = FOLDER / "reference"


@cache
def table(name: str) -> Mapping[str, Mapping[str, Any]]:
    """Return `defects` or `unusual`: entries by name, each with its changes."""
    loaded: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    return loaded


def build(changes: Mapping[str, Mapping[str, Any]], folder: Path) -> Path:
    """Copy the reference into a new folder and change it; a change that does not apply fails the test."""
    shutil.copytree(REFERENCE, folder)
    for name, change in changes.items():
        path = folder / name
        if change.get("remove"):
            path.unlink()
        elif "write" in change:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(change["write"].encode())
        else:
            path.write_text(_changed(path.read_text(), change, name))
    return folder


def _changed(text: str, change: Mapping[str, Any], name: str) -> str:
    for old, new in change.get("swap", {}).items():
        assert old in text, f"`{old}` does not stand in {name}"
        text = text.replace(old, new)
    return f"{text}{change.get('append', '')}"
