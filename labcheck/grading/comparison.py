"""What changed between two gradings of a class: who, in points or in state, and which checks are the reason."""

from collections.abc import Iterator
from dataclasses import dataclass

from labcheck.model import ClassResult, Grade, Result, State


@dataclass(frozen=True)
class Change:
    """One student who is not as before; `reasons` are lines that say why. A grade is None where the student is not."""

    student: str
    old: Grade | None
    new: Grade | None
    reasons: tuple[str, ...]


def changes(old: ClassResult, new: ClassResult) -> list[Change]:
    """Return who changed, in the new order, then who is gone."""
    before = {grade.student: grade for grade in old.grades}
    after = {grade.student: grade for grade in new.grades}
    names = [*after, *(name for name in before if name not in after)]
    found = (_change(name, before.get(name), after.get(name)) for name in names)
    return [change for change in found if change.reasons]


def _change(student: str, old: Grade | None, new: Grade | None) -> Change:
    if old is None or new is None:
        return Change(student, old, new, ("is new" if old is None else "is gone",))
    return Change(student, old, new, tuple(_reasons(old, new)))


def _reasons(old: Grade, new: Grade) -> Iterator[str]:
    if old.state is not new.state:
        yield f"{old.state} → {_told(new)}"
    if old.late_penalty != new.late_penalty:
        yield f"late penalty {old.late_penalty:.0%} → {new.late_penalty:.0%}"
    before = {result.name: result for result in old.results}
    after = {result.name: result for result in new.results}
    for name in dict.fromkeys([*after, *before]):
        if line := _of_check(before.get(name), after.get(name)):
            yield line


def _told(grade: Grade) -> str:
    return grade.state if grade.state is State.GRADED or not grade.note else f"{grade.state}: {grade.note}"


def _of_check(old: Result | None, new: Result | None) -> str:
    if old is None or new is None:
        there = old or new
        return f"{there.step} {there.name}: {'a new check' if old is None else 'no longer a check'}" if there else ""
    if (old.status, old.earned, old.points) == (new.status, new.earned, new.points):
        return ""
    told = f"{new.step} {new.name}: {_mark(old)} → {_mark(new)}"
    return f"{told}, found {new.found}" if new.found and new.found != old.found else told


def _mark(result: Result) -> str:
    return f"{result.status.upper()} {result.earned:g}/{result.points:g}"
