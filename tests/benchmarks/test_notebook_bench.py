"""How long a student waits: for the answer of a quiz, and for all notebooks together."""

from pathlib import Path
from time import perf_counter

import pytest

from labcheck.notebook.headless import execute, notebooks
from labcheck.notebook.questions import questions
from labcheck.notebook.quiz import quiz
from labcheck.practice.lab import PracticeLab
from tests.conftest import NOTEBOOKS

pytestmark = pytest.mark.bench
ANSWER_SECONDS = 0.1
ALL_NOTEBOOKS_SECONDS = 180


def test_a_quiz_answers_before_the_student_notices() -> None:
    choices = [question for question in questions().values() if question.kind == "choice"]
    slowest = 0.0
    for question in choices:
        choice = quiz(question.name).children[1]
        began = perf_counter()
        choice.value = 0
        slowest = max(slowest, perf_counter() - began)
    print(f"\nthe slowest of {len(choices)} answers: {slowest * 1000:.1f} ms")
    assert slowest < ANSWER_SECONDS


@pytest.mark.lab
def test_all_notebooks_run_within_three_minutes(fresh_lab: PracticeLab, tmp_path: Path) -> None:
    """The floor beside it is a notebook that does nothing: what kernels cost by themselves."""
    took = {}
    for path in notebooks(NOTEBOOKS):
        began = perf_counter()
        assert execute(path).complaint == "", path.name
        took[path.stem] = perf_counter() - began
    empty = tmp_path / "00-empty.ipynb"
    empty.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    began = perf_counter()
    execute(empty)
    floor = (perf_counter() - began) * len(took)
    total = sum(took.values())
    print(f"\n{ {name: round(seconds, 1) for name, seconds in took.items()} }")
    print(f"all: {total:.1f} s, of which {floor:.1f} s is starting {len(took)} kernels (ratio {total / floor:.1f})")
    assert total < ALL_NOTEBOOKS_SECONDS
