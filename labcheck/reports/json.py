"""Grades for programs: one JSON document, written and read again."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from labcheck.errors import LabcheckError
from labcheck.model import ClassResult, Grade, Result
from labcheck.reports.document import Document
from labcheck.shape import shaped

SCHEMA = "labcheck/grade/1"


def document(result: ClassResult) -> dict[str, Any]:
    """Return the document: the lab, the run, and each student's points and results (keys as in `model`)."""
    students = [student_document(grade) for grade in result.grades]
    return {
        "schema": SCHEMA,
        "lab": result.lab,
        "title": result.title,
        "run": vars(result.run),
        "students": students,
    }


def student_document(grade: Grade) -> dict[str, Any]:
    """Return the part of one student; totals stand beside what they are made of, so that nobody needs to add up."""
    totals = {
        "points": grade.points,
        "points_before_penalty": grade.points_before_penalty,
        "points_possible": grade.points_possible,
        "points_not_graded": grade.points_not_graded,
    }
    return vars(grade) | {"results": list(map(_result, grade.results)), "person": vars(grade.person)} | totals


def _result(result: Result) -> dict[str, Any]:
    inner = {"evidence": list(map(vars, result.evidence)), "marks": list(map(vars, result.marks))}
    return vars(result) | inner | {"earned": result.earned}


def result_of(told: Any) -> ClassResult:
    """Return what a document tells; totals are worked out again. Raises `LabcheckError` when it is of another shape."""
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        raise LabcheckError(f"not a document of results: it does not name the schema {SCHEMA}")
    try:
        return shaped(ClassResult, {**told, "grades": told.get("students")})
    except ValueError as error:
        raise LabcheckError(f"the results are damaged: {error}") from error


def read(path: Path) -> ClassResult:
    """Return what a file of results tells; raises `LabcheckError` when it cannot be read."""
    try:
        return result_of(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError) as error:
        cut_off = (path.parent / "run.json").exists()
        what_next = f"The run there was cut off. Go on: labcheck grade --resume {path.parent}"
        asked = "Is it a folder that labcheck grade --out made?"
        raise LabcheckError(f"cannot read {path}: {error}", what_next if cut_off else asked) from error
    except LabcheckError as error:
        raise LabcheckError(f"{path}: {error.what}", "Make it again: labcheck grade --resume, or regrade") from error


def lines(result: ClassResult) -> Iterator[str]:
    """Yield the document with one line a student, which is written many times as fast as with one a value."""
    told = document(result)
    students = told.pop("students")
    yield json.dumps(told)[:-1] + ', "students": [\n'
    yield ",\n".join(map(json.dumps, students))
    yield "\n]}\n"


def text(result: ClassResult) -> str:
    """Return the document, every character beyond ASCII escaped.

    So is the bracket of `##[`, which a GitHub runner obeys wherever it stands in a log.
    """
    return json.dumps(document(result), indent=2).replace("##[", r"##\u005b") + "\n"


def write(result: ClassResult, out: TextIO) -> None:
    """Write the document."""
    out.write(text(result))


def documents(result: ClassResult) -> Iterator[Document]:
    """Yield `results.json`."""
    yield Document("results.json", text(result))
