"""A whole class for people: a line a student, then what failed most and what the instructor should know."""

from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.text import Text

from labcheck.model import ClassResult, Grade, State, Status
from labcheck.reports.console import COLOURS, is_terminal, summary
from labcheck.reports.overview import Overview, overview, share_of

LETTERS = {Status.PASS: "✓", Status.FAIL: "✗", Status.ERROR: "!", Status.SKIP: "·"}
MOST_FAILED = 5


def write(result: ClassResult, out: TextIO) -> None:
    """Write the class; what a host said is shown as it is, never taken as markup."""
    if is_terminal(out):
        _write_table(result, out)
    else:
        print(*_lines(result), sep="\n", file=out)
    print(*_ending(result, overview(result)), sep="\n", file=out)


def _write_table(result: ClassResult, out: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(result.title, style="table.title"), title_justify="left")
    table.add_column("student")
    table.add_column("points", justify="right")
    table.add_column("checks")
    for grade in result.grades:
        table.add_row(Text(grade.student), _points(grade), _checks(grade))
    Console(file=out, highlight=False, emoji=False).print(table)


def _points(grade: Grade) -> str:
    return f"{grade.points:g}/{grade.points_possible:g}" if share_of(grade) is not None else "-"


def _checks(grade: Grade) -> "Text":
    from rich.text import Text

    if grade.state is not State.GRADED:
        return Text(_why(grade), style=COLOURS[Status.ERROR])
    return Text("").join(Text(LETTERS[one.status], style=COLOURS[one.status]) for one in grade.results)


def _why(grade: Grade) -> str:
    return f"{grade.state.value.replace('-', ' ')}: {grade.note}"


def _lines(result: ClassResult) -> list[str]:
    width = max((len(grade.student) for grade in result.grades), default=0)
    told = [(grade, summary(grade) if grade.state is State.GRADED else _why(grade)) for grade in result.grades]
    return [result.title, *(f"{grade.student:{width}}  {words}" for grade, words in told)]


def _ending(result: ClassResult, seen: Overview) -> list[str]:
    middle = "" if seen.middle is None else f", the middle grade is {seen.middle:.0%}"
    whole = f"{seen.graded} of {len(result.grades)} students graded, {seen.perfect} passed everything{middle}"
    failed = [
        f"  {one.check.step:<5} {one.failed:>4} of {one.asked:<4} {one.check.title}"
        for one in seen.most_failed[:MOST_FAILED]
    ]
    warnings = [f"warning: {words}" for words in (*result.run.warnings, *_students(result))]
    return [whole, *(["failed most:", *failed] if failed else []), *warnings]


def _students(result: ClassResult) -> list[str]:
    return [f"{grade.student}: {words}" for grade in result.grades for words in grade.warnings]
