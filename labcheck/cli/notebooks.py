"""`labcheck notebooks`: the teaching notebooks, in JupyterLab or without a browser."""

import os
import signal
import sys
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from labcheck.cli import exit_codes
from labcheck.cli.progress import telling
from labcheck.errors import LabcheckError, UsageError
from labcheck.practice import lab as labs

NOTEBOOKS = Path("notebooks")
STUDENT = Path("student")

app = typer.Typer(name="notebooks", help="The teaching notebooks; they need the lab up.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(help="The folder with the notebooks.")]


@app.command("open")
def open_(folder: Folder = NOTEBOOKS) -> None:
    """Start JupyterLab on 127.0.0.1 and stay until Ctrl-C; the lab goes on."""
    from labcheck.notebook import server

    lab = labs.current()
    _must_exist(folder)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with telling() as tell:
        tell("Starting JupyterLab")
        running = server.start(folder.resolve())
    try:
        print(f"Notebooks: {running.url}\nAgama:     {lab.app_url}")
        print("Begin with 00; check your work with: labcheck grade --lab")
        print("Ctrl-C stops JupyterLab; the lab stays up.", flush=True)
        if sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
            webbrowser.open(running.url)
        running.process.wait()
        raise LabcheckError("JupyterLab ended by itself", f"See why: tail {server.log_file()}")
    except KeyboardInterrupt:
        print("\nStopping JupyterLab.")
    finally:
        running.stop()
    print("JupyterLab is stopped. The lab is still up; take it down with: labcheck lab down (or: make down)")


@app.command("run")
def run(
    folder: Folder = NOTEBOOKS,
    out: Annotated[
        Path | None, typer.Option(help="Write the notebooks with their outputs into this folder.", metavar="DIR")
    ] = None,
) -> None:
    """Run every notebook from top to bottom without a browser. Exit 1 when a cell fails."""
    from labcheck.notebook.headless import execute, notebooks

    labs.current()
    _must_exist(folder)
    if out:
        out.mkdir(parents=True, exist_ok=True)
    failed = False
    for path in notebooks(folder):
        with telling() as tell:
            tell(f"Running {path.name}")
            result = execute(path, out / path.name if out else None)
        print(f"{path.name}: {'failed' if result.complaint else 'ran'} ({result.cells} code cells)")
        if result.complaint:
            failed = True
            print(result.complaint, file=sys.stderr)
    raise typer.Exit(exit_codes.FAILED if failed else exit_codes.ALL_PASSED)


@app.command("student")
def student(
    folder: Folder = NOTEBOOKS,
    out: Annotated[Path, typer.Option(help="Where the copies go; those of an earlier time are replaced.")] = STUDENT,
) -> None:
    """Write a copy for students: without solutions and outputs, an empty cell where each solution was.

    Example: labcheck notebooks student --out handout
    """
    from labcheck.notebook.headless import notebooks
    from labcheck.notebook.student_copy import write_copy

    _must_exist(folder)
    if out.resolve() == folder.resolve():
        raise UsageError("the students' copy would replace the notebooks", "Name another folder: --out student")
    out.mkdir(parents=True, exist_ok=True)
    for path in notebooks(folder):
        print(f"{out / path.name}: {write_copy(path, out)} solutions left out")


def _must_exist(folder: Path) -> None:
    if not any(folder.glob("[0-9]*.ipynb")):
        raise LabcheckError(f"there are no notebooks in {folder}", "Name their folder: labcheck notebooks open FOLDER")
