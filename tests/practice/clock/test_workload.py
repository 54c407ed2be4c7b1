"""Rows that come while time passes."""

from itertools import pairwise

import pytest

from labcheck.errors import UsageError
from labcheck.practice.clock.period import Period
from labcheck.practice.clock.workload import DAY, workload


def test_one_hobbit_a_day_comes_in_the_middle_of_it() -> None:
    rows = workload(Period(0, 42 * DAY), 1)
    assert len(rows) == 42
    assert [row.instant for row in rows[:2]] == [DAY // 2, DAY // 2 + DAY]
    assert rows[-1].instant < 42 * DAY
    assert len({row.value for row in rows}) == 42


def test_many_rows_are_spread_over_the_day_and_never_have_the_same_name() -> None:
    rows = workload(Period(0, 5 * DAY), 100)
    assert len({row.value for row in rows}) == len(rows) == 500
    assert max(later.instant - row.instant for row, later in pairwise(rows)) <= DAY // 100 + 1


def test_nothing_comes_when_nothing_is_wanted_or_the_period_is_short() -> None:
    assert workload(Period(0, 42 * DAY), 0) == []
    assert workload(Period(0, 3600), 1) == []


@pytest.mark.parametrize("rows", [-1, 1001])
def test_an_odd_number_of_rows_is_refused(rows: int) -> None:
    with pytest.raises(UsageError, match=f"--workload {rows}"):
        workload(Period(0, DAY), rows)
