"""A class at a glance: how many, how well, and which checks failed most. Pure."""

import re
from collections import Counter
from dataclasses import dataclass
from statistics import median

from labcheck.model import ClassResult, Grade, Result, State, Status

TENTHS = 10


@dataclass(frozen=True)
class Column:
    """One check over the class: how many students it was asked about, and how many failed it.

    `found` are the commonest things that were found instead, each with the number of students, commonest first.
    """

    check: Result
    asked: int
    failed: int
    found: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Overview:
    """The class in numbers. `tenths[i]` students have i tenths of their points or more; the last holds the rest."""

    columns: tuple[Column, ...]
    graded: int
    perfect: int
    middle: float | None
    tenths: tuple[int, ...]
    full_points: float

    @property
    def most_failed(self) -> list[Column]:
        """The checks that somebody failed, those that most failed first."""
        return sorted((one for one in self.columns if one.failed), key=lambda one: -one.failed)


def overview(result: ClassResult) -> Overview:
    """Return the class in numbers; the median is of shares from 0 to 1, None when nobody was graded."""
    shares = [share for grade in result.grades if (share := share_of(grade)) is not None]
    tenths = Counter(min(TENTHS - 1, max(0, int(share * TENTHS))) for share in shares)
    return Overview(
        columns=columns(result),
        graded=len(shares),
        perfect=sum(passed_all(grade) for grade in result.grades),
        middle=median(shares) if shares else None,
        tenths=tuple(tenths[tenth] for tenth in range(TENTHS)),
        full_points=full_points(result),
    )


def share_of(grade: Grade) -> float | None:
    """Return the part of the possible points that a student has (over 1 with a bonus); None when not graded."""
    if grade.state is not State.GRADED or not grade.points_possible:
        return None
    return grade.points / grade.points_possible


def passed_all(grade: Grade) -> bool:
    """Say whether a student was graded and every check passed that is not a bonus."""
    counted = [one.status for one in grade.results if not one.bonus]
    return grade.state is State.GRADED and bool(counted) and all(status is Status.PASS for status in counted)


def full_points(result: ClassResult) -> float:
    """Return the points that a lab gives when all of it could be graded, without bonuses: a whole that all share."""
    return max((grade.points_possible + grade.points_not_graded for grade in result.grades), default=0)


def points_of_full(grade: Grade, full: float) -> float | None:
    """Return a student's points out of the whole that all share, for a gradebook that has one maximum for everybody.

    Checks that we could not grade cost nothing: who has 18 of the 20 points that could be graded has 27 of 30.
    None when the student was not graded.
    """
    share = share_of(grade)
    return None if share is None else round(share * full, 2)


def columns(result: ClassResult) -> tuple[Column, ...]:
    """Return every check that any student has a result of, in the order of the lab."""
    asked: dict[str, list[Result]] = {}
    for grade in result.grades:
        for one in grade.results:
            asked.setdefault(one.name, []).append(one)
    return tuple(sorted((_column(results) for results in asked.values()), key=lambda one: step_order(one.check.step)))


def _column(results: list[Result]) -> Column:
    failed = [one for one in results if one.status is Status.FAIL]
    asked = sum(one.status in {Status.PASS, Status.FAIL} for one in results)
    return Column(results[0], asked, len(failed), tuple(Counter(one.found for one in failed).most_common(3)))


def step_order(step: str) -> list[tuple[int, str]]:
    """Return what steps are sorted by: 1.2 before 1.10, and words after numbers."""
    return [(int(part), "") if re.fullmatch("[0-9]{1,9}", part) else (10**9, part) for part in step.split(".")]
