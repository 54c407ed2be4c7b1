import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.notebook.terminal import TerminalText

SEQUENCES = [
    "\x1b[31m",
    "\x1b[0m",
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x1b]8;;http://x\x1b\\",
    "\x1bP",
    "\x1b(B",
    "\x9b2J",
]
PARTS = ["\x1b", "\r\n", "\r", "\n", "\0", "\b", "[2J", "]0;", "31", "m", "\\", "é", "text", " "]
OUTPUT = st.lists(st.sampled_from(SEQUENCES + PARTS) | st.text(max_size=3), max_size=12).map("".join)


def cleaned(text: str, cuts: list[int]) -> str:
    terminal = TerminalText()
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [terminal.clean(text[start:stop]) for start, stop in pairwise(places)]
    return "".join(pieces) + terminal.rest()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain \tétext\n", "plain \tétext\n"),
        ("\x1b[1;31mred\x1b[0m", "\x1b[1;31mred\x1b[0m"),
        ("a\x1b[2J\x1b[Hb\x1b[?25l", "ab"),
        ("\x1b]0;you are root\x07$ \x1b]8;;http://evil\x1b\\link", "$ link"),
        ("a\x1b(Bb\x1bMc\x1bPdevice\x1b\\d", "abcd"),
        ("\a\x7f\x9b\x00bell", "bell"),
        ("one\r\ntwo\r\n", "one\ntwo\n"),
        ("10%\r20%\rdone\n", "10%\r20%\rdone\n"),
        ("no end \x1b[3", "no end "),
        ("\x1b\x1b[0K[2Jjoined", "[2Jjoined"),
        ("\x1bé", "é"),
    ],
)
def test_text_and_colours_are_shown_and_nothing_that_steers_a_terminal(text: str, shown: str) -> None:
    assert cleaned(text, []) == shown


@given(OUTPUT, st.lists(st.integers(0, 60)))
def test_the_result_is_the_same_however_the_output_was_cut(text: str, cuts: list[int]) -> None:
    assert cleaned(text, cuts) == cleaned(text, [])


@given(OUTPUT, st.lists(st.integers(0, 60)))
def test_no_escape_gets_through_but_colours(text: str, cuts: list[int]) -> None:
    shown = cleaned(text, cuts)
    assert "\x1b" not in re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert not re.search(r"[\x00-\x07\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]", shown)


def test_a_line_is_shown_when_it_is_whole() -> None:
    assert TerminalText().clean("whole\r\n") == "whole\n"
