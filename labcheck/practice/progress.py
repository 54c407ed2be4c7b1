"""What a student has achieved in a lab: one file beside the lab's folder, so that it outlives the lab itself.

A step is achieved when all its checks have passed for the first time; that stays. Whether it holds is what the checks
said last, and unknown again when the hosts are put back to the start.
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from labcheck.labs import LABS
from labcheck.model import Result, Status
from labcheck.practice import places
from labcheck.whole_file import write_whole

LAB = LABS["backup-tools"]


@dataclass(frozen=True)
class Step:
    """One step: when it was achieved (in UTC; None for never), and whether it holds as far as anybody has looked."""

    achieved: datetime | None = None
    holds: bool = False


@dataclass(frozen=True)
class Progress:
    """The steps of a student that were ever looked at; `trouble` says what happened to a record that was damaged."""

    steps: dict[str, Step] = field(default_factory=dict)
    trouble: str = ""

    def step(self, name: str) -> Step:
        """Return a step, also one that nobody has looked at yet."""
        return self.steps.get(name, Step())

    def achieved(self, chapter: int | None = None) -> list[str]:
        """Return the steps of a chapter, or of the lab, that were achieved, in order."""
        return [name for name in steps(chapter) if self.step(name).achieved]


Students = dict[str, dict[str, Step]]
"""The steps of each student."""

_STUDENTS = TypeAdapter(Students)


def steps(chapter: int | None = None) -> list[str]:
    """Return the steps that there are, of a chapter or of the lab."""
    return [name for name in LAB.steps if chapter is None or name.split(".")[0] == str(chapter)]


def chapters() -> list[int]:
    """Return the chapters that have steps, in order."""
    return list(dict.fromkeys(int(name.split(".")[0]) for name in LAB.steps))


def title(step: str) -> str:
    """Return what should be so in a step: the titles of its checks."""
    return "; ".join(check.title for check in LAB.checks if check.step == step)


def file() -> Path:
    """Return where the progress in this user's lab is kept."""
    return places.state_folder() / "progress" / f"{places.project()}.json"


def of(student: str) -> Progress:
    """Return how far a student is. A record that cannot be read is put aside, and says so this once."""
    try:
        with _students() as (known, trouble):
            return Progress(known.get(student, {}), trouble)
    except OSError as error:
        return Progress({}, f"Your progress could not be read: {error}")


def record(student: str, results: Sequence[Result], now: datetime | None = None) -> Progress:
    """Take down what checks have found, and return how far the student is with it.

    Only steps of which every check was asked count. An ERROR says nothing about a step: it leaves it as it was.
    """
    mine: dict[str, Step] = {}
    try:
        with _students() as (known, trouble):
            mine = known.setdefault(student, {})
            for name, passed in _judged(results).items():
                first = mine.get(name, Step()).achieved
                mine[name] = Step(first or now or datetime.now(UTC), True) if passed else Step(first, False)
        return Progress(mine, trouble)
    except OSError as error:
        return Progress(mine, f"Your progress could not be kept: {error}")


def put_back(student: str) -> None:
    """Take down that the hosts are as at the start: what was achieved stays so, but nothing holds any more."""
    with _students() as (known, _):
        if student in known:
            known[student] = {name: replace(step, holds=False) for name, step in known[student].items()}


def forget() -> None:
    """Delete the record of every student of this lab."""
    file().unlink(missing_ok=True)


def _judged(results: Sequence[Result]) -> dict[str, bool]:
    asked = {result.name: result.status for result in results}
    judged = {}
    for name in steps():
        statuses = [asked.get(check.name, Status.ERROR) for check in LAB.checks if check.step == name]
        if Status.ERROR not in statuses:
            judged[name] = all(status is Status.PASS for status in statuses)
    return judged


@contextmanager
def _students() -> Iterator[tuple[Students, str]]:
    """Give what is known of every student, and what was wrong with the file; what is changed inside is written.

    Two notebooks may do so at the same time: one waits for the other. The file is replaced whole.
    """
    path = file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known, trouble = _read(path)
        before = _STUDENTS.dump_json(known, indent=1)
        yield known, trouble
        after = _STUDENTS.dump_json(known, indent=1)
        if after != before:
            write_whole(path, [after.decode()])


def _read(path: Path) -> tuple[Students, str]:
    try:
        return _STUDENTS.validate_json(path.read_bytes()), ""
    except FileNotFoundError:
        return {}, ""
    except ValidationError:
        damaged = path.with_suffix(".damaged")
        path.replace(damaged)
        return {}, f"The record of your progress could not be read and begins anew; the old one is {damaged}."
