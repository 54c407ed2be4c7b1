"""Questions in a notebook: predict first, then run. Each wrong answer says why it is wrong."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from labcheck.notebook.choices import ChoiceAids
from labcheck.notebook.display import ENVIRONMENT
from labcheck.notebook.questions import Question, Verdict, questions, verdict_on
from labcheck.reports.pages import with_code

PROMPT = ENVIRONMENT.from_string("<p><b>Predict:</b> {{ question }}</p>")
VERDICT = ENVIRONMENT.from_string(
    '<p role="status"><b>'
    '{{ "Right." if verdict.right else "Cannot be read." if verdict.right is none else "Not that." }}</b> {{ why }}</p>'
)
PLACEHOLDERS = {"schedule": "minute hour day month weekday", "duration": "such as 90s, 1h 30min or 7 days"}


def quiz(name: str) -> widgets.VBox:
    """Show a question with its answers, or a box to type one; raises `KeyError` for a name that there is not."""
    question = questions()[name]
    prompt = widgets.HTML(PROMPT.render(question=with_code(question.text)))
    verdict = widgets.HTML()

    def show(judged: Verdict) -> None:
        verdict.value = VERDICT.render(verdict=judged, why=with_code(judged.why))

    answers = _choice(question, show) if question.kind == "choice" else _box(question, show)
    shown = widgets.VBox([prompt, answers, verdict, ChoiceAids()], layout=widgets.Layout(width="auto", padding="4px 0"))
    return shown.add_class("labcheck-choices")


def _choice(question: Question, show: Callable[[Verdict], None]) -> widgets.RadioButtons:
    choice = widgets.RadioButtons(
        options=[(option.text.replace("`", ""), number) for number, option in enumerate(question.options)],
        value=None,
        layout=widgets.Layout(width="auto"),
    )
    choice.tooltip = question.text

    def judge(change: dict[str, Any]) -> None:
        if change["new"] is not None:
            chosen = question.options[change["new"]]
            show(Verdict(chosen.right, chosen.why))

    choice.observe(judge, names="value")
    return choice


def _box(question: Question, show: Callable[[Verdict], None]) -> widgets.HBox:
    """A line to type in; Enter, the button, or leaving the line hands the answer in."""
    line = widgets.Text(
        description="Your answer",
        placeholder=PLACEHOLDERS[question.kind],
        continuous_update=False,
        style={"description_width": "initial"},
        layout=widgets.Layout(width="auto", flex="1 1 auto", max_width="30em"),
    )
    button = widgets.Button(description="Answer", tooltip="Hand the answer in")

    def judge(_: Any) -> None:
        if line.value.strip():
            show(verdict_on(question, line.value))

    line.observe(judge, names="value")
    button.on_click(judge)
    return widgets.HBox([line, button], layout=widgets.Layout(width="auto", flex_flow="row wrap"))
