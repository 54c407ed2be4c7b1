from pathlib import Path

import xmlschema
from hypothesis import given
from junitparser import JUnitXml, TestSuite

from labcheck.model import ClassResult
from labcheck.reports import REPORTS
from labcheck.reports.shown import readable
from tests.reports.grades import CLASS, CLASSES, GRADE, alone
from tests.reports.test_shown import BEFORE

SCHEMA = xmlschema.XMLSchema(Path(__file__).parent.parent / "data" / "junit" / "junit.xsd")


def written(result: ClassResult) -> str:
    (document,) = REPORTS["junit"].documents(result, BEFORE)
    return document.text


def suites(result: ClassResult) -> list[TestSuite]:
    return list(JUnitXml.fromstring(written(result).encode()))


def test_a_suite_a_student_with_points_and_a_case_for_each_check() -> None:
    priscilla, _ = suites(CLASS)

    assert (priscilla.name, priscilla.tests, priscilla.failures) == ("priscilla", 5, 2)
    assert {one.name: one.value for one in priscilla.properties()} == {
        "state": "graded",
        "points": "7.2",
        "points_possible": "10",
        "late_penalty": "0.1",
    }


def test_each_status_has_its_own_element() -> None:
    (elvis,) = suites(alone(GRADE))

    told = [(case.name, [type(one).__name__ for one in case.result]) for case in elvis]
    assert told == [
        ("1.1 agama.sql is there", []),
        ("1.2 agama.sql is whole", ["Failure"]),
        ("1.3 it holds the rows", ["Skipped"]),
        ("10.12 the page answers", ["Error"]),
    ]
    assert (elvis.tests, elvis.failures, elvis.skipped, elvis.errors) == (4, 1, 1, 1)


def test_a_failure_says_what_was_found_what_is_next_and_what_was_earned() -> None:
    priscilla, _ = suites(CLASS)
    (failure,) = list(priscilla)[1].result

    assert (failure.message, failure.type) == ("an empty file", "fail")
    assert failure.text == "found an empty file\nLook: `ls`\n2 of 4 points"


def test_a_student_who_could_not_be_graded_is_an_error_never_an_empty_suite_that_passes() -> None:
    _, frodo = suites(CLASS)
    (case,) = frodo

    assert (frodo.tests, frodo.errors) == (1, 1)
    assert (case.name, case.classname) == ("the hosts can be graded", "backup-tools.frodo")
    assert case.result[0].message == "db did not answer within 10 s"


@given(CLASSES)
def test_whatever_the_texts_it_is_xml_of_the_shape_that_is_read_everywhere(result: ClassResult) -> None:
    SCHEMA.validate(written(result))
    named = [suite.name for suite in suites(result)]
    assert named == [grade.student for grade in readable(result).grades]
