import csv
import html
import io

from hypothesis import given

from labcheck.model import ClassResult
from labcheck.reports import REPORTS
from tests.reports.grades import CLASS, CLASSES, GRADE, alone
from tests.reports.test_shown import BEFORE


def table(result: ClassResult) -> list[list[str]]:
    (document,) = REPORTS["moodle"].documents(result, BEFORE)
    return list(csv.reader(io.StringIO(document.text, newline="")))


def test_a_row_a_student_with_points_of_the_maximum_in_the_heading() -> None:
    heading, priscilla, frodo = table(CLASS)

    assert heading == ["Username", "Email address", "ID number", "Week 10: backup tools (points of 10)", "Feedback"]
    assert priscilla[:4] == ["priscilla", "p@example.org", "B12345", "7.2"]
    assert frodo[0] == "frodo"
    assert frodo[3:] == ["-", "Not graded: db did not answer within 10 s. This costs you no points."]


def test_feedback_tells_what_is_not_right_yet_but_not_what_is_not_shown() -> None:
    _, priscilla, _ = table(CLASS)

    assert priscilla[-1].split("<br>") == [
        "2 of 3 checks that you can see passed. 2 more count and are not shown, 1 of them until the due time.",
        "1.2 FAIL rows is so · found an empty file · Look: `ls`",
    ]


def test_moodle_shows_feedback_as_html_so_a_hosts_markup_is_escaped() -> None:
    (_, elvis) = table(alone(GRADE))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in elvis[-1]


@given(CLASSES)
def test_whatever_the_texts_points_are_numbers_and_feedback_has_no_markup(result: ClassResult) -> None:
    _, *rows = table(result)

    assert len(rows) == len(result.grades)
    for *_, points, feedback in rows:
        assert points == "-" or float(points) >= 0
        for line in feedback.split("<br>"):
            assert "<" not in line
            assert html.escape(html.unescape(plain := line.replace("'", ""))) == plain
