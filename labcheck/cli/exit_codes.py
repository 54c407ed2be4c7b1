"""The exit codes of every command: a promise."""

from labcheck.model import ClassResult, State, Status

ALL_PASSED = 0
FAILED = 1
TROUBLE = 2
INTERRUPTED = 130


def of_class(result: ClassResult) -> int:
    """Return 2 when somebody could not be graded, 1 when a check failed that is no bonus, 0 when all passed."""
    graded = all(grade.state is State.GRADED and grade.results for grade in result.grades)
    if not (result.grades and graded and result.run.finished):
        return TROUBLE
    counted = [check for grade in result.grades for check in grade.results if not check.bonus]
    return ALL_PASSED if all(check.status is Status.PASS for check in counted) else FAILED
