"""`labcheck report`: tell results again in other formats; and the `--format` that every command with results has."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TextIO

import typer

from labcheck.errors import UsageError
from labcheck.model import ClassResult
from labcheck.reports import REPORTS, class_console, console, json
from labcheck.reports.document import Document, write
from labcheck.reports.github import runner as github
from labcheck.reports.shown import readable, revealed

CONSOLE = "console"
NAMES = [CONSOLE, *REPORTS]


FORMAT_HELP = f"How to tell the results: {', '.join(NAMES)}; several with commas between, which need --out."
Formats = Annotated[str, typer.Option("--format", help=FORMAT_HELP, metavar="NAME,…")]


def formats(text: str, out: Path | None) -> list[str]:
    """Return the formats of a comma-separated list, before any work is done for them.

    Raises `UsageError` naming one that does not exist, or when they have nowhere to go without a folder `out`.
    """
    chosen = list(dict.fromkeys(name.strip() for name in text.split(",")))
    for name in chosen:
        if name not in NAMES:
            raise UsageError(f"no format {name!r}", f"The formats are {', '.join(NAMES)}; several with commas between.")
    if len(chosen) > 1 and not out:
        raise UsageError(f"several formats at once: {', '.join(chosen)}", "Name a folder for their files: --out DIR")
    if chosen == ["html"] and not out and sys.stdout.isatty():
        raise UsageError("a page is not for a terminal", "Name a folder for it: --out DIR")
    return chosen


def report(
    folder: Annotated[Path, typer.Argument(help="What labcheck grade --out made.", metavar="DIR", show_default=False)],
    report_formats: Formats = CONSOLE,
    out: Annotated[Path | None, typer.Option(help="The folder for the files.", metavar="DIR")] = None,
    student_feedback: Annotated[
        bool, typer.Option("--student-feedback", help="Also a page for each student, in feedback/ of that folder.")
    ] = False,
) -> None:
    """Tell the results of a grading again, without touching a host.

    One format is printed, unless --out names a folder for it. Pages for students show only what is shown to them now:
    what waits for the due time is on them once it has passed.

    Example: labcheck report results/ --format html,csv,moodle --out results/
    """
    chosen = formats(report_formats, out)
    result = json.read(folder / "results.json")
    tell(result, chosen, out)
    if student_feedback:
        from labcheck.reports import feedback

        pages = feedback.documents(readable(revealed(result, datetime.now(UTC))))
        _keep(list(pages), out or folder)


def tell(result: ClassResult, chosen: Sequence[str], out: Path | None = None) -> None:
    """Tell results in the chosen formats: into the folder `out`, or one of them on standard output.

    The console's is always printed, and so is JSON when it is the only one. On a GitHub runner, `github` is handed to
    it too. Raises `UsageError` when documents have nowhere to go and `LabcheckError` when a file cannot be written.
    """
    now = datetime.now(UTC)
    told = {name: REPORTS[name].documents(result, now) for name in chosen if name != CONSOLE}
    documents = [document for each in told.values() for document in each]
    alone = [document for document in documents if document.printed]
    if len(alone) > 1 and not out:
        raise UsageError(f"{chosen[0]} is {len(alone)} files", "Name a folder for them: --out DIR")
    if CONSOLE in chosen:
        _print_console(readable(result), sys.stdout)
    if out:
        _keep(documents, out)
    if len(chosen) == 1 and (not out or chosen == ["json"]):
        sys.stdout.write("".join(document.text for document in alone))
    if "github" in chosen and github.is_here(os.environ):
        for_its_log = github.hand_over(told["github"], os.environ)
        sys.stdout.write(for_its_log if out else "")


def _print_console(result: ClassResult, out: TextIO) -> None:
    if github.is_here(os.environ):
        with github.obeying_nothing(out):
            _write_console(result, out)
    else:
        _write_console(result, out)


def _write_console(result: ClassResult, out: TextIO) -> None:
    if len(result.grades) == 1:
        console.write(result.grades[0], result.title, out)
    else:
        class_console.write(result, out)


def _keep(documents: Sequence[Document], folder: Path) -> None:
    paths = write(documents, folder)
    for path in paths[:3]:
        print(f"written: {path}", file=sys.stderr)
    if len(paths) > 3:
        print(f"written: {len(paths) - 3} more below {folder}", file=sys.stderr)
