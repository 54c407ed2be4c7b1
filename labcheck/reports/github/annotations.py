"""Workflow commands that put what failed on a commit: `::error title=…::…`, one a line."""

from collections.abc import Iterator
from typing import Final

from labcheck.model import ClassResult, Grade, Mark, Result, State, Status
from labcheck.reports.shown import students_own, verdict

MOST: Final = 10
"""GitHub shows as many annotations of a kind in a step."""
LEVELS: Final = {Status.FAIL: "error", Status.ERROR: "warning"}


def text(result: ClassResult) -> str:
    """Return a notice for each student and an error for each check that failed, as many as GitHub shows."""
    commands = [*_of_class(result)]
    kept = [*_first(commands, "error"), *_first(commands, "warning"), *_first(commands, "notice")]
    return "".join(f"{line}\n" for line in kept)


def _first(commands: list[str], level: str) -> list[str]:
    alike = [line for line in commands if line.startswith(f"::{level} ")]
    if len(alike) <= MOST:
        return alike
    left_out = len(alike) - MOST + 1
    return [*alike[: MOST - 1], command(level, "More", f"{left_out} more are in the job summary.")]


def _of_class(result: ClassResult) -> Iterator[str]:
    for grade in result.grades:
        own = students_own(grade)
        points = f" {own.points:g} of {own.points_possible:g} points." if grade.state is State.GRADED else ""
        yield command("notice", f"{result.title}: {grade.student}", verdict(grade) + points)
        for one in own.results:
            if one.marks and len(result.grades) == 1:
                yield from (_of_mark(mark) for mark in one.marks)
            elif one.status in LEVELS:
                yield _of_result(one, own, len(result.grades))


def _of_result(result: Result, grade: Grade, students: int) -> str:
    who = f"{grade.student}: " if students > 1 else ""
    told = f"found {result.found}" if result.status is Status.FAIL else f"could not be graded: {result.found}"
    message = "\n".join(filter(None, (told, result.hint)))
    return command(LEVELS[result.status], f"{who}{result.step} {result.title}", message)


def _of_mark(mark: Mark) -> str:
    """Return the command that puts a finding on its line; a line 0 is the file as a whole."""
    level = mark.level if mark.level in {"error", "warning"} else "notice"
    place = f"file={_property(mark.file)}" + (f",line={mark.line}" if mark.line else "")
    return command(level, mark.rule, "\n".join(filter(None, (mark.found, mark.hint))), place)


def command(level: str, title: str, message: str, place: str = "") -> str:
    """Return one command; nothing in its title or message can end it or begin another."""
    where = f"{place}," if place else ""
    return f"::{level} {where}title={_property(title)}::{_data(message)}"


def _data(words: str) -> str:
    return words.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(words: str) -> str:
    return _data(words).replace(":", "%3A").replace(",", "%2C")
