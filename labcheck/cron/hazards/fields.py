"""Hazards in the five fields of a job that cron accepts: ranges, steps, leftovers and the two day fields."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from labcheck.cron.crontab import Job
from labcheck.cron.fields import (
    DAY,
    EVERY_WEEKDAY,
    FIELDS,
    HOUR,
    MINUTE,
    MONTH,
    RANGE,
    WEEKDAY,
    Field,
    list_of,
    number_of,
)
from labcheck.cron.hazards.finding import FATAL, NOTE, WARNING, Finding, Severity, at, swap
from labcheck.cron.phrases import MONTHS, ORDINALS, listing
from labcheck.cron.schedule import as_people_see
from labcheck.cron.times import LONGEST_MONTHS, WHOLE, bits, ever_runs, runs_on_every_day
from labcheck.cron.words import sentence, why_never

DASHES = ("\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2212")
CYCLES = {MINUTE.name: 60, HOUR.name: 24, MONTH.name: 12, WEEKDAY.name: 7}


@dataclass(frozen=True, slots=True)
class Written:
    """One field as it stands in a line."""

    field: Field
    text: str
    start: int


def written_fields(job: Job) -> list[Written]:
    """The five fields with their places in the line; none for an @word."""
    if job.schedule.text.startswith("@"):
        return []
    tokens = re.finditer(r"[^ \t]+", job.schedule.text)
    start = job.column - 1
    return [Written(field, token.group(), start + token.start()) for field, token in zip(FIELDS, tokens, strict=True)]


def ranges(text: str) -> list[re.Match[str]]:
    """The complete ranges at the beginning of a field; what follows the last is what cron skips."""
    found: list[re.Match[str]] = []
    place = 0
    while (part := RANGE.match(text, place)) is not None:
        found.append(part)
        if text[part.end() : part.end() + 1] != ",":
            break
        place = part.end() + 1
    return found


def _on(job: Job, written: Written, part: re.Match[str], new: str = "") -> tuple[int, str]:
    """The column of one range, and the line with the range replaced."""
    start, end = written.start + part.start(), written.start + part.end()
    return at(job.text, start), swap(job.text, start, end, new) if new else ""


def reversed_range(job: Job) -> Iterator[Finding]:
    """`22-6`: cron reads it as empty."""
    never = not ever_runs(job.schedule)
    for written in written_fields(job):
        for part in ranges(written.text):
            if part[1] is None or part[2] is None:
                continue
            low, high = (number_of(word, written.field.names) for word in (part[1], part[2][1:]))
            if low > high:
                new = _wrapped(written.field, low, high, number_of((part[3] or "/1")[1:], {}))
                message = (
                    f"`{part.group()}` is a reversed range, which cron reads as empty; "
                    f"{'the job never runs' if never else 'it adds nothing'}. Probably meant: `{new}`"
                )
                severity: Severity = FATAL if never else WARNING
                column, fix = _on(job, written, part, new)
                yield Finding("reversed-range", severity, job.line, column, message, fix)


def _wrapped(field: Field, low: int, high: int, step: int) -> str:
    """The values from `low` over the end of the cycle to `high`, as a list that cron understands."""
    last = 6 if field is WEEKDAY else field.high
    if field is WEEKDAY and high == 0 and low == 1 and step == 1:
        return "*"
    values = [*range(low, last + 1), *range(field.low, high + 1)][::step]
    if step > 1:
        return ",".join(str(value % 7 if field is WEEKDAY else value) for value in values)
    ends = [(low, last), (field.low, high)] if low <= last else [(field.low, high)]
    return ",".join(str(begin) if begin == end else f"{begin}-{end}" for begin, end in ends)


def one_value_range(job: Job) -> Iterator[Finding]:
    """`5-5`: one value for cron, every value for some other programs."""
    for written in written_fields(job):
        for part in ranges(written.text):
            if (
                part[1]
                and part[2]
                and number_of(part[1], written.field.names) == number_of(part[2][1:], written.field.names)
            ):
                message = f"`{part.group()}` is only {part[1]} to cron; other schedulers may read it as every value"
                column, fix = _on(job, written, part, part[1])
                yield Finding("one-value-range", NOTE, job.line, column, message, fix)


def leftover(job: Job) -> Iterator[Finding]:
    """`1#2`, `0:30`, an en dash: what follows a complete list is skipped up to the next blank."""
    for written in written_fields(job):
        parts = ranges(written.text)
        end = parts[-1].end()
        junk = written.text[end:]
        if not junk:
            continue
        shown = as_people_see(written.text)
        kept = written.text[:end]
        rule = "en-dash" if any(dash in as_people_see(junk) for dash in DASHES) else "junk-tail"
        new = _without_leftover(kept, as_people_see(junk))
        if new and list_of(new, written.field) <= 0:
            new = ""  # cron would refuse it, or find it empty
        hint = f"Probably meant: `{new}`" if new else _about(junk)
        message = f"cron reads `{shown}` as `{kept}` and skips the rest without a word. {hint}"
        place = written.start + end
        fix = swap(job.text, written.start, written.start + len(written.text), new) if new else ""
        yield Finding(rule, WARNING, job.line, at(job.text, place), message.rstrip(), fix)


def _without_leftover(kept: str, junk: str) -> str:
    for dash in DASHES:
        junk = junk.replace(dash, "-")
    if re.fullmatch(r"-\w+", junk) and kept != "*" and "-" not in kept:
        return kept + junk
    if kept == "*" and re.fullmatch(r"-?\d+", junk):
        return f"*/{junk.lstrip('-')}"
    if re.fullmatch(r"[.;:\uff0c\u3001_|+&]\w+", junk) and junk[0] != ":":
        return f"{kept},{junk[1:]}"
    return kept if kept == "*" else ""


def _about(junk: str) -> str:
    if junk.startswith("#"):
        return "cron cannot count weekdays in a month"
    if junk.startswith(":"):
        return "A clock time takes two fields: first the minute, then the hour"
    return ""


def uneven_step(job: Job) -> Iterator[Finding]:
    """`*/7`: the last gap of each hour is shorter; `*/100`: only the first value is left."""
    for written in written_fields(job):
        for part in ranges(written.text):
            if part[3] is None:
                continue
            step = number_of(part[3][1:], {})
            low, high = _ends(part, written.field)
            if step > high - low and high >= low and (part[1] is None or low != high):
                message = f"`{part.group()}` steps past the end of the range: only {low} is left"
                column, fix = _on(job, written, part, str(low))
                yield Finding("step-past-range", WARNING, job.line, column, message, fix)
            elif part[1] is None and CYCLES.get(written.field.name, step) % step:
                message = _gap(written.field, part, step)
                yield Finding("uneven-step", WARNING, job.line, _on(job, written, part)[0], message)
            elif part[1] is None and written.field is DAY and step > 1:
                message = f"`{part.group()}` begins again at the 1st of every month, after a shorter gap"
                yield Finding("uneven-step", NOTE, job.line, _on(job, written, part)[0], message)


def _ends(part: re.Match[str], field: Field) -> tuple[int, int]:
    if part[1] is None:
        return field.low, field.high
    return number_of(part[1], field.names), number_of((part[2] or "-" + part[1])[1:], field.names)


def _gap(field: Field, part: re.Match[str], step: int) -> str:
    cycle = CYCLES[field.name]
    last = (cycle - 1) // step * step
    unit = {"minute": "minutes", "hour": "hours", "month": "months"}.get(field.name, "days")
    return (
        f"`{part.group()}` is not every {step} {unit}: {step} does not divide {cycle}, so the gap at the "
        f"end is {cycle - last} {unit}"
    )


def both_day_fields(job: Job) -> Iterator[Finding]:
    """Day and weekday both set: OR, or AND where one begins with a star."""
    schedule = job.schedule
    written = written_fields(job)
    if not written or written[2].text == "*" or written[4].text == "*" or not ever_runs(schedule):
        return
    day, weekday = written[2], written[4]
    if runs_on_every_day(schedule):
        if schedule.days == DAY.every and schedule.weekdays == EVERY_WEEKDAY:
            return
        message, fix = (
            "both day fields are set and one of them takes every day, so the job runs on every day",
            "",
        )
    elif schedule.needs_both_days:
        message = f"a day must suit both day fields (AND), because one begins with `*`: {sentence(schedule)}"
        fix = ""
    else:
        message = f"it is enough if one of the two day fields suits (OR): {sentence(schedule)}"
        fix = _only_both(job, weekday)
    yield Finding("both-day-fields", WARNING, job.line, at(job.text, day.start), message, fix)


def _only_both(job: Job, weekday: Written) -> str:
    """The line that runs when both suit: the weekday becomes a test in the command."""
    numbers = [number or 7 for number in bits(job.schedule.weekdays)]
    dates = replace(job.schedule, weekdays=EVERY_WEEKDAY, weekday_star=True)
    if len(numbers) != 1 or not job.raw or not ever_runs(dates):
        return ""
    begin = len(job.text) - len(job.raw)
    command = f'[ "$(date +\\%u)" = {numbers[0]} ] && {job.raw.lstrip()}'
    return swap(job.text[:begin], weekday.start, weekday.start + len(weekday.text), "*") + command


def impossible_date(job: Job) -> Iterator[Finding]:
    """30 February: no such day, so the job never runs; the 31st: only in some months."""
    schedule = job.schedule
    written = written_fields(job)
    if not written or not schedule.minutes or not schedule.hours or not schedule.months:
        return
    dates_only = schedule.weekdays == EVERY_WEEKDAY and schedule.needs_both_days
    place = at(job.text, written[2].start)
    if schedule.days and not any(schedule.days & WHOLE[LONGEST_MONTHS[month]] for month in bits(schedule.months)):
        if ever_runs(schedule):
            message = "no month of this line has that day; only the weekday counts"
            yield Finding("impossible-date", WARNING, job.line, place, message)
        else:
            message = f"the job never runs: {why_never(schedule)}"
            yield Finding("impossible-date", FATAL, job.line, place, message)
    elif dates_only and schedule.days and not schedule.days & WHOLE[28]:
        lacking = [MONTHS[month] for month in bits(schedule.months) if not schedule.days & WHOLE[LONGEST_MONTHS[month]]]
        first = ORDINALS[bits(schedule.days)[0]]
        if lacking:
            message = f"the job does not run in {listing(lacking)}, where there is no {first}"
            yield Finding("short-month", NOTE, job.line, place, message)
