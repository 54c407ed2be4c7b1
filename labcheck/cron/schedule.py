"""A cron schedule, read the way Debian's cron 3.0pl1 reads it, oddities included.

The rules are those of `load_entry` in Debian's entry.c (`fields` has those of a single field). Whether the two
day fields are joined by AND or by OR hangs on the first character of each.
Text is handled as cron sees it, byte by byte (as Latin-1): a letter outside ASCII is several bytes of junk.
"""

import re
from dataclasses import dataclass
from typing import Final

from labcheck.cron.fields import DAY, EVERY_WEEKDAY, FIELDS, HOUR, MINUTE, MONTH, NUMBER_LIMIT, WEEKDAY, list_of
from labcheck.errors import UsageError


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a job runs: one bit mask a field, and which fields begin with a star.

    Bit n of `minutes` is minute n, of `days` day n (1-31), of `months` month n (1-12), of `weekdays` weekday
    n (0 is Sunday, to 6). `reboot` marks @reboot, which no clock time matches.
    """

    text: str
    minutes: int
    hours: int
    days: int
    months: int
    weekdays: int
    minute_star: bool = False
    hour_star: bool = False
    day_star: bool = False
    weekday_star: bool = False
    reboot: bool = False

    @property
    def is_wildcard(self) -> bool:
        """Whether cron treats it as a wildcard job when the clock changes (minute or hour begins with
        `*`)."""
        return self.minute_star or self.hour_star

    @property
    def needs_both_days(self) -> bool:
        """Whether a day must suit both day fields (AND); if not, one of them is enough (OR)."""
        return self.day_star or self.weekday_star

    def __str__(self) -> str:
        return self.text


class BadSchedule(UsageError):  # noqa: N818 - cron's verdict on a text
    """Cron refuses this schedule. `words` are cron's own; `column` (from 1) is where the refused field
    begins."""

    def __init__(self, words: str, text: str, column: int) -> None:
        super().__init__(f"cron refuses this schedule: {words} (at column {column} of {text!a})")
        self.words = words
        self.column = column


_EVERY: Final = (EVERY_WEEKDAY, MONTH.every, DAY.every, HOUR.every)
KEYWORDS: Final = {
    "reboot": Schedule("@reboot", 0, 0, 0, 0, 0, reboot=True),
    "yearly": Schedule("@yearly", 1, 1, 2, 2, EVERY_WEEKDAY, weekday_star=True),
    "annually": Schedule("@annually", 1, 1, 2, 2, EVERY_WEEKDAY, weekday_star=True),
    "monthly": Schedule("@monthly", 1, 1, 2, MONTH.every, EVERY_WEEKDAY, weekday_star=True),
    "weekly": Schedule("@weekly", 1, 1, DAY.every, MONTH.every, 1, day_star=True),
    "daily": Schedule("@daily", 1, 1, DAY.every, MONTH.every, EVERY_WEEKDAY),
    "midnight": Schedule("@midnight", 1, 1, DAY.every, MONTH.every, EVERY_WEEKDAY),
    "hourly": Schedule("@hourly", 1, HOUR.every, DAY.every, MONTH.every, EVERY_WEEKDAY, hour_star=True),
}
"""What each @word sets, bit for bit; only @hourly counts as a wildcard job."""

_FIVE = re.compile(r"[ \t]*" + r"([^ \t\n]+)[ \t]+" * 4 + r"([^ \t\n]+)[ \t]*")
_TOKEN = re.compile(r"([^ \t\n]*)[ \t]*")
_BLANKS = re.compile(r"[ \t]*")
_LEADING = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\n)*[ \t]*")


def as_cron_sees(text: str | bytes) -> str:
    """The bytes of a text, one character each, so that other code can look at them as cron does."""
    if isinstance(text, bytes):
        return text.decode("latin-1")
    if text.isascii():
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass").decode("latin-1")


def as_people_see(text: str) -> str:
    """The other way: the characters that the bytes make in UTF-8, a stray byte as a lone surrogate."""
    return text if text.isascii() else text.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def parse(text: str | bytes) -> Schedule:
    """Read a schedule: five fields or an @word, and nothing behind it. Raises `BadSchedule` with cron's
    words."""
    seen = as_cron_sees(text)
    schedule, end = scan(seen + "\n", 0)
    if end < len(seen):
        raise BadSchedule("bad username", seen, end + 1)
    return schedule


def verdict(text: str | bytes) -> str:
    """What cron says to a schedule: `ok`, its error words, or nothing for a comment."""
    if as_cron_sees(text).lstrip(" \t").startswith("#"):
        return ""
    try:
        parse(text)
    except BadSchedule as refused:
        return refused.words
    return "ok"


def scan(line: str, start: int) -> tuple[Schedule, int]:
    """Read the schedule of an entry that begins at `start`; return it and where the user or command begins.

    `line` is text as cron sees it, with its newline; where it ends, the file ends. Raises `BadSchedule`.
    """
    found = _FIVE.match(line, start)
    if found is None or "\xff" in line or line[found.start(1)] in "@#":
        return _scan_carefully(line, start)
    minute, hour, day, month, weekday = found.groups()
    minutes, hours = list_of(minute, MINUTE), list_of(hour, HOUR)
    days, months, weekdays = list_of(day, DAY), list_of(month, MONTH), list_of(weekday, WEEKDAY)
    if minutes < 0 or hours < 0 or days < 0 or months < 0 or weekdays < 0 or found.end() == len(line):
        return _scan_carefully(line, start)
    stars = (minute[0] == "*", hour[0] == "*", day[0] == "*", weekday[0] == "*")
    weekdays = _with_both_sundays(weekdays)
    text = line[found.start(1) : found.end(5)]
    return Schedule(text, minutes, hours, days, months, weekdays, *stars), found.end()


def _with_both_sundays(weekdays: int) -> int:
    """Weekday 7 is Sunday like 0; bit 0 stands for both."""
    return (weekdays | weekdays >> 7) & EVERY_WEEKDAY


def _scan_carefully(line: str, start: int) -> tuple[Schedule, int]:
    """The same, field by field: for @words, for the end of a file inside a field, and to say what is wrong.

    Cron keeps a character in a C `char`, where the byte 255 looks like the end of the file.
    """
    place = begin = _end_of(_LEADING, line, start)
    if line[place : place + 1] == "@":
        return _scan_keyword(line, place)
    masks: list[int] = []
    stars: list[bool] = []
    for field in FIELDS:
        token = _token(line, place)
        mask = list_of(token, field)
        after = _end_of(_TOKEN, line, place)
        if mask < 0 or after == len(line) or line[after] == "\xff":
            raise BadSchedule(field.error, line[begin:].rstrip("\n"), place - begin + 1)
        masks.append(mask)
        stars.append(token[0] == "*")
        end, place = place + len(token), after
    masks[4] = _with_both_sundays(masks[4])
    minute, hour, day, _, weekday = stars
    minutes, hours, days, months, weekdays = masks
    return Schedule(line[begin:end], minutes, hours, days, months, weekdays, minute, hour, day, weekday), place


def _scan_keyword(line: str, place: int) -> tuple[Schedule, int]:
    word = _token(line, place + 1).split("\0")[0][: NUMBER_LIMIT - 1]
    schedule = KEYWORDS.get(word)
    if schedule is None:
        raise BadSchedule("bad time specifier", line[place:].rstrip("\n"), 1)
    return schedule, _end_of(_BLANKS, line, place + 1 + len(word))


def _token(line: str, place: int) -> str:
    found = _TOKEN.match(line, place)
    return found.group(1) if found else ""


def _end_of(pattern: re.Pattern[str], line: str, place: int) -> int:
    found = pattern.match(line, place)
    return found.end() if found else place
