"""Grades in columns that Moodle's gradebook imports (Grades, Import, CSV file).

Moodle asks what each column is: map `Username` to username (or the address, or the ID number, to theirs), the points to
a grade item, the feedback to its feedback.
An unknown user stops the whole import there, and a grade that is `-` is none.
"""

from collections.abc import Iterator
from html import escape

from labcheck.model import ClassResult, Grade, Status
from labcheck.reports import cells
from labcheck.reports.cells import NO_GRADE, Cell
from labcheck.reports.document import Document
from labcheck.reports.overview import full_points, points_of_full
from labcheck.reports.shown import students_own, verdict


def documents(result: ClassResult) -> Iterator[Document]:
    """Yield `moodle.csv`."""
    yield Document("moodle.csv", cells.text(rows(result)))


def rows(result: ClassResult) -> Iterator[list[Cell]]:
    """Yield the heading, which names the maximum, and a row a student."""
    full = full_points(result)
    yield ["Username", "Email address", "ID number", f"{result.title} (points of {full:g})", "Feedback"]
    for grade in result.grades:
        points = points_of_full(grade, full)
        who = [grade.student, grade.person.email, grade.person.number]
        yield [*who, NO_GRADE if points is None else points, _feedback(grade)]


def _feedback(grade: Grade) -> str:
    """What a student reads in Moodle, which shows it as HTML: escaped, so that a host's markup stays text."""
    lines = [verdict(grade)]
    for one in students_own(grade).results:
        if one.status is not Status.PASS:
            parts = (f"{one.step} {one.status.upper()} {one.title}", one.found and f"found {one.found}", one.hint)
            lines.append(" · ".join(filter(None, parts)))
    return "<br>".join(escape(line) for line in lines)
