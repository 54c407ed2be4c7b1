"""Progress of grading, on standard error: a bar with the time left on a terminal, one line a student elsewhere."""

import contextlib
import sys
from collections.abc import Callable, Iterator

from labcheck.cli.progress import telling
from labcheck.hosts import Site
from labcheck.model import Check, Grade, State
from labcheck.reports.console import summary


@contextlib.contextmanager
def students_told(count: int) -> Iterator[Callable[[Grade], None]]:
    """Give a function that is told each grade, out of so many, when it is on disk."""
    if not sys.stderr.isatty():
        yield _Lines(count).tell
        return
    from rich import progress as bars
    from rich.console import Console

    columns = [
        bars.TextColumn("{task.description}", markup=False),
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TimeElapsedColumn(),
        bars.TextColumn("left"),
        bars.TimeRemainingColumn(),
    ]
    console = Console(stderr=True, highlight=False, emoji=False)
    with bars.Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("grading", total=count)

        def tell(grade: Grade) -> None:
            if grade.state is not State.GRADED:
                progress.console.print(line(grade), markup=False, soft_wrap=True)
            progress.update(task, advance=1, description=grade.student)

        yield tell


class _Lines:
    def __init__(self, count: int) -> None:
        self._count = count
        self._told = 0

    def tell(self, grade: Grade) -> None:
        self._told += 1
        print(f"[{self._told}/{self._count}] {line(grade)}", file=sys.stderr)


def line(grade: Grade) -> str:
    """Return one student's line: points and counts, or what was in the way."""
    if grade.state is State.GRADED:
        return f"{grade.student}: {summary(grade)} ({grade.seconds:.1f} s)"
    return f"{grade.student}: {grade.state.upper()} {grade.note}"


@contextlib.contextmanager
def one_told(count: int) -> Iterator[Callable[[int, Check[Site]], None]]:
    """Give a function that is told each check of the one student, out of so many, when it begins."""
    with telling(quiet_elsewhere=True) as tell:
        yield lambda number, check: tell(f"{number}/{count} {check.title}")
