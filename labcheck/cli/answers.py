"""`labcheck answers`: the questions that the demo asks, each with its derivation."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Annotated, Final

import typer

from labcheck.cron.calendar import runs_in_year
from labcheck.cron.schedule import parse
from labcheck.cron.words import fields, how_days_join, sentence
from labcheck.rpo.demo import demo_answer, demo_derivation, demo_sentence

YEARS: Final = (2026, 2027, 2028)


@dataclass(frozen=True, slots=True)
class Answer:
    """A question of the demo, the answer in a sentence, and the steps that lead to it."""

    question: str
    answer: str
    derivation: list[str]


def schedule_answer(text: str) -> Answer:
    """When a job with this schedule runs, derived field by field and counted for three years."""
    schedule = parse(text)
    steps = [f"{meaning.name.replace('-', ' ')} `{meaning.text}`: {meaning.meaning}" for meaning in fields(schedule)]
    steps.append(how_days_join(schedule) or "One day field is `*`, so the other alone decides about the day.")
    counts = ", ".join(f"{runs_in_year(schedule, year):,} in {year}" for year in YEARS)
    steps.append(f"Runs a year: {counts}.")
    return Answer(f"When does a job with the schedule `{text}` run?", f"It runs {sentence(schedule)}.", steps)


def schedule_answers() -> list[Answer]:
    """The three schedules of the cron section."""
    return [schedule_answer(text) for text in ("1 2 3 * *", "1 2 3 4 5", "* * 3 4 *")]


def recovery_answers() -> list[Answer]:
    """The recovery point of the demo's backup system, under its two assumptions."""
    found = demo_answer()
    question = "How much does this backup system lose at worst: what is its recovery point objective (RPO)?"
    return [Answer(question, demo_sentence(found), demo_derivation(found))]


ANSWERS: Final[tuple[Callable[[], list[Answer]], ...]] = (schedule_answers, recovery_answers)
"""Where answers come from, in the order in which the demo asks."""


def answers(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for programs.")] = False,
) -> None:
    """Answer the questions that the demo asks, with the derivation of each.

    Example: labcheck answers --json
    """
    found = [answer for source in ANSWERS for answer in source()]
    if as_json:
        print(json.dumps([asdict(answer) for answer in found]))
        return
    for number, answer in enumerate(found, start=1):
        print(f"{number}. {answer.question}\n   {answer.answer}")
        print("\n".join(f"     - {step}" for step in answer.derivation), end="\n\n")
