"""A TCP connection that takes no more than it should, whatever the server sends.

paramiko keeps what it reads until a line or a packet is complete, and a packet may claim to be 2 GiB long; so who
sends too much is cut off down here, before it costs memory, or the time of all others.
"""

import contextlib
import errno
import math
import re
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

BANNER = re.compile(rb"(?:^|\n)SSH-[^\n]*\n")
BANNER_BYTES = 8192
SIGN_IN_BYTES = 1 << 20
LOOK_SECONDS = 0.05
CHUNK_BYTES = 1 << 16
CPU_SECONDS = 2.0  # 64 MiB of answers cost half of it
QUESTION_CPU_SECONDS = 0.05


class Wire(socket.socket):
    """A connection that is closed when more comes than it allows. Who reads it uses `recv` or `recv_into`, not both.

    `cpu_seconds` is what the thread that reads it may cost, which does nothing else: small packets and new keys without
    end would take the time of all other hosts. Each question adds a little.
    """

    _left: float = math.inf
    _ahead = b""
    is_cut = False
    flooded = False
    cpu_seconds: float = math.inf

    def allow(self, more_bytes: float) -> None:
        """Let so much come from now on, at a little more of our time; what may be endless may cost what it likes."""
        self._left = more_bytes
        self.cpu_seconds += QUESTION_CPU_SECONDS if more_bytes < math.inf else math.inf

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Return what came; raises `OSError` when it is more than allowed.

        A packet may claim to be huge: room is made for what can come at once, not for what is claimed. And paramiko
        asks for a packet piece by piece: all that is there is taken with one call of the system, and dealt out.
        """
        if flags & socket.MSG_PEEK:
            return super().recv(bufsize, flags)
        if not self._ahead:
            self._ahead = super().recv(CHUNK_BYTES, flags)
            self._came(len(self._ahead))
        piece, self._ahead = self._ahead[:bufsize], self._ahead[bufsize:]
        return piece

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0, /) -> int:
        """Put what came into a buffer, as those do who read a socket like a file; raises `OSError` as `recv` does."""
        count = super().recv_into(buffer, nbytes, flags)
        self._came(count)
        return count

    def _came(self, count: int) -> None:
        self._left -= count
        if self._left < 0 or (self.cpu_seconds < math.inf and time.thread_time() > self.cpu_seconds):
            self.flooded = True
            raise OSError(errno.ECONNABORTED, "it sends more than anybody asked for")

    def cut(self) -> None:
        """End the connection now, from another thread; who waits for it is told that it has ended."""
        self.is_cut = True
        with contextlib.suppress(OSError):  # it was not made yet, which it never will be, or it has ended by itself
            self.shutdown(socket.SHUT_RDWR)

    def await_banner(self, timeout_seconds: float) -> None:
        """Wait until the server has said which SSH it speaks; raises `OSError` when it does not."""
        deadline = time.monotonic() + timeout_seconds
        seen = b""
        while not BANNER.search(seen):
            self.settimeout(max(deadline - time.monotonic(), LOOK_SECONDS))
            before, seen = seen, self.recv(BANNER_BYTES, socket.MSG_PEEK)
            if not seen or self.is_cut:
                raise OSError(errno.ECONNRESET, "it closed the connection at once")
            if len(seen) == BANNER_BYTES:
                raise OSError(errno.EPROTO, "it does not speak SSH")
            if time.monotonic() > deadline:
                raise TimeoutError
            if seen == before:
                time.sleep(LOOK_SECONDS)


Opened = Callable[[Wire], None]

_knocked: dict[tuple[str, int], tuple[float, Wire]] = {}


@contextlib.contextmanager
def knocked(servers: Iterable[tuple[str, int]]) -> Iterator[None]:
    """Have servers begin to greet us while something else is done: who connects to one finds it further on.

    Nothing is waited for, not even a name's address: only servers that are told by number are knocked at.
    """
    for address, port in dict.fromkeys(servers):
        with contextlib.suppress(OSError):  # it is told to who connects in earnest
            family, kind, protocol, _, place = socket.getaddrinfo(
                address, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
            )[0]
            wire = _new_wire(family, kind, protocol, 0)
            wire.connect_ex(place)
            _knocked[address, port] = time.monotonic(), wire
    try:
        yield
    finally:
        while _knocked:
            _knocked.popitem()[1][1].close()


def _early(address: str, port: int, timeout_seconds: float) -> Wire | None:
    """Return the connection that was begun by a knock, unless it is so old that the server may not want it any more."""
    since, wire = _knocked.pop((address, port), (0.0, None))
    if wire is None:
        return None
    if time.monotonic() - since > timeout_seconds:
        wire.close()
        return None
    wire.settimeout(timeout_seconds)
    return wire


def _new_wire(family: int, kind: int, protocol: int, timeout_seconds: float) -> Wire:
    wire = Wire(family, kind, protocol)
    wire.settimeout(timeout_seconds)
    wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # signing in writes twice without a word from there
    return wire


def wired(address: str, port: int, timeout_seconds: float, most_bytes: float, opened: Opened = lambda _: None) -> Wire:
    """Return a connection to a server that may send so much; raises `OSError`.

    `opened` is given each connection that is tried, before it is made: whoever has it can cut it with `Wire.cut`.
    """
    if early := _early(address, port, timeout_seconds):
        early.allow(most_bytes)
        try:
            opened(early)
        except OSError:
            early.close()
            raise
        return early
    trouble = OSError(errno.EADDRNOTAVAIL, "it has no address")
    for family, kind, protocol, _, place in socket.getaddrinfo(address, port, type=socket.SOCK_STREAM):
        wire = _new_wire(family, kind, protocol, timeout_seconds)
        wire.allow(most_bytes)
        try:
            opened(wire)
            wire.connect(place)
        except OSError as error:
            wire.close()
            trouble = error
        else:
            return wire
    raise trouble


def connected(address: str, port: int, timeout_seconds: float, opened: Opened = lambda _: None) -> Wire:
    """Return a connection to a server that has said that it speaks SSH; raises `OSError`, and tells `opened`."""
    wire = wired(address, port, timeout_seconds, SIGN_IN_BYTES, opened)
    wire.cpu_seconds = CPU_SECONDS
    try:
        wire.await_banner(timeout_seconds)
    except OSError:
        wire.close()
        raise
    return wire
