"""Files that appear whole, on disk, or not at all: a crash or a full disk leaves the old one as it was."""

import os
from collections.abc import Iterable
from pathlib import Path

OWNER_ONLY = 0o600


def write_whole(path: Path, pieces: Iterable[str]) -> None:
    """Write a file for its owner alone, replacing the old one at once; raises `OSError`, with nothing left behind."""
    unfinished = path.with_name(f"{path.name}.new")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY), "w") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Have the new name on disk, too."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
