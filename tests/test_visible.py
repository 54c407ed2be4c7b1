"""Nothing that is shown can act on the terminal or deceive the reader."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.visible import HIDDEN, visible


@pytest.mark.parametrize(
    "text", ["", "plain text", "jõulud ☃ 漢字 1\u20135", "[red]x[/red] <b> `x`", "e\u0301 \u05e9\u05c1\u05bc\u05b8"]
)
def test_what_can_be_seen_stays(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("a\nb\rc\td\0", r"a\nb\rc\td\x00"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("a\u200bb\ufeffc", r"a\u200bb\ufeffc"),
        ("\x9b31m", r"\x9b31m"),
        ("a\u00a0b\u3164", r"a\xa0b\u3164"),
        ("\U000e0041\ufe0f", r"\U000e0041\ufe0f"),
        ("\ud800", r"\ud800"),
        ("Z" + "\u0301" * 6 + "\u0489", "Z" + "\u0301" * 4 + r"\u0301\u0301\u0489"),
        ("\u0338ok", r"\u0338ok"),
        ("##[error]x", r"##\x5berror]x"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters()))
def test_nothing_hidden_is_left(text: str) -> None:
    assert not {unicodedata.category(character) for character in visible(text)} & HIDDEN
