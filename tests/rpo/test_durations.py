import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.errors import UsageError
from labcheck.rpo.durations import SECONDS, hours, length, parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90), ("1m", 60), ("1h30m", 5400), ("24h", 86400), ("7d", 604800), ("2 weeks", 1209600), ("0", 0),
        ("24:02", 86520), ("0:00:05", 5), ("24h02", 86520), ("24h 2", 86520), ("1.5 h", 5400), ("1,5 h", 5400),
        ("1,442 min", 86520), ("1 day, 2 hours and 3 min", 93780), ("1m30s", 90),
    ],
)  # fmt: skip
def test_lengths_are_read_as_people_write_them(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds
    assert parse_duration(f" {text.upper()} ") == seconds


@pytest.mark.parametrize("text", ["", "5", "h", "-1h", "1h2m3", "24:60", "and", "1 month", "9" * 400 + "h", "٣h"])
def test_what_is_no_length_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="is not a length of time") as refused:
        parse_duration(text)
    assert "1h30m" in refused.value.next_step


@given(st.integers(0, 10**9))
def test_what_is_written_is_read_back(seconds: int) -> None:
    assert parse_duration(hours(seconds)) == seconds
    assert parse_duration(length(seconds) if seconds else "0") == seconds


@given(st.lists(st.tuples(st.integers(0, 999), st.sampled_from(sorted(SECONDS))), min_size=1, max_size=4))
def test_pieces_add_up(pieces: list[tuple[int, str]]) -> None:
    text = ", ".join(f"{count} {unit}" for count, unit in pieces)
    assert parse_duration(text) == sum(count * SECONDS[unit] for count, unit in pieces)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse_duration(text)
    except UsageError as refused:
        assert text in refused.what
