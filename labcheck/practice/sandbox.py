"""Sandboxes: throw-away containers in which backups of students are restored, on the machine that grades.

A sandbox is of an image of the practice lab, with its server and duplicity. It has no network, nothing of this machine
and no disk but a bounded one in memory. It is a shell that reads what we write: when we end, in whatever way, its input
ends, and with it the container, which the engine then removes.
"""

import contextlib
import os
import secrets
import selectors
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from typing import IO, cast

from labcheck.errors import CommandTimedOut, LabcheckError
from labcheck.hosts import Answer, Ask, Question
from labcheck.hosts.framing import Frame, Stream
from labcheck.hosts.site import SANDBOX
from labcheck.practice import engine, images
from labcheck.practice.engine import Engine, Tell
from labcheck.visible import visible

AT_ONCE = os.cpu_count() or 1
GRACE_SECONDS = 2.0
START_SECONDS = 60.0
CHUNK_BYTES = 1 << 16
NEEDED = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID")
"""What root in there may do: start the server and duplicity as others, and clear up after them."""
CLOSED = (
    *("--network", "none", "--read-only", "--tmpfs", "/tmp:size=512m,mode=1777", "--tmpfs", "/run:size=512m,mode=755"),  # noqa: S108
    *("--memory", "1g", "--pids-limit", "200", "--security-opt", "no-new-privileges"),
    *("--cap-drop", "ALL", *(f"--cap-add={name}" for name in NEEDED)),
)
START = """
install -d -m 1777 /run/lock; install -d -o mysql -g mysql /run/mysqld; cp -a /var/lib/mysql /run/data
mysqld --user=mysql --datadir=/run/data --init-file=/dev/null --log-error=/run/mysqld/log --skip-networking \
    < /dev/null > /dev/null 2>&1 &
for try in $(seq 200); do ! mysqladmin ping < /dev/null > /dev/null 2>&1 || break; sleep 0.1; done
exec env -i HOME=/root LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin /bin/sh
"""


def prepared(tell: Tell) -> "Sandboxes":
    """Return the sandboxes of this machine; where it has no image for one, that of the usual lab is made.

    Raises `LabcheckError` when there is no engine, or no image can be made.
    """
    found = engine.find(install_with=tell)
    if not (there := images.of_databases(found)):
        found, made = images.ensure(found, "", tell)
        there = {made.database: made.by_host["db"]}
    return Sandboxes(found, there)


class Sandboxes:
    """The sandboxes of a run, at most one for each processor at once, with an image for each kind of server."""

    def __init__(self, found: Engine, by_database: Mapping[str, str]) -> None:
        self._engine = found
        self._images = by_database
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._open: set[_Sandbox] = set()
        self._stopped = False

    @contextlib.contextmanager
    def beside(self, ask: Ask) -> Iterator[Ask]:
        """Give a way of asking that knows a sandbox of each kind, too; they are removed at the end."""
        with contextlib.ExitStack() as stack:
            known: dict[str, _Sandbox] = {}

            def asked(question: Question) -> Answer:
                kind = question.host.removeprefix(SANDBOX)
                if kind == question.host:
                    return ask(question)
                if kind not in known:
                    known[kind] = stack.enter_context(self._sandbox(kind))
                return known[kind].ask(question)

            yield asked

    def stop(self) -> None:
        """Remove every sandbox now; who waits for one is told that it ended."""
        with self._lock:
            self._stopped = True
            for one in self._open:
                one.kill()

    @contextlib.contextmanager
    def _sandbox(self, kind: str) -> Iterator["_Sandbox"]:
        if kind not in self._images:
            raise LabcheckError(
                f"no image for a sandbox with {kind} on this machine", f"Make it: labcheck lab up --db {kind}"
            )
        with self._places:
            with self._lock:
                if self._stopped:
                    raise LabcheckError("no sandbox any more: the run was stopped")
                sandbox = _Sandbox(self._engine, self._images[kind])
                self._open.add(sandbox)
            try:
                yield sandbox
            finally:
                sandbox.close()
                with self._lock:
                    self._open.discard(sandbox)


class _Sandbox:
    """One container, and the shell in it that answers questions in turn."""

    def __init__(self, found: Engine, image: str) -> None:
        self._engine = found
        self._name = f"labcheck-sandbox-{secrets.token_hex(6)}"
        words = ["run", "--interactive", "--rm", "--name", self._name, *CLOSED, "--entrypoint", "/bin/sh"]
        # A session of its own: Ctrl-C is ours to handle.
        self._process = subprocess.Popen(
            [found.name, *words, image, "-c", START],
            env=found.full_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._patience = START_SECONDS

    def ask(self, question: Question) -> Answer:
        """Ask one question; raises `CommandTimedOut`, and `LabcheckError` when the container has ended."""
        frame = Frame(question)
        stdout, stderr = frame.stdout, frame.stderr
        started = time.monotonic()
        try:
            stdin = cast(IO[bytes], self._process.stdin)
            stdin.write(frame.line)
            stdin.flush()
            self._listen(stdout, stderr, started + question.timeout_seconds + GRACE_SECONDS + self._patience)
        except TimeoutError as error:
            raise CommandTimedOut(f"the sandbox did not finish in {question.timeout_seconds:g} seconds") from error
        except (OSError, ValueError, EOFError) as error:
            said = visible(stderr.before.strip()[-300:])
            raise LabcheckError(f"the sandbox ended: {said or 'it was stopped, or had no memory left'}") from error
        self._patience = 0
        seconds = time.monotonic() - started
        if stdout.too_long or stderr.too_long:
            self.kill()
        return Answer(stdout.status, stdout.text, stderr.text, seconds, truncated=stdout.too_long or stderr.too_long)

    def _listen(self, stdout: Stream, stderr: Stream, deadline: float) -> None:
        with selectors.DefaultSelector() as waiting:
            for pipe, stream in ((self._process.stdout, stdout), (self._process.stderr, stderr)):
                waiting.register(cast(IO[bytes], pipe), selectors.EVENT_READ, stream)
            while not ((stdout.finished and stderr.finished) or stdout.too_long or stderr.too_long):
                ready = waiting.select(max(deadline - time.monotonic(), 0))
                if not ready:
                    self.kill()
                    raise TimeoutError
                for key, _ in ready:
                    chunk = os.read(key.fd, CHUNK_BYTES)
                    key.data.feed(chunk)
                    if not chunk:
                        raise EOFError

    def kill(self) -> None:
        """End the container now, or as soon as it has begun."""
        self._engine.run("kill", self._name, check=False)
        self._end_input()

    def close(self) -> None:
        """End the shell, and the container with it, which the engine then removes."""
        self._end_input()
        try:
            self._process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            self._engine.run("rm", "--force", self._name, check=False)
            self._process.wait()
        for pipe in (self._process.stdout, self._process.stderr):
            cast(IO[bytes], pipe).close()

    def _end_input(self) -> None:
        with contextlib.suppress(OSError):
            cast(IO[bytes], self._process.stdin).close()
