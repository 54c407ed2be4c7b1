import html
import re
from typing import Any

import pytest

from labcheck.notebook.questions import Question, questions
from labcheck.notebook.quiz import quiz

EVERY_QUESTION = pytest.mark.parametrize("question", questions().values(), ids=questions().keys())
CHOICES = {name: question for name, question in questions().items() if question.kind == "choice"}
TYPED = {name: question for name, question in questions().items() if question.kind != "choice"}
EVERY_CHOICE = pytest.mark.parametrize("question", CHOICES.values(), ids=CHOICES)
EVERY_TYPED = pytest.mark.parametrize("question", TYPED.values(), ids=TYPED)


@EVERY_QUESTION
def test_a_question_has_one_right_answer_among_different_ones_and_every_answer_says_why(question: Question) -> None:
    assert question.text.strip()
    assert len(question.options) >= 2
    assert sum(option.right for option in question.options) == 1
    assert len({option.text for option in question.options}) == len(question.options)
    assert all(option.text.strip() and option.why.strip() for option in question.options)


@EVERY_CHOICE
def test_choosing_an_answer_shows_its_why(question: Question) -> None:
    prompt, choice, verdict = _parts(question.name)

    assert choice.value is None
    assert verdict.value == ""
    assert not any("`" in label for label, _ in choice.options)
    for number, option in enumerate(question.options):
        choice.value = number
        assert option.why.replace("`", "") in words_of(verdict.value)
        assert ("Right." in verdict.value) is option.right
        assert ("Not that." in verdict.value) is not option.right
    assert words_of(prompt.value) == f"Predict: {question.text.replace('`', '')}"


@EVERY_TYPED
def test_an_answer_is_handed_in_with_enter_or_with_the_button(question: Question) -> None:
    prompt, box, verdict = _parts(question.name)
    line, button = box.children

    assert verdict.value == ""
    button.click()
    assert verdict.value == ""
    for option in question.options:
        line.value = option.text
        assert option.why.replace("`", "") in words_of(verdict.value)
        assert ("Right." in verdict.value) is option.right
    verdict.value = ""
    button.click()
    assert question.options[-1].why.replace("`", "") in words_of(verdict.value)
    assert words_of(prompt.value) == f"Predict: {question.text.replace('`', '')}"


@EVERY_TYPED
def test_what_is_typed_is_told_as_text(question: Question) -> None:
    _, box, verdict = _parts(question.name)
    box.children[0].value = "<script>alert(1)</script>\x1b[2J"
    assert "Cannot be read." in verdict.value
    assert "<script" not in verdict.value
    assert "\x1b" not in verdict.value


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
    prompt, choice, verdict = quiz(name).children[:3]
    return prompt, choice, verdict
