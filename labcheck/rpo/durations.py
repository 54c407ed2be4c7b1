"""Lengths of time as people type them (`24h`, `1 day and 2 min`, `24:02`), as duplicity writes them, and as read."""

import re
from datetime import UTC, datetime

from labcheck.errors import UsageError

WORDS = {
    "s sec secs second seconds": 1,
    "m min mins minute minutes": 60,
    "h hr hrs hour hours": 3600,
    "d day days": 86400,
    "w week weeks": 604800,
}
SECONDS = {word: size for words, size in WORDS.items() for word in words.split()}
DUPLICITY_SECONDS = {"s": 1, "m": 60, "h": 3600, "D": 86400, "W": 604800, "M": 30 * 86400, "Y": 365 * 86400}
NUMBER_WORDS = {
    "a": 1, "an": 1, "single": 1, "one": 1, "two": 2, "couple": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fourteen": 14, "fifteen": 15,
}  # fmt: skip
TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
NUMBER_WORDS |= TENS | {
    f"{ten}{between}{one}": TENS[ten] + NUMBER_WORDS[one]
    for ten in TENS
    for one in ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    for between in "- "
}
ANY_NUMBER_WORD = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
IN_WORDS = re.compile(rf"\b(?:{ANY_NUMBER_WORD})\b")
NUMBER = r"([0-9]{1,3}(?:[,\s][0-9]{3})+|[0-9]{1,12}(?:[.,][0-9]{1,9})?)"
THOUSANDS = re.compile(r"[,\s](?=[0-9]{3}(?:[,\s]|$))")
UNIT = "|".join(sorted(SECONDS, key=len, reverse=True))
PIECE = re.compile(rf"(?<![0-9.]){NUMBER}\s*({UNIT})(?![a-z])\.?")
BETWEEN = re.compile(r"[\s,+&:]*(?:\b(?:and|plus)\b)?\s*")
ABOUT = re.compile(r"(?:[~≈=]|(?:about|around|roughly|circa|exactly|at most|up to)\b)\s*")
CLOCK = re.compile(
    r"(?:([0-9]{1,6})\s*d(?:ays?)?[\s,]+)?([0-9]{1,12}):([0-5][0-9])(?::([0-5][0-9]))?(?:\s*(?:h|hrs|hours?))?"
)
MINUTES_AT_END = re.compile(r"(.*[0-9]\s*h)\s*([0-5]?[0-9])")
ISO_8601 = re.compile(r"p([0-9.,]+[wd])?(?:t((?:[0-9.,]+[hms])+))?")


def parse_duration(text: str) -> int:
    """Return the seconds of `90s`, `1h30m`, `24 hours and 2 minutes`, `a day, 2 min`, `24h02`, `24:02` or `PT24H2M`.

    Case does not matter. A comma before three digits parts thousands, any other is a decimal point.
    Raise UsageError for anything else.
    """
    typed = IN_WORDS.sub(_in_digits, ABOUT.sub("", text.strip().lower(), count=1))
    if clock := CLOCK.fullmatch(typed):
        return sum(int(part or 0) * size for part, size in zip(clock.groups(), (86400, 3600, 60, 1), strict=True))
    if typed == "0":
        return 0
    if iso := ISO_8601.fullmatch(typed):
        typed = f"{iso[1] or ''} {iso[2] or ''}"
    if short := MINUTES_AT_END.fullmatch(typed):
        typed = f"{short[1]} {short[2]}m"
    pieces = PIECE.findall(typed)
    if not pieces or BETWEEN.sub("", PIECE.sub("", typed)):
        raise UsageError(f"`{text}` is not a length of time", "Write it like 90s, 1h30m, 24:02 or 7 days.")
    return round(sum(float(THOUSANDS.sub("", number).replace(",", ".")) * SECONDS[unit] for number, unit in pieces))


def _in_digits(words: re.Match[str]) -> str:
    return str(NUMBER_WORDS[words[0]])


def duplicity_interval(text: str) -> int | None:
    """Return the seconds of duplicity's `30D` or `1Y2M`; None for a date or for what it would refuse.

    duplicity(1), TIME FORMATS: s, m, h, D, W, M (30 days) and Y (365 days); upper and lower case differ.
    """
    if text.isdecimal():
        return None
    if not re.fullmatch(r"(?:\d+[smhDWMY])+", text):
        return None
    return sum(int(number) * DUPLICITY_SECONDS[unit] for number, unit in re.findall(r"(\d+)([smhDWMY])", text))


def hours(seconds: int) -> str:
    """Return a recovery point as it is read out: `24h 02m`, with seconds only where there are any."""
    whole, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    return f"{whole}h {minutes:02}m" + (f" {left:02}s" if left else "")


def length(seconds: int) -> str:
    """Return a length of time in the largest units that fit: `1 min`, `35 d 1 h`, `no time`."""
    left, words = abs(seconds), []
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            words.append(f"{count} {unit}")
    return " ".join(words) or "no time"


def stamp(instant: int) -> datetime:
    """Return the instant of a number of seconds since 1970, in UTC."""
    return datetime.fromtimestamp(instant, UTC)
