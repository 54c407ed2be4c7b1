"""Grades in columns that Canvas's gradebook imports (Grades, Import).

Canvas knows students by `ID`, `SIS User ID` or `SIS Login ID`, and the assignment by its title, or by `Title (number)`.
An empty score there wipes out an earlier one, so students without a grade are left out.
"""

from collections.abc import Iterator

from labcheck.model import ClassResult
from labcheck.reports import cells
from labcheck.reports.cells import Cell
from labcheck.reports.document import Document
from labcheck.reports.overview import full_points, points_of_full


def documents(result: ClassResult) -> Iterator[Document]:
    """Yield `canvas.csv`."""
    yield Document("canvas.csv", cells.text(rows(result)))


def rows(result: ClassResult) -> Iterator[list[Cell]]:
    """Yield the heading, the row of maxima that Canvas wants second, and a row for each student with a grade."""
    full = full_points(result)
    yield ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", result.title]
    yield ["    Points Possible", None, None, None, None, full]
    for grade in result.grades:
        points = points_of_full(grade, full)
        if points is not None:
            name = grade.person.full_name or grade.student
            yield [name, None, grade.person.number, grade.student, None, points]
