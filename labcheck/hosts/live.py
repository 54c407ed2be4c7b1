"""Talking to a host for as long as it takes: programs that answer line by line, and output that is shown as it comes.

For the hosts of a practice lab, whose owner sits at this machine: nothing here bounds time or output.
"""

import codecs
import contextlib
import math
import shlex
from collections.abc import Callable

from labcheck.hosts.library import paramiko
from labcheck.hosts.shell import open_channel
from labcheck.hosts.sign_in import told_as_unreachable
from labcheck.hosts.wire import CHUNK_BYTES

TERMINAL_LINES = 5000
NO_STATUS = -1  # what paramiko says of a command whose connection ended first


class Conversation:
    """A program on a host that is talked to line by line; when we close it or go away, its input ends.

    Lines are bytes, without their newline.
    """

    def __init__(self, host: str, client: paramiko.SSHClient, command: str) -> None:
        self._host = host
        self._rest = b""
        with told_as_unreachable(host):
            wire, self._channel = open_channel(client)
            wire.allow(math.inf)
            self._channel.set_combine_stderr(True)
            self._channel.exec_command(command)

    def say(self, line: bytes) -> None:
        """Send one line; raises `HostUnreachable`."""
        with told_as_unreachable(self._host):
            self._channel.sendall(line + b"\n")

    def hear(self) -> list[bytes]:
        """Wait for the next lines and return them; none, ever again, when the program has ended."""
        with told_as_unreachable(self._host):
            while chunk := self._channel.recv(CHUNK_BYTES):
                *lines, self._rest = (self._rest + chunk).split(b"\n")
                if lines:
                    return lines
        return []

    def end(self) -> None:
        """End the program's input, so that it can finish by itself."""
        with told_as_unreachable(self._host):
            self._channel.shutdown_write()

    def close(self) -> None:
        """Leave at once."""
        self._channel.close()


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
        wire, channel = open_channel(client)
        wire.allow(math.inf)
        channel.get_pty("xterm-256color", width=120, height=TERMINAL_LINES)
        channel.exec_command(_LIVE_WRAPPER.format(command=shlex.quote(command)))
        try:
            with contextlib.suppress(OSError):  # a quick command may have ended before
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
