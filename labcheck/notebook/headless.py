"""Running notebooks without a browser: every cell of every notebook, against the lab that is up."""

import os
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from labcheck.visible import visible

CELL_TIMEOUT_SECONDS = 120
LAST_LINES = 15


@dataclass(frozen=True)
class Run:
    """What came of a notebook: the number of code cells, and the complaint of the cell that failed."""

    name: str
    cells: int
    complaint: str = ""


def notebooks(folder: Path) -> list[Path]:
    """Return the notebooks of a folder, in order."""
    return sorted(folder.glob("[0-9]*.ipynb"))


def execute(path: Path, executed: Path | None = None) -> Run:
    """Run a notebook from top to bottom in a fresh kernel; the file itself is not changed.

    With `executed`, the notebook with its outputs is written there, also when a cell failed.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_SECONDS,
        kernel_name="python3",
        extra_arguments=["--IPKernelApp.log_level=ERROR"],  # it warns of TCP on the loopback interface
        resources={"metadata": {"path": str(path.parent)}},
    )
    complaint = ""
    try:
        client.execute(env=os.environ | {"JPY_SESSION_NAME": str(path)})  # as JupyterLab names it to its kernels
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        lines = str(error).strip().splitlines()
        complaint = "\n".join(visible(line) for line in lines[-LAST_LINES:])
    if executed:
        nbformat.write(notebook, executed)
    return Run(path.name, sum(cell.cell_type == "code" for cell in notebook.cells), complaint)
