"""Grades for programs: one JSON document."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, TextIO

from labcheck.model import Grade, Lab, SiteT

SCHEMA = "labcheck/grade/1"


def document(lab: Lab[SiteT], grades: Sequence[Grade]) -> dict[str, Any]:
    """Return the document: the lab, and each student's points and results (keys as in `model.Result`)."""
    students = [
        {
            "student": grade.student,
            "points": grade.points,
            "points_possible": grade.points_possible,
            "results": [asdict(result) for result in grade.results],
        }
        for grade in grades
    ]
    return {"schema": SCHEMA, "lab": lab.name, "title": lab.title, "students": students}


def write(lab: Lab[SiteT], grades: Sequence[Grade], out: TextIO) -> None:
    """Write the document, every character beyond ASCII escaped."""
    json.dump(document(lab, grades), out, indent=2)
    out.write("\n")
