"""Hosts over SSH: one connection and one shell for each user of a host, every answer framed by a nonce.

A shell is started once and asked many times: a question costs one round trip. The shell gets each command
between two lines with a fresh random word, on both of its outputs, so that nothing that a login file or an
earlier command prints is taken for the answer. Time and output are bounded on both sides (`THREATS`: hosts
that hang, flood or drip): `timeout` ends the command over there, and we stop listening here.

Nothing of ours is offered to the host: no agent, no forwarding, no key but the named one, no user's
ssh_config; an unknown or changed host key is refused.
"""

import codecs
import contextlib
import logging
import re
import secrets
import shlex
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import paramiko

from labcheck.errors import CommandTimedOut, HostKeyChanged, HostUnreachable
from labcheck.hosts.host import CUT_OFF, Answer, Question

# What paramiko logs of a failed sign-in comes back as an exception, too; without a handler it would print tracebacks.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

CONNECT_TIMEOUT_SECONDS = 8.0
KILL_GRACE_SECONDS = 2
LISTENING_GRACE_SECONDS = 5.0
TURN_SECONDS = 0.1
CHUNK_BYTES = 1 << 16
TIMED_OUT_STATUSES = {124, 137}
TERMINAL_LINES = 5000
NO_STATUS = -1  # what paramiko says of a command whose connection ended first


@dataclass(frozen=True)
class Address:
    """Where a host listens, and the files with our key and with its pinned host key."""

    address: str
    port: int
    identity_file: Path
    known_hosts_file: Path


class Connections:
    """The open connections and shells of a run; calling it with a question answers it. A context manager."""

    def __init__(self, addresses: Mapping[str, Address]) -> None:
        self._addresses = dict(addresses)
        self._clients: dict[tuple[str, str], paramiko.SSHClient] = {}
        self._shells: dict[tuple[str, str], _Shell] = {}
        self._unreachable: dict[tuple[str, str], HostUnreachable] = {}

    def __enter__(self) -> "Connections":
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def asked_afresh(self) -> "Connections":
        """Return itself; hosts that could not be reached before are tried again."""
        self._unreachable.clear()
        return self

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()
        self._shells.clear()

    def __call__(self, question: Question) -> Answer:
        """Ask a host; a host that could not be reached once is not tried again in the same run.

        A shell that has ended since the last question (its host was started again) is replaced by a fresh one.
        """
        place = (question.host, question.user)
        if place in self._unreachable:
            raise self._unreachable[place]
        if place in self._shells:
            with contextlib.suppress(HostUnreachable):
                return self._ask(place, question)
        try:
            return self._ask(place, question)
        except HostUnreachable as error:
            self._unreachable[place] = error
            raise

    def _ask(self, place: tuple[str, str], question: Question) -> Answer:
        shell = self._shells.pop(place, None) or self._open_shell(place)
        answer = shell.ask(question)
        if not answer.truncated:
            self._shells[place] = shell  # only a shell that has answered to the end is fit for another question
        return answer

    def address(self, host: str) -> Address:
        """Return where a host listens."""
        return self._addresses[host]

    def client(self, host: str, user: str) -> paramiko.SSHClient:
        """Return the connection of a user to a host, signed in; raises `HostUnreachable`."""
        place = (host, user)
        client = self._clients.get(place)
        transport = client.get_transport() if client else None
        if client and transport and transport.is_active():
            return client
        self._clients[place] = sign_in(host, user, self._addresses[host])
        return self._clients[place]

    def _open_shell(self, place: tuple[str, str]) -> "_Shell":
        with told_as_unreachable(place[0]):
            return _Shell(self.client(*place))


