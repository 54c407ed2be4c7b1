"""The words that every part shares: a lab is an ordered list of checks, and grading turns each into a result.

What a site is belongs to `hosts`; the types here only carry it from a lab to its checks.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

SiteT = TypeVar("SiteT")


class Status(StrEnum):
    """What became of a check; only FAIL says anything about the student's work."""

    PASS = "pass"  # noqa: S105 - a verdict, not a password
    FAIL = "fail"
    ERROR = "error"
    SKIP = "skip"


@dataclass(frozen=True)
class Check(Generic[SiteT]):
    """One thing that should be true of a site.

    `function(site)` returns when it is true and raises `CheckFailed` when it is not. `title` says it in
    the student's words; `needs` are the checks without which this one cannot be asked.
    """

    name: str
    step: str
    title: str
    points: int
    needs: tuple["Check[SiteT]", ...]
    function: Callable[[SiteT], None]


@dataclass(frozen=True)
class Result:
    """What became of one check on one site: `found` and `hint` are empty when it passed."""

    name: str
    step: str
    title: str
    points: int
    status: Status
    found: str = ""
    hint: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Grade:
    """One student's results in a lab.

    What could not be graded is not held against the student: the points of an ERROR are not among the possible ones.
    """

    student: str
    results: tuple[Result, ...]

    @property
    def points(self) -> int:
        """The points of the checks that passed."""
        return sum(result.points for result in self.results if result.status is Status.PASS)

    @property
    def points_possible(self) -> int:
        """The points of all checks that could be graded."""
        return sum(result.points for result in self.results if result.status is not Status.ERROR)

    def count(self, status: Status) -> int:
        """Return how many checks ended so."""
        return sum(result.status is status for result in self.results)


class Lab(Generic[SiteT]):
    """An ordered list of checks under one name; modules of checks add theirs with `@lab.check`."""

    def __init__(self, name: str, title: str) -> None:
        self.name = name
        self.title = title
        self.checks: list[Check[SiteT]] = []

    def check(
        self, step: str, *, points: int = 1, needs: Sequence[Check[SiteT]] = ()
    ) -> Callable[[Callable[[SiteT], None]], Check[SiteT]]:
        """Make a check of a function: its name, and its docstring as the title in every report."""

        def add(function: Callable[[SiteT], None]) -> Check[SiteT]:
            title = (function.__doc__ or "").strip()
            check = Check(function.__name__, step, title, points, tuple(needs), function)
            self.checks.append(check)
            self.checks.sort(key=lambda one: [int(part) for part in one.step.split(".")])
            return check

        return add

    def select(self, steps: Sequence[str]) -> list[Check[SiteT]]:
        """Return the checks of the given steps, in order; all of them when no step is given.

        `1` means every step of chapter 1, `1.2` that step alone. What a check needs comes along.
        Raises `KeyError` with the first step that has no checks.
        """
        for step in steps:
            if not any(_within(check.step, step) for check in self.checks):
                raise KeyError(step)
        wanted = {check.name for check in self.checks if not steps or any(_within(check.step, step) for step in steps)}
        for check in reversed(self.checks):
            if check.name in wanted:
                wanted |= {needed.name for needed in check.needs}
        return [check for check in self.checks if check.name in wanted]

    @property
    def steps(self) -> list[str]:
        """The steps that have checks, in order."""
        return list(dict.fromkeys(check.step for check in self.checks))


def _within(step: str, wanted: str) -> bool:
    return step == wanted or step.startswith(f"{wanted}.")
