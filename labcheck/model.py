"""The words that every part shares: a lab is an ordered list of checks, and grading turns each into a result.

What a site is belongs to `hosts`; the types here only carry it from a lab to its checks.
"""

from collections.abc import Callable, Collection, Sequence
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


class Visibility(StrEnum):
    """Who may read what became of a check: the student at once, the student after the due time, the instructor alone.

    A hidden check counts like any other.
    """

    SHOWN = "shown"
    AFTER_DUE = "after-due"
    HIDDEN = "hidden"


class Basis(StrEnum):
    """What the points of a check rest on, from what an owner can make up at will to what nobody can.

    HOST: what the student's own host says. SERVER: what the backup servers say, and when. RESTORED: data that came back
    from a backup. NONCE: a value that we made up a moment before came back.
    """

    HOST = "told by the host"
    SERVER = "told by a server"
    RESTORED = "data that came back"
    NONCE = "a fresh value that came back"


class Drill(StrEnum):
    """What is done only when it is asked for: RESTORE reads, CANARY writes to the database and puts everything back."""

    RESTORE = "restore"
    CANARY = "canary"


class State(StrEnum):
    """What became of a student. Only GRADED means that every check was asked; the others never cost a point.

    UNREACHABLE: a host did not answer or went away. HOST_KEY_CHANGED: a host showed another key than its pinned one.
    ERROR: we could not look, for a reason of ours. SKIPPED: not begun (interrupted, or out of time).
    """

    GRADED = "graded"
    UNREACHABLE = "unreachable"
    HOST_KEY_CHANGED = "host-key-changed"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Check(Generic[SiteT]):
    """One thing that should be true of a site.

    `function(site)` returns when it is true, perhaps with what was measured, and raises `CheckFailed` when it is not.
    `title` says it in the student's words; `needs` are the checks without which this one cannot be asked. A `bonus`
    check can only add points. A check of a `drill` is asked only when that drill is held.
    """

    name: str
    step: str
    title: str
    points: float
    needs: tuple["Check[SiteT]", ...]
    function: Callable[[SiteT], str | None]
    visibility: Visibility = Visibility.SHOWN
    bonus: bool = False
    basis: Basis = Basis.HOST
    drill: Drill | None = None


@dataclass(frozen=True)
class Evidence:
    """One question that a check asked, and the beginning of what the host said: text made visible, cut to be read.

    `status` is the exit status, None when there was no answer; `said` is then our trouble with the host.
    """

    host: str
    user: str
    asked: str
    status: int | None
    said: str = ""


@dataclass(frozen=True)
class Mark:
    """One place in a submitted file where a check found something: line from 1, 0 for the file as a whole.

    `level` is error, warning or note; `rule` names what was broken, `hint` the next step.
    """

    file: str
    line: int
    level: str
    rule: str
    found: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


@dataclass(frozen=True)
class Result:
    """What became of one check on one site: `hint` is empty when it passed, `found` is then what was measured, if any.

    `points` are those that it can give; `credit` is the part of them, from 0 to 1, that a failed check earns.
    """

    name: str
    step: str
    title: str
    points: float
    status: Status
    found: str = ""
    hint: str = ""
    seconds: float = 0.0
    credit: float = 0.0
    visibility: Visibility = Visibility.SHOWN
    bonus: bool = False
    basis: Basis = Basis.HOST
    evidence: tuple[Evidence, ...] = ()
    marks: tuple[Mark, ...] = ()

    @property
    def earned(self) -> float:
        """The points that it gave: all when it passed, its partial credit when it failed, else none."""
        if self.status is Status.PASS:
            return self.points
        return round(self.points * self.credit, 2) if self.status is Status.FAIL else 0

    @property
    def points_possible(self) -> float:
        """The points that it adds to the possible ones: none for a bonus, and none when it could not be graded."""
        return 0 if self.bonus or self.status is Status.ERROR else self.points


@dataclass(frozen=True)
class Person:
    """What a learning platform knows a student by, as the roster says it; any of it may be empty."""

    full_name: str = ""
    email: str = ""
    number: str = ""


