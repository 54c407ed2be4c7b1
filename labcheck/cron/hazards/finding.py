"""What a rule says about a line."""

from dataclasses import dataclass
from typing import Final, Literal

from labcheck.cron.schedule import as_people_see

Severity = Literal["fatal", "warning", "note"]
FATAL: Final = "fatal"
"""Cron ignores the file, or the job can never run."""
WARNING: Final = "warning"
"""Cron takes the line, and does something else than its author surely meant."""
NOTE: Final = "note"
"""Worth knowing; the line may well be meant like this."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One hazard: its rule, where it stands (from 1, in characters; line 0 is the file as a whole), what cron
    does.

    `message` says what cron does and what was probably meant; `fix` is the corrected line, or "" where there
    is none.
    """

    rule: str
    severity: Severity
    line: int
    column: int
    message: str
    fix: str = ""


def at(text: str, place: int) -> int:
    """The column, in characters from 1, of a place in a line that is text as cron sees it."""
    return len(as_people_see(text[:place])) + 1


def swap(text: str, start: int, end: int, new: str) -> str:
    """The line with one part replaced."""
    return text[:start] + new + text[end:]
