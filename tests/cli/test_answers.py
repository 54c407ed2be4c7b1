"""The questions of the demo and their answers."""

import json

import pytest

from labcheck.cli import run


def test_the_three_schedules_are_answered_with_their_derivation(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["answers"]) == 0
    text = capsys.readouterr().out
    assert "It runs at 02:01 on the 3rd of every month." in text
    assert "It runs at 02:01 on the 3rd, and on every Friday, in April." in text
    assert "4 in 2026, 6 in 2027, 5 in 2028" in text
    assert "1,440 in 2026" in text


def test_answers_are_data_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["answers", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [set(answer) for answer in found] == [{"question", "answer", "derivation"}] * 4
