"""An interactive shell on a host that is typed into as a person would, and that shows what a person would see."""

import codecs
import math
import re
import secrets
import time
from collections.abc import Callable
from typing import Self

from labcheck.errors import CommandTimedOut
from labcheck.hosts import limits
from labcheck.hosts.library import paramiko
from labcheck.hosts.shell import open_channel
from labcheck.hosts.sign_in import told_as_unreachable
from labcheck.hosts.wire import CHUNK_BYTES

INTERRUPT = b"\x03"
ESCAPE = b"\x1b"
LINES = 40
# The prompt ends in a sequence that a terminal shows nothing of: the prompt's number, and the status of the command
# before. Being part of the prompt, it comes when the shell is ready to be typed into. No history is left.
_START = r"""
export LESS=-FRX LANG=C.UTF-8
exec 3<<'END'
[ ! -f ~/.bashrc ] || . ~/.bashrc
bind 'set enable-bracketed-paste off'
unset HISTFILE
PROMPT_COMMAND='labcheck_prompt="$((++labcheck_prompts));$?"'
PS1="$PS1"'\[\033]777;{nonce};$labcheck_prompt\007\]'
END
exec bash --rcfile /dev/fd/3 -i
"""


class Terminal:
    """One user's bash on one host, with a pseudo-terminal. A context manager.

    `show` gets everything that appears, prompts and echoed typing included; on a "vt100" there are no colours.
    """

    def __init__(
        self,
        client: paramiko.SSHClient,
        show: Callable[[str], None],
        *,
        kind: str = "xterm-256color",
        columns: int = 100,
    ) -> None:
        nonce = secrets.token_hex(8)
        self._prompt = re.compile(rb"\x1b\]777;%s;(\d+);(\d+)\x07" % nonce.encode())
        self._prompts = 0
        self._show = show
        self._decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
        self._held = b""
        with told_as_unreachable("the host"):
            wire, self._channel = open_channel(client)
            wire.allow(math.inf)
            self._channel.get_pty(kind, width=columns, height=LINES)
            self._channel.exec_command(_START.format(nonce=nonce))
            self._channel.settimeout(limits.TURN_SECONDS)
        self._until_next_prompt("bash", limits.CONNECT_TIMEOUT_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *unused: object) -> None:
        self._channel.close()

    def type(self, command: str, *, keystroke_seconds: float = 0.0, timeout_seconds: float = 120.0) -> int:
        """Type one command, its here-document too, wait for the next prompt, and return the exit status.

        Raises `CommandTimedOut`, after a Ctrl-C, when it does not end in time, and `HostUnreachable`.
        """
        try:
            with told_as_unreachable("the host"):
                self._strike(command, keystroke_seconds)
                self._channel.sendall(b"\n")
            return self._until_next_prompt(command, timeout_seconds)
        except (KeyboardInterrupt, CommandTimedOut):
            self._channel.sendall(INTERRUPT)
            raise

    def _strike(self, text: str, keystroke_seconds: float) -> None:
        if not keystroke_seconds:
            self._channel.sendall(text.encode())
            return
        for key in text:
            self._channel.sendall(key.encode())
            time.sleep(keystroke_seconds)
            if self._channel.recv_ready():
                self._take(self._channel.recv(CHUNK_BYTES))

    def _until_next_prompt(self, command: str, timeout_seconds: float) -> int:
        self._prompts += 1
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            with told_as_unreachable("the host"):
                try:
                    chunk = self._channel.recv(CHUNK_BYTES)
                except TimeoutError:
                    continue
                if not chunk:
                    raise EOFError("its shell ended")
            status = self._take(chunk)
            if status is not None:
                return status
        raise CommandTimedOut(f"`{command.splitlines()[0]}` did not end in {timeout_seconds:g} seconds")

    def _take(self, chunk: bytes) -> int | None:
        """Show what came, and return the status when the prompt that is waited for is in it."""
        text = self._held + chunk
        statuses = {int(found[1]): int(found[2]) for found in self._prompt.finditer(text)}
        text = self._prompt.sub(b"", text)
        escape = text.rfind(ESCAPE)
        is_unfinished = escape >= 0 and b"\x07" not in text[escape:] and len(text) - escape < len(self._prompt.pattern)
        shown = text[:escape] if is_unfinished else text
        self._held = text[len(shown) :]
        self._show(self._decoder.decode(shown))
        return statuses.get(self._prompts)
