"""`labcheck regrade` judges transcripts again, `labcheck diff` says what changed between two gradings."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from labcheck.cli import exit_codes
from labcheck.cli.class_progress import students_told
from labcheck.cli.report import CONSOLE, Formats, formats, tell
from labcheck.grading.class_run import judge_class_again, result_of
from labcheck.grading.comparison import Change, changes
from labcheck.grading.journal import RESULTS, Journal
from labcheck.grading.policy import read_policy
from labcheck.labs import LABS
from labcheck.model import Grade, State
from labcheck.reports.json import read


def regrade(
    folder: Annotated[Path, typer.Argument(help="What labcheck grade --out made.", metavar="DIR")],
    out: Annotated[
        Path | None,
        typer.Option(help="Keep the new grades here, and leave the old ones (else replaced).", metavar="DIR"),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Other points, due time and so on: a labcheck.toml.", metavar="FILE")
    ] = None,
    report_formats: Formats = CONSOLE,
) -> None:
    """Judge again what was asked and said, with today's checks and points; no host is touched.

    A check that asks what was not asked then cannot be graded. Exit codes are those of labcheck grade.

    Example: labcheck regrade grades --policy labcheck.toml --out grades-2 && labcheck diff grades grades-2
    """
    chosen = formats(report_formats, out or folder)
    old = Journal(folder)
    beginning = old.beginning()
    if policy:
        decided = read_policy(policy, LABS[beginning.plan.lab])
        beginning = replace(beginning, plan=replace(beginning.plan, policy=decided))
    new = Journal(out) if out else old
    with new.held(), students_told(len(beginning.students)) as told:
        if out:
            new.begin(beginning)
        judge_class_again(beginning, old, new, told)
        result = result_of(beginning, new, finished=True, regraded=True)
        new.finish(result)
    tell(result, chosen, out or folder)
    raise typer.Exit(exit_codes.of_class(result))


def diff(
    old: Annotated[Path, typer.Argument(help="A folder of results, or a results.json.", metavar="OLD")],
    new: Annotated[Path, typer.Argument(help="The later one.", metavar="NEW")],
) -> None:
    """Say who has other results than before, and which checks are the reason.

    Exit: 0 nobody · 1 somebody · 2 could not be compared.

    Example: labcheck diff grades-2026-11-23 grades-2026-11-30
    """
    before, after = read(_results(old)), read(_results(new))
    found = changes(before, after)
    for change in found:
        print(_heading(change))
        for reason in change.reasons:
            print(f"  {reason}")
    same = len({grade.student for grade in (*before.grades, *after.grades)}) - len(found)
    print(f"{len(found)} changed, {same} as before")
    raise typer.Exit(exit_codes.FAILED if found else exit_codes.ALL_PASSED)


def _results(path: Path) -> Path:
    return path / RESULTS if path.is_dir() else path


def _heading(change: Change) -> str:
    return f"{change.student}: {_points(change.old)} → {_points(change.new)}"


def _points(grade: Grade | None) -> str:
    if grade is None:
        return "nothing"
    told = f"{grade.points:g} of {grade.points_possible:g}"
    return told if grade.state is State.GRADED else f"{told} ({grade.state})"
