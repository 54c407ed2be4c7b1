"""A drill's place on a host, and the guard that clears up after it.

The guard is a process of its own. It clears up as soon as the drill's program ends, in whatever way: that is how a
drill ends, and just so how it is cut off. Both are the same program, and `main` says which of them it is.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from labcheck.facts.on_host.scratch import PLACE, Complaint, Trouble

LOCK = "/run/lock/labcheck-drill"
SCRATCH = Path(tempfile.gettempdir())
GUARD = "guard"
PATIENCE_SECONDS = 60


def main(hold: Callable[[dict[str, Any]], dict[str, Any]], undo: Callable[[dict[str, Any]], None]) -> None:
    """Hold a drill with the order that we were given, and print what came of it; or be the guard of one."""
    if sys.argv[1] == GUARD:
        stand_guard(undo)
        return
    try:
        told = hold(json.loads(sys.argv[1]))
    except Complaint as complaint:
        told = {"complaint": str(complaint)[-4000:]}
    except Trouble as trouble:
        told = {"trouble": str(trouble)[-1000:]}
    print(json.dumps(told))


def stand_guard(undo: Callable[[dict[str, Any]], None]) -> None:
    """Read what there is to undo, until the drill is over or gone, and undo it."""
    os.chdir("/")
    drill = os.getppid()
    work: dict[str, Any] = {}
    for line in sys.stdin:
        work |= json.loads(line)
    if os.getppid() != drill:  # it was killed, and what it had started still runs
        for group in {work["group"], work.get("job", work["group"])}:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
    deadline = time.monotonic() + (PATIENCE_SECONDS if "table" in work else 0)
    while True:
        try:
            undo(work)
            break
        except (Trouble, Complaint):
            if time.monotonic() >= deadline:
                raise
            time.sleep(1)
        finally:
            shutil.rmtree(work["folder"], ignore_errors=True)


class Guard:
    """The guard of this drill, from our side."""

    def __init__(self, lock: int) -> None:
        program = Path("/proc/self/cmdline").read_bytes().split(b"\0")[3]
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-c", program, GUARD],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(lock,),
            text=True,
        )

    def note(self, **work: Any) -> None:
        """Let the guard know of what is about to be done."""
        assert self._process.stdin  # noqa: S101 - a pipe was asked for
        print(json.dumps(work), file=self._process.stdin, flush=True)

    def end(self) -> bool:
        """Let the guard clear up, and say whether it could."""
        assert self._process.stdin  # noqa: S101
        self._process.stdin.close()
        try:
            return self._process.wait(PATIENCE_SECONDS + 10) == 0
        except subprocess.TimeoutExpired:
            return False


@contextlib.contextmanager
def place(user: str) -> Iterator[tuple[Path, Guard]]:
    """Give a directory of the user's, and its guard, who clears up at the end; a host holds one drill at a time.

    Raises `Trouble`.
    """
    with Path(LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Trouble("another drill is being held on this host") from error
        for left in SCRATCH.glob(f"{PLACE}-*"):
            shutil.rmtree(left, ignore_errors=True)
        guard = Guard(lock.fileno())
        folder = Path(tempfile.mkdtemp(prefix=f"{PLACE}-", dir=SCRATCH))
        guard.note(folder=str(folder), group=os.getpgrp())
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, _stop)
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
        cleared = False
        try:
            yield folder, guard
        finally:
            cleared = guard.end()
        if not cleared:
            raise Trouble("the scratch database could not be removed; the next drill tries again")


def _stop(number: int, frame: object) -> None:
    signal.signal(number, signal.SIG_IGN)
    raise Trouble(f"the drill was stopped by signal {number}")
