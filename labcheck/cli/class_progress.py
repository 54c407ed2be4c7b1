"""Progress of grading, on standard error: a bar with the time left on a terminal, one line a student elsewhere."""

import contextlib
import time
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from labcheck.cli.progress import telling
from labcheck.hosts import Site
from labcheck.model import Check, Grade, State
from labcheck.reports.console import summary


@contextlib.contextmanager
def students_told(count: int) -> Iterator[Callable[[Grade], None]]:
    """Give a function that is told each grade, out of so many, when it is on disk."""
    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield _Lines(console, count).tell
        return
    columns = [TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()]
    with Progress(*columns, TextColumn("left"), TimeRemainingColumn(), console=console, transient=True) as progress:
        task = progress.add_task("grading", total=count)

        def tell(grade: Grade) -> None:
            if grade.state is not State.GRADED:
                progress.console.print(line(grade), markup=False, soft_wrap=True)
            progress.update(task, advance=1, description=grade.student)

        yield tell


class _Lines:
    def __init__(self, console: Console, count: int) -> None:
        self._console = console
        self._count = count
        self._told = 0
        self._began = time.monotonic()

    def tell(self, grade: Grade) -> None:
        self._told += 1
        place = f"[{self._told}/{self._count}]"
        self._console.print(f"{place} {line(grade)}", markup=False, soft_wrap=True)


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
