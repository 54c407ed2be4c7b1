"""The command line: arguments in, exit code out.

Each module of this folder holds one group of commands; what they do is done further down.
Exit codes: 0 all passed, 1 something failed, 2 could not be done or wrong usage, 130 interrupted.
"""

import gc
import importlib
import sys
import traceback
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from labcheck.cli import exit_codes
from labcheck.errors import LabcheckError

BARE = {"--drill": "--drill=restore"}
"""Options whose value may be left out: Typer knows no such thing."""

COMMANDS = {
    "lab": "lab.app",
    "notebooks": "notebooks.app",
    "grade": "grade.grade",
    "roster": "roster.app",
    "regrade": "regrade.regrade",
    "diff": "regrade.diff",
    "report": "report.report",
    "cron": "cron.app",
    "rpo": "rpo.rpo",
    "answers": "answers.answers",
    "submission": "submission.submission",
}
"""Each command, in the order of the help, with the module of this folder that has it; imported when it is asked for."""


SELDOM = 50_000
"""Objects between two collections of garbage: with Python's own 700 they take a fifth of the time to start."""


class _Commands(TyperGroup):
    """A group that imports a command when it is asked for: one command starts without what the others need."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # a command of Click's, or of Typer's own copy of it
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name].partition(".")
        found = getattr(importlib.import_module(f"labcheck.cli.{module}"), attribute)
        holder = typer.Typer(rich_markup_mode="markdown")
        if isinstance(found, typer.Typer):
            holder.add_typer(found, name=cmd_name)
        else:
            holder.command(cmd_name)(found)
        return get_group(holder).commands[cmd_name]


app = typer.Typer(
    name="labcheck",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _labcheck() -> None:
    """A teaching lab about backups: practise on real servers, and check the result."""


def main() -> None:
    """Run the command that was typed and leave with its exit code."""
    gc.set_threshold(SELDOM)
    code = run(sys.argv[1:])
    gc.freeze()  # nothing is left to look at, where Python would look for garbage as it ends, for 40 ms and more
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; our own errors become one line and the next step.

    Of Ctrl-C Typer makes 130.
    """
    try:
        app([BARE.get(word, word) for word in arguments], prog_name="labcheck")
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0
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
