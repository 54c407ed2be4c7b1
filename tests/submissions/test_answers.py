"""Answers of students: found in YAML and in notebooks, judged by meaning, never run."""

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.cli import run
from labcheck.notebook import answer_key
from labcheck.notebook.questions import questions
from labcheck.submissions.answers import STATE, answers_of
from labcheck.submissions.judge import judge
from labcheck.submissions.settings import Settings
from labcheck.submissions.tree import Tree

SETTINGS = Settings(answer_judge=answer_key.judge)
CHOICE = questions()["truncated-dump"]


def notebook(*cells: tuple[str, str], metadata: dict[str, Any] | None = None) -> str:
    told = [{"cell_type": kind, "source": source.splitlines(keepends=True)} for kind, source in cells]
    return json.dumps({"cells": told, "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 5})


def rules_of(folder: Path) -> list[tuple[str, int]]:
    return [(one.rule, one.place.line) for one in judge(folder, SETTINGS).findings]


@pytest.mark.parametrize(
    ("name", "text", "right"),
    [
        ("rpo", "24h02m", True),
        ("rpo", "24 hours and 2 minutes", True),
        ("rpo", "1 day 2 min", True),
        ("rpo", "24:02 h", True),
        ("rpo", "1,442 min", True),
        ("rpo", "24h02 in the worst case", True),
        ("rpo", "24 h", False),
        ("rpo", "much", None),
        ("rpo-offsite", "25 h 20 min", True),
        ("1 2 3 4 5", "2027-04-02 02:01 and 2027-04-03 02:01", True),
        ("1 2 3 4 5", "2027-05-07 02:01", False),
        ("1 2 3 4 5", "2027-02-31 02:01", None),
        ("1 2 3 4 5", "01 02 3 apr fri", True),
        ("1 2 3 4 5", "in spring", None),
        ("every-night-but-sunday", "12 0 * * mon-sat", True),
        ("every-night-but-sunday", "12 0 * * *", False),
        ("truncated-dump", CHOICE.answer.text.upper(), True),
        ("truncated-dump", "perhaps", None),
    ],
)
def test_an_answer_is_judged_by_what_it_means(name: str, text: str, right: bool | None) -> None:
    verdict = answer_key.judge(name, text)
    assert verdict is not None
    assert verdict[0] is right


def test_a_choice_can_be_named_by_number_or_letter() -> None:
    number = CHOICE.options.index(CHOICE.answer)
    assert answer_key.judge("truncated-dump", str(number + 1)) == (True, CHOICE.answer.why)
    assert answer_key.judge("truncated-dump", "abcdef"[number]) == (True, CHOICE.answer.why)


def test_there_is_no_such_question() -> None:
    assert answer_key.judge("nonsense", "1") is None


def test_answers_yaml_is_judged_with_lines(tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text("rpo: 24h02m\nrpo-offsite: 25 h\nnonsense: 1\n1 2 3 * *: soon\n")
    assert rules_of(tmp_path) == [("answer-wrong", 2), ("answer-unreadable", 4), ("answer-unknown", 3)]


def test_a_notebook_that_was_not_executed_is_read_and_not_run(tmp_path: Path) -> None:
    spy = f"%lab db\nopen({str(tmp_path / 'was-run')!r}, 'w')\nanswers = {{'rpo': '24 h', 'rpo-offsite': f'{{1}}'}}\n"
    text = "# Mine\n\n**Answer rpo-offsite:** 25 h 20 min\n"
    (tmp_path / "05.ipynb").write_text(
        notebook(("code", spy), ("markdown", text), ("code", "answers['1 2 3 * *'] = 'x'"))
    )
    assert [(one.question, one.text) for one in answers_of(Tree(tmp_path))] == [
        ("rpo", "24 h"), ("rpo-offsite", "25 h 20 min"), ("1 2 3 * *", "x"),
    ]  # fmt: skip
    assert not (tmp_path / "was-run").exists()
    assert [rule for rule, _ in rules_of(tmp_path)] == ["answer-wrong", "answer-unreadable"]


def test_an_executed_notebook_is_read_from_the_state_of_its_quizzes(tmp_path: Path) -> None:
    chosen = next(number for number, option in enumerate(CHOICE.options) if not option.right)
    typed = questions()["every-night-but-sunday"]
    states = {
        "a": {"value": f"<p><b>Predict:</b> {CHOICE.text.replace('`', '')}</p>"},
        "b": {"_options_labels": [option.text for option in CHOICE.options], "index": chosen},
        "c": {"children": ["IPY_MODEL_a", "IPY_MODEL_b"]},
        "d": {"value": f"<p><b>Predict:</b> {typed.text}</p>"},
        "e": {"value": "12 0 * * 1-6"},
        "f": {"children": ["IPY_MODEL_e"]},
        "g": {"children": ["IPY_MODEL_d", "IPY_MODEL_f"]},
    }
    models = {key: {"state": state} for key, state in states.items()}
    metadata = {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": models}}}
    (tmp_path / "01.ipynb").write_text(notebook(metadata=metadata))
    assert [answer_key.judge(one.question, one.text) for one in answers_of(Tree(tmp_path))] == [
        (False, CHOICE.options[chosen].why), (True, typed.answer.why),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\n{", "[" * 100_000, '"text"', "{}"])
def test_a_broken_notebook_is_a_finding_at_most(text: str, tmp_path: Path) -> None:
    (tmp_path / "01.ipynb").write_text(text)
    (tmp_path / "answers.yaml").write_text("rpo: 24h02m\n")
    assert set(rules_of(tmp_path)) <= {("broken-notebook", 0)}


def test_required_answers_are_missed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work/answers.yaml").write_text("rpo: 24h02m\n")
    assert run(["submission", str(tmp_path / "work")]) == 0
    assert "3 of 3 points" in capsys.readouterr().out
    (tmp_path / "labcheck.toml").write_text('[submission]\nanswers = ["rpo", "rpo-offsite"]\n')
    assert run(["submission", str(tmp_path / "work"), "--config", str(tmp_path / "labcheck.toml")]) == 1
    assert "`rpo-offsite` is not answered" in capsys.readouterr().out


def test_answers_are_read_as_they_are_written(tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text(
        "rpo: 24:02\n1 2 3 4 5: 2027-04-02\nlist:\n  - 12 0 * * 1-6\nempty:\nyes: no\n"
    )
    found = [(one.question, one.text) for one in answers_of(Tree(tmp_path))]
    assert found == [("rpo", "24:02"), ("1 2 3 4 5", "2027-04-02"), ("list", "12 0 * * 1-6"), ("yes", "no")]


def test_a_question_may_be_written_in_capitals(tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text("RPO: 24 h 2 min\n")
    assert judge(tmp_path, replace(SETTINGS, answers=("rpo",))).findings == ()


@pytest.mark.parametrize("text", ["rpo: [1\n", "- rpo\n", "", "rpo:\n"])
def test_a_file_without_any_answer_is_told(text: str, tmp_path: Path) -> None:
    (tmp_path / "answers.yaml").write_text(text)
    assert ("answer-missing", 0) in rules_of(tmp_path)


JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["cells", "source", "metadata", "widgets", STATE, "state", "children"]), inner
        )
    ),
    max_leaves=20,
)


@given(JSON)
def test_any_json_is_a_notebook_without_answers(content: object) -> None:
    with TemporaryDirectory() as folder:
        (Path(folder) / "a.ipynb").write_text(json.dumps(content))
        assert list(answers_of(Tree(Path(folder)))) == []
