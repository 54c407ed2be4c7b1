import csv
import io

from hypothesis import given

from labcheck.model import ClassResult
from labcheck.reports import REPORTS, spreadsheet
from labcheck.reports.shown import readable
from tests.reports.grades import CLASS, CLASSES, GRADE, alone
from tests.reports.test_shown import BEFORE


def table(result: ClassResult) -> list[dict[str, str]]:
    (document,) = spreadsheet.documents(result)
    return list(csv.DictReader(io.StringIO(document.text, newline="")))


def test_a_row_a_student_with_the_points_of_each_check() -> None:
    priscilla, frodo = table(CLASS)

    assert [priscilla[key] for key in spreadsheet.WHO] == ["priscilla", "Priscilla Õ, jr.", "p@example.org", "B12345"]
    assert (priscilla["points"], priscilla["points possible"], priscilla["per cent"]) == ("7.2", "10", "72")
    assert (priscilla["late penalty"], priscilla["1.2 rows is so (4)"]) == ("0.1", "2")
    assert priscilla["note"] == "db is the machine of `frodo`, too"
    assert (frodo["state"], frodo["points"], frodo["1.1 dump is so (1)"]) == ("unreachable", "", "")
    assert frodo["note"] == "db did not answer within 10 s"


def test_a_check_that_could_not_be_graded_has_an_empty_cell_not_a_zero() -> None:
    (elvis,) = table(alone(GRADE))
    assert elvis["10.12 the page answers (4)"] == ""
    assert elvis["1.2 agama.sql is whole (2)"] == "0"


def test_the_file_says_that_it_is_utf_8() -> None:
    (document,) = spreadsheet.documents(CLASS)
    assert (document.name, document.encoding) == ("grades.csv", "utf-8-sig")


@given(CLASSES)
def test_whatever_the_texts_every_row_is_as_long_as_the_heading(result: ClassResult) -> None:
    (document,) = REPORTS["csv"].documents(result, BEFORE)

    heading, *rows = csv.reader(io.StringIO(document.text, newline=""))
    assert [len(row) for row in rows] == [len(heading)] * len(result.grades)
    for row, grade in zip(rows, readable(result).grades, strict=True):
        assert row[0].replace("'", "") == grade.student.replace("'", "")
        assert all(float(number) >= 0 for number in row[5:10] if number)
