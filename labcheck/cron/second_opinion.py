"""What croniter says about a schedule, beside what Debian's cron does.

croniter is a good library for its own dialect, in which a range may wrap round and `*/2` in a day field is
not a star. Its answer is never ours; where the two differ, the difference is what a student should see.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from croniter import CroniterError, croniter

from labcheck.cron.nearest import runs_after
from labcheck.cron.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Opinion:
    """croniter's verdict, and the first run at which it and Debian's cron part; both None where they agree.

    `refusal` is croniter's message if it refuses the schedule. `theirs` and `ours` are None where a side has
    no run.
    """

    refusal: str
    agrees: bool
    ours: datetime | None
    theirs: datetime | None


def second_opinion(schedule: Schedule, after: datetime, count: int = 500) -> Opinion:
    """Compare the next `count` runs after a naive time, by a wall clock that does not change.

    croniter is asked in its Debian-like mode (`implement_cron_bug`), the nearest that it has.
    """
    try:
        theirs = _their_runs(schedule.text, after, count)
    except (CroniterError, ValueError, KeyError, OverflowError) as error:
        return Opinion(str(error) or type(error).__name__, False, None, None)
    ours = runs_after(schedule, after)
    for _ in range(count):
        our_run, their_run = next(ours, None), next(theirs, None)
        if our_run != their_run:
            return Opinion("", False, our_run, their_run)
        if our_run is None:
            break
    return Opinion("", True, None, None)


def _their_runs(text: str, after: datetime, count: int) -> Iterator[datetime]:
    iterator = croniter(text, after, implement_cron_bug=True, max_years_between_matches=50)
    return _until_exhausted(iterator, count)


def _until_exhausted(iterator: croniter, count: int) -> Iterator[datetime]:
    for _ in range(count):
        try:
            run = iterator.get_next(datetime)
        except (CroniterError, OverflowError):
            return
        yield run
