"""`labcheck grade`: run the checks over hosts and report."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from labcheck.cli import exit_codes
from labcheck.cli.progress import telling
from labcheck.cli.report import CONSOLE, Formats, formats, tell
from labcheck.errors import LabcheckError, UsageError
from labcheck.grading.runner import run
from labcheck.hosts import Site
from labcheck.hosts.transcript import Transcript
from labcheck.labs import LABS
from labcheck.model import Check, ClassResult, Grade, Status
from labcheck.practice import lab as labs
from labcheck.reports import json


def grade(
    lab: Annotated[bool, typer.Option("--lab", help="Grade the practice lab of this machine.")] = False,
    step: Annotated[
        list[str] | None, typer.Option(help="Only this step (1.2) or chapter (1); may be repeated.", metavar="ID")
    ] = None,
    report_formats: Formats = CONSOLE,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Also write results.json, transcript.jsonl and the files of --format into this folder.", metavar="DIR"
        ),
    ] = None,
) -> None:
    """Check what is right on the hosts, and say what is not, with a hint for each.

    Exit: 0 all passed · 1 something failed · 2 something could not be graded, or wrong usage.

    Example: labcheck grade --lab --step 1
    """
    if not lab:
        raise UsageError("nothing to grade was named", "Grade the practice lab: labcheck grade --lab")
    chosen = formats(report_formats, out)
    week = LABS["backup-tools"]
    try:
        checks = week.select(step or [])
    except KeyError as error:
        raise UsageError(f"no step {error.args[0]!r}", f"The steps are {', '.join(week.steps)}.") from error
    transcript = Transcript()
    practice = labs.current()
    with practice.connections() as connections:
        result = _grade_with_progress(checks, practice.site(connections, transcript))
    if out:
        _keep(out, result, transcript)
    tell(ClassResult(week.name, week.title, (result,)), chosen, out)
    raise typer.Exit(_exit_code(result))


def _grade_with_progress(checks: Sequence[Check[Site]], site: Site) -> Grade:
    results = []
    with telling(quiet_elsewhere=True) as say:
        coming = run(checks, site)
        for number, check in enumerate(checks, 1):
            say(f"{number}/{len(checks)} {check.title}")
            results.append(next(coming))
    return Grade(site.student, tuple(results))


def _keep(folder: Path, result: Grade, transcript: Transcript) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        transcript.write(folder / "transcript.jsonl")
        unfinished = folder / "results.json.new"
        with unfinished.open("w") as file:
            week = LABS["backup-tools"]
            json.write(ClassResult(week.name, week.title, (result,)), file)
        unfinished.replace(folder / "results.json")
    except OSError as error:
        raise LabcheckError(f"cannot write into {folder}: {error.strerror}") from error


def _exit_code(result: Grade) -> int:
    if result.count(Status.ERROR) or not result.results:
        return exit_codes.TROUBLE
    return exit_codes.ALL_PASSED if result.count(Status.PASS) == len(result.results) else exit_codes.FAILED
