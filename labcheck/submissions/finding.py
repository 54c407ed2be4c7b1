"""What is wrong with a submission: one `Finding` each, with its rule, its place and one next step."""

from collections.abc import Iterable
from dataclasses import dataclass

from labcheck.visible import visible

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)


@dataclass(frozen=True)
class Place:
    """A line (from 1; 0 is the file as a whole) of a file, named from the top of the repository."""

    file: str
    line: int = 0

    def __str__(self) -> str:
        return f"{visible(self.file)}:{self.line}" if self.line else visible(self.file)


TOP = Place(".")


@dataclass(frozen=True)
class Finding:
    """One observation: the rule that it breaks, where, what was found there, and what to do next.

    `severity` is empty until the rules' table (or the instructor) has decided about it.
    """

    rule: str
    place: Place
    found: str
    next_step: str = ""
    severity: str = ""


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings without doubles, by severity, file and line."""
    unique = list(dict.fromkeys(findings))
    return tuple(sorted(unique, key=lambda one: (SEVERITIES.index(one.severity), one.place.file, one.place.line)))
