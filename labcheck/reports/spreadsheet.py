"""The class for a spreadsheet: a row a student, a column a check."""

from collections.abc import Iterator

from labcheck.model import ClassResult, Grade, Status
from labcheck.reports import cells
from labcheck.reports.cells import Cell
from labcheck.reports.document import Document
from labcheck.reports.overview import columns, share_of

WHO = ["student", "full name", "email", "number"]
WHOLE = ["state", "points", "points possible", "points not graded", "per cent", "late penalty", "note"]


def documents(result: ClassResult) -> Iterator[Document]:
    """Yield `grades.csv`; its byte order mark tells Excel that it is UTF-8."""
    yield Document("grades.csv", cells.text(rows(result)), encoding="utf-8-sig")


def rows(result: ClassResult) -> Iterator[list[Cell]]:
    """Yield the heading and a row a student; the cell of a check is what it earned, empty when it was not graded."""
    checks = [column.check for column in columns(result)]
    yield [*WHO, *WHOLE, *(f"{check.step} {check.title} ({check.points:g})" for check in checks)]
    for grade in result.grades:
        earned = {one.name: one.earned for one in grade.results if one.status is not Status.ERROR}
        yield [*_whole(grade), *(earned.get(check.name) for check in checks)]


def _whole(grade: Grade) -> list[Cell]:
    share = share_of(grade)
    person = grade.person
    return [
        grade.student,
        person.full_name,
        person.email,
        person.number,
        grade.state.value,
        None if share is None else grade.points,
        grade.points_possible,
        grade.points_not_graded,
        None if share is None else round(100 * share, 1),
        grade.late_penalty,
        "; ".join(filter(None, (grade.note, *grade.warnings))),
    ]
