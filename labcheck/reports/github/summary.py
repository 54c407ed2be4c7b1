"""The job summary: Markdown in which nothing that a host said is markup."""

import re
import string
from collections.abc import Iterator
from typing import Final

from labcheck.model import ClassResult, Grade, Result, Status
from labcheck.reports.console import points
from labcheck.reports.shown import students_own, verdict

MOST_BYTES: Final = 900_000
"""GitHub refuses a summary of more than 1 MiB."""
SIGNS: Final = {
    Status.PASS: "✅ passed",
    Status.FAIL: "❌ failed",
    Status.SKIP: "⏭️ skipped",
    Status.ERROR: "⚠️ not graded",
}
PUNCTUATION: Final = re.compile(f"[{re.escape(string.punctuation)}]")


def text(result: ClassResult) -> str:
    """Return the summary: each student's verdict and a table of the checks, cut where GitHub would refuse it."""
    kept: list[str] = []
    size = 0
    for line in _lines(result):
        size += len(line.encode()) + 1
        if size > MOST_BYTES:
            return "\n".join([*kept, "", "The rest is too long for a job summary: see the other reports."]) + "\n"
        kept.append(line)
    return "\n".join(kept) + "\n"


def _lines(result: ClassResult) -> Iterator[str]:
    yield f"# {literal(result.title)}"
    for grade in result.grades:
        yield from ("", f"## {literal(grade.student)}", "")
        yield from _student(students_own(grade), verdict(grade))


def _student(grade: Grade, sentence: str) -> Iterator[str]:
    late = f" {grade.late_penalty:.0%} are taken off for being late." if grade.late_penalty else ""
    yield f"{literal(sentence)} **{grade.points:g} of {grade.points_possible:g} points.**{late}"
    if grade.results:
        yield from ("", "| step | | points | what should be so |", "|---|---|--:|---|")
    for one in grade.results:
        yield f"| {literal(one.step)} | {SIGNS[one.status]} | {points(one)} | {_told(one)} |"


def _told(result: Result) -> str:
    found = result.found and f"found {literal(result.found)}"
    return "<br>".join(filter(None, (literal(result.title), found, literal(result.hint))))


def literal(words: str) -> str:
    """Return text as Markdown that shows just that text: every sign of punctuation as a character reference.

    A reference never begins markup (CommonMark, section 2.5), nor a link, a mention or a cell of a table.
    """
    return PUNCTUATION.sub(lambda sign: f"&#{ord(sign.group())};", words).replace("\n", "<br>")
