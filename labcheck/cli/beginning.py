"""What a run sets out to do: begun by its options, or gone on with as its journal says."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from labcheck import __version__
from labcheck.cli.students import roster_of
from labcheck.grading.journal import Beginning, Journal
from labcheck.grading.policy import Policy
from labcheck.grading.roster import Roster, Source
from labcheck.grading.runner import Limits
from labcheck.grading.student import Plan
from labcheck.labs import BACKUP_TOOLS
from labcheck.model import Drill


def begin(
    began: datetime,
    source: Source,
    roster: Roster,
    steps: Sequence[str],
    drills: frozenset[Drill],
    policy: Policy,
    student_seconds: float,
    *,
    sandboxed: bool,
) -> Beginning:
    """Return what a run that begins now sets out to do."""
    moment = began.isoformat(timespec="seconds")
    plan = Plan(
        BACKUP_TOOLS,
        tuple(steps),
        policy,
        Limits(student_seconds=student_seconds),
        roster.shared,
        drills=drills,
        secret=secrets.token_hex(16),
        sandboxed=sandboxed,
        began=moment,
    )
    return Beginning(moment, __version__, plan, roster.students, source, roster.warnings)


def go_on(folder: Path) -> Beginning:
    """Return what the run of a folder set out to do, its students as their roster has them today.

    A port may have been mended since.
    """
    beginning = Journal(folder).beginning()
    now = {student.name: student for student in roster_of(beginning.source).students}
    students = tuple(now.get(student.name, student) for student in beginning.students)
    return replace(beginning, students=students)
