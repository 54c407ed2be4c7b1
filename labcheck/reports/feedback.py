"""One page for each student, with their own results alone, and of these only what is shown to them now."""

from collections.abc import Iterator

from labcheck.model import ClassResult, Grade, State, Status
from labcheck.reports import pages
from labcheck.reports.document import Document, file_names
from labcheck.reports.shown import students_own, verdict


def documents(result: ClassResult) -> Iterator[Document]:
    """Yield `feedback/NAME.html` for each student."""
    names = file_names([grade.student for grade in result.grades])
    for name, grade in zip(names, result.grades, strict=True):
        yield Document(f"feedback/{name}.html", page(grade, result), printed=False)


def page(grade: Grade, result: ClassResult) -> str:
    """Return the page of one student."""
    own = students_own(grade)
    return pages.render(
        "student.html",
        result=result,
        grade=grade,
        own=own,
        graded=grade.state is State.GRADED and bool(own.points_possible),
        verdict=verdict(grade),
        remarks=pages.lateness(grade),
        to_do=[one for one in own.results if one.status is not Status.PASS],
        passed=[one for one in own.results if one.status is Status.PASS],
        circumstances=pages.circumstances(result.run),
    )
