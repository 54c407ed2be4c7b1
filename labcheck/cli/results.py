"""Results on standard output, and the exit code that they mean."""

import sys
from enum import StrEnum

from labcheck.cli import exit_codes
from labcheck.cli.class_progress import line
from labcheck.model import ClassResult, Grade, State, Status
from labcheck.reports import console, json


class Format(StrEnum):
    """How results can be told."""

    CONSOLE = "console"
    JSON = "json"


def show(result: ClassResult, report: Format) -> None:
    """Tell a class's results."""
    if report is Format.JSON:
        json.write(result, sys.stdout)
    elif len(result.grades) == 1:
        console.write(result.grades[0], result.title, sys.stdout)
        _show_warnings(result)
    else:
        print(result.title)
        for grade in result.grades:
            print(line(grade))
        _show_warnings(result)


def _show_warnings(result: ClassResult) -> None:
    for warning in result.run.warnings:
        print(f"look: {warning}", file=sys.stderr)


def exit_code(result: ClassResult) -> int:
    """Return 2 when somebody could not be graded, 1 when something failed, 0 when all passed."""
    if not result.grades or not result.run.finished or any(not _is_graded(grade) for grade in result.grades):
        return exit_codes.TROUBLE
    counted = [check for grade in result.grades for check in grade.results if not check.bonus]
    return exit_codes.ALL_PASSED if all(check.status is Status.PASS for check in counted) else exit_codes.FAILED


def _is_graded(grade: Grade) -> bool:
    return grade.state is State.GRADED and bool(grade.results)
