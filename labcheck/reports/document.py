"""What a report consists of: documents, each a name inside the folder of reports and its whole text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from labcheck.errors import LabcheckError
from labcheck.whole_file import AS_USUAL, write_whole

LONGEST_NAME = 60


@dataclass(frozen=True)
class Document:
    """One file of a report: where it goes below the folder of reports, and its text.

    `printed` says whether it may stand alone on standard output. `encoding` is the file's; standard output has its own.
    """

    name: str
    text: str
    printed: bool = True
    encoding: str = "utf-8"


def file_names(names: Sequence[str]) -> list[str]:
    """Return a file name for each of these names, all different, made of letters, digits, `.`, `_` and `-` only.

    Two names that differ in case alone get different files on systems that do not tell them apart.
    """
    taken: set[str] = set()
    made = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9_.-]+", "-", name)[:LONGEST_NAME].strip(".-") or "student"
        candidate, number = plain, 1
        while candidate.lower() in taken:
            number += 1
            candidate = f"{plain}-{number}"
        taken.add(candidate.lower())
        made.append(candidate)
    return made


def write(documents: Iterable[Document], folder: Path) -> list[Path]:
    """Write documents below a folder, which is made, and return their paths.

    Each file is replaced whole: whoever reads it meanwhile, or after a crash, has the old one or the new one.
    Raises `LabcheckError` naming the file when it cannot be written.
    """
    written = []
    for document in documents:
        path = folder / document.name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, [document.text], mode=AS_USUAL, encoding=document.encoding)
        except OSError as error:
            what = f"cannot write {path}: {error.strerror}"
            raise LabcheckError(what, "Free some space, or name another folder: --out DIR") from error
        written.append(path)
    return written
