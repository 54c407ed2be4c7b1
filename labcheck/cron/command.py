"""What becomes of a command line before the shell sees it: `%`, `\\%` and `\\\\` (loops of Debian's
do_command.c)."""

import re

_IN_COMMAND = re.compile(r"\\([%\\])|(%)")
_IN_INPUT = re.compile(r"\\%|%")


def split_command(raw: str) -> tuple[str, str]:
    """The command for the shell and its standard input.

    The first `%` without a backslash ends the command; in the rest every other `%` is a newline, and a
    newline is added at its end. `\\%` is a percent sign, and in the command `\\\\` is one backslash. Quotes
    protect nothing.
    """
    pieces = []
    place = 0
    for found in _IN_COMMAND.finditer(raw):
        pieces.append(raw[place : found.start()])
        if found[2]:
            return "".join(pieces), _input(raw[found.end() :])
        pieces.append(found[1])
        place = found.end()
    return "".join([*pieces, raw[place:]]), ""


def _input(raw: str) -> str:
    text = _IN_INPUT.sub(lambda found: "%" if found.group() == "\\%" else "\n", raw)
    return text + "\n" if text and not text.endswith("\n") else text


def as_logged(command: str) -> str:
    """A command as cron writes it into its log: what is no printable ASCII character as `^I` or `\\303`."""
    return "".join(map(_logged, command))


def _logged(character: str) -> str:
    if character < " " or character == "\x7f":
        return f"^{chr(ord(character) ^ 0x40)}"
    return character if character < "\x7f" else f"\\{ord(character):03o}"
