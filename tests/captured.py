"""Captured output and what it should be read as: `data/<fact>/<case>.<ext>` beside `data/<fact>/<case>.json`.

A new case is two new files. An answer that cannot be read has `{"unreadable": "what the error says"}`.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from labcheck.errors import UnreadableAnswer

DATA = Path(__file__).parent / "data"


def cases(fact: str) -> pytest.MarkDecorator:
    """Give a test each case of a fact as `text` (decoded as answers are) and `expected`."""
    expectations = sorted((DATA / fact).glob("*.json"))
    return pytest.mark.parametrize(
        ("text", "expected"),
        [pytest.param(_captured(path), json.loads(path.read_text("utf-8")), id=path.stem) for path in expectations],
    )


def _captured(expectation: Path) -> str:
    (captured,) = set(expectation.parent.glob(f"{expectation.stem}.*")) - {expectation}
    return captured.read_bytes().decode("utf-8", "backslashreplace")


def outcome(parse: Callable[[str], Any], text: str) -> object:
    """Return what a parser makes of a text, as JSON has it."""
    try:
        return json.loads(json.dumps(asdict(parse(text))))
    except UnreadableAnswer as error:
        return {"unreadable": error.what}
