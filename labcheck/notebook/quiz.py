"""Questions in a notebook: predict first, then run. Each wrong answer says why it is wrong."""

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

import ipywidgets as widgets
import yaml
from jinja2 import Environment
from markupsafe import Markup, escape

ENVIRONMENT = Environment(autoescape=True)
PROMPT = ENVIRONMENT.from_string("<p><b>Predict:</b> {{ question }}</p>")
VERDICT = ENVIRONMENT.from_string('<p role="status"><b>{{ "Right." if right else "Not that." }}</b> {{ why }}</p>')


@dataclass(frozen=True)
class Option:
    """One answer, and what is said to who chooses it."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A question with one right answer."""

    name: str
    text: str
    options: tuple[Option, ...]


@cache
def questions() -> dict[str, Question]:
    """Return all questions by name, read from `questions.yaml`."""
    source = resources.files("labcheck.notebook").joinpath("questions.yaml").read_text(encoding="utf-8")
    return {name: _question(name, entry) for name, entry in yaml.safe_load(source).items()}


def _question(name: str, entry: dict[str, Any]) -> Question:
    return Question(name, entry["question"], tuple(Option(**option) for option in entry["options"]))


def quiz(name: str) -> widgets.VBox:
    """Show a question with its answers; raises `KeyError` for a name that `questions.yaml` does not have."""
    question = questions()[name]
    prompt = widgets.HTML(PROMPT.render(question=_with_code(question.text)))
    choice = widgets.RadioButtons(
        options=[(option.text, number) for number, option in enumerate(question.options)],
        value=None,
        layout=widgets.Layout(width="auto"),
    )
    choice.tooltip = question.text
    verdict = widgets.HTML()

    def judge(change: dict[str, Any]) -> None:
        if change["new"] is not None:
            chosen = question.options[change["new"]]
            verdict.value = VERDICT.render(right=chosen.right, why=_with_code(chosen.why))

    choice.observe(judge, names="value")
    return widgets.VBox([prompt, choice, verdict], layout=widgets.Layout(width="auto", padding="4px 0"))


def _with_code(text: str) -> Markup:
    """Return the text as HTML, with what stands in backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))  # noqa: S704 - escaped just here
