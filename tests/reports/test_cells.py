import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.reports import cells
from tests.reports.grades import TEXTS

SIGNS = tuple("=+-@＝＋－＠")  # noqa: RUF001 - as a spreadsheet of another alphabet reads them


def test_rows_are_ended_by_cr_lf_text_is_quoted_and_numbers_are_bare() -> None:
    assert cells.text([["student", "points"], ['Eve "E" O, Neil', 1.5], ["frodo", None], ["bo", 2.0], ["x", 0]]) == (
        '"student","points"\r\n"Eve ""E"" O, Neil",1.5\r\n"frodo",""\r\n"bo",2\r\n"x",0\r\n'
    )


def test_a_negative_number_stays_a_number() -> None:
    assert cells.text([[-2.5]]) == "-2.5\r\n"


@pytest.mark.parametrize(
    ("text", "harmless"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("-oProxyCommand", "'-oProxyCommand"),
        (" =1", "' =1"),
        ("\t=1", "'\t'=1"),
        ("\r", "'\r"),
        ("＝1", "'＝1"),  # noqa: RUF001 - a wide sign
        ("a;=1", "a;'=1"),
        ("a=1", "a=1"),
        ("-", "-"),
    ],
)
def test_a_text_that_would_begin_a_formula_gets_an_apostrophe(text: str, harmless: str) -> None:
    assert cells.harmless(text) == harmless


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_whatever_the_text_it_reads_back_as_one_cell_and_none_is_a_formula(texts: list[str]) -> None:
    told = cells.text([[*texts, 1.5]])

    (row,) = csv.reader(io.StringIO(told, newline=""))
    assert len(row) == len(texts) + 1
    for given_text, cell in zip(texts, row, strict=False):
        assert cell.replace("'", "") == given_text.replace("'", "")
        assert cell == "-" or not cell.lstrip().startswith(SIGNS)


@given(TEXTS)
def test_nor_is_it_where_semicolons_or_tabs_separate_cells(text: str) -> None:
    for separator in ";\t":
        for row in csv.reader(io.StringIO(cells.text([["a", text]]), newline=""), delimiter=separator):
            assert not any(cell.strip('" ').startswith(SIGNS) for cell in row if cell.strip('" ') != "-")
