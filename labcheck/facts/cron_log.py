"""Facts about what cron did: its lines in /var/log/syslog, or in the journal of a host that has no such file.

Best asked as root; otherwise the user must be in the group `adm`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from labcheck.errors import UnreadableAnswer
from labcheck.facts.cron import answer_to
from labcheck.hosts import Host

LOG_BYTES = 20_000_000
KEPT_BYTES = 900_000
DAYS = 15
# The host's time and zone, then cron's lines, oldest first: of the file and the one before it, or of the journal.
SCRIPT = rf"""
date +%Y-%m-%dT%H:%M:%S%:z
if [ -e /var/log/syslog ]; then
    for file in /var/log/syslog.1 /var/log/syslog; do
        if [ -e "$file" ]; then tail --bytes={LOG_BYTES} -- "$file" || exit 3; fi
    done | grep --text --ignore-case -E '^[^[]{{10,80}}[ /]cron(\[[0-9]+]:| [0-9]+ - -) ' | tail --bytes={KEPT_BYTES}
    [ -r /var/log/syslog ] || exit 3
else
    journalctl --quiet --no-pager --output=short-iso --since='{DAYS} days ago' --identifier=cron --identifier=CRON |
        tail --bytes={KEPT_BYTES}
fi
"""
LINE = re.compile(
    r"(?:<\d{1,3}>1 )?(?P<stamp>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)"
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)"
    r" \S+ (?:/usr/sbin/)?(?i:cron)(?:\[\d+\]:| \d+ - -) (?P<said>.*)"
)
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
COMMAND = re.compile(r"\((?P<user>[^)]+)\) CMD \((?P<command>.*)\)")
TROUBLE = re.compile(r"Error: |\([^)]*\) (?!INFO |RELOAD |STARTUP |CMD )[A-Za-z]")


@dataclass(frozen=True)
class CommandRun:
    """One start of a job: when (aware), as whom, and the command as cron logged it."""

    when: datetime
    user: str
    command: str


@dataclass(frozen=True)
class CronLog:
    """What cron ran and what it complained of, oldest first, and what time it was on the host."""

    now: datetime
    runs: tuple[CommandRun, ...]
    complaints: tuple[str, ...]


def cron_log(host: Host) -> CronLog:
    """Return what cron logged on a host; raises `UnexpectedStatus` or `UnreadableAnswer`."""
    return parse_cron_log(answer_to(host, SCRIPT, "cron's log"))


def parse_cron_log(text: str) -> CronLog:
    """Read the answer to `SCRIPT`, in any of rsyslog's formats; a stamp such as `Oct 31 18:29:01` is the last such day.

    Raises `UnreadableAnswer` for lines of which none can be read.
    """
    first, *lines = text.split("\n")
    now = _date(first)
    if now is None or now.tzinfo is None:
        raise UnreadableAnswer(f"{first[:80]!r} is no time with its zone")
    said = list(_said(lines, now))
    if not said and any(lines):
        raise UnreadableAnswer(f"of cron's lines in the log none can be read, such as {lines[0][:80]!r}")
    runs = (CommandRun(when, found["user"], found["command"]) for when, found in _commands(said))
    complaints = tuple(words for _, words in said if TROUBLE.match(words))
    return CronLog(now, tuple(runs), complaints)


def _said(lines: list[str], now: datetime) -> Iterator[tuple[datetime, str]]:
    for line in lines:
        if found := LINE.fullmatch(line):
            when = _moment(found["stamp"], now)
            if when is not None:
                yield when, found["said"]


def _commands(said: list[tuple[datetime, str]]) -> Iterator[tuple[datetime, re.Match[str]]]:
    for when, words in said:
        if found := COMMAND.fullmatch(words):
            yield when, found


def _moment(stamp: str, now: datetime) -> datetime | None:
    """Return the instant of a stamp, None for a day that there is not; one without a year is not in the future."""
    if stamp[0].isdecimal():
        return _date(stamp)
    month, day, clock = stamp.split()
    if month not in MONTHS:
        return None
    numbers = f"{MONTHS.index(month) + 1:02}-{int(day):02}T{clock}"
    latest = now + timedelta(days=1)
    guesses = (_date(f"{year}-{numbers}{now:%z}") for year in (now.year + 1, now.year, now.year - 1))
    return next((guess for guess in guesses if guess and guess <= latest), None)


def _date(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