def sign_in(host: str, user: str, address: Address) -> paramiko.SSHClient:
    """Sign in with the one key and the pinned host key; raises `HostUnreachable` or `HostKeyChanged`."""
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.RejectPolicy())
    try:
        client.load_host_keys(str(address.known_hosts_file))
        client.connect(
            address.address,
            port=address.port,
            username=user,
            key_filename=str(address.identity_file),
            allow_agent=False,
            look_for_keys=False,
            timeout=CONNECT_TIMEOUT_SECONDS,
            banner_timeout=CONNECT_TIMEOUT_SECONDS,
            auth_timeout=CONNECT_TIMEOUT_SECONDS,
            channel_timeout=CONNECT_TIMEOUT_SECONDS,
        )
    except paramiko.BadHostKeyException as error:
        client.close()
        raise HostKeyChanged(f"{host} shows another host key than the pinned one") from error
    except (paramiko.SSHException, OSError, EOFError) as error:
        client.close()
        where = f"{address.address}:{address.port}"
        raise HostUnreachable(f"cannot sign in to {host} ({where}) as {user}: {_reason(error)}") from error
    return client


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, paramiko.ssh_exception.NoValidConnectionsError):
        return "nothing listens there"
    return str(error) or type(error).__name__


@contextlib.contextmanager
def told_as_unreachable(host: str):  # type: ignore[no-untyped-def]  # contextmanager's own type says it
    """Turn what paramiko raises of a connection that is lost into `HostUnreachable`."""
    try:
        yield
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise HostUnreachable(f"lost the connection to {host}: {_reason(error)}") from error


class _Stream:
    """One output of a shell, cut out from between its two frame lines."""

    def __init__(self, begin: bytes, end: bytes, limit_bytes: int) -> None:
        self._begin = begin
        self._last = re.compile(rb"\n" + re.escape(end) + rb"(\d{1,3})\n")
        self._last_bytes = len(end) + 5
        self._limit = limit_bytes
        self._longest = limit_bytes + len(begin) + len(end) + 16
        self._data = bytearray()
        self._ended: re.Match[bytes] | None = None

    def feed(self, chunk: bytes) -> None:
        searched = len(self._data) - self._last_bytes
        self._data += chunk
        begun = self._data.find(self._begin)
        if begun != 0:
            searched = 0
            del self._data[: begun if begun > 0 else max(0, len(self._data) - len(self._begin))]
        if begun >= 0 and not self._ended:
            self._ended = self._last.search(self._data, max(searched, len(self._begin)))

    @property
    def finished(self) -> bool:
        return self._ended is not None

    @property
    def too_long(self) -> bool:
        return not self.finished and len(self._data) > self._longest

    @property
    def text(self) -> str:
        begin = len(self._begin)
        end = self._ended.start() if self._ended else begin + self._limit
        return self._data[begin:end].decode("utf-8", "backslashreplace")

    @property
    def status(self) -> int:
        return int(self._ended[1]) if self._ended else CUT_OFF


class _Shell:
    """One `/bin/sh` of one user on one host, with a clean environment, that answers questions in turn."""

    def __init__(self, client: paramiko.SSHClient) -> None:
        transport = client.get_transport()
        if transport is None:
            raise paramiko.SSHException("the connection is closed")
        self._channel = transport.open_session(timeout=CONNECT_TIMEOUT_SECONDS)
        self._channel.exec_command(
            'exec env -i HOME="$HOME" USER="$USER" LOGNAME="$USER" LC_ALL=C'
            " PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin /bin/sh"
        )

    def ask(self, question: Question) -> Answer:
        """Ask one question; raises `CommandTimedOut` or `HostUnreachable`."""
        begin, end = secrets.token_hex(16).encode() + b"\n", secrets.token_hex(16).encode()
        started = time.monotonic()
        with told_as_unreachable(question.host):
            self._channel.settimeout(question.timeout_seconds)
            self._channel.sendall(_framed(question, begin, end))
            outputs = self._listen(question, begin, end, started)
        seconds = time.monotonic() - started
        stdout, stderr = outputs
        if stdout.too_long or stderr.too_long:
            self._channel.close()
            return Answer(CUT_OFF, stdout.text, stderr.text, seconds, truncated=True)
        if stdout.status in TIMED_OUT_STATUSES and seconds >= question.timeout_seconds:
            raise _timed_out(question)
        return Answer(stdout.status, stdout.text, stderr.text, seconds)

    def _listen(self, question: Question, begin: bytes, end: bytes, started: float) -> tuple[_Stream, _Stream]:
        stdout = _Stream(begin, end, question.limit_bytes)
        stderr = _Stream(begin, end, question.limit_bytes)
        deadline = started + question.timeout_seconds + LISTENING_GRACE_SECONDS
        self._channel.settimeout(TURN_SECONDS)
        # Waiting is done on one output, with a look at the other each turn: paramiko's select() loses events of two.
        while not ((stdout.finished and stderr.finished) or stdout.too_long or stderr.too_long):
            if time.monotonic() > deadline:
                self._channel.close()
                raise _timed_out(question)
            with contextlib.suppress(TimeoutError):
                if stdout.finished:
                    stderr.feed(_some(self._channel.recv_stderr(CHUNK_BYTES)))
                else:
                    stdout.feed(_some(self._channel.recv(CHUNK_BYTES)))
            while self._channel.recv_stderr_ready() and not stderr.too_long:
                stderr.feed(self._channel.recv_stderr(CHUNK_BYTES))
        return stdout, stderr