@dataclass(frozen=True)
class Grade:
    """One student's results in a lab.

    What could not be graded is not held against the student: the points of an ERROR are not among the possible ones.
    `state` is GRADED when every check was asked; otherwise `note` says in one line what was in the way.
    `began` is an ISO 8601 time in UTC, empty when it is not known. `late_penalty` is the part of the earned points,
    from 0 to 1, that is taken off. `warnings` are for the instructor: they change no points.
    """

    student: str
    results: tuple[Result, ...]
    state: State = State.GRADED
    note: str = ""
    began: str = ""
    seconds: float = 0.0
    late_penalty: float = 0.0
    warnings: tuple[str, ...] = ()
    person: Person = Person()

    @property
    def points_before_penalty(self) -> float:
        """The points that the checks gave."""
        return round(sum(result.earned for result in self.results), 2)

    @property
    def points(self) -> float:
        """The points that the checks gave, less the late penalty."""
        return round(self.points_before_penalty * (1 - self.late_penalty), 2)

    @property
    def points_possible(self) -> float:
        """The points of all checks that could be graded, without bonuses."""
        return round(sum(result.points_possible for result in self.results), 2)

    @property
    def points_not_graded(self) -> float:
        """The points of the checks that could not be graded."""
        return round(sum(r.points for r in self.results if r.status is Status.ERROR and not r.bonus), 2)

    def count(self, status: Status) -> int:
        """Return how many checks ended so."""
        return sum(result.status is status for result in self.results)


@dataclass(frozen=True)
class Run:
    """The circumstances of a grading: ISO 8601 times in UTC (empty when not known), and whether it went to its end.

    `due` is the time after which a late penalty counts. `warnings` are about the class, such as two students on one
    host. `regraded` says that transcripts were judged, without asking a host.
    """

    began: str = ""
    seconds: float = 0.0
    finished: bool = True
    regraded: bool = False
    due: str = ""
    version: str = ""
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class ClassResult:
    """A lab's name and title, the grades of its students in the roster's order, and how they came about."""

    lab: str
    title: str
    grades: tuple[Grade, ...]
    run: Run = Run()


class Lab(Generic[SiteT]):
    """An ordered list of checks under one name; modules of checks add theirs with `@lab.check`."""

    def __init__(self, name: str, title: str) -> None:
        self.name = name
        self.title = title
        self.checks: list[Check[SiteT]] = []
        self.drills: list[Check[SiteT]] = []

    def check(
        self,
        step: str,
        *,
        points: float = 1,
        needs: Sequence[Check[SiteT]] = (),
        visibility: Visibility = Visibility.SHOWN,
        bonus: bool = False,
        basis: Basis = Basis.HOST,
        drill: Drill | None = None,
    ) -> Callable[[Callable[[SiteT], str | None]], Check[SiteT]]:
        """Make a check of a function: its name, and its docstring as the title in every report.

        One of a drill stands among `drills`.
        """

        def add(function: Callable[[SiteT], str | None]) -> Check[SiteT]:
            title, name = (function.__doc__ or "").strip(), function.__name__
            check = Check(name, step, title, points, tuple(needs), function, visibility, bonus, basis, drill)
            into = self.drills if drill else self.checks
            into.append(check)
            into.sort(key=lambda one: [int(part) for part in one.step.split(".")])
            return check

        return add

    def select(self, steps: Sequence[str], drills: Collection[Drill] = ()) -> list[Check[SiteT]]:
        """Return the checks of the given steps, in order; all of them when no step is given.

        `1` means every step of chapter 1, `1.2` that step alone. What a check needs comes along, and the drills that
        are held stand at the end. Raises `KeyError` with the first step that has no checks.
        """
        checks = [*self.checks, *(check for check in self.drills if check.drill in drills)]
        for step in steps:
            if not any(_within(check.step, step) for check in checks):
                raise KeyError(step)
        wanted = {check.name for check in checks if not steps or any(_within(check.step, step) for step in steps)}
        for check in reversed(checks):
            if check.name in wanted:
                wanted |= {needed.name for needed in check.needs}
        return [check for check in checks if check.name in wanted]

    @property
    def steps(self) -> list[str]:
        """The steps that have checks, in order."""
        return list(dict.fromkeys(check.step for check in self.checks))


def _within(step: str, wanted: str) -> bool:
    return step == wanted or step.startswith(f"{wanted}.")
