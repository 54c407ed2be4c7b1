"""Files that appear whole, on disk, or not at all: a crash or a full disk leaves the old one as it was."""

import os
from collections.abc import Iterable
from pathlib import Path

OWNER_ONLY = 0o600
AS_USUAL = 0o666
"""For everybody who may look, less what the user's umask takes away."""


def write_whole(path: Path, pieces: Iterable[str], *, mode: int = OWNER_ONLY, encoding: str = "utf-8") -> None:
    """Write a file for its owner alone, or with another `mode`, replacing the old one at once.

    Raises `OSError`, with nothing left behind.
    """
    unfinished = path.with_name(f"{path.name}.new")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(descriptor, "w", encoding=encoding, newline="") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Have the new name on disk, too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
