"""Hosts over SSH: one connection and one shell for each user of a host, every answer framed by a nonce.

A shell is started once and asked many times: a question costs one round trip and one process (`framing` says how
answers are cut out). Time and output are bounded here; whoever stops listening, or dies, closes the connection, and
with it ends over there all that was started.

Nothing of ours is offered to the host: no agent unless the roster says so, no forwarding, no key but the named one, no
user's ssh_config; an unknown or changed host key is refused (`trust`).
"""

import contextlib
import errno
import logging
import random
import shlex
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from labcheck.errors import (
    CommandTimedOut,
    HostKeyChanged,
    HostKeyUnknown,
    HostUnreachable,
    LabcheckError,
    SignInRefused,
)
from labcheck.hosts.framing import Frame, Stream
from labcheck.hosts.host import CUT_OFF, Answer, Question
from labcheck.hosts.library import paramiko
from labcheck.hosts.trust import Address, Policy, Trust
from labcheck.hosts.watch import within
from labcheck.hosts.wire import CHUNK_BYTES, Opened, Wire, connected
from labcheck.visible import visible

# What paramiko logs of a failed sign-in comes back as an exception, too; without a handler it would print tracebacks.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

CONNECT_TIMEOUT_SECONDS = 8.0
RETRY_PAUSES_SECONDS = (0.5, 2.0)
PATIENCE_SECONDS = 16.0  # two sign-ins that nobody answers; three where the answer was a quick no
LISTENING_GRACE_SECONDS = 5.0
LATE_SECONDS = 1.0  # what an answer in time may take on its way
UNASKED_BYTES = 8 << 20  # what may be on its way of an answer that was cut off, and a noisy login
TURN_SECONDS = 0.1
SIGN_INS_AT_ONCE = 32
SLOW_SUMS = ["diffie-hellman-group-exchange-sha256", "diffie-hellman-group16-sha512"]
"""Ways to exchange keys that let a server have all of us wait for seconds, while powers are worked out."""
NO_KEYS_EXCHANGED = "No existing session"  # paramiko's words when the time is up before that


# Signing in is arithmetic: of hundreds at once none is done in time. Waiting for a server's first word is not in it.
_signing_in = threading.BoundedSemaphore(SIGN_INS_AT_ONCE)


class Connections:
    """The open connections and shells of a run; calling it with a question answers it. A context manager."""

    def __init__(self, addresses: Mapping[str, Address], trust: Trust | None = None) -> None:
        self._addresses = dict(addresses)
        self._trust = trust or Trust()
        self._clients: dict[tuple[str, str], paramiko.SSHClient] = {}
        self._shells: dict[tuple[str, str], _Shell] = {}
        self._unreachable: dict[tuple[str, str], HostUnreachable] = {}
        self._closed = threading.Event()
        self._being_opened: set[Wire] = set()

    def __enter__(self) -> "Connections":
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def asked_afresh(self) -> "Connections":
        """Return itself; hosts that could not be reached before are tried again."""
        self._unreachable.clear()
        return self

    def close(self) -> None:
        """Close every connection; who waits for a host now is told that it went away."""
        self._closed.set()
        for wire in list(self._being_opened):
            wire.cut()
        for client in list(self._clients.values()):
            client.close()
        self._clients.clear()
        self._shells.clear()

    def __call__(self, question: Question) -> Answer:
        """Ask a host; a host that could not be reached once is not tried again in the same run.

        A shell that has ended since the last question (its host was started again) is replaced by a fresh one.
        """
        place = (question.host, question.user)
        for known in (place, (question.host, "")):
            if known in self._unreachable:
                raise self._unreachable[known]
        if place in self._shells:
            with contextlib.suppress(HostUnreachable):
                return self._ask(place, question)
        try:
            return self._ask(place, question)
        except HostUnreachable as error:
            whose = question.user if isinstance(error, SignInRefused) else ""
            self._unreachable[question.host, whose] = error
            raise

    def _ask(self, place: tuple[str, str], question: Question) -> Answer:
        shell = self._shells.pop(place, None) or self._open_shell(place)
        answer = None
        try:
            answer = shell.ask(question)
        finally:
            if answer is None or answer.truncated:
                shell.close()
            else:
                self._shells[place] = shell  # only a shell that has answered to the end is fit for another question
        return answer

    def address(self, host: str) -> Address:
        """Return where a host listens; raises `LabcheckError` when nobody said where."""
        if host not in self._addresses:
            raise LabcheckError(f"nobody said where {host} is", f"Name its address in the roster, under hosts: {host}:")
        return self._addresses[host]

    def client(self, host: str, user: str) -> paramiko.SSHClient:
        """Return the connection of a user to a host, signed in; raises `HostUnreachable`."""
        address = self.address(host)
        place = (host, address.user or user)
        client = self._clients.get(place)
        transport = client.get_transport() if client else None
        if client and transport and transport.is_active():
            return client
        self._clients[place] = self._sign_in_patiently(host, place[1], address)
        return self._clients[place]

    def _sign_in_patiently(self, host: str, user: str, address: Address) -> paramiko.SSHClient:
        """Sign in, again where the network or a busy server was the reason, as long as there is patience."""
        began = time.monotonic()
        for pause_seconds in RETRY_PAUSES_SECONDS:
            try:
                return self._sign_in(host, user, address)
            except (SignInRefused, HostKeyChanged, HostKeyUnknown):
                raise
            except HostUnreachable:
                # Not all come back at once.
                if self._closed.wait(pause_seconds * random.uniform(0.5, 1.5)):  # noqa: S311 - no secret
                    raise
                if time.monotonic() - began > PATIENCE_SECONDS:
                    raise
        return self._sign_in(host, user, address)

    def _sign_in(self, host: str, user: str, address: Address) -> paramiko.SSHClient:
        wires: list[Wire] = []

        def opened(wire: Wire) -> None:
            wires.append(wire)
            self._being_opened.add(wire)
            if self._closed.is_set():
                raise OSError(errno.ECANCELED, "nobody waits for it any more")

        try:
            return sign_in(host, user, address, self._trust, opened)
        finally:
            self._being_opened.difference_update(wires)

    def host_keys(self) -> dict[str, str]:
        """Return the fingerprints of the hosts that are connected now, by host."""
        transports = {host: client.get_transport() for (host, _), client in self._clients.items()}
        return {host: t.get_remote_server_key().fingerprint for host, t in transports.items() if t and t.is_active()}

    def _open_shell(self, place: tuple[str, str]) -> "_Shell":
        host, user = place
        address = self.address(host)
        with told_as_unreachable(host):
            return _Shell(self.client(host, user), _way_to(user, address) if address.user else [])