def _some(chunk: bytes) -> bytes:
    if not chunk:
        raise EOFError("the shell ended")
    return chunk


def _framed(question: Question, begin: bytes, end: bytes) -> bytes:
    seconds = f"{question.timeout_seconds:g}"
    command = f"timeout -k {KILL_GRACE_SECONDS} {seconds} /bin/sh -c {shlex.quote(question.command)} </dev/null"
    first, last = begin.decode().strip(), end.decode()
    return (
        f"echo {first}; echo {first} >&2; {command}; printf '\\n%s%d\\n' {last} $?; printf '\\n%s0\\n' {last} >&2\n"
    ).encode()


def _timed_out(question: Question) -> CommandTimedOut:
    return CommandTimedOut(
        f"{question.host} did not finish `{question.command}` in {question.timeout_seconds:g} seconds"
    )


# A command whose output is wanted as it comes. Its outputs go to a (very long) terminal, so that tables, colours and
# progress look as they do for a person; but nobody types there: what reads gets the end of file at once, and there is
# no /dev/tty to ask for a password on. When the connection goes or Ctrl-C comes, all that was started is killed.
_LIVE_WRAPPER = """
stty -opost -echo
export LESS='-FRX --no-keypad' LANG=C.UTF-8
setsid bash -e -c {command} <&0 &
session=$!
trap 'kill -TERM -$session; sleep 0.3; kill -KILL -$session; exit 130' HUP INT TERM
wait $session
"""
_END_OF_FILE = b"\x04" * 200


def run_live(client: paramiko.SSHClient, command: str, show: Callable[[str], None]) -> int:
    """Run lines of shell, show their output as it comes, and return the exit status.

    The first line that fails ends it. `KeyboardInterrupt` kills everything that was started and is raised again;
    so is `HostUnreachable` when the host goes away.
    """
    with told_as_unreachable("the host"):
        transport = client.get_transport()
        if transport is None:
            raise paramiko.SSHException("the connection is closed")
        channel = transport.open_session(timeout=CONNECT_TIMEOUT_SECONDS)
        channel.get_pty("xterm-256color", width=120, height=TERMINAL_LINES)
        channel.exec_command(_LIVE_WRAPPER.format(command=shlex.quote(command)))
        try:
            channel.sendall(_END_OF_FILE)
            _show_until_end(channel, show)
            status = channel.recv_exit_status()
            if status == NO_STATUS:
                raise EOFError("it went away in the middle")
            return status
        finally:
            channel.close()


def _show_until_end(channel: paramiko.Channel, show: Callable[[str], None]) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    while chunk := channel.recv(CHUNK_BYTES):
        show(decoder.decode(chunk))
    show(decoder.decode(b"", final=True))
