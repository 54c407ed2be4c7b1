import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from labcheck.model import ClassResult
from labcheck.reports.json import result_of, text
from tests.reports.grades import CLASS, CLASSES, GRADE, alone

SCHEMA = json.loads((files("labcheck.reports") / "results.schema.json").read_text())


def closed(schema: Any) -> Any:
    """The same schema that takes no key which it does not describe."""
    if isinstance(schema, list):
        return [closed(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: closed(value) for key, value in schema.items()}
    return inner | ({"additionalProperties": False} if schema.get("type") == "object" else {})


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("result", [CLASS, alone(GRADE)])
def test_it_describes_every_key_that_is_written_and_requires_each(result: ClassResult) -> None:
    jsonschema.Draft202012Validator(closed(SCHEMA)).validate(json.loads(text(result)))
    for part in (SCHEMA, *(one for one in SCHEMA["$defs"].values() if "properties" in one)):
        assert set(part["required"]) == set(part["properties"])


@given(CLASSES)
def test_whatever_the_texts_results_keep_to_it_and_are_read_again(result: ClassResult) -> None:
    told = json.loads(text(result))

    jsonschema.Draft202012Validator(SCHEMA).validate(told)
    assert "##[" not in text(result)
    if "\ud800" not in json.dumps(told, ensure_ascii=False):
        assert result_of(told) == result


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["schema"], "labcheck/grade/2"),
        (["students", 0, "state"], "absent"),
        (["students", 0, "points"], "12"),
        (["students", 0, "late_penalty"], 1.5),
        (["students", 0, "results", 0, "status"], "passed"),
        (["students", 0, "results", 1, "evidence", 0, "status"], "1"),
    ],
)
def test_it_refuses_what_is_of_another_shape(path: list[str | int], value: object) -> None:
    told = json.loads(text(CLASS))
    inner: Any = told
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(SCHEMA).validate(told)


def test_readers_are_not_held_up_by_keys_of_later_versions() -> None:
    jsonschema.Draft202012Validator(SCHEMA).validate({**json.loads(text(CLASS)), "more": 1})
