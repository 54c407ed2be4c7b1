"""croniter beside Debian's cron: equal where they must be, different where they are known to be."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labcheck.cron.schedule import parse
from labcheck.cron.second_opinion import second_opinion

NEW_YEAR = datetime(2027, 1, 1)


def field(low: int, high: int) -> st.SearchStrategy[str]:
    """Forms that both read alike: no equal or reversed range, no leftover, `*` only alone or with a step."""
    number = st.integers(low, high).map(str)
    span = st.tuples(st.integers(low, high), st.integers(low, high)).filter(lambda ends: ends[0] < ends[1])
    ranges = span.map(lambda ends: f"{ends[0]}-{ends[1]}")
    steps = st.integers(2, 5).map(lambda step: f"*/{step}")
    return st.one_of(
        st.just("*"),
        number,
        ranges,
        steps,
        st.lists(number, min_size=2, max_size=3, unique=True).map(",".join),
    )


@settings(max_examples=60, deadline=None)
@given(st.tuples(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6)))
def test_both_agree_on_plain_schedules(fields: tuple[str, ...]) -> None:
    assert second_opinion(parse(" ".join(fields)), NEW_YEAR, 20).agrees


@pytest.mark.parametrize("schedule", ["0 22-6 * * *", "5-5 * * * *", "0 0 1,* * 1"])
def test_they_differ_where_croniter_is_known_to(schedule: str) -> None:
    opinion = second_opinion(parse(schedule), NEW_YEAR, 50)
    assert not opinion.agrees
    assert opinion.ours != opinion.theirs


def test_a_refusal_is_reported() -> None:
    assert second_opinion(parse("1.5 * * * *"), NEW_YEAR).refusal
