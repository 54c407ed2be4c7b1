"""Grading a class: all students at once, as many as may be, each kept in the journal before the next is told."""

import concurrent.futures
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import replace
from datetime import datetime

from labcheck.errors import LabcheckError
from labcheck.grading.identity import same_machines
from labcheck.grading.journal import Beginning, Journal, Record
from labcheck.grading.roster import Student
from labcheck.grading.student import Graded, judge_again
from labcheck.labs import LABS
from labcheck.model import ClassResult, Grade, Run, State
from labcheck.visible import visible

Tell = Callable[[Grade], None]


def grade_class(
    beginning: Beginning,
    journal: Journal,
    grade: Callable[[Student], Graded],
    executor: Executor,
    tell: Tell,
    *,
    run_seconds: float | None = None,
) -> bool:
    """Grade the students whose results are missing, and return whether all came to their end in time.

    Missing is who has no result, or one that is not GRADED: a host that was away is asked again. Whatever ends this
    early (Ctrl-C, a full disk) leaves what is in the journal, and the executor with nothing to do.
    """
    waiting = {executor.submit(grade, student): student for student in missing(beginning, journal)}
    try:
        for future in concurrent.futures.as_completed(list(waiting), timeout=run_seconds):
            graded = _outcome(future, waiting.pop(future))
            journal.add(graded)
            tell(graded.grade)
    except TimeoutError:
        return False
    finally:
        for future in waiting:
            future.cancel()
    return True


def missing(beginning: Beginning, journal: Journal) -> list[Student]:
    """Return the students who have no result yet, or could not be graded, in the roster's order."""
    records = ((student, journal.record(student.name)) for student in beginning.students)
    return [student for student, record in records if record is None or record.grade.state is not State.GRADED]


def _outcome(future: Future[Graded], student: Student) -> Graded:
    try:
        return future.result()
    except Exception as error:  # a defect of ours, or of the machine that graded: it costs nobody a point
        note = error.what if isinstance(error, LabcheckError) else f"a defect of ours: {type(error).__name__}: {error}"
        return Graded(Grade(student.name, (), State.ERROR, visible(note[:300]), person=student.person), ())


def result_of(beginning: Beginning, journal: Journal, *, finished: bool, regraded: bool = False) -> ClassResult:
    """Return the class as the journal has it; students who are not in it were not begun."""
    records = {student.name: journal.record(student.name) for student in beginning.students}
    known = {name: record for name, record in records.items() if record}
    warned = same_machines({name: record.identities for name, record in known.items()})
    grades = tuple(
        _graded(student, known.get(student.name), warned.get(student.name, ())) for student in beginning.students
    )
    ends = [datetime.fromisoformat(grade.began).timestamp() + grade.seconds for grade in grades if grade.began]
    seconds = max(ends, default=0.0) - datetime.fromisoformat(beginning.began).timestamp()
    policy = beginning.plan.policy
    run = Run(
        beginning.began,
        round(max(seconds, 0.0), 1),
        finished,
        regraded,
        policy.due,
        beginning.version,
        beginning.warnings,
    )
    lab = LABS[beginning.plan.lab]
    return ClassResult(lab.name, lab.title, grades, run)


def _graded(student: Student, record: Record | None, warnings: Sequence[str]) -> Grade:
    if record is None:
        return Grade(student.name, (), State.SKIPPED, "not begun", person=student.person)
    return replace(record.grade, warnings=tuple(warnings))


def judge_class_again(beginning: Beginning, old: Journal, new: Journal, tell: Tell) -> None:
    """Judge every transcript of a journal again, asking no host; the grades go into another journal, or into this."""
    for student in beginning.students:
        record = old.record(student.name)
        if record is None:
            continue
        entries = old.entries(student.name)
        if not entries:  # nothing was asked, as something was in the way
            new.add(Graded(record.grade, (), record.identities))
            continue
        grade = judge_again(beginning.plan, student, entries, datetime.fromisoformat(record.grade.began))
        new.add(Graded(grade, entries, record.identities))
        tell(grade)
