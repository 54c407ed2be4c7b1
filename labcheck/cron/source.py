"""The bytes of a crontab, handed out line by line as cron reads them, in bounded memory.

Text is what `schedule.as_cron_sees` makes of bytes: one character each. Blank lines and comments are passed
over quickly, because cron reads a hundred megabytes of them without a word.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

LONGEST_LINE: Final = 1 << 20
"""Of a longer line only the beginning is kept; cron refuses or cuts it at 1,000 characters anyway."""

_USEFUL = re.compile(rb"^[ \t]*[^ \t\n#][^\n]*\n?", re.MULTILINE)
_BLANK = re.compile(rb"[ \t\0]")


class Source:
    """A crontab that is read forwards. `line_number` is the line of what `next_line` returned last."""

    def __init__(self, content: bytes | Iterable[bytes]) -> None:
        self._blocks = _whole_lines([content] if isinstance(content, bytes) else content)
        self._block = b""
        self._place = 0
        self._next_number = 1
        self.line_number = 0

    def next_line(self) -> str | None:
        """The next line that is neither blank nor a comment, with its newline if it has one; None at the
        end."""
        while True:
            found = _USEFUL.search(self._block, self._place)
            end = found.start() if found else len(self._block)
            self._next_number += self._block.count(b"\n", self._place, end)
            if found is not None:
                break
            block = next(self._blocks, None)
            if block is None:
                self._place = len(self._block)
                return None
            self._block, self._place = block, 0
        self._place = found.end()
        self.line_number = self._next_number
        self._next_number += 1
        return found.group().decode("latin-1")

    def blank_follows(self) -> bool:
        """Whether a blank (or NUL) stands anywhere in the rest, comments included. May use up later
        blocks."""
        if _BLANK.search(self._block, self._place):
            return True
        return any(_BLANK.search(block) for block in self._blocks)


def _whole_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Blocks that end with a newline, the last one perhaps without; of an endless line only the beginning."""
    rest = b""
    for chunk in chunks:
        kept = chunk if len(rest) < LONGEST_LINE else chunk[chunk.find(b"\n") :] if b"\n" in chunk else b""
        cut = kept.rfind(b"\n") + 1
        if cut:
            yield rest + kept[:cut]
            rest = kept[cut:]
        else:
            rest += kept
    if rest:
        yield rest
