"""Lengths of time, intervals and times of day, as people write them: `24h02`, `twice a day`, `at 3 p.m.`."""

import re

from labcheck.rpo.durations import ANY_NUMBER_WORD, NUMBER_WORDS, THOUSANDS

MINUTE, HOUR, DAY = 60, 3600, 86400
UNITS = {
    "s": 1,
    "mi": MINUTE,
    "m": MINUTE,
    "h": HOUR,
    "d": DAY,
    "w": 7 * DAY,
    "mo": 30 * DAY,
    "y": 365 * DAY,
    "n": DAY,
    "f": 14 * DAY,
    "q": 91 * DAY,
}
NUMBER = rf"(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+(?:[.,]\d+)?|\b(?:half an?|quarter of an?|{ANY_NUMBER_WORD})\b)"
UNIT = (
    r"(?:seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|hr|h|days?|d|nights?|weeks?|wks?|w|months?|mo|years?|y|"
    r"fortnights?|quarters?(?: of a year)?(?! of an? (?:hour|day|week|month)))(?![A-Za-z])"
)
ASIDE = r"(?:\s+(?P<half>and a half))?(?:\s*\([^()]{1,20}\))?(?:\s+(?:of|full|whole|calendar|consecutive|business)\b)?"
"""What may stand between a number and its unit: `24 (twenty-four) hours`, `one and a half days`."""
LENGTH = re.compile(rf"(?P<number>{NUMBER}){ASIDE}\s*[-\u2010\u2011 ]?\s*\(?\s*(?P<unit>{UNIT})", re.IGNORECASE)
JOINED = re.compile(r"\s*,?\s*(?:and|plus|[+&:])?\s*")
MINUTES_BEHIND = re.compile(rf"(?<=\d)(\s?h)([0-5]?\d)(?![\d.,:]|\s*{UNIT})", re.IGNORECASE)
"""Minutes without a unit: `24h02`."""
EVERY = re.compile(
    rf"\b(?:every|each|once (?:in|every)|once per|per|"
    rf"once)\s+(?P<number>{NUMBER}\s*[-\u2010]?\s*)?(?P<unit>{UNIT})",
    re.IGNORECASE,
)
ADVERBS = {"hourly": HOUR, "daily": DAY, "nightly": DAY, "weekly": 7 * DAY, "monthly": 30 * DAY}
OFTEN = re.compile(
    r"\b(?P<count>twice|two times|three times|four times)\s+(?:a|per|each|every)\s+(?P<unit>day|week)\b", re.IGNORECASE
)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WEEKDAY = re.compile(r"\b(mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?\b", re.IGNORECASE)
RANGE_OF_DAYS = re.compile(
    rf"{WEEKDAY.pattern}\s*(?:-|\u2013|to|through|till|until)\s*{WEEKDAY.pattern}", re.IGNORECASE
)
TIME = re.compile(
    r"\b(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?:\s*(?P<half>[ap])\.?m\b\.?)?|"
    r"\b(?P<bare>1[0-2]|[1-9])\s*(?P<half2>[ap])\.?m\b",
    re.IGNORECASE,
)
NAMED_TIMES = {"midnight": 0, "noon": 12 * 60, "midday": 12 * 60}
NAMED_TIME = re.compile(r"\bat (midnight|noon|midday)\b", re.IGNORECASE)


def minute_of_day(found: re.Match[str]) -> int:
    """Return the minute of the day of a match of `TIME`."""
    hour, minute = int(found["hour"] or found["bare"]), int(found["minute"] or 0)
    half = (found["half"] or found["half2"] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour * 60 + minute


def interval(text: str) -> int | None:
    """Return the seconds of `every 6 hours`, `daily`, `twice a day`, `every Sunday`; None without any."""
    often = OFTEN.search(text)
    if often:
        count = {"twice": 2, "two times": 2, "three times": 3, "four times": 4}[often["count"].lower()]
        return UNITS[often["unit"][0].lower()] // count
    found = EVERY.search(text)
    if found:
        return round((number_of(found["number"] or "1") or 1) * unit_seconds(found["unit"]))
    lowered = text.lower()
    for word, seconds in ADVERBS.items():
        if re.search(rf"\b{word}\b", lowered):
            return seconds
    frequency = re.search(rf"(?:frequency|interval)\W+({NUMBER})\s*({UNIT})", text, re.IGNORECASE)
    if frequency:
        return round((number_of(frequency[1]) or 1) * unit_seconds(frequency[2]))
    every_weekday = re.search(rf"\b(?:every|each|on)\s+{WEEKDAY.pattern}", text, re.IGNORECASE)
    if every_weekday and not RANGE_OF_DAYS.search(text) and "," not in text and len(WEEKDAY.findall(text)) == 1:
        return 7 * DAY
    return None


def first_length(text: str) -> int | None:
    """Return the first length of time in a text, in seconds: `24h`, `1 day`, `1 hour and 30 minutes`."""
    text = MINUTES_BEHIND.sub(r"\1 \2min", text)
    found = LENGTH.search(text)
    if not found:
        return None
    total, end = 0.0, found.start()
    while found and found.start() == end:
        number = (number_of(found["number"]) or 0) + (0.5 if found["half"] else 0)
        total += number * unit_seconds(found["unit"])
        gap = JOINED.match(text, found.end())
        end = gap.end() if gap else found.end()
        found = LENGTH.match(text, end)
    return round(total) or None


def number_of(text: str) -> float | None:
    """Return the number of `24`, `1,5`, `two` or `half an`."""
    word = text.strip().rstrip("-\u2010 ").lower()
    if word in ("half a", "half an"):
        return 0.5
    if word in ("quarter of a", "quarter of an"):
        return 0.25
    if word in NUMBER_WORDS:
        return NUMBER_WORDS[word]
    try:
        return float(THOUSANDS.sub("", word).replace(",", "."))
    except ValueError:
        return None


def unit_seconds(unit: str) -> int:
    """Return the seconds of a unit of time."""
    word = unit.lower()
    return UNITS.get(word[:2], UNITS[word[0]]) if word != "m" else MINUTE
