"""A class handed to a real Dask cluster, of which a part is killed on the way."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from labcheck.cli import exit_codes, run
from labcheck.labs import LABS
from tests.grading.trial import TRIAL, roster, told
from tests.hosts.ssh_server import servers

ROOT = Path(__file__).parents[2]
STUDENTS = 8
START_SECONDS = 60
OURS = "from labcheck.labs import LABS; from tests.grading.trial import TRIAL; LABS['backup-tools'] = TRIAL"


@contextlib.contextmanager
def dask(*words: object) -> Iterator[subprocess.Popen[bytes]]:
    """Keep up a part of a cluster, which knows the lab of these tests."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-m", "dask", *map(str, words)], cwd=ROOT, **quiet) as process:  # type: ignore[call-overload]
        try:
            yield process
        finally:
            process.kill()


def eventually(happens: object) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not happens():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_cluster_that_loses_a_worker_gives_the_results_of_one_machine(tmp_path: Path) -> None:
    (tmp_path / "ours.py").write_text(OURS)
    there = tmp_path / "scheduler.json"
    worker = ("worker", "--scheduler-file", there, "--nthreads", 1, "--no-nanny", "--preload", tmp_path / "ours.py")
    out = tmp_path / "cluster"
    with contextlib.ExitStack() as stack:
        running = stack.enter_context(servers(tmp_path / "hosts", STUDENTS))
        for number, server in enumerate(running):
            (server.home / "answer.txt").write_text("42" if number % 2 else "41")
        file = roster(tmp_path / "roster.yaml", {f"s{number}": server for number, server in enumerate(running)})
        stack.enter_context(dask("scheduler", "--port", 0, "--no-dashboard", "--scheduler-file", there))
        doomed = stack.enter_context(dask(*worker))
        eventually(lambda: there.exists() and there.read_text().rstrip().endswith("}"))
        address = json.loads(there.read_text())["address"]
        words = [sys.executable, "-m", "tests.grading.trial", "grade", "--roster", file, "--out", out]
        client = subprocess.Popen([*map(str, words), "--scheduler", address], cwd=ROOT, stdout=subprocess.DEVNULL)
        eventually(lambda: len(list(out.glob("students/*.json"))) > 0)
        doomed.kill()
        assert len(list(out.glob("students/*.json"))) < STUDENTS
        stack.enter_context(dask(*worker))
        assert client.wait(START_SECONDS) == exit_codes.FAILED
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(LABS, "backup-tools", TRIAL)
            assert run(["grade", "--roster", str(file), "--out", str(tmp_path / "alone")]) == exit_codes.FAILED
    assert told(out) == told(tmp_path / "alone")
    assert {state for _, state, *_ in told(out)} == {"graded"}
