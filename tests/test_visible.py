"""Nothing that is shown can act on the terminal or deceive the reader."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text", "plain text"),
        ("\x1b[31m", "\\x1b[31m"),
        ("a\tb\nc\rd", "a\\tb\\nc\\rd"),
        ("\u202eevil", "\\u202eevil"),
        ("a\u200bb", "a\\u200bb"),
        ("a\u00a0b", "a\\xa0b"),
        ("\udcff", "\\udcff"),
        ("\ufeff", "\\ufeff"),
        ("k\u00e4se 1\u20135 \u65e5\u672c", "k\u00e4se 1\u20135 \u65e5\u672c"),
    ],
)
def test_shown(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text())
def test_nothing_hidden_is_left(text: str) -> None:
    assert not any(
        unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"} for letter in visible(text)
    )
