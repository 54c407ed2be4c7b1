"""Text from outside, made safe to show: nothing in it can move a cursor, hide or turn round what people read.

Nor can it give an order to a GitHub runner, which obeys `##[` wherever that stands in a log. (What it obeys at the
beginning of a line stays without effect, as a text has no line of its own.)
"""

import unicodedata
from collections.abc import Iterator
from typing import Final

HIDDEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
"""Unicode categories that a reader cannot see: controls, bidi and zero-width marks, surrogates, line separators."""
BLANK: Final = frozenset({"\u00ad", "\u034f", "\u115f", "\u1160", "\u17b4", "\u17b5", "\u2800", "\u3164", "\uffa0"})
"""Letters and marks that are drawn as nothing."""
MOST_MARKS: Final = 4
"""Accents on one letter that writing needs; with more of them a text grows over the lines above and below it."""
ORDER: Final = "##["


def visible(text: str) -> str:
    """The text with every character that cannot be seen, or is no plain blank, written as \\x1b, \\u202e and so on."""
    if not (text.isascii() and text.isprintable()):
        text = "".join(_shown(text))
    return text.replace(ORDER, r"##\x5b")


def _shown(text: str) -> Iterator[str]:
    marks = MOST_MARKS  # at its beginning a mark would stand on a letter of somebody else's
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category[0] == "M" else 0
        blank = character in BLANK or (category == "Zs" and character != " ") or _is_selector(character)
        if category in HIDDEN or blank or marks > MOST_MARKS:
            yield character.encode("unicode_escape").decode("ascii")
        else:
            yield character


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"
