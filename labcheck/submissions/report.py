"""A judged submission for people, and as a JSON document."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from labcheck.model import Grade, Result, Status
from labcheck.submissions.finding import NOTE, Finding
from labcheck.submissions.judge import Judgement
from labcheck.submissions.rulebook import rules
from labcheck.visible import visible

SCHEMA = "labcheck/submission/1"


def text(judgement: Judgement, grade: Grade, *, notes: bool = False) -> Iterator[str]:
    """Yield the lines of a report: each check, with every finding about it below."""
    yield f"Submission · {visible(judgement.name)}"
    for result in grade.results:
        given = f"{result.points if result.status is Status.PASS else 0:g}/{result.points:g}"
        yield f"{result.step:>3}  {result.status.upper():<5}{given:>5}  {result.title}"
        for one in _about(result, judgement.findings, notes=notes):
            yield from lines_of(one)
    if not grade.results:
        for one in judgement.findings:
            yield from lines_of(one)
    yield from _ending(judgement, grade, notes=notes)


def _about(result: Result, findings: Sequence[Finding], *, notes: bool) -> Iterator[Finding]:
    for one in findings:
        if rules()[one.rule].about == result.name and (notes or one.severity != NOTE):
            yield one


def lines_of(finding: Finding) -> Iterator[str]:
    """Yield a finding: where and what, its severity and rule, and the next step."""
    indent = " " * 17
    yield f"{indent}{finding.place}: {visible(finding.found)}"
    yield f"{indent}  {finding.severity} [{finding.rule}]"
    if finding.next_step:
        yield f"{indent}  next: {visible(finding.next_step)}"


def _ending(judgement: Judgement, grade: Grade, *, notes: bool) -> Iterator[str]:
    left_out = sum(one.severity == NOTE for one in judgement.findings)
    yield f"{grade.points:g} of {grade.points_possible:g} points"
    if left_out and not notes and grade.results:
        yield f"{left_out} note{'s' if left_out > 1 else ''} more with --notes"
    if any(one.severity != NOTE for one in judgement.findings):
        yield "What a rule means: labcheck submission --explain RULE"


def document(judgement: Judgement, grade: Grade) -> dict[str, Any]:
    """Return everything as plain values; names of files are made visible."""
    return {
        "schema": SCHEMA,
        "name": visible(judgement.name),
        "points": grade.points,
        "points_possible": grade.points_possible,
        "checks": [asdict(result) for result in grade.results],
        "findings": [_finding(one) for one in judgement.findings],
    }


def _finding(one: Finding) -> dict[str, Any]:
    return {
        "rule": one.rule,
        "severity": one.severity,
        "file": visible(one.place.file),
        "line": one.place.line,
        "found": visible(one.found),
        "next_step": visible(one.next_step),
    }
