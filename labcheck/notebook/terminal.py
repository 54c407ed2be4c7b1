"""What a host's terminal output becomes in a notebook: text and colours.

Sequences that move a cursor, set a title or ask a terminal for something are left out.
"""

import re

COLOUR = r"\x1b\[[0-9;]*m"
CONTROL = re.compile(
    rf"({COLOUR})"
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # other CSI sequences: cursor, erase, modes
    r"|\x1b[]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # titles, links, device strings
    r"|\x1b[ -/]*[0-~]"  # two-character sequences
    r"|[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]"  # lone controls, but backspace, tab, newline, return
)
UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[]PX^_][^\x07\x1b]{0,4000}\x1b?|[ -/]*)?$|\r$")


class TerminalText:
    """Cleans output that comes in pieces; a sequence that is cut between two pieces waits for its end."""

    def __init__(self) -> None:
        self._held = ""

    def clean(self, piece: str) -> str:
        """Return what can be shown so far."""
        text = self._held + piece
        cut = UNFINISHED.search(text)
        self._held = text[cut.start() :] if cut else ""
        shown = text[: cut.start()] if cut else text
        return CONTROL.sub(lambda match: match[1] or "", shown).replace("\r\n", "\n")

    def rest(self) -> str:
        """Return what was held back when the output has ended: nothing that could be shown but a line's return."""
        held, self._held = self._held, ""
        return "\n" if held == "\r" else ""
