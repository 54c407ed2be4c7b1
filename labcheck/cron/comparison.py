"""Two schedules side by side: do they do the same, and where do they part?"""

from dataclasses import dataclass
from datetime import datetime

from labcheck.cron.schedule import BadSchedule, Schedule, as_cron_sees, parse
from labcheck.cron.times import first_difference, matches, same_jobs, same_runs


@dataclass(frozen=True, slots=True)
class Comparison:
    """`same`: they run in the same minutes for ever. `same_at_changes`: also when the clock changes.

    `difference` is the first minute later than the moment asked about in which only one of them runs:
    `runner`.
    """

    one: Schedule
    other: Schedule
    same: bool
    same_at_changes: bool
    difference: datetime | None
    runner: Schedule | None


def compare_schedules(one: Schedule, other: Schedule, after: datetime) -> Comparison:
    """Compare by what they do, by a wall clock; `after` is naive and a full minute."""
    difference = first_difference(one, other, after)
    runner = None if difference is None else one if matches(one, difference) else other
    return Comparison(one, other, same_runs(one, other), same_jobs(one, other), difference, runner)


def as_it_runs(text: str) -> Schedule:
    """The schedule of a text; one that cron refuses runs as an empty one does, never."""
    try:
        return parse(text)
    except BadSchedule:
        return Schedule(as_cron_sees(text), 0, 0, 0, 0, 0)
