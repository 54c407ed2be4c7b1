"""A whole crontab: will cron load it, what does it log if not, and which jobs come out of it.

This is `load_user` of Debian's user.c over `load_env` and `load_entry`: the first bad line makes cron ignore
the whole file. We read on behind it, so that a reader learns about all bad lines at once.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from labcheck.cron.accounts import ANY, Accounts
from labcheck.cron.command import split_command
from labcheck.cron.schedule import BadSchedule, Schedule, scan
from labcheck.cron.settings import Setting, environment, read_setting
from labcheck.cron.source import Source

LONGEST_COMMAND: Final = 998
MOST_REFUSALS: Final = 100
"""After so many bad lines the rest is not read: the file is ignored since the first, and people have seen enough."""
MOST_SHOWN: Final = 2000
"""Characters of a refused line that are kept."""
MOST_LINES: Final = 10_003
"""Lines up to the last job or setting; MAX_TAB_LINES plus the three that `crontab` would put on top."""

_STRING_END = re.compile(r"[\n\0]")
_USER_END = re.compile(r"[ \t\0]")
_BLANKS = re.compile(r"[ \t]*")


@dataclass(frozen=True, slots=True)
class Job:
    """One entry: where it stands, when, as whom, and the command as written (`raw`)."""

    line: int
    column: int
    schedule: Schedule
    user: str
    raw: str
    text: str
    home: str
    above: tuple[Setting, ...] = field(repr=False, compare=False)

    @property
    def command(self) -> str:
        """What the shell is given: the command up to the first `%`."""
        return split_command(self.raw)[0]

    @property
    def stdin(self) -> str:
        """What the command can read: the text behind the first `%`."""
        return split_command(self.raw)[1]

    @property
    def shell(self) -> str:
        """The program that is given the command: the last SHELL above the job, or /bin/sh."""
        return next((setting.value for setting in reversed(self.above) if setting.name == "SHELL"), "/bin/sh")

    @property
    def environment(self) -> dict[str, str]:
        """The variables that cron sets for the command."""
        settings = {setting.name: setting.value for setting in self.above}
        return environment(settings, self.user, self.home)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A line that cron refuses, with cron's words, the column (from 1) and the line itself."""

    line: int
    column: int
    words: str
    text: str


