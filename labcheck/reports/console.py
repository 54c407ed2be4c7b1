"""A grade for people: a coloured table on a terminal, plain text elsewhere.

What draws tables is loaded for a terminal alone: it takes longer than to ask a host.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.text import Text

from labcheck.model import Basis, Grade, Result, State, Status

COLOURS = {Status.PASS: "green", Status.FAIL: "red", Status.ERROR: "magenta", Status.SKIP: "yellow"}


def write(grade: Grade, title: str, out: TextIO) -> None:
    """Write one student's grade; what a host said is shown as it is, never taken as markup."""
    if is_terminal(out):
        _write_table(grade, title, out)
    else:
        write_plain(grade, title, out)


def is_terminal(out: TextIO) -> bool:
    """Say whether colours and tables are wanted there: on a terminal, or where FORCE_COLOR says so."""
    return out.isatty() or bool(os.environ.get("FORCE_COLOR"))


def _write_table(grade: Grade, title: str, out: TextIO) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=out, highlight=False, emoji=False)
    heading = Text(f"{title} · {grade.student}", style="table.title")
    table = Table(title=heading, title_justify="left", expand=True)
    for name, options in {
        "step": {},
        "": {"width": 5},
        "points": {"justify": "right"},
        "what should be so": {"ratio": 1},
    }.items():
        table.add_column(name, **options)  # type: ignore[arg-type]  # the values differ in type by option
    for result in grade.results:
        status = Text(result.status.upper(), style=COLOURS[result.status])
        table.add_row(result.step, status, points(result), _explained(result))
    console.print(table)
    for line in (summary(grade), *_resting_on(grade)):
        console.print(line, markup=False)


def _explained(result: Result) -> "Text":
    from rich.text import Text

    text = Text(result.title)
    for word, told in _told(result):
        text.append(f"\n{word:<6}", style="dim").append(told)
    return text


def _told(result: Result) -> Iterator[tuple[str, str]]:
    """Yield what was found and what to do next, each with its word; with marks, place by place."""
    if result.found and not result.marks:
        yield "seen" if result.status is Status.PASS else "found", result.found
    for mark in result.marks:
        yield mark.level if mark.level == "note" else "found", f"{mark}: {mark.found} [{mark.rule}]"
        if mark.hint:
            yield "next", mark.hint
    if result.hint and not result.marks:
        yield "next", result.hint


def write_plain(grade: Grade, title: str, out: TextIO) -> None:
    """Write one student's grade in lines of text, wherever they go."""
    print(f"{title} · {grade.student}", file=out)
    for result in grade.results:
        print(f"{result.step:<5}{result.status.upper():<6}{points(result):>5}  {result.title}", file=out)
        for word, text in _told(result):
            print(f"{'':18}{word:<6}{text}", file=out)
    for line in (summary(grade), *_resting_on(grade)):
        print(line, file=out)


def _resting_on(grade: Grade) -> Iterator[str]:
    """Yield a line for each kind of evidence that earned points rest on, where that is not the host's word alone."""
    earned = {basis: [one for one in grade.results if one.basis is basis and one.earned] for basis in reversed(Basis)}
    kinds = {basis: results for basis, results in earned.items() if results}
    for basis, results in kinds.items() if kinds.keys() - {Basis.HOST} else ():
        steps = " ".join(dict.fromkeys(one.step for one in results))
        yield f"{sum(one.earned for one in results):g} resting on: {basis} ({steps})"


def points(result: Result) -> str:
    """Return what a check gave of what it can give: `0/2`, `-/2` when it could not be graded."""
    given = "-" if result.status is Status.ERROR else f"{result.earned:g}"
    return f"{given}/{result.points:g}"


def summary(grade: Grade) -> str:
    """Return the last line: points, and how many checks ended how; or why there is no grade."""
    if grade.state is not State.GRADED and grade.note and not grade.results:
        return f"not graded: {grade.note}"
    words = {Status.PASS: "passed", Status.FAIL: "failed", Status.SKIP: "skipped", Status.ERROR: "not graded"}
    counts = [f"{grade.count(status)} {word}" for status, word in words.items() if grade.count(status)]
    state = "" if grade.state is State.GRADED else f"{grade.state.value.replace('-', ' ')} · "
    return f"{state}{grade.points:g} of {grade.points_possible:g} points · {', '.join(counts) or 'no checks'}"
