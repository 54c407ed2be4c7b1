"""The questions of the notebooks, and what is said to an answer; `quiz` shows them.

Most have options to choose from. Two kinds are typed, and judged by what the text means: any schedule with the same
runs, any notation of the same length of time. Their options are the right answer and the wrong ones that are known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

import yaml

from labcheck.cron import BadSchedule, compare_schedules, parse, same_runs, sentence
from labcheck.errors import UsageError
from labcheck.rpo.durations import length, parse_duration
from labcheck.visible import visible

ROUNDING_SECONDS = 30
"""A length of time may be told in decimals, such as 24.03 hours, so it is compared to the minute."""
LONGEST_ANSWER = 200


@dataclass(frozen=True)
class Option:
    """One answer, and what is said to who gives it."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A question with one right answer: `kind` is choice, or schedule or duration for one that is typed.

    `hint` is said to a typed answer that is wrong in a way that no option knows.
    """

    name: str
    text: str
    options: tuple[Option, ...]
    kind: str = "choice"
    hint: str = ""

    @property
    def answer(self) -> Option:
        """The right option."""
        return next(option for option in self.options if option.right)


@dataclass(frozen=True)
class Verdict:
    """What is said to an answer; `right` is None for a text that is no answer at all."""

    right: bool | None
    why: str


@cache
def questions() -> dict[str, Question]:
    """Return all questions by name, read from `questions.yaml`."""
    source = resources.files("labcheck.notebook").joinpath("questions.yaml").read_text(encoding="utf-8")
    return {name: _question(name, entry) for name, entry in yaml.safe_load(source).items()}


def _question(name: str, entry: dict[str, Any]) -> Question:
    options = tuple(Option(**option) for option in entry["options"])
    return Question(name, entry["question"], options, entry.get("kind", "choice"), entry.get("hint", ""))


def verdict_on(question: Question, typed: str) -> Verdict:
    """Judge an answer that was typed, by its meaning."""
    text = " ".join(typed[:LONGEST_ANSWER].strip(" `'\"\n").split())
    return JUDGES[question.kind](question, text)


def _verdict_on_schedule(question: Question, text: str) -> Verdict:
    try:
        typed = parse(text)
    except BadSchedule as refused:
        more = " Type five fields, and nothing behind them." if refused.words == "bad username" else ""
        return Verdict(None, f"Cron refuses `{visible(text)}`: {refused.words}.{more}")
    for option in question.options:
        if same_runs(typed, parse(option.text)):
            return Verdict(option.right, option.why)
    now = datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0)
    found = compare_schedules(typed, parse(question.answer.text), now)
    told = f"`{visible(text)}` runs {sentence(typed)}."
    if found.difference is None:
        return Verdict(False, told)
    verb = "It runs" if found.runner is typed else "It does not run"
    instance = f"{verb} on {found.difference:%A %-d %B %Y at %H:%M}, for one."
    return Verdict(False, f"{told} {instance} {question.hint}".strip())


def _verdict_on_duration(question: Question, text: str) -> Verdict:
    try:
        seconds = parse_duration(text)
    except UsageError as refused:
        return Verdict(None, f"{visible(refused.what).capitalize()}. {refused.next_step}")
    for option in question.options:
        if abs(parse_duration(option.text) - seconds) < ROUNDING_SECONDS:
            return Verdict(option.right, option.why)
    return Verdict(False, f"That is {length(seconds)}. {question.hint}".strip())


JUDGES: dict[str, Callable[[Question, str], Verdict]] = {
    "schedule": _verdict_on_schedule,
    "duration": _verdict_on_duration,
}
"""How a typed answer of each kind is judged."""
