"""An answer of a shell, cut out of all that the shell prints: each output ends in a line with a fresh nonce.

The first answer begins with such a line, too, so that nothing that a login file prints is taken for it; later ones
begin where the answer before has ended. No output grows past its limit.
"""

import re
import secrets

from labcheck.hosts.host import CUT_OFF, Question

NOISE_KEPT_BYTES = 400
STATUS = re.compile(rb"(\d{1,3})\n")
"""How the last line goes on. (A pattern with the nonce in it would be compiled anew for each question.)"""


class Stream:
    """One output of a shell, cut out from between its two frame lines; without a first line it begins here and now."""

    def __init__(self, begin: bytes, end: bytes, limit_bytes: int) -> None:
        self._begin = begin
        self._last = b"\n" + end
        self._last_bytes = len(end) + 5
        self._limit = limit_bytes
        self._longest = limit_bytes + len(begin) + len(end) + 16
        self._data = bytearray()
        self._ended: re.Match[bytes] | None = None

    def feed(self, chunk: bytes) -> None:
        """Take what came next."""
        searched = len(self._data) - self._last_bytes
        self._data += chunk
        begun = self._data.find(self._begin)
        if begun != 0:
            searched = 0
            del self._data[: begun if begun > 0 else max(0, len(self._data) - NOISE_KEPT_BYTES)]
        if begun >= 0 and not self._ended:
            last = self._data.find(self._last, max(searched, len(self._begin)))
            self._ended = STATUS.match(self._data, last + len(self._last)) if last >= 0 else None

    @property
    def begun(self) -> bool:
        """Say whether the first line of the frame has come."""
        return self._data.startswith(self._begin)

    @property
    def finished(self) -> bool:
        """Say whether the last line of the frame has come."""
        return self._ended is not None

    @property
    def too_long(self) -> bool:
        """Say whether more has come than may."""
        return not self.finished and len(self._data) > self._longest

    @property
    def text(self) -> str:
        """What stood in the frame, at most as long as its limit."""
        begin = len(self._begin)
        end = self._ended.start() - len(self._last) if self._ended else begin + self._limit
        return self._data[begin:end].decode("utf-8", "backslashreplace")

    @property
    def before(self) -> str:
        """The end of what came while the frame has not begun: why a shell could not be had, perhaps."""
        return "" if self.begun else self._data.decode("utf-8", "backslashreplace")

    @property
    def status(self) -> int:
        """The status in the frame's last line, `CUT_OFF` before it has come."""
        return int(self._ended[1]) if self._ended else CUT_OFF


class Frame:
    """One question's frame: the `line` that a shell is given, and the streams that cut its answer out.

    What is asked is a program, never a built-in. Only the shell's first question says where its outputs begin, as its
    login may have printed some: a line less is a packet less.
    """

    def __init__(self, question: Question, *, is_first: bool = True) -> None:
        nonces = secrets.token_hex(32)
        begin, end = nonces[:32], nonces[32:]
        first = f"{begin}\n".encode() if is_first else b""
        self.stdout = Stream(first, end.encode(), question.limit_bytes)
        self.stderr = Stream(first, end.encode(), question.limit_bytes)
        begins = f"echo {begin}; echo {begin} >&2; " if is_first else ""
        asked = f"{begins}(exec {question.command}) </dev/null"
        self.line = f"{asked}; printf '\\n%s%d\\n' {end} $?; printf '\\n%s0\\n' {end} >&2\n".encode()
