"""A schedule in one English sentence that is true and cannot be read in two ways.

The words come from what cron will do (the masks), never from how the schedule is written.
"""

import re
from dataclasses import dataclass
from typing import Final

from labcheck.cron.fields import DAY, EVERY_WEEKDAY, FIELDS, HOUR, MONTH, list_of
from labcheck.cron.phrases import (
    MONTHS,
    ORDINALS,
    WEEKDAYS,
    day_list,
    listing,
    month_phrase,
    spans,
    time_phrase,
    weekday_choice,
    weekday_phrase,
)
from labcheck.cron.schedule import Schedule
from labcheck.cron.times import LONGEST_MONTHS, MONTH_LENGTHS, WHOLE, bits, ever_runs
from labcheck.visible import visible

AT_BOOT: Final = "once, when the machine starts (not when only cron is restarted)"


@dataclass(frozen=True, slots=True)
class FieldMeaning:
    """One field: what it is called, how it is written, and which values it stands for."""

    name: str
    text: str
    meaning: str


def sentence(schedule: Schedule) -> str:
    """When a job with this schedule runs: `at 02:01 on the 3rd, and on every Friday, in April`, or `never:
    …`."""
    if schedule.reboot:
        return AT_BOOT
    if not ever_runs(schedule):
        return f"never: {why_never(schedule)}"
    return f"{time_phrase(schedule)} {day_phrase(schedule)}".rstrip(" ,")


def day_phrase(schedule: Schedule) -> str:
    """On which days: both day fields joined as cron joins them, and the months."""
    month = month_phrase(schedule.months)
    days, weekdays = schedule.days, schedule.weekdays
    if schedule.needs_both_days:
        return _both(schedule, month)
    if days == DAY.every or weekdays == EVERY_WEEKDAY:
        return _every_day(schedule, month)
    if not weekdays:
        return _dates(days, schedule.months)
    if month:
        days &= _days_of(schedule.months)
    if not days:
        return f"on {weekday_phrase(weekdays)} {month}"
    either = f"on {day_list(days)}{'' if month else _of_every_month(days)}, and on {weekday_phrase(weekdays)}"
    return f"{either}, {month}" if month else either


def _both(schedule: Schedule, month: str) -> str:
    days, weekdays = schedule.days, schedule.weekdays
    if days == DAY.every and weekdays == EVERY_WEEKDAY:
        return _every_day(schedule, month)
    if weekdays == EVERY_WEEKDAY:
        return _dates(days, schedule.months)
    if days == DAY.every:
        return f"on {weekday_phrase(weekdays)} {month}"
    months = _with_a_day(days, schedule.months)
    month = month and month_phrase(months)
    both = f"on every {weekday_choice(weekdays)} that falls on {day_list(days & _days_of(months), 'or')}"
    return f"{both}, {month}" if month else both


def _every_day(schedule: Schedule, month: str) -> str:
    if schedule.hours != HOUR.every:
        return f"every day {month}"
    return f"of every day {month}" if month else ""


def _dates(days: int, months: int) -> str:
    """`on the 3rd of every month`, `on 3 April`, `on the 1st and 15th, in April and June`."""
    if months == MONTH.every:
        return f"on {day_list(days)}{_of_every_month(days)}"
    months = _with_a_day(days, months)
    days &= _days_of(months)
    if days & (days - 1) == 0 and months & (months - 1) == 0:
        month = MONTHS[months.bit_length() - 1]
        day = days.bit_length() - 1
        return f"on {day} {month}{' (in leap years only)' if (day, month) == (29, 'February') else ''}"
    return f"on {day_list(days)}, {month_phrase(months)}{_as_far_as(days, months)}"


def _with_a_day(days: int, months: int) -> int:
    """Those of the months that ever have one of the days."""
    return sum(1 << month for month in bits(months) if days & WHOLE[LONGEST_MONTHS[month]])


def _days_of(months: int) -> int:
    """The days of the longest of the months."""
    return WHOLE[max(LONGEST_MONTHS[month] for month in bits(months))]


def _as_far_as(days: int, months: int) -> str:
    """Said where a month may lack a day that the sentence names."""
    last = days.bit_length() - 1
    if all(last <= MONTH_LENGTHS[month] for month in bits(months)):
        return ""
    if months & (months - 1) == 0:
        return " (the 29th in leap years only)"
    return f", as far as they have {'them' if days & (days - 1) else f'a {ORDINALS[last]}'}"


def _of_every_month(days: int) -> str:
    last = days.bit_length() - 1
    if last <= 28:
        return " of every month"
    if days == 1 << last:
        return f" of every month that has a {ORDINALS[last]}"
    return " of every month, as far as it has them"


def why_never(schedule: Schedule) -> str:
    """Why a schedule that never runs does not: an empty field, or a day that no month of it has."""
    masks = (schedule.minutes, schedule.hours, schedule.months)
    for field, mask in zip((FIELDS[0], FIELDS[1], FIELDS[3]), masks, strict=True):
        if not mask:
            return _empty(schedule, field.name)
    if schedule.needs_both_days:
        if not schedule.days or not schedule.weekdays:
            return _empty(schedule, "day-of-week" if schedule.days else "day-of-month")
    elif not schedule.days and not schedule.weekdays:
        return "both day fields are reversed ranges, which cron reads as empty"
    months = [MONTHS[month] for month in bits(schedule.months)]
    none = f"neither {listing(months, 'nor')} has" if len(months) > 1 else f"{months[0]} has no"
    days = listing([ORDINALS[day] for day in bits(schedule.days)], "or")
    return f"{none} {'a ' if len(months) > 1 else ''}{days}"


def _empty(schedule: Schedule, name: str) -> str:
    written = next(meaning.text for meaning in fields(schedule) if meaning.name == name)
    return f"the {name} field `{visible(written)}` is a reversed range, which cron reads as empty"


def fields(schedule: Schedule) -> list[FieldMeaning]:
    """The five fields one by one; none for an @word."""
    if schedule.text.startswith("@"):
        return []
    texts = [text for text in re.split("[ \t]+", schedule.text) if text]
    masks = (schedule.minutes, schedule.hours, schedule.days, schedule.months, schedule.weekdays)
    return [
        FieldMeaning(field.name, text, _meaning(field.name, text, mask))
        for field, text, mask in zip(FIELDS, texts, masks, strict=True)
    ]


def _meaning(name: str, text: str, mask: int) -> str:
    field = next(field for field in FIELDS if field.name == name)
    if not mask:
        return "nothing: a reversed range is empty"
    if list_of(text, field) == field.every or mask == field.every:
        return {"day-of-month": "any day of the month", "day-of-week": "any day of the week"}.get(name, f"every {name}")
    naming = {
        "month": MONTHS.__getitem__,
        "day-of-week": WEEKDAYS.__getitem__,
        "hour": lambda hour: f"{hour:02}",
    }
    return spans(bits(mask), naming.get(name, str))


def how_days_join(schedule: Schedule) -> str:
    """How cron joins the two day fields, where both are set; nothing where it makes no difference."""
    if schedule.reboot or (schedule.days == DAY.every and schedule.weekdays == EVERY_WEEKDAY):
        return ""
    texts = [meaning.text for meaning in fields(schedule)]
    if not texts or texts[2] == "*" or texts[4] == "*":
        return ""
    if schedule.needs_both_days:
        return "A day field begins with *, so a day must suit both day fields (AND)."
    return "Both day fields are set and neither begins with *, so it is enough if one of them suits (OR)."
