"""JupyterLab for the notebooks, on 127.0.0.1."""

import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from labcheck.errors import LabcheckError
from labcheck.practice.places import state_folder
from labcheck.practice.ports import choose_one

USUAL_PORT = 8888
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
    port, token = choose_one(USUAL_PORT), secrets.token_urlsafe(24)
    log = log_file()
    words = [sys.executable, "-m", "jupyterlab", "--no-browser", "--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
    words += ["--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"]
    if os.geteuid() == 0:
        words.append("--allow-root")
    environment = os.environ | {"JUPYTER_TOKEN": token, "JUPYTER_CONFIG_PATH": str(CONFIGURATION)}
    with log.open("wb") as output:
        # A session of its own: Ctrl-C reaches us alone, and we end it without JupyterLab's question.
        process = subprocess.Popen(
            words, env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    server = Server(f"http://127.0.0.1:{port}/lab?token={token}", process)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api", process, log)
    except BaseException:
        server.stop()
        raise
    return server


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310 - our own http address
                return
        except (urllib.error.URLError, OSError):
            if process.poll() is not None or time.monotonic() > deadline:
                raise LabcheckError("JupyterLab did not start", f"See why: tail {log}") from None
            time.sleep(0.2)
