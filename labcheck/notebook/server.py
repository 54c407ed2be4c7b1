"""JupyterLab for the notebooks, on 127.0.0.1."""

import json
import os
import secrets
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from jupyter_core.paths import jupyter_runtime_dir

from labcheck.errors import LabcheckError
from labcheck.practice.places import state_folder

PATIENCE_SECONDS = 60.0
CONFIGURATION = Path(__file__).parent / "jupyter"


@dataclass(frozen=True)
class Server:
    """A JupyterLab that answers at `url`, which holds its token."""

    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End JupyterLab and its kernels."""
        self.process.terminate()
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def log_file() -> Path:
    """Return where JupyterLab writes what it has to say."""
    return state_folder() / "jupyter.log"


def start(folder: Path) -> Server:
    """Start JupyterLab over a folder and return when it answers; raises `LabcheckError` when it does not."""
    token, log = secrets.token_urlsafe(24), log_file()
    words = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1"]
    words.append(f"--ServerApp.root_dir={folder}")
    if os.geteuid() == 0:
        words.append("--allow-root")
    environment = os.environ | {"JUPYTER_TOKEN": token, "JUPYTER_CONFIG_PATH": str(CONFIGURATION)}
    with log.open("wb") as output:
        # A session of its own: Ctrl-C reaches us alone, and we end it without JupyterLab's question.
        process = subprocess.Popen(
            words, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    try:
        return Server(f"{_address(process, token, log)}lab?token={token}", process)
    except BaseException:
        Server("", process).stop()
        raise


def _address(process: subprocess.Popen[bytes], token: str, log: Path) -> str:
    """Return where JupyterLab answers to its token: on 8888, or on another port when that one was taken."""
    note = Path(jupyter_runtime_dir()) / f"jpserver-{process.pid}.json"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            address = f"http://127.0.0.1:{int(json.loads(note.read_text())['port'])}/"
            with urllib.request.urlopen(f"{address}api/status?token={token}", timeout=2):  # noqa: S310 - our own http address
                return address
        except (OSError, ValueError, KeyError):  # not written, not whole, or not answering yet
            if process.poll() is not None or time.monotonic() > deadline:
                raise LabcheckError("JupyterLab did not start", f"See why: tail {log}") from None
            time.sleep(0.2)
