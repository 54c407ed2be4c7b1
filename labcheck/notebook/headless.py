"""Running notebooks without a browser: every cell of every notebook, against the lab that is up."""

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from labcheck.visible import visible

CELL_TIMEOUT_SECONDS = 300  # %on_call begin solves a fresh lab first, and waits for two of cron's minutes
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
    environment = os.environ | {"JPY_SESSION_NAME": str(path)}  # as JupyterLab names it to its kernels
    with tempfile.TemporaryFile("w+", errors="backslashreplace") as kernel_said:
        try:
            _run_all(client, env=environment, stderr=kernel_said)
        except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
            kernel_said.seek(0)
            died = kernel_said.read() if isinstance(error, DeadKernelError) else ""
            lines = f"{died}\n{error}".strip().splitlines()
            complaint = "\n".join(visible(line) for line in lines[-LAST_LINES:])
    if executed:
        nbformat.write(notebook, executed)
    return Run(path.name, sum(cell.cell_type == "code" for cell in notebook.cells), complaint)


def _run_all(client: NotebookClient, **kernel: Any) -> None:
    """Run every cell, beside the main thread: in it nbclient takes Ctrl-C for itself, and fails in ways of its own."""
    loop = asyncio.new_event_loop()
    with contextlib.closing(loop), ThreadPoolExecutor(1) as thread:
        task = loop.create_task(_run_cells(client, kernel))
        try:
            thread.submit(loop.run_until_complete, task).result()
        except KeyboardInterrupt:
            loop.call_soon_threadsafe(task.cancel)  # the kernel is ended before the thread is
            raise


async def _run_cells(client: NotebookClient, kernel: Mapping[str, Any]) -> None:
    try:
        await client.async_execute(**kernel)
    finally:
        watchers = asyncio.all_tasks() - {asyncio.current_task()}
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)
