"""Progress of long work: a spinner on a terminal, plain lines elsewhere; always on standard error."""

import contextlib
import time
from collections.abc import Callable, Iterator

from rich.console import Console


@contextlib.contextmanager
def telling() -> Iterator[Callable[[str], None]]:
    """Give a function that is told what is being done now; each step is closed with the time that it took."""
    console = Console(stderr=True, highlight=False)
    steps = _Steps(console)
    with steps.spinner if console.is_terminal else contextlib.nullcontext():
        yield steps.begin
    steps.end()


class _Steps:
    def __init__(self, console: Console) -> None:
        self._console = console
        self.spinner = console.status("")
        self._text = ""
        self._began = time.monotonic()

    def begin(self, text: str) -> None:
        self.end()
        self._text, self._began = text, time.monotonic()
        if self._console.is_terminal:
            self.spinner.update(text)
        else:
            self._console.print(f"{text} …", markup=False, soft_wrap=True)

    def end(self) -> None:
        if self._text and self._console.is_terminal:
            self._console.print(f"{self._text} ({time.monotonic() - self._began:.1f} s)", markup=False, soft_wrap=True)
        self._text = ""