def _way_to(user: str, address: Address) -> list[str]:
    """Return the words that make a shell of a user's out of one of who signed in."""
    if user == address.user:
        return []
    if not address.become:
        raise LabcheckError(f"{address.user} signs in, and may not become {user}", "Say so in the roster: become: true")
    if address.user == "root":
        return ["su", "-s", "/bin/sh", user, "-c"]
    return ["sudo", "-n", "-H", "-u", user, "--", "/bin/sh", "-c"]


def sign_in(
    host: str, user: str, address: Address, trust: Trust | None = None, opened: Opened = lambda _: None
) -> paramiko.SSHClient:
    """Sign in with the one key and the pinned host key; `opened` is told of each connection, as in `wired`.

    Raises `HostUnreachable`: as `SignInRefused` when our key is not welcome, `HostKeyChanged` or `HostKeyUnknown`.
    """
    trust = trust or Trust()
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(Policy(host, address, trust))
    name = address.address if address.port == paramiko.config.SSH_PORT else f"[{address.address}]:{address.port}"
    where = f"{address.address}:{address.port}"
    identity = trust.identity(address.identity_file) if address.identity_file else None
    try:
        for kind, key in trust.known(name, address).items():
            client.get_host_keys().add(name, kind, key)
        wire = connected(address.address, address.port, CONNECT_TIMEOUT_SECONDS, opened)
        with _signing_in:
            client.connect(
                address.address,
                port=address.port,
                sock=wire,
                username=user,
                pkey=identity,
                allow_agent=identity is None,
                look_for_keys=False,
                timeout=CONNECT_TIMEOUT_SECONDS,
                banner_timeout=CONNECT_TIMEOUT_SECONDS,
                auth_timeout=CONNECT_TIMEOUT_SECONDS,
                channel_timeout=CONNECT_TIMEOUT_SECONDS,
                disabled_algorithms={"kex": SLOW_SUMS},
                transport_factory=_transport,
            )
        wire.allow(UNASKED_BYTES)
    except LabcheckError:
        client.close()
        raise
    except paramiko.BadHostKeyException as error:
        client.close()
        shown, pinned = error.key.fingerprint, error.expected_key.fingerprint
        what = f"{host} ({where}) shows another host key than the pinned one: {shown}, not {pinned}"
        raise HostKeyChanged(what, "Was the host made anew? Ask its owner, then pin the new key.") from error
    except paramiko.AuthenticationException as error:
        client.close()
        if "timeout" in str(error):
            raise HostUnreachable(f"cannot sign in to {host} ({where}) as {user}: no answer in time") from error
        raise SignInRefused(f"{host} ({where}) does not let {user} in with our key: {_reason(error)}") from error
    except Exception as error:  # a hostile server makes paramiko raise nearly anything
        client.close()
        raise HostUnreachable(f"cannot sign in to {host} ({where}) as {user}: {_reason(error)}") from error
    return client


