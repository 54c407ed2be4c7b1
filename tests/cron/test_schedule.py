"""Schedules as Debian's cron reads them, against captured answers of its own code."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.cron.schedule import BadSchedule, as_cron_sees, as_people_see, parse, verdict
from labcheck.cron.times import wall_runs

CAPTURED = Path(__file__).parents[1] / "data" / "cron" / "debian-cron-schedules.tsv"
FIELD = st.text(alphabet="0123456789*/-,abcdefjlmnoprstuwy", max_size=12)
ODD_SCHEDULE = st.lists(FIELD, min_size=4, max_size=6).map(" ".join)


def captured() -> Iterator[list[str]]:
    with CAPTURED.open(newline="\n", encoding="utf-8") as rows:
        next(rows)
        for row in rows:
            yield row.removesuffix("\n").split("\t")


def test_every_captured_verdict_is_ours() -> None:
    rows = list(captured())
    assert len(rows) > 8000
    assert [(row[0], row[1], verdict(row[0])) for row in rows if verdict(row[0]) != row[1]] == []


@pytest.mark.parametrize(
    ("column", "after", "count"),
    [(2, datetime(2026, 12, 31, 23, 59), 8), (3, datetime(2028, 2, 27, 23, 59), 4)],
)
def test_every_captured_run_is_ours(column: int, after: datetime, count: int) -> None:
    wrong = []
    for row in captured():
        if row[1] == "ok" and row[2] != "@reboot":
            runs = (run for run in wall_runs(parse(row[0]), after, datetime(2078, 1, 1)) if run > after)
            ours = [run.isoformat(timespec="minutes") for run in islice(runs, count)]
            wrong += [(row[0], ours, row[column])] if ours != row[column].split() else []
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "words", "column"),
    [
        ("60 * * * *", "bad minute", 1),
        ("* 24 * * *", "bad hour", 3),
        ("0 0 0 * *", "bad day-of-month", 5),
        ("0 0 * 13 *", "bad month", 7),
        ("0 0 * *", "bad day-of-week", 8),
        ("0 0 * * * *", "bad username", 11),
        ("@Daily", "bad time specifier", 1),
        ("1\udcff * * * *", "bad minute", 1),
        ("0 \udcff * * *", "bad minute", 1),
        ("", "bad minute", 1),
    ],
)
def test_a_refusal_says_what_and_where(text: str, words: str, column: int) -> None:
    with pytest.raises(BadSchedule) as refused:
        parse(text)
    assert (refused.value.words, refused.value.column) == (words, column)


def test_a_comment_has_no_verdict() -> None:
    assert verdict("# 0 0 * * *") == ""


def test_numbers_of_a_thousand_digits_are_refused_and_shorter_ones_are_not() -> None:
    assert verdict("0" * 999 + " * * * *") == "ok"
    assert verdict("0" * 1000 + " * * * *") == "bad minute"


def test_a_star_counts_only_as_the_first_character() -> None:
    stars = parse("*/2 5,* */2 * 1,*")
    assert (stars.minute_star, stars.hour_star, stars.day_star, stars.weekday_star) == (
        True,
        False,
        True,
        False,
    )


@given(st.one_of(st.text(max_size=60), ODD_SCHEDULE, st.binary(max_size=60)))
def test_any_text_has_a_verdict(text: str | bytes) -> None:
    assert verdict(text) in {
        "", "ok", "bad minute", "bad hour", "bad day-of-month", "bad month", "bad day-of-week", "bad username",
        "bad time specifier",
    }  # fmt: skip


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_text_survives_the_way_to_bytes_and_back(text: str) -> None:
    assert as_people_see(as_cron_sees(text)) == text