@dataclass(frozen=True)
class Crontab:
    """What a file means to cron. `items` holds every line that cron would look at, also behind a bad one."""

    name: str
    user: str | None
    loaded: bool
    log: tuple[str, ...]
    items: tuple[Job | Setting | Refusal, ...]
    is_terminated: bool = True
    is_too_long: bool = False

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs that run: none if the file is ignored. They stand in file order; cron holds them in
        reverse."""
        return self.written_jobs if self.loaded else ()

    @property
    def written_jobs(self) -> tuple[Job, ...]:
        """All lines that are jobs, whether or not cron loads the file."""
        return tuple(item for item in self.items if isinstance(item, Job))

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """All lines that cron would refuse; it sees only the first."""
        return tuple(item for item in self.items if isinstance(item, Refusal))


def label(name: str, user: str | None) -> str:
    """How cron's log calls a crontab: `*system*mysql-backup`, or the user's name."""
    if user is not None:
        return user
    return "*system*" if name == "/etc/crontab" else f"*system*{name}"


def read_crontab(
    content: bytes | Iterable[bytes], name: str, *, accounts: Accounts = ANY, user: str | None = None
) -> Crontab:
    """Read a file of /etc/cron.d called `name`, or with `user` that user's own crontab (no user column).

    `content` is its bytes, or blocks of them. Any bytes have a verdict. `/etc/crontab` is a name, too.
    """
    reader = _Reader(Source(content), accounts, user)
    items = tuple(reader.items())
    first = next((item for item in items if isinstance(item, Refusal)), None)
    who = label(name, user)
    log: tuple[str, ...] = ()
    if first is not None and reader.bad_line != 0:
        log = (f"Error: {first.words}; while reading {_place(name, user)}", _error(who, "Syntax error,"))
    elif not reader.is_terminated:
        log = (_error(who, "Missing newline before EOF,"),)
    elif reader.is_too_long:
        log = (_error(who, "crontab must not be longer than 10000 lines,"),)
    return Crontab(name, user, not log, log, items, reader.is_terminated, reader.is_too_long)


def _error(who: str, why: str) -> str:
    return f"({who}) ERROR ({why} this crontab file will be ignored)"


def _place(name: str, user: str | None) -> str:
    if user is not None:
        return f"crontab for user {user}"
    return name if name == "/etc/crontab" else f"/etc/cron.d/{name}"


class _Reader:
    """Goes through a source once; notes on the way what decides about the whole file."""

    def __init__(self, source: Source, accounts: Accounts, user: str | None) -> None:
        self.source = source
        self.accounts = accounts
        self.user = user
        self.above: tuple[Setting, ...] = ()
        self.bad_line = 0
        self.refusals = 0
        self.is_terminated = True
        self.is_too_long = False

    def items(self) -> Iterator[Job | Setting | Refusal]:
        """Every job, setting and refused line, until the end or until cron would stop counting lines."""
        while not self.is_over() and (line := self.source.next_line()) is not None:
            place = 0
            while (place := _blanks_end(line, place)) < len(line) and line[place] not in "\n#":
                if not _STRING_END.search(line, place):
                    self.is_terminated = False
                    line += "\n"
                item, place = self.item(line, place)
                yield item
                if isinstance(item, Refusal):
                    self.refusals += 1
                    self.bad_line = self.bad_line or (item.line if self.is_terminated else 0)
                    break
                lines = self.source.line_number + (place >= len(line))
                self.is_too_long = lines > MOST_LINES + 1 and not self.bad_line and self.is_terminated

    def is_over(self) -> bool:
        """Whether nothing further can matter, to cron or to a reader."""
        refused_and_long = self.bad_line and self.source.line_number > MOST_LINES
        return bool(self.is_too_long or refused_and_long or self.refusals >= MOST_REFUSALS)

    def item(self, line: str, place: int) -> tuple[Job | Setting | Refusal, int]:
        """What stands at a place of a line, and where the next thing begins."""
        stop = _string_end(line, place)
        number = self.source.line_number
        setting = read_setting(line[place:stop], number)
        if setting is not None:
            self.above = (*self.above, setting)
            return setting, stop + 1
        try:
            schedule, after = scan(line, place)
        except BadSchedule as refused:
            return Refusal(number, place + refused.column, refused.words, line[:MOST_SHOWN].rstrip("\n")), stop + 1
        if self.user is not None:
            return self.own_job(line, place, schedule, after)
        return self.system_job(line, place, schedule, after)

    def own_job(self, line: str, place: int, schedule: Schedule, after: int) -> tuple[Job | Refusal, int]:
        if line[after : after + 1] == "*":
            return Refusal(self.source.line_number, after + 1, "bad command", line[:MOST_SHOWN].rstrip("\n")), len(line)
        return self.job(line, place, schedule, self.user or "", after)

    def system_job(self, line: str, place: int, schedule: Schedule, after: int) -> tuple[Job | Refusal, int]:
        """The user is read up to a blank, over the end of the line if need be; then the command follows."""
        blank = _USER_END.search(line, after)
        if blank is None:
            words = "bad username" if self.source.blank_follows() else "bad command"
            return Refusal(self.source.line_number, after + 1, words, line[:MOST_SHOWN].rstrip("\n")), len(line)
        user = line[after : blank.start()]
        if not self.accounts.exists(user):
            return Refusal(self.source.line_number, after + 1, "bad username", line[:MOST_SHOWN].rstrip("\n")), len(
                line
            )
        return self.job(line, place, schedule, user, blank.end())

    def job(self, line: str, place: int, schedule: Schedule, user: str, begin: int) -> tuple[Job | Refusal, int]:
        stop = _string_end(line, begin)
        number = self.source.line_number
        raw, text = line[begin:stop], line.rstrip("\n")
        if len(raw) > LONGEST_COMMAND or stop == len(line):
            words = "command too long" if len(raw) > LONGEST_COMMAND else "bad command"
            return Refusal(number, begin + 1, words, text), stop + 1
        return Job(number, place + 1, schedule, user, raw, text, self.accounts.home(user), self.above), stop + 1


def _blanks_end(line: str, place: int) -> int:
    found = _BLANKS.match(line, place)
    return found.end() if found else place


def _string_end(line: str, place: int) -> int:
    """Where get_string() stops: at a newline, at a NUL, or at the end of the file."""
    found = _STRING_END.search(line, place)
    return found.start() if found else len(line)
