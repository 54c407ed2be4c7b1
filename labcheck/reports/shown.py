"""Results as a report may show them: safe to look at and, for a student, only what is theirs to read yet."""

from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from labcheck.model import ClassResult, Evidence, Grade, Mark, Person, Result, Run, State, Status, Visibility
from labcheck.visible import visible

RecordT = TypeVar("RecordT", ClassResult, Grade, Result, Evidence, Mark, Run, Person)


def readable(result: ClassResult) -> ClassResult:
    """Return the same results with every text made visible: whatever wrote them, no report has to trust it."""
    run = _with(result.run, "began", "due", "version", warnings=_each(result.run.warnings))
    return _with(result, "lab", "title", grades=tuple(_grade(grade) for grade in result.grades), run=run)


def _grade(grade: Grade) -> Grade:
    results = tuple(_result(one) for one in grade.results)
    person = _with(grade.person, "full_name", "email", "number")
    warnings = _each(grade.warnings)
    return _with(grade, "student", "note", "began", results=results, warnings=warnings, person=person)


def _result(result: Result) -> Result:
    evidence = tuple(_evidence(one) for one in result.evidence)
    marks = tuple(_with(one, "file", "level", "rule", "found", "hint") for one in result.marks)
    return _with(result, "name", "step", "title", "found", "hint", evidence=evidence, marks=marks)


def _evidence(evidence: Evidence) -> Evidence:
    return _with(evidence, "host", "user", asked=_lines(evidence.asked), said=_lines(evidence.said))


def _lines(text: str) -> str:
    return "\n".join(visible(line) for line in text.split("\n"))


def _each(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(visible(text) for text in texts)


def _with(one: RecordT, *texts: str, **changes: Any) -> RecordT:
    """The same record with these texts made visible, and with other changes; a copy only where something changes."""
    changes |= {text: visible(getattr(one, text)) for text in texts}
    changes = {name: value for name, value in changes.items() if value != getattr(one, name)}
    return replace(one, **changes) if changes else one


def revealed(result: ClassResult, now: datetime) -> ClassResult:
    """Return the same results where, once the due time has passed, what was to be shown after it is shown.

    Without a due time there is no "after" yet.
    """
    if not result.run.due or now < datetime.fromisoformat(result.run.due):
        return result
    return replace(result, grades=tuple(map(_revealed, result.grades)))


def _revealed(grade: Grade) -> Grade:
    results = (
        replace(one, visibility=Visibility.SHOWN) if one.visibility is Visibility.AFTER_DUE else one
        for one in grade.results
    )
    return replace(grade, results=tuple(results))


def students_own(grade: Grade) -> Grade:
    """Return what a student may read of a grade: the shown checks, and points of these alone.

    Points of the others would tell how they ended. Evidence stays with the instructor: it tells how a check looks, and
    a server that all share may have said something about others.
    """
    shown = (one for one in grade.results if one.visibility is Visibility.SHOWN)
    return replace(grade, results=tuple(replace(one, evidence=()) for one in shown))


def students_note(grade: Grade) -> str:
    """Return what was in the way, as the student may read it: not what a check met that is not shown."""
    first = next((one for one in grade.results if one.status is Status.ERROR), None)
    if grade.state is State.ERROR and first and first.visibility is not Visibility.SHOWN:
        return "a check that is not shown could not be asked"
    return grade.note


def verdict(grade: Grade) -> str:
    """Return the sentence that a student reads first; it never says that all passed while something is not shown."""
    if grade.state is not State.GRADED:
        return f"Not graded: {students_note(grade) or grade.state.value.replace('-', ' ')}. This costs you no points."
    shown = students_own(grade).results
    concealed = len(grade.results) - len(shown)
    told = _passed(
        sum(one.status is Status.PASS for one in shown), len(shown), " that you can see" if concealed else ""
    )
    return f"{told} {_concealed(grade, concealed)}" if concealed else told


def _passed(passed: int, count: int, which: str) -> str:
    if not count:
        return "No check can be seen yet." if which else "There was no check."
    if passed == count:
        return f"All {count} checks{which} passed." if count > 1 else f"The check{which} passed."
    return f"{passed} of {count} checks{which} passed."


def _concealed(grade: Grade, count: int) -> str:
    later = sum(one.visibility is Visibility.AFTER_DUE for one in grade.results)
    what = "1 more counts and is" if count == 1 else f"{count} more count and are"
    if later == count:
        return f"{what} shown after the due time."
    return f"{what} not shown{f', {later} of them until the due time' if later else ''}."
