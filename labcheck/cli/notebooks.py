"""`labcheck notebooks`: the teaching notebooks, in JupyterLab or without a browser."""

import os
import signal
import sys
import webbrowser
from pathlib import Path
from time import perf_counter
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
    """Start JupyterLab on 127.0.0.1 and stay until Ctrl-C; the lab goes on.

    Example: labcheck notebooks open handout
    """
    from labcheck.notebook import server

    lab = labs.current()
    _must_exist(folder, "open")
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
    chosen: Annotated[
        list[Path] | None,
        typer.Argument(help="Notebooks, by path, name or number, or folders of them.", metavar="NOTEBOOK"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Write the notebooks with their outputs into this folder.", metavar="DIR")
    ] = None,
) -> None:
    """Run notebooks from top to bottom without a browser: all of them, or those named. Exit 1 when a cell fails.

    Example: labcheck notebooks run 04 04b-lost-files
    """
    from labcheck.notebook.headless import execute

    paths = [path for word in chosen or [NOTEBOOKS] for path in _named(word)]
    labs.current()
    if out:
        out.mkdir(parents=True, exist_ok=True)
    failed = False
    for path in paths:
        began = perf_counter()
        with telling() as tell:
            tell(f"Running {path.name}")
            result = execute(path, out / path.name if out else None)
        end = "failed" if result.complaint else "ran"
        print(f"{path.name}: {end} ({result.cells} code cells, {perf_counter() - began:.0f} s)", flush=True)
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

    _must_exist(folder, "student")
    if out.resolve() == folder.resolve():
        raise UsageError("the students' copy would replace the notebooks", "Name another folder: --out student")
    out.mkdir(parents=True, exist_ok=True)
    for path in notebooks(folder):
        print(f"{out / path.name}: {write_copy(path, out)} solutions left out")


def _must_exist(folder: Path, command: str) -> None:
    if not any(folder.glob("[0-9]*.ipynb")):
        raise LabcheckError(
            f"there are no notebooks in {folder}", f"Name their folder: labcheck notebooks {command} FOLDER"
        )


def _named(word: Path) -> list[Path]:
    """Return the notebook of a path, all of a folder, or the one in `notebooks/` of this name or number (`04b`)."""
    from labcheck.notebook.headless import notebooks

    if word.is_file() and word.suffix == ".ipynb":
        return [word]
    if word.is_dir():
        _must_exist(word, "run")
        return notebooks(word)
    found = [path for path in notebooks(NOTEBOOKS) if str(word) in (path.name, path.stem, path.stem.split("-")[0])]
    if not found:
        _must_exist(NOTEBOOKS, "run")
        names = ", ".join(path.stem for path in notebooks(NOTEBOOKS))
        raise UsageError(f"no notebook {str(word)!r}", f"The notebooks are {names}.")
    return found
