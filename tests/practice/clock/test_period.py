"""Periods from what was typed."""

from datetime import UTC, datetime

import pytest

from labcheck.errors import UsageError
from labcheck.practice.clock.period import Period, period_of, told

NOW = int(datetime(2026, 11, 23, 2, 30, tzinfo=UTC).timestamp())
WEEK = 7 * 86400


def test_a_length_ends_now() -> None:
    assert period_of(WEEK, None, None, NOW) == Period(NOW - WEEK, NOW)


def test_a_length_ends_where_it_is_told_to() -> None:
    assert period_of(WEEK, None, NOW - 60, NOW) == Period(NOW - 60 - WEEK, NOW - 60)


def test_a_beginning_alone_goes_on_until_now() -> None:
    assert period_of(None, NOW - 3600, None, NOW) == Period(NOW - 3600, NOW)


def test_a_length_from_a_beginning() -> None:
    assert period_of(3600, NOW - WEEK, None, NOW) == Period(NOW - WEEK, NOW - WEEK + 3600)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ((None, None, None), "how long"),
        ((WEEK, NOW - 60, NOW), "one too many"),
        ((WEEK, NOW - 60, None), "in the future: Mon 2026-11-30 02:29:00"),
        ((None, NOW - 60, NOW + 600), "in the future"),
        ((None, NOW, NOW - 60), "begin at its end or later"),
        ((None, NOW - 9, None), "9 seconds: in less than a minute"),
        ((59, None, None), "59 seconds"),
        ((11 * 366 * 86400, None, None), "too long"),
    ],
)
def test_an_impossible_period_is_refused(typed: tuple[int | None, int | None, int | None], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        period_of(*typed, NOW)


def test_an_instant_is_told_by_the_clock_of_a_zone() -> None:
    assert told(NOW + 0.7, UTC) == "Mon 2026-11-23 02:30:00"
