"""What `labcheck cron compare` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labcheck.cli.cron_reports import refusal, written
from labcheck.cron.comparison import Comparison
from labcheck.cron.schedule import Schedule, as_people_see, verdict
from labcheck.cron.words import sentence
from labcheck.visible import visible

if TYPE_CHECKING:
    from datetime import datetime

    from labcheck.cron.second_opinion import Opinion

Opinions = list[tuple[str, "Opinion"]]


def comparison_record(found: Comparison, opinions: Opinions) -> dict[str, object]:
    """For programs: `{"schedules", "sentences", "same", "same_at_clock_changes", "first_difference"}`.

    `first_difference` is null or `{"time", "runs"}`; with second opinions there is `croniter`, one for each
    schedule.
    """
    record: dict[str, object] = {
        "schedules": [_text(found.one), _text(found.other)],
        "sentences": [_words(found.one), _words(found.other)],
        "same": found.same,
        "same_at_clock_changes": found.same_at_changes,
        "first_difference": None,
    }
    if found.difference and found.runner:
        record["first_difference"] = {"time": written(found.difference), "runs": _text(found.runner)}
    if opinions:
        record["croniter"] = [_opinion_record(text, opinion) for text, opinion in opinions]
    return record


def _opinion_record(text: str, opinion: Opinion) -> dict[str, object]:
    return {
        "schedule": text,
        "agrees": opinion.agrees or _both_refuse(text, opinion),
        "refusal": opinion.refusal,
        "debian": written(opinion.ours) if opinion.ours else None,
        "croniter": written(opinion.theirs) if opinion.theirs else None,
    }


def _both_refuse(text: str, opinion: Opinion) -> bool:
    return bool(opinion.refusal) and verdict(text) != "ok"


def comparison_text(found: Comparison, opinions: Opinions) -> str:
    """For people: both sentences, the verdict, the first difference, and what croniter says."""
    lines = [f"{visible(_text(schedule))}\n  {_words(schedule)}" for schedule in (found.one, found.other)]
    if found.difference and found.runner:
        day = f"{found.difference:%a} {written(found.difference).replace('T', ' ')}"
        lines.append(f"\nDifferent. First on {day}, when only `{visible(_text(found.runner))}` runs.")
    elif found.same_at_changes:
        lines.append("\nThe same runs.")
    elif found.same:
        lines.append("\nThe same runs; but when the clock changes, cron treats only one of them as a wildcard job.")
    else:
        lines.append("\nDifferent.")
    lines += [f"\ncroniter on `{visible(text)}`: {_opinion_text(opinion)}" for text, opinion in opinions]
    return "\n".join(lines)


def _opinion_text(opinion: Opinion) -> str:
    if opinion.agrees:
        return "the same runs as Debian's cron"
    if opinion.refusal:
        return f"refuses it ({visible(opinion.refusal)})"
    return f"differs: where it has {_or_none(opinion.theirs)}, Debian's cron has {_or_none(opinion.ours)}"


def _words(schedule: Schedule) -> str:
    text = _text(schedule)
    return refusal(text) or sentence(schedule)


def _or_none(run: datetime | None) -> str:
    return written(run) if run else "no run"


def _text(schedule: Schedule) -> str:
    return as_people_see(schedule.text)
