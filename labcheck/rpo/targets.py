"""A recovery point against what was promised: met or not, by how much, and the smallest change that would meet it.

The proposal keeps what there is as far as it can: first it closes the waiting time between the steps, then it keeps
the distances and runs all steps more often, then both.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from labcheck.rpo.answer import Answer
from labcheck.rpo.disasters import survivors
from labcheck.rpo.durations import hours, length
from labcheck.rpo.jobs import Durations
from labcheck.rpo.links import Link
from labcheck.rpo.pipeline import Pipeline
from labcheck.rpo.recovery import Recovery
from labcheck.rpo.starts import clock_changes

MINUTE, HOUR, DAY = 60, 3600, 86400
PERIODS = (
    *(days * DAY for days in (7, 1)),
    *(hour * HOUR for hour in (12, 8, 6, 4, 3, 2, 1)),
    *(minute * MINUTE for minute in (30, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1)),
)
"""What a single cron entry can do evenly, in seconds, longest first."""


@dataclass(frozen=True)
class Verdict:
    """Whether a target is met; `margin_seconds` is what is left, below zero what it is missed by."""

    met: bool
    margin_seconds: int | None
    change: str = ""


def judge(recovery: Recovery, answer: Answer, target: int) -> Verdict:
    """Return the verdict on one disaster for a target in seconds; with ties, the unlucky order counts."""
    worst = recovery.worst_seconds
    if worst is None:
        return Verdict(False, None, _first_of_all(recovery, answer))
    limit = target + answer.question.tolerance_seconds
    change = "" if worst <= limit else smallest_change(recovery, answer, limit)
    return Verdict(worst <= limit, limit - worst, change)


def _first_of_all(recovery: Recovery, answer: Answer) -> str:
    mine = [one for one in answer.services if (one.service, one.production) == (recovery.service, recovery.production)]
    if not any(survivors(recovery.disaster, one.case.holdings) for one in mine):
        return "first send a copy to a host that this disaster spares"
    return "first repair what keeps a copy from being usable at all times"


def smallest_change(recovery: Recovery, answer: Answer, limit: int) -> str:
    """Return one sentence: what to change so that the loss stays within `limit` seconds."""
    pipeline, durations = answer.services[0].case.simulation.pipeline, answer.question.durations
    interval, delay = recovery.interval_seconds, recovery.delay_seconds
    if interval is None or delay is None or recovery.holding is None:
        return "run the jobs more often"
    if recovery.unlucky:
        return "take the race away: join the two jobs by `&&`, or leave a minute more between them"
    shortest = shortest_delay(path_to(recovery, pipeline), durations)
    if shortest >= limit:
        return f"no schedule can do it: dump and transfers alone take {length(shortest)}"
    if shortest < delay and interval + shortest <= limit:
        return (
            f"let each step begin as soon as the one before it is done, instead of {length(delay - shortest)} later: "
            f"then at most {hours(interval + shortest)} are lost"
        )
    for wait, words in (
        (delay, "at the same distances"),
        (shortest, "each as soon as the one before it is done"),
    ):
        for period in PERIODS:
            longest = period + (_clock_shift(answer) if period > HOUR else 0)
            if longest < interval and longest + wait <= limit and wait < period:
                return f"run each step every {length(period)}, {words}: then at most {hours(longest + wait)} are lost"
    return f"run each step every {length(limit - shortest)} or more often, without waiting between them"


def _clock_shift(answer: Answer) -> int:
    """Return by how many seconds a clock goes back at most: so much longer is the day of that change."""
    zones = {answer.question.zone_of(job.host) for job in answer.jobs}
    turns = [change for zone in zones for change in clock_changes(zone, answer.since, answer.until)]
    return max((-int(change.shift.total_seconds()) for change in turns), default=0)


def path_to(recovery: Recovery, pipeline: Pipeline) -> list[Link]:
    """Return one link for each store on the way from production to the copy."""
    if recovery.holding is None:
        return []
    stores = (*recovery.holding.lineage, recovery.holding.store)
    return [link for store in stores for link in pipeline.links if link.target.store == store]


def shortest_delay(path: Sequence[Link], durations: Durations) -> int:
    """Return the least seconds from dump to copy: steps of one host in one job, another host's a minute mark later."""
    now = 0
    host = path[0].step.job.host if path else ""
    seen: set[str] = set()
    for link in path:
        if link.target.store in seen:
            continue
        seen.add(link.target.store)
        if link.step.job.host != host:
            host = link.step.job.host
            now = (now // MINUTE + 1) * MINUTE
        now += durations.of(link.step.action, link.step.job)
    return now


def is_met(answer: Answer) -> bool:
    """Tell whether the target, if there is one, is met in every disaster, as things stand."""
    question = answer.question
    if question.target_seconds is None:
        return True
    limit = question.target_seconds + question.tolerance_seconds
    return all(one.worst_seconds is not None and one.worst_seconds <= limit for one in answer.as_it_stands)
