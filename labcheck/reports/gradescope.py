"""The `results.json` of a Gradescope autograder: one document a student, as its specification of autograders says."""

import json
from collections.abc import Iterator
from typing import Any

from labcheck.model import ClassResult, Grade, Result, State, Status, Visibility
from labcheck.reports.document import Document, file_names
from labcheck.reports.overview import full_points, points_of_full
from labcheck.reports.shown import students_note

VISIBILITY = {
    Visibility.SHOWN: "visible",
    Visibility.AFTER_DUE: "after_due_date",
    Visibility.HIDDEN: "hidden",
}


def documents(result: ClassResult) -> Iterator[Document]:
    """Yield `gradescope.json` for one student; for a class `gradescope/NAME.json` each."""
    names = ["gradescope"]
    if len(result.grades) != 1:
        names = [f"gradescope/{name}" for name in file_names([grade.student for grade in result.grades])]
    full = full_points(result)
    for name, grade in zip(names, result.grades, strict=True):
        yield Document(f"{name}.json", json.dumps(submission(grade, full), indent=2) + "\n")


def submission(grade: Grade, full: float) -> dict[str, Any]:
    """Return what Gradescope reads; `score` is out of the full points, since an assignment has one maximum there.

    Without a grade there are neither tests nor a score: Gradescope reports that the autograder failed, no zero.
    """
    told: dict[str, Any] = {"execution_time": round(grade.seconds), "output": _about(grade), "output_format": "text"}
    score = points_of_full(grade, full)
    if score is None:
        return told
    return told | {"score": score, "tests": [_test(one) for one in grade.results]}


def _about(grade: Grade) -> str:
    if grade.state is not State.GRADED or not grade.points_possible:
        return f"Not graded: {students_note(grade) or 'no check could be asked'}. This costs no points: submit again."
    told = []
    if grade.points_not_graded:
        told.append(f"{grade.points_not_graded:g} points could not be graded and cost nothing: the score is scaled.")
    if grade.late_penalty:
        told.append(f"Late: {grade.late_penalty:.0%} of the points are taken off.")
    return " ".join(told)


def _test(result: Result) -> dict[str, Any]:
    told = {
        "name": result.title,
        "name_format": "text",
        "number": result.step,
        "output": "\n".join(filter(None, (result.found and f"found {result.found}", result.hint))),
        "output_format": "text",
        "visibility": VISIBILITY[result.visibility],
    }
    if result.status is Status.ERROR:
        return told | {"output": f"could not be graded: {result.found}", "status": "failed"}
    status = "passed" if result.status is Status.PASS else "failed"
    return told | {"score": result.earned, "max_score": 0 if result.bonus else result.points, "status": status}
