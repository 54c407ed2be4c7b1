"""What GitHub shows of a grading: annotations, a job summary, and what Classroom's reporter reads.

The student reads all three, so they tell only what is shown to students now.
"""

import base64
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from labcheck.errors import LabcheckError
from labcheck.model import ClassResult
from labcheck.reports.document import Document
from labcheck.reports.github import annotations, classroom, summary


def documents(result: ClassResult) -> Iterator[Document]:
    """Yield the annotations, the summary and, for one student, Classroom's document."""
    yield Document("github/annotations.txt", annotations.text(result))
    yield Document("github/summary.md", summary.text(result), printed=False)
    if len(result.grades) == 1:
        yield Document("github/classroom.json", classroom.text(result.grades[0]), printed=False)


def is_here(environment: Mapping[str, str]) -> bool:
    """Say whether this process is a step of a GitHub workflow."""
    return environment.get("GITHUB_ACTIONS") == "true"


def hand_over(made: Sequence[Document], environment: Mapping[str, str]) -> str:
    """Give the summary and the step output `result` to the runner, in the files that it named.

    Return the annotations: it takes them from standard output. Raises `LabcheckError` when a file cannot be written.
    """
    told = {one.name: one.text for one in made}
    _append(environment.get("GITHUB_STEP_SUMMARY"), told["github/summary.md"])
    if scores := told.get("github/classroom.json"):
        encoded = base64.b64encode(scores.encode()).decode()
        _append(environment.get("GITHUB_OUTPUT"), f"result={encoded}\n")
    return told["github/annotations.txt"]


def _append(file: str | None, text: str) -> None:
    if not file:
        return
    try:
        with Path(file).open("a", encoding="utf-8") as opened:
            opened.write(text)
    except OSError as error:
        raise LabcheckError(f"cannot write {file}: {error.strerror}") from error


@contextmanager
def obeying_nothing(out: TextIO) -> Iterator[None]:
    """Have the runner take what is written meanwhile as text: it obeys commands wherever they stand in a log."""
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}", file=out)
    try:
        yield
    finally:
        print(f"::{token}::", file=out)
