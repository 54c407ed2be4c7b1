import os
import re
import signal
import threading
import time
from pathlib import Path

import nbformat
import pytest

from labcheck.notebook.headless import execute

KERNEL_SECONDS = 60


def notebook_of(tmp_path: Path, lines: str) -> Path:
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(lines)]
    nbformat.write(notebook, tmp_path / "00-one-cell.ipynb")
    return tmp_path / "00-one-cell.ipynb"


def test_a_kernel_that_dies_is_told_with_its_last_words(tmp_path: Path) -> None:
    path = notebook_of(tmp_path, "import os\nos.write(2, b'out of paper')\nos._exit(9)")

    assert re.search(r"out of paper\n.*Kernel died", execute(path).complaint, re.DOTALL)


def test_ctrl_c_ends_the_run_and_its_kernel(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    kernel = tmp_path / "kernel"
    lines = f"import os, pathlib, time\npathlib.Path({str(kernel)!r}).write_text(str(os.getpid()))\ntime.sleep(60)"
    path = notebook_of(tmp_path, lines)

    def press_ctrl_c() -> None:
        deadline = time.monotonic() + KERNEL_SECONDS
        while not (kernel.exists() and kernel.read_text()) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press_ctrl_c).start()
    with pytest.raises(KeyboardInterrupt):
        execute(path)
    with pytest.raises(ProcessLookupError):
        os.kill(int(kernel.read_text()), 0)
    assert capfd.readouterr() == ("", "")
