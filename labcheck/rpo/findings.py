"""What is worth saying about a set of crontabs: one `Finding` each, with its place, its effect and its repair."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from labcheck.rpo.jobs import Job

FATAL, WARNING, NOTE = "fatal", "warning", "note"
ORDER = (FATAL, WARNING, NOTE)


@dataclass(frozen=True)
class Finding:
    """One observation. A fatal one names the steps (`breaks`) that never succeed because of it."""

    rule: str
    severity: str
    host: str
    file: str
    line: int
    message: str
    fix: str = ""
    effect: str = ""
    breaks: frozenset[int] = field(default=frozenset(), compare=False)


def in_file(lines: Sequence[int], file: str) -> str:
    """Return `lines 2 and 3 of FILE`, or the file alone for what concerns all of it (line 0)."""
    numbers = [str(line) for line in dict.fromkeys(lines) if line]
    if not numbers:
        return file
    several = " and ".join((", ".join(numbers[:-1]), numbers[-1])) if numbers[1:] else numbers[0]
    return f"line{'s' if numbers[1:] else ''} {several} of {file}"


def at_job(
    rule: str,
    severity: str,
    job: Job,
    message: str,
    fix: str = "",
    *,
    effect: str = "",
    breaks: tuple[int, ...] = (),
) -> Finding:
    """Return a finding about one line of a crontab."""
    return Finding(rule, severity, job.host, job.file, job.line, message, fix, effect, frozenset(breaks))


def in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Return findings without doubles, the fatal ones first, then by file and line."""
    unique = list(dict.fromkeys(findings))
    return tuple(sorted(unique, key=lambda one: (ORDER.index(one.severity), one.file, one.line)))
