"""Grades for programs: one JSON document, written and read again."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from pydantic import TypeAdapter, ValidationError

from labcheck.errors import LabcheckError
from labcheck.model import ClassResult, Grade
from labcheck.reports.document import Document

SCHEMA = "labcheck/grade/1"
_CLASS = TypeAdapter(ClassResult)
_GRADE = TypeAdapter(Grade)


def document(result: ClassResult) -> dict[str, Any]:
    """Return the document: the lab, the run, and each student's points and results (keys as in `model`)."""
    students = [student_document(grade) for grade in result.grades]
    return {
        "schema": SCHEMA,
        "lab": result.lab,
        "title": result.title,
        "run": asdict(result.run),
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
    told: dict[str, Any] = _GRADE.dump_python(grade)
    for result, there in zip(grade.results, told["results"], strict=True):
        there["earned"] = result.earned
    return told | totals


def result_of(told: Any) -> ClassResult:
    """Return what a document tells; totals are worked out again. Raises `LabcheckError` when it is of another shape."""
    if not isinstance(told, dict) or told.get("schema") != SCHEMA:
        raise LabcheckError(f"not a document of results: it does not name the schema {SCHEMA}")
    try:
        return _CLASS.validate_python({**told, "grades": told.get("students")})
    except ValidationError as error:
        raise LabcheckError(f"the results are damaged: {_first(error)}") from error


def grade_of(told: Any) -> Grade:
    """Return what one student's part tells; raises `LabcheckError` when it is of another shape."""
    try:
        return _GRADE.validate_python(told)
    except ValidationError as error:
        raise LabcheckError(f"a student's results are damaged: {_first(error)}") from error


def _first(error: ValidationError) -> str:
    problem = error.errors()[0]
    return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"


def read(path: Path) -> ClassResult:
    """Return what a file of results tells; raises `LabcheckError` when it cannot be read."""
    try:
        return result_of(json.loads(path.read_bytes()))
    except (OSError, ValueError, RecursionError) as error:
        raise LabcheckError(f"cannot read {path}: {error}", "Is it a folder that labcheck grade --out made?") from error
    except LabcheckError as error:
        raise LabcheckError(f"{path}: {error.what}", "Make it again: labcheck grade --resume, or regrade") from error


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
