"""One page for the whole class, for the instructor: a grid of students by checks, what failed most, each student."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from labcheck.model import ClassResult, Grade, Result, State, Status
from labcheck.reports import pages
from labcheck.reports.console import summary
from labcheck.reports.document import Document
from labcheck.reports.overview import Column, Overview, overview, passed_all

LINKED = {"fail", "part", "error"}


@dataclass(frozen=True)
class Filter:
    """A choice of students: what it is called and how many it shows."""

    label: str
    count: int


@dataclass(frozen=True)
class Cell:
    """One check of one student in the grid: a word, and the place on the page where it is explained."""

    classes: str
    word: str
    link: str


@dataclass(frozen=True)
class Row:
    """One student on the page; `why` stands in the place of the cells when nothing could be graded."""

    number: int
    grade: Grade
    classes: str
    points: str
    summary: str
    remarks: list[str]
    cells: Sequence[Cell]
    why: str


def documents(result: ClassResult) -> Iterator[Document]:
    """Yield `report.html`."""
    yield Document("report.html", page(result))


def page(result: ClassResult) -> str:
    """Return the whole page, in itself complete."""
    seen = overview(result)
    rows = [_row(number, grade, seen) for number, grade in enumerate(result.grades, 1)]
    return pages.render(
        "class.html",
        result=result,
        overview=seen,
        columns=_columns(seen.columns),
        rows=rows,
        filters=_filters(rows),
        warnings=_warnings(result),
        circumstances=pages.circumstances(result.run),
        most_in_a_tenth=max(*seen.tenths, 1),
    )


def _warnings(result: ClassResult) -> list[str]:
    unfinished = ["The grading did not go to its end: go on with `labcheck grade --resume DIR`."]
    return [*([] if result.run.finished else unfinished), *result.run.warnings]


def _columns(columns: Sequence[Column]) -> list[tuple[Result, bool]]:
    """Each check, and whether a chapter begins with it."""
    chapters = ["", *(one.check.step.partition(".")[0] for one in columns)]
    return [(one.check, chapters[index] != chapters[index + 1]) for index, one in enumerate(columns)]


def _row(number: int, grade: Grade, seen: Overview) -> Row:
    graded = grade.state is State.GRADED
    return Row(
        number=number,
        grade=grade,
        classes=" ".join(_classes(grade, seen)),
        points=f"{grade.points:g}" if graded else "-",
        summary=summary(grade) if graded else "not graded",
        remarks=[*filter(None, [grade.note]), *pages.lateness(grade), *grade.warnings],
        cells=_cells(number, grade, seen.columns),
        why="" if graded else f"{grade.state.value.replace('-', ' ')}: {grade.note}",
    )


def _classes(grade: Grade, seen: Overview) -> Iterator[str]:
    failed = {one.name for one in grade.results if one.status is Status.FAIL}
    if failed:
        yield "failing"
    if passed_all(grade):
        yield "perfect"
    if grade.state is not State.GRADED or grade.count(Status.ERROR):
        yield "ungraded"
    yield from (f"failed-{place}" for place, one in enumerate(seen.most_failed, 1) if one.check.name in failed)


def _cells(number: int, grade: Grade, columns: Sequence[Column]) -> list[Cell]:
    places = {one.name: (place, one) for place, one in enumerate(grade.results, 1)}
    return [_cell(number, *places.get(column.check.name, (0, None))) for column in columns]


def _cell(number: int, place: int, result: Result | None) -> Cell:
    if result is None:
        return Cell("", "", "")
    kind = pages.kind_of(result)
    if kind in LINKED:
        return Cell(f"r {kind}", pages.WORDS[kind], f"s{number}-{place}")
    return Cell(f"r s {kind}", pages.WORDS[kind], "")


def _filters(rows: Sequence[Row]) -> Mapping[str, Filter]:
    labels = {"failing": "something failed", "perfect": "passed everything", "ungraded": "not graded, or not all"}
    return {name: Filter(label, sum(name in row.classes.split() for row in rows)) for name, label in labels.items()}
