import html
import re
from typing import Any

import pytest

from labcheck.notebook.quiz import Question, questions, quiz

EVERY_QUESTION = pytest.mark.parametrize("question", questions().values(), ids=questions().keys())


@EVERY_QUESTION
def test_a_question_has_one_right_answer_among_different_ones_and_every_answer_says_why(question: Question) -> None:
    assert question.text.strip()
    assert len(question.options) >= 2
    assert sum(option.right for option in question.options) == 1
    assert len({option.text for option in question.options}) == len(question.options)
    assert all(option.text.strip() and option.why.strip() for option in question.options)


@EVERY_QUESTION
def test_choosing_an_answer_shows_its_why(question: Question) -> None:
    prompt, choice, verdict = _parts(question.name)

    assert choice.value is None
    assert verdict.value == ""
    for number, option in enumerate(question.options):
        choice.value = number
        assert option.why.replace("`", "") in words_of(verdict.value)
        assert ("Right." in verdict.value) is option.right
        assert ("Not that." in verdict.value) is not option.right
    assert words_of(prompt.value) == f"Predict: {question.text.replace('`', '')}"


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(KeyError, match="no-such-question"):
        quiz("no-such-question")


def test_two_quizzes_of_one_question_are_apart() -> None:
    name = next(iter(questions()))
    (_, choice, verdict), (_, other_choice, other_verdict) = _parts(name), _parts(name)
    choice.value = 0

    assert verdict.value
    assert other_choice.value is None
    assert other_verdict.value == ""


def words_of(page: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", page))


def _parts(name: str) -> tuple[Any, Any, Any]:
    prompt, choice, verdict = quiz(name).children
    return prompt, choice, verdict
