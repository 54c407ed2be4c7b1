"""Hazards that need more than one line: the file's name and end, jobs in the same minute, the hour of a clock
change."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from typing import Final

from labcheck.cron.clock_changes import Change, changes, starts_at_change
from labcheck.cron.crontab import Crontab, Job, Refusal
from labcheck.cron.file_rules import name_is_seen
from labcheck.cron.hazards.finding import FATAL, NOTE, WARNING, Finding, Severity, at, swap
from labcheck.cron.phrases import clock, listing
from labcheck.cron.schedule import Schedule
from labcheck.cron.times import bits, day_masks, matches
from labcheck.visible import visible

_USER_WORD = re.compile(r"[ \t]*(root|www-data|nobody|daemon|backup)[ \t]+")
RARE: Final = 6
"""A job with more starts a day is not one of two that are meant to start one after the other."""
RISKY_HOURS: Final = {2, 3}
"""Hours that clocks skip or repeat in most of Europe and America, asked when no zone is known."""


def file_name(crontab: Crontab) -> Iterator[Finding]:
    """A dot in the name: cron passes the file over without a word."""
    if crontab.user is not None or crontab.name == "/etc/crontab" or name_is_seen(crontab.name):
        return
    shown = visible(crontab.name)
    better = "".join(
        letter if (letter.isascii() and letter.isalnum()) or letter in "-_" else "-" for letter in crontab.name
    )
    message = f"cron passes over a file called `{shown}` without a word: a name has only letters, digits, - and _"
    yield Finding("file-name", FATAL, 0, 1, message, better.strip("-"))


def final_newline(crontab: Crontab) -> Iterator[Finding]:
    """The last line has no newline: the whole file is ignored."""
    if not crontab.is_terminated and crontab.items:
        last = crontab.items[-1]
        message = "the last line does not end with a newline, so cron ignores the whole file"
        yield Finding("no-final-newline", FATAL, last.line, at(last.text, len(last.text)), message, last.text + "\n")


def too_many_lines(crontab: Crontab) -> Iterator[Finding]:
    """More lines than cron reads."""
    if crontab.is_too_long:
        message = "cron ignores a crontab of more than 10,000 lines"
        yield Finding("too-many-lines", FATAL, crontab.items[-1].line, 1, message)


def line_continuation(crontab: Crontab) -> Iterator[Finding]:
    """A backslash at the end of a line continues nothing."""
    following = {item.line: item for item in crontab.items}
    for job in crontab.written_jobs:
        if not job.raw.rstrip("\r").endswith("\\"):
            continue
        after = following.get(job.line + 1)
        joined = job.text.rstrip("\r").removesuffix("\\") + (after.text.lstrip(" \t") if after else "")
        message = (
            "cron knows no continued lines: the backslash goes to the command, and the line below must stand for itself"
        )
        severity: Severity = FATAL if isinstance(after, Refusal) else WARNING
        yield Finding("line-continuation", severity, job.line, at(job.text, len(job.text) - 1), message, joined)


def user_in_own_crontab(crontab: Crontab) -> Iterator[Finding]:
    """`0 0 * * * root /x` in a user's own crontab: the user name is run as a command."""
    for job in crontab.written_jobs if crontab.user is not None else ():
        found = _USER_WORD.match(job.raw)
        if found:
            begin = len(job.text) - len(job.raw)
            start, end = begin + found.start(1), begin + found.end()
            message = f"a user's own crontab has no user column: cron runs `{found[1]}` as a command"
            fix = swap(job.text, start, end, "")
            yield Finding("user-in-own-crontab", WARNING, job.line, at(job.text, start), message, fix)


def late_setting(crontab: Crontab) -> Iterator[Finding]:
    """A setting below the last job changes nothing."""
    jobs = crontab.written_jobs
    if not jobs:
        return
    for item in crontab.items:
        if item.line > jobs[-1].line and not isinstance(item, Job | Refusal):
            message = "a setting holds only for the jobs below it, and there are none"
            yield Finding("late-setting", WARNING, item.line, 1, message)


