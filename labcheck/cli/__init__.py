"""The command line: arguments in, exit code out.

Each module of this folder holds one group of commands; what they do is done further down.
Exit codes: 0 all passed, 1 something failed, 2 could not be done or wrong usage, 130 interrupted.
"""

import sys
import traceback

import typer

from labcheck.cli import (
    answers,
    cron,
    exit_codes,
    grade,
    lab,
    notebooks,
    regrade,
    report,
    roster,
    rpo,
    submission,
)
from labcheck.errors import LabcheckError

BARE = {"--drill": "--drill=restore"}
"""Options whose value may be left out: Typer knows no such thing."""

app = typer.Typer(
    name="labcheck",
    help="A teaching lab about backups: practise on real servers, and check the result.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(lab.app)
app.add_typer(notebooks.app)
app.command()(grade.grade)
app.add_typer(roster.app)
app.command()(regrade.regrade)
app.command()(regrade.diff)
app.command()(report.report)
app.add_typer(cron.app, name="cron")
app.command()(rpo.rpo)
app.command()(answers.answers)
app.command()(submission.submission)


def main() -> None:
    """Run the command that was typed and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; our own errors become one line and the next step."""
    try:
        app([BARE.get(word, word) for word in arguments], prog_name="labcheck")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
    except KeyboardInterrupt:
        print("labcheck: interrupted", file=sys.stderr)
        return exit_codes.INTERRUPTED
    except LabcheckError as error:
        print(f"labcheck: {error}", file=sys.stderr)
        return exit_codes.TROUBLE
    except OSError as error:
        print(f"labcheck: this machine said: {error}", file=sys.stderr)
        return exit_codes.TROUBLE
    except Exception:  # a defect of ours, for its maintainer; 1 would say that something failed
        traceback.print_exc()
        return exit_codes.TROUBLE
    return 0
