"""Which weeks are lived through: they end before an upload, with a chain that began in them."""

import pytest

from labcheck.practice.rehearsal.weeks import DAY, worst_end

WEEK, UPLOADS = 7 * DAY, [day * DAY for day in range(1, 36)]


@pytest.mark.parametrize(
    ("fulls", "days", "end"),
    [
        ([7, 14, 21, 28], 7, 35),
        ([6, 13, 20, 27, 34], 7, 34),  # of the chain of day 34 only the upload of day 35 would come, which never does
        ([5, 12, 19, 26, 33], 7, 35),
        ([2], 7, 9),
        ([2], 21, 23),
        ([], 7, 0),
        (list(range(1, 36)), 7, 35),
        (list(range(1, 36)), 1, 35),
        ([40], 7, 0),
    ],
)
def test_the_last_upload_is_chosen_before_which_a_chain_goes_on(fulls: list[int], days: int, end: int) -> None:
    assert worst_end(UPLOADS, [one * DAY for one in fulls], days * DAY) == end * DAY


def test_without_uploads_there_is_no_end() -> None:
    assert worst_end([], [DAY], WEEK) == 0


def test_uploads_each_minute_are_gone_through_once() -> None:
    minutes = list(range(0, 35 * DAY, 60))
    assert worst_end(minutes, minutes[:1], WEEK) == WEEK