def same_minute(crontab: Crontab) -> Iterator[Finding]:
    """Two jobs of a file that start in the same minute: the lower line first, and neither waits for the
    other."""
    slots: dict[tuple[int, int], list[Job]] = defaultdict(list)
    for job in crontab.written_jobs:
        schedule = job.schedule
        if schedule.minutes.bit_count() * schedule.hours.bit_count() > RARE:
            continue
        times = [(hour, minute) for hour in bits(schedule.hours) for minute in bits(schedule.minutes)]
        met = next(
            (other for time in times for other in slots[time][-RARE:] if _share_a_day(other.schedule, schedule)),
            None,
        )
        for time in times:
            slots[time].append(job)
        if met is not None:
            message = f"starts in the same minute as line {met.line}; cron starts the lower line first"
            yield Finding("same-minute", WARNING, job.line, job.column, message)


def _share_a_day(one: Schedule, other: Schedule) -> bool:
    if not one.months & other.months:
        return False
    rows = zip(day_masks(one), day_masks(other), strict=True)
    return any(mine & theirs for row, others in rows for mine, theirs in zip(row, others, strict=True))


def clock_change(crontab: Crontab, zone: tzinfo | None, year: int) -> Iterator[Finding]:
    """A job in the hour that the clock skips or repeats."""
    turns = list(changes(zone, datetime(year, 1, 1), datetime(year + 1, 1, 1))) if zone else []
    for job in crontab.written_jobs:
        schedule = job.schedule
        if schedule.reboot or schedule.hours.bit_count() > RARE:
            continue
        if zone is None:
            hours = [hour for hour in bits(schedule.hours) if hour in RISKY_HOURS]
            if hours and schedule.minutes:
                message = f"runs between {clock(hours[0], 0)} and {clock(hours[-1], 59)}, which {_risk(schedule)}"
                yield Finding("clock-change", NOTE, job.line, job.column, message)
            continue
        affected = [text for turn in turns if (text := _effect(job, turn, zone))]
        if affected:
            yield Finding("clock-change", NOTE, job.line, job.column, "; ".join(affected))


def _risk(schedule: Schedule) -> str:
    if schedule.is_wildcard:
        return "many clocks skip in spring and repeat in autumn: it is then left out, or runs twice as often"
    return "many clocks skip in spring: the job then starts late, as soon as the clock has jumped"


def _effect(job: Job, turn: Change, zone: tzinfo) -> str:
    """What one change of the clock does to a job, or nothing."""
    old, new = turn.instant + turn.before, turn.instant + turn.after
    first, last = (old, new) if new > old else (new, old)
    minutes = int((last - first).total_seconds()) // 60
    if minutes > 24 * 60:
        return ""
    hit = _runs_between(job.schedule, first, minutes)
    if not hit:
        return ""
    starts = [start.wall.strftime("%H:%M:%S") for start in starts_at_change(turn, [job.schedule], zone)]
    what = f"on {old.day} {old:%B %Y} the clock goes from {old:%H:%M} to {new:%H:%M}"
    if new > old:
        return f"{what}: {hit} run{'s' if hit > 1 else ''} in the skipped time, {_caught_up(job, starts)}"
    return f"{what}: " + (
        "runs again in the repeated time" if job.schedule.is_wildcard else "runs once, in the first pass"
    )


def _caught_up(job: Job, starts: list[str]) -> str:
    if job.schedule.is_wildcard:
        return "left out by cron because the job is a wildcard job"
    return f"made up for at {listing(starts[:3])}{' and on' if len(starts) > 3 else ''}"


def _runs_between(schedule: Schedule, first: datetime, minutes: int) -> int:
    return sum(matches(schedule, first + timedelta(minutes=minute)) for minute in range(minutes))
