"""The five fields of a schedule: their bounds and names, and how Debian's cron reads the text of one.

These are `get_list`, `get_range` and `get_number` of entry.c: a list of ranges, each a bit mask; a reversed range is
empty, numbers wrap like a C int, and what follows the last complete range is not looked at.
"""

import re
from dataclasses import dataclass
from typing import Final

NUMBER_LIMIT: Final = 1000  # MAX_TEMPSTR: a number of so many characters is refused

BAD: Final = -1


@dataclass(frozen=True, slots=True)
class Field:
    """One of the five fields: its name, cron's error words, its bounds and the names that it knows."""

    name: str
    error: str
    low: int
    high: int
    every: int
    names: dict[str, int]
    singles: dict[str, int]
    """Whole fields of one value (`5`, `mon`) and the bit that each sets."""


def _field(name: str, low: int, high: int, names: tuple[str, ...] = ()) -> Field:
    known = {word: low + place for place, word in enumerate(names)}
    numbers = {str(value): 1 << value for value in range(low, high + 1)}
    numbers |= {f"{value:02}": 1 << value for value in range(low, min(high, 9) + 1)}
    words = {form: 1 << known[word] for word in known for form in (word, word.upper(), word.title())}
    return Field(name, f"bad {name}", low, high, (1 << high + 1) - (1 << low), known, numbers | words)


MONTH_NAMES: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

WEEKDAY_NAMES: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")

MINUTE: Final = _field("minute", 0, 59)

HOUR: Final = _field("hour", 0, 23)

DAY: Final = _field("day-of-month", 1, 31)

MONTH: Final = _field("month", 1, 12, MONTH_NAMES)

WEEKDAY: Final = _field("day-of-week", 0, 7, WEEKDAY_NAMES)

FIELDS: Final = (MINUTE, HOUR, DAY, MONTH, WEEKDAY)

EVERY_WEEKDAY: Final = 0b1111111

RANGE: Final = re.compile(r"(?:\*|([0-9A-Za-z]+)(-[0-9A-Za-z]*)?)(/[0-9A-Za-z]*)?")
"""One range of a list; its groups are the first number (none after `*`), `-last` and `/step`."""

_STEPS = [0, *(sum(1 << place for place in range(0, 64, step)) for step in range(1, 64))]


def list_of(token: str, field: Field) -> int:
    """The mask that a field's text sets, or `BAD`. What follows the last complete range is not looked at."""
    if token == "*":  # noqa: S105 - a field of a schedule, no password
        return field.every
    single = field.singles.get(token)
    if single is not None:
        return single
    mask = place = 0
    while True:
        found = RANGE.match(token, place)
        part = range_of(found, field) if found else BAD
        if found is None or part < 0:
            return BAD
        mask |= part
        place = found.end()
        after = token[place : place + 1]
        if after != ",":
            return BAD if after == "\xff" else mask
        place += 1


def range_of(found: re.Match[str], field: Field) -> int:
    """The mask of one range (a match of `RANGE`), or `BAD`; a reversed range sets nothing."""
    first, dash, slash = found.groups()
    low, high, step = field.low, field.high, 1
    if first is not None:
        low = high = number_of(first, field.names)
        if dash is None:
            return BAD if slash or not field.low <= low <= field.high else 1 << low
        high = number_of(dash[1:], field.names)
    if slash is not None:
        step = number_of(slash[1:], {})
    if step <= 0 or not (field.low <= low <= field.high and field.low <= high <= field.high):
        return BAD
    if low > high:
        return 0
    pattern = _STEPS[step] if step < 64 else 1
    return pattern << low & (1 << high + 1) - 1


def number_of(token: str, names: dict[str, int]) -> int:
    """A name's number or a number's value as a C int (so 4294967301 is 5), or `BAD`."""
    if not token.isdigit():
        return names.get(token.lower(), BAD)
    if len(token) < 10:
        return int(token)
    if len(token) >= NUMBER_LIMIT:
        return BAD
    wrapped = min(int(token), (1 << 63) - 1) & 0xFFFFFFFF
    return wrapped - (1 << 32) if wrapped >= 1 << 31 else wrapped
