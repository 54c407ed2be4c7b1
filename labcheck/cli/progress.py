"""Progress of long work: a spinner on a terminal, plain lines elsewhere; always on standard error."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console  # loaded where there is a terminal: most of the start of a short command


@contextlib.contextmanager
def telling(*, quiet_elsewhere: bool = False) -> Iterator[Callable[[str], None]]:
    """Give a function that is told what is being done now.

    On a terminal a spinner shows it, and each finished step stays with the time that it took, if that was long enough
    to notice. Elsewhere each step is a line, or nothing when `quiet_elsewhere`. How far a step is stands behind
    `: ` in its text: told again with another end, it is the same step.
    """
    if not sys.stderr.isatty():
        yield (lambda _: None) if quiet_elsewhere else _Lines().begin
        return
    from rich.console import Console

    steps = _Steps(Console(stderr=True, highlight=False))
    with steps.spinner:
        yield steps.begin
        steps.end()


def _head(text: str) -> str:
    return text.partition(": ")[0]


class _Lines:
    def __init__(self) -> None:
        self._text = ""

    def begin(self, text: str) -> None:
        if _head(text) != _head(self._text) or ": " not in self._text:
            print(f"{text} …", file=sys.stderr)
        self._text = text


class _Steps:
    NOTICED_SECONDS = 1.0

    def __init__(self, console: "Console") -> None:
        self._console = console
        self.spinner = console.status("")
        self._text = ""
        self._began = time.monotonic()

    def begin(self, text: str) -> None:
        if ": " not in text or _head(text) != _head(self._text):
            self.end()
            self._began = time.monotonic()
        self._text = text
        self.spinner.update(text)

    def end(self) -> None:
        seconds = time.monotonic() - self._began
        if self._text and seconds >= self.NOTICED_SECONDS:
            self._console.print(f"{self._text} ({seconds:.1f} s)", markup=False, soft_wrap=True)
        self._text = ""
