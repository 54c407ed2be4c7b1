import json
from typing import Any

import jsonschema
from hypothesis import given

from labcheck.model import ClassResult, Grade, State
from labcheck.reports import REPORTS
from tests.reports.grades import CLASS, CLASSES, FRODO, GRADE, PRISCILLA, alone
from tests.reports.test_shown import AFTER, BEFORE

VISIBILITY = {"enum": ["visible", "hidden", "after_due_date", "after_published"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}
TEST = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "score": {"type": "number"},
        "max_score": {"type": "number"},
        "status": {"enum": ["passed", "failed"]},
        "name": {"type": "string"},
        "name_format": FORMAT,
        "number": {"type": "string"},
        "output": {"type": "string"},
        "output_format": FORMAT,
        "visibility": VISIBILITY,
    },
}
READ = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "integer"},
        "output": {"type": "string"},
        "output_format": FORMAT,
        "tests": {"type": "array", "items": TEST},
    },
}
"""What Gradescope reads, by its specification of autograders (as much as is written here)."""


def told(result: ClassResult, *, late: bool = False) -> Any:
    (document,) = REPORTS["gradescope"].documents(result, AFTER if late else BEFORE)
    assert document.name == "gradescope.json"
    return json.loads(document.text)


def test_one_student_is_one_document_with_a_test_for_each_check() -> None:
    read = told(alone(PRISCILLA))

    assert read["score"] == 7.2
    assert read["output"] == "Late: 10% of the points are taken off."
    assert read["tests"][1] == {
        "name": "rows is so",
        "name_format": "text",
        "number": "1.2",
        "output": "found an empty file\nLook: `ls`",
        "output_format": "text",
        "visibility": "visible",
        "score": 2,
        "max_score": 4,
        "status": "failed",
    }


def test_visibility_is_gradescopes_own() -> None:
    told_before = [test["visibility"] for test in told(alone(PRISCILLA))["tests"]]
    told_after = [test["visibility"] for test in told(alone(PRISCILLA), late=True)["tests"]]

    assert told_before == ["visible", "visible", "hidden", "after_due_date", "visible"]
    assert told_after == ["visible", "visible", "hidden", "visible", "visible"]


def test_a_bonus_is_a_score_beyond_its_maximum() -> None:
    assert {"score": 2, "max_score": 0}.items() <= told(alone(PRISCILLA))["tests"][-1].items()


def test_what_we_could_not_grade_costs_nothing_and_is_said() -> None:
    read = told(alone(GRADE))

    assert read["score"] == 1.67
    assert "4 points could not be graded and cost nothing" in read["output"]
    assert "score" not in read["tests"][-1]
    assert read["tests"][-1]["output"] == "could not be graded: cannot sign in to app"


def test_without_a_grade_there_is_no_score_so_that_nobody_gets_a_zero() -> None:
    read = told(alone(FRODO))

    assert read.keys() == {"execution_time", "output", "output_format"}
    assert read["output"] == "Not graded: db did not answer within 10 s. This costs no points: submit again."
    assert told(alone(Grade("e", (), State.GRADED)))["output"].startswith("Not graded: no check could be asked")


def test_a_class_is_a_file_for_each_student() -> None:
    names = [document.name for document in REPORTS["gradescope"].documents(CLASS, BEFORE)]
    assert names == ["gradescope/priscilla.json", "gradescope/frodo.json"]


@given(CLASSES)
def test_whatever_the_texts_gradescope_can_read_it(result: ClassResult) -> None:
    for document in REPORTS["gradescope"].documents(result, BEFORE):
        assert document.text.isascii()
        jsonschema.validate(json.loads(document.text), READ)
