"""The parts of a sentence about a schedule: clock times, days, months, and lists of them, from bit masks."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final

from labcheck.cron.fields import HOUR, MINUTE, MONTH
from labcheck.cron.schedule import Schedule
from labcheck.cron.times import bits

MONTHS: Final = (
    "", "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
ORDINALS: Final = [
    f"{day}{'th' if 10 < day < 14 else {1: 'st', 2: 'nd', 3: 'rd'}.get(day % 10, 'th')}" for day in range(32)
]
MOST_TIMES: Final = 6
"""So many clock times are listed one by one."""


def listing(words: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def spans(values: Sequence[int], name: Callable[[int], str], last: str = "and") -> str:
    """A list in which three or more neighbours become `a to b`."""
    runs: list[list[int]] = []
    for value in values:
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    words: list[str] = []
    for run in runs:
        words += [f"{name(run[0])} to {name(run[-1])}"] if len(run) > 2 else [name(value) for value in run]
    return listing(words, last)


def step_of(values: Sequence[int]) -> int:
    """The distance of evenly spaced values, four or more of them; 0 if there is no such distance."""
    if len(values) < 4:
        return 0
    step = values[1] - values[0]
    even = all(after - before == step for before, after in pairwise(values))
    return step if even else 0


def clock(hour: int, minute: int) -> str:
    """`02:01`."""
    return f"{hour:02}:{minute:02}"


def time_phrase(schedule: Schedule) -> str:
    """When on a day: `at 02:01`, `every 15 minutes from 09:00 to 16:45`, `at 3 minutes past every hour`."""
    minutes, hours = bits(schedule.minutes), bits(schedule.hours)
    if len(minutes) * len(hours) <= MOST_TIMES:
        return f"at {listing([clock(hour, minute) for hour in hours for minute in minutes])}"
    if schedule.minutes == MINUTE.every:
        return "every minute" if schedule.hours == HOUR.every else f"every minute {_whole_hours(hours)}"
    step = step_of(minutes)
    if minutes[0] == 0 and step and 60 % step == 0 and len(minutes) == 60 // step:
        if schedule.hours == HOUR.every:
            return f"every {step} minutes"
        if len(hours) == hours[-1] - hours[0] + 1:
            return f"every {step} minutes from {clock(hours[0], 0)} to {clock(hours[-1], minutes[-1])}"
    if minutes == (0,):
        return _on_the_hour(hours)
    return f"{_past(minutes)} {_hours(hours, minutes)}"


def _past(minutes: Sequence[int]) -> str:
    step = step_of(minutes)
    if step > 1:
        return f"every {step} minutes from {minutes[0]} to {minutes[-1]} minutes past"
    return f"at {spans(minutes, str)} minute{'s' if minutes != (1,) else ''} past"


def _on_the_hour(hours: Sequence[int]) -> str:
    if len(hours) == 24:
        return "every hour, on the hour,"
    if len(hours) == hours[-1] - hours[0] + 1:
        return f"every hour from {clock(hours[0], 0)} to {clock(hours[-1], 0)}"
    return f"at {listing([clock(hour, 0) for hour in hours])}"


def _hours(hours: Sequence[int], minutes: Sequence[int]) -> str:
    if len(hours) == 24:
        return "every hour"
    if len(hours) > 2 and len(hours) == hours[-1] - hours[0] + 1:
        return f"every hour, from {clock(hours[0], minutes[0])} to {clock(hours[-1], minutes[-1])},"
    return _named_hours(hours)


def _named_hours(hours: Sequence[int]) -> str:
    return f"the hour{'s' if len(hours) > 1 else ''} {spans(hours, lambda hour: f'{hour:02}')}"


def _whole_hours(hours: Sequence[int]) -> str:
    if len(hours) == hours[-1] - hours[0] + 1:
        return f"from {clock(hours[0], 0)} to {clock(hours[-1], 59)}"
    return f"of {_named_hours(hours)}"


def weekday_phrase(weekdays: int) -> str:
    """`every Friday`, `every day from Monday to Friday`, `every Monday and Thursday`; the week begins on
    Monday."""
    days = [(number - 1) % 7 for number in bits(weekdays)]
    days.sort()
    names = [WEEKDAYS[(day + 1) % 7] for day in days]
    if len(days) > 2 and days[-1] - days[0] + 1 == len(days):
        return f"every day from {names[0]} to {names[-1]}"
    return f"every {listing(names)}"


def weekday_choice(weekdays: int) -> str:
    """`Friday`, `Monday or Thursday`."""
    days = sorted((number - 1) % 7 for number in bits(weekdays))
    return listing([WEEKDAYS[(day + 1) % 7] for day in days], "or")


def day_list(days: int, last: str = "and") -> str:
    """`the 3rd`, `the 1st to 7th and 15th`."""
    return f"the {spans(bits(days), ORDINALS.__getitem__, last)}"


def month_phrase(months: int) -> str:
    """`in April`, `from June to August`, `in April and June`; nothing for every month."""
    if months == MONTH.every:
        return ""
    numbers = bits(months)
    if len(numbers) > 2 and numbers[-1] - numbers[0] + 1 == len(numbers):
        return f"from {MONTHS[numbers[0]]} to {MONTHS[numbers[-1]]}"
    return f"in {spans(numbers, MONTHS.__getitem__)}"
