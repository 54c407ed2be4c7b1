"""Lengths of time as people type them (`90s`, `24h`, `1h30m`), as duplicity writes them (`30D`), and as read."""

import re
from datetime import UTC, datetime

from labcheck.errors import UsageError

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
DUPLICITY_SECONDS = {"s": 1, "m": 60, "h": 3600, "D": 86400, "W": 604800, "M": 30 * 86400, "Y": 365 * 86400}
TYPED = re.compile(r"(?:\d+(?:\.\d+)?[smhdw]\s*)+|0", re.IGNORECASE)
PIECE = re.compile(r"(\d+(?:\.\d+)?)([smhdw])", re.IGNORECASE)


def parse_duration(text: str) -> int:
    """Return the seconds of `90s`, `1m`, `1h30m`, `24h` or `7d`; raise UsageError for anything else."""
    if not TYPED.fullmatch(text.strip()):
        raise UsageError(f"`{text}` is not a length of time", "Write it like 90s, 1m, 1h30m, 24h or 7d.")
    return round(sum(float(number) * SECONDS[unit.lower()] for number, unit in PIECE.findall(text)))


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
