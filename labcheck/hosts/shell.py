"""A shell of one user on one host, started once and asked many times, that leaves nothing behind."""

import contextlib
import shlex
import time
from collections.abc import Sequence
from typing import cast

from labcheck.errors import CommandTimedOut, HostUnreachable, SignInRefused
from labcheck.hosts import limits
from labcheck.hosts.framing import Frame, Stream
from labcheck.hosts.host import CUT_OFF, Answer, Question
from labcheck.hosts.library import paramiko
from labcheck.hosts.sign_in import told_as_unreachable
from labcheck.hosts.watch import within
from labcheck.hosts.wire import CHUNK_BYTES, Wire
from labcheck.visible import visible


def open_channel(client: paramiko.SSHClient) -> tuple[Wire, paramiko.Channel]:
    """Return a new channel of a connection, and the wire that it goes over."""
    transport = client.get_transport()
    if transport is None:
        raise paramiko.SSHException("the connection is closed")
    wire = cast(Wire, transport.sock)
    with within(wire, limits.CONNECT_TIMEOUT_SECONDS + limits.LATE_SECONDS):
        return wire, transport.open_session(timeout=limits.CONNECT_TIMEOUT_SECONDS)


class Shell:
    """One `/bin/sh` of one user on one host, with a clean environment, that answers questions in turn."""

    # Between us and the shell stands who sees our end: then the whole group of processes is told to end, and killed if
    # it does not. An end that nobody tells of, as the network is gone, comes after an hour.
    GUARDED = (
        'exec 3<&0; { exec <&3 3<&- 2>/dev/null; trap "" TERM; timeout 3600 cat; kill 0; sleep 2;'
        " kill -KILL 0; } | exec /bin/sh 3<&- & exec <&- 3<&- >&- 2>&-; wait"
    )
    CLEAN = (
        'cd && exec env -i HOME="$HOME" USER="$USER" LOGNAME="$USER" LC_ALL=C'
        f" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /bin/sh -c {shlex.quote(GUARDED)}"
    )

    def __init__(self, client: paramiko.SSHClient, become: Sequence[str] = ()) -> None:
        self._become = become
        self._was_asked = False
        self._wire, self._channel = open_channel(client)
        self._wire.allow(limits.UNASKED_BYTES)
        with within(self._wire, limits.CONNECT_TIMEOUT_SECONDS):
            self._channel.exec_command(f"exec {shlex.join([*become, self.CLEAN])}" if become else self.CLEAN)

    def ask(self, question: Question) -> Answer:
        """Ask one question; raises `CommandTimedOut` or `HostUnreachable`."""
        frame = Frame(question, is_first=not self._was_asked)
        stdout, stderr = frame.stdout, frame.stderr
        self._was_asked = True
        started = time.monotonic()
        try:
            with told_as_unreachable(question.host), within(self._wire, _longest_seconds(question)):
                self._wire.allow(2 * question.limit_bytes + limits.UNASKED_BYTES)
                self._channel.settimeout(question.timeout_seconds)
                self._forget_what_came()
                self._channel.sendall(frame.line)
                self._listen(question, stdout, stderr, started)
        except HostUnreachable as error:
            if self._channel.recv_stderr_ready():
                stderr.feed(self._channel.recv_stderr(CHUNK_BYTES))  # its last words
            raise self._why(error, question, stderr.before.strip()) from error
        seconds = time.monotonic() - started
        truncated = stdout.too_long or stderr.too_long
        return Answer(CUT_OFF if truncated else stdout.status, stdout.text, stderr.text, seconds, truncated)

    def close(self) -> None:
        """End the shell, and what it is doing; who does not even let us go is cut."""
        with contextlib.suppress(paramiko.SSHException, OSError, EOFError), within(self._wire, limits.LATE_SECONDS):
            self._channel.close()

    def _why(self, error: HostUnreachable, question: Question, said: str) -> HostUnreachable:
        if self._wire.flooded:
            return HostUnreachable(f"{question.host} sends more than anybody asked for")
        if self._wire.is_cut:
            return HostUnreachable(f"{question.host} does not let us ask it anything in time")
        if not (said and self._become):
            return error
        what = f"cannot become {question.user} on {question.host}: {visible(said.splitlines()[-1])}"
        return SignInRefused(what, "Let who signs in use sudo without a password there (NOPASSWD in sudoers).")

    def _forget_what_came(self) -> None:
        """Leave out what an earlier command has printed late."""
        while self._channel.recv_ready():
            self._channel.recv(CHUNK_BYTES)
        while self._channel.recv_stderr_ready():
            self._channel.recv_stderr(CHUNK_BYTES)

    def _listen(self, question: Question, stdout: Stream, stderr: Stream, started: float) -> None:
        deadline = started + question.timeout_seconds + limits.LISTENING_GRACE_SECONDS
        begun = stdout.begun
        turn_seconds = limits.TURN_SECONDS
        # Waiting is done on one output, with a look at the other each turn: paramiko's select() loses events of two.
        while not ((stdout.finished and stderr.finished) or stdout.too_long or stderr.too_long):
            if stdout.begun and not begun:
                begun = True
                deadline = time.monotonic() + question.timeout_seconds + limits.LATE_SECONDS
            if time.monotonic() > deadline:
                if not begun:
                    raise HostUnreachable(f"{question.host} lets us in, but its shell does not answer")
                raise CommandTimedOut(
                    f"{question.host} did not finish `{question.command}` in {question.timeout_seconds:g} seconds"
                )
            self._channel.settimeout(turn_seconds)
            try:
                if stdout.finished:
                    stderr.feed(_some(self._channel.recv_stderr(CHUNK_BYTES)))
                else:
                    stdout.feed(_some(self._channel.recv(CHUNK_BYTES)))
            except TimeoutError:
                turn_seconds = min(2 * turn_seconds, limits.LONGEST_TURN_SECONDS)
            else:
                turn_seconds = limits.TURN_SECONDS
            while self._channel.recv_stderr_ready() and not stderr.too_long and time.monotonic() < deadline:
                stderr.feed(self._channel.recv_stderr(CHUNK_BYTES))


def _longest_seconds(question: Question) -> float:
    """Return how long a question may take, its way and what comes before its answer with it."""
    return 2 * (question.timeout_seconds + limits.LATE_SECONDS) + limits.LISTENING_GRACE_SECONDS


def _some(chunk: bytes) -> bytes:
    if not chunk:
        raise EOFError("the shell ended")
    return chunk
