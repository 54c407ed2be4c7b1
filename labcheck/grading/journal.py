"""The journal of a run: a folder in which each student's result is on disk before the next one is shown.

run.json                     what the run set out to do: the plan, the students, where they came from
students/NAME.json           a student's grade, and what the hosts are known by
students/NAME.transcript.jsonl
results.json                 the whole class, when the run has ended
"""

import contextlib
import fcntl
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from labcheck.errors import LabcheckError, UsageError
from labcheck.grading.identity import Identity
from labcheck.grading.roster import Source, Student
from labcheck.grading.student import Graded, Plan
from labcheck.hosts import transcript
from labcheck.hosts.transcript import Entry, Transcript
from labcheck.model import ClassResult, Grade
from labcheck.reports import json as documents
from labcheck.shape import plain, shaped
from labcheck.whole_file import write_whole

RUN, RESULTS, STUDENTS = "run.json", "results.json", "students"


@dataclass(frozen=True)
class Beginning:
    """What a run set out to do; `began` is an ISO 8601 time in UTC. It holds no key and no seed."""

    began: str
    version: str
    plan: Plan
    students: tuple[Student, ...]
    source: Source
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Record:
    """What is kept of a student beside the transcript."""

    grade: Grade
    identities: dict[str, Identity] = field(default_factory=dict)


class Journal:
    """The folder of one run; its methods raise `LabcheckError` when it cannot be written or read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._students = folder / STUDENTS
        self._kept: dict[str, Record] = {}

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other run out of the folder."""
        with _told(self.folder):
            self.folder.mkdir(0o700, parents=True, exist_ok=True)  # grades are for who asked for them
            self._students.mkdir(exist_ok=True)
            lock = (self.folder / ".lock").open("w")
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UsageError(f"another run is writing into {self.folder} right now") from error
            yield

    def begin(self, beginning: Beginning) -> None:
        """Write what the run sets out to do; raises `UsageError` when another run was written here."""
        if (self.folder / RUN).exists():
            go_on = f"Go on with it: labcheck grade --resume {self.folder} · or name another folder with --out"
            raise UsageError(f"{self.folder} holds a run already", go_on)
        with _told(self.folder):
            write_whole(self.folder / RUN, [json.dumps(beginning, default=plain), "\n"])

    def beginning(self) -> Beginning:
        """Return what the run set out to do."""
        told = self._read(self.folder / RUN)
        try:
            return shaped(Beginning, told)
        except ValueError as error:
            raise LabcheckError(f"{self.folder / RUN} is damaged: {error}") from error

    def add(self, graded: Graded) -> None:
        """Write a student's transcript and then the grade: a student whose grade is there is there altogether."""
        name = graded.grade.student
        record = {"grade": documents.student_document(graded.grade), "identities": graded.identities}
        with _told(self.folder):
            Transcript(graded.entries).write(self._students / f"{name}.transcript.jsonl")
            write_whole(self._students / f"{name}.json", [json.dumps(record, default=plain), "\n"])
        self._kept[name] = Record(graded.grade, dict(graded.identities))

    def record(self, student: str) -> Record | None:
        """Return what is kept of a student, None when there is nothing yet."""
        path = self._students / f"{student}.json"
        if student in self._kept or not path.exists():
            return self._kept.get(student)
        try:
            return shaped(Record, self._read(path))
        except ValueError as error:
            raise LabcheckError(f"{path} is damaged: {error}", "Delete it, and --resume") from error

    def entries(self, student: str) -> list[Entry]:
        """Return a student's transcript."""
        with _told(self.folder), (self._students / f"{student}.transcript.jsonl").open() as file:
            return transcript.read(file)

    def finish(self, result: ClassResult) -> None:
        """Write the whole class, replacing what was there."""
        with _told(self.folder):
            write_whole(self.folder / RESULTS, documents.lines(result))

    def _read(self, path: Path) -> Any:
        try:
            return json.loads(path.read_bytes())
        except FileNotFoundError as error:
            raise UsageError(f"{self.folder} holds no run: {path.name} is not there") from error
        except (OSError, ValueError, RecursionError) as error:
            raise LabcheckError(f"{path} cannot be read: {error}") from error


@contextlib.contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"cannot keep results in {folder}: {error.strerror}"
        go_on = f"When that is mended: labcheck grade --resume {folder}"
        raise LabcheckError(what, go_on if (folder / RUN).exists() else "Name another folder: --out DIR") from error