def _transport(*words: Any, **options: Any) -> paramiko.Transport:
    """Return paramiko's own, with the ciphers first that need no sum beside them: each packet is a tenth cheaper."""
    transport = paramiko.Transport(*words, **options)
    security = transport.get_security_options()
    security.ciphers = sorted(security.ciphers, key=lambda name: "gcm" not in name)
    return transport


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError) or str(error) == NO_KEYS_EXCHANGED:
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, EOFError) and not str(error):
        return "it closed the connection"
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return visible(told[:200]) or type(error).__name__


@contextlib.contextmanager
def told_as_unreachable(host: str) -> Iterator[None]:
    """Turn what paramiko raises of a connection that is lost into `HostUnreachable`."""
    try:
        yield
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise HostUnreachable(f"lost the connection to {host}: {_reason(error)}") from error


def open_channel(client: paramiko.SSHClient) -> tuple[Wire, paramiko.Channel]:
    """Return a new channel of a connection, and the wire that it goes over."""
    transport = client.get_transport()
    if transport is None:
        raise paramiko.SSHException("the connection is closed")
    wire = cast(Wire, transport.sock)
    with within(wire, CONNECT_TIMEOUT_SECONDS + LATE_SECONDS):
        return wire, transport.open_session(timeout=CONNECT_TIMEOUT_SECONDS)


class _Shell:
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
        self._wire.allow(UNASKED_BYTES)
        with within(self._wire, CONNECT_TIMEOUT_SECONDS):
            self._channel.exec_command(f"exec {shlex.join([*become, self.CLEAN])}" if become else self.CLEAN)

    def ask(self, question: Question) -> Answer:
        """Ask one question; raises `CommandTimedOut` or `HostUnreachable`."""
        frame = Frame(question, is_first=not self._was_asked)
        stdout, stderr = frame.stdout, frame.stderr
        self._was_asked = True
        started = time.monotonic()
        try:
            with told_as_unreachable(question.host), within(self._wire, _longest_seconds(question)):
                self._wire.allow(2 * question.limit_bytes + UNASKED_BYTES)
                self._channel.settimeout(question.timeout_seconds)
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
        with contextlib.suppress(paramiko.SSHException, OSError, EOFError), within(self._wire, LATE_SECONDS):
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

    def _listen(self, question: Question, stdout: Stream, stderr: Stream, started: float) -> None:
        deadline = started + question.timeout_seconds + LISTENING_GRACE_SECONDS
        begun = False
        self._channel.settimeout(TURN_SECONDS)
        # Waiting is done on one output, with a look at the other each turn: paramiko's select() loses events of two.
        while not ((stdout.finished and stderr.finished) or stdout.too_long or stderr.too_long):
            if stdout.begun and not begun:
                begun = True
                deadline = time.monotonic() + question.timeout_seconds + LATE_SECONDS
            if time.monotonic() > deadline:
                if not begun:
                    raise HostUnreachable(f"{question.host} lets us in, but its shell does not answer")
                raise CommandTimedOut(
                    f"{question.host} did not finish `{question.command}` in {question.timeout_seconds:g} seconds"
                )
            with contextlib.suppress(TimeoutError):
                if stdout.finished:
                    stderr.feed(_some(self._channel.recv_stderr(CHUNK_BYTES)))
                else:
                    stdout.feed(_some(self._channel.recv(CHUNK_BYTES)))
            while self._channel.recv_stderr_ready() and not stderr.too_long and time.monotonic() < deadline:
                stderr.feed(self._channel.recv_stderr(CHUNK_BYTES))


def _longest_seconds(question: Question) -> float:
    """Return how long a question may take, its way and what comes before its answer with it."""
    return 2 * (question.timeout_seconds + LATE_SECONDS) + LISTENING_GRACE_SECONDS


def _some(chunk: bytes) -> bytes:
    if not chunk:
        raise EOFError("the shell ended")
    return chunk
