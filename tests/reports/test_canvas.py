import csv
import io
import re

from hypothesis import given

from labcheck.model import ClassResult
from labcheck.reports import REPORTS
from tests.reports.grades import CLASS, CLASSES, GRADE, alone
from tests.reports.test_shown import BEFORE


def table(result: ClassResult) -> list[list[str]]:
    (document,) = REPORTS["canvas"].documents(result, BEFORE)
    return list(csv.reader(io.StringIO(document.text, newline="")))


def test_the_columns_are_those_that_canvas_looks_for() -> None:
    heading, maxima, *_ = table(CLASS)

    assert heading == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Week 10: backup tools"]
    assert maxima == ["    Points Possible", "", "", "", "", "10"]


def test_students_are_known_by_their_login_and_those_without_a_grade_are_left_out() -> None:
    assert table(CLASS)[2:] == [["Priscilla Õ, jr.", "", "B12345", "priscilla", "", "7.2"]]


def test_points_are_out_of_the_maximum_that_all_share() -> None:
    assert [row[-1] for row in table(alone(GRADE))] == ["Week 10: backup tools", "10", "1.67"]


@given(CLASSES)
def test_whatever_the_texts_canvas_finds_its_heading_and_a_number_in_every_row(result: ClassResult) -> None:
    heading, maxima, *rows = table(result)

    assert "Student" in heading[0]
    assert "Points Possible" in maxima[0]
    for row in [maxima, *rows]:
        assert len(row) == len(heading)
        assert re.fullmatch(r"\d+(\.\d+)?", row[-1])
