"""The main loop of Debian's cron.c, over a clock that we turn: all in seconds and in minutes of local time."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from labcheck.cron.schedule import Schedule
from labcheck.cron.times import MINUTE, matches

EPOCH: Final = datetime(1970, 1, 1)

FAR: Final = 180  # minutes; 3 * MINUTE_COUNT in cron.c

PAUSE_SECONDS: Final = 10

Offset = Callable[[int], int]
"""Seconds of POSIX time to what local time is ahead of it, in seconds."""


def catch_up(schedules: Sequence[Schedule], offset: Offset, turn: int) -> tuple[list[tuple[int, int]], int]:
    """Follow the main loop from just before the second `turn` until virtual time and clock agree again.

    Returns the starts (POSIX second, place of the schedule) and the second from which all is as usual.
    """
    loop = _Loop(schedules, offset, turn - 1)
    while loop.now < turn or loop.virtual != loop.running:
        loop.wake()
    return loop.starts, (loop.running + 1) * 60 - offset(loop.now)


class _Loop:
    """Cron's main loop over a clock that we turn: all in whole seconds and minutes of local time."""

    def __init__(self, schedules: Sequence[Schedule], offset: Offset, now: int) -> None:
        self.schedules = schedules
        self.offset = offset
        self.now = now
        self.starts: list[tuple[int, int]] = []
        self.queue: list[int] = []
        self.running = self.virtual = self.clock()

    def clock(self) -> int:
        return (self.now + self.offset(self.now)) // 60

    def wake(self) -> None:
        """Sleep into the next minute of the clock and do what cron does there."""
        while self.clock() == self.running:
            self.now += max(1, (self.running + 1) * 60 + 1 - self.now - self.offset(self.now))
        self.running = self.clock()
        ahead = self.running - self.virtual
        if 0 < ahead <= 5:
            self.run_missed(wildcard=True)
        elif 5 < ahead <= FAR:
            self.find(self.running, wildcard=True, fixed=False)
            self.run_missed(wildcard=False)
        elif -FAR < ahead <= 0:
            self.find(self.running, wildcard=True, fixed=False)
        else:
            self.virtual = self.running
            self.find(self.running, wildcard=True, fixed=True)
        self.run_queue()

    def run_missed(self, *, wildcard: bool) -> None:
        """Go through virtual minutes; when only fixed-time jobs are caught up, stop as the clock goes on."""
        while True:
            if self.run_queue():
                self.now += PAUSE_SECONDS
            self.virtual += 1
            self.find(self.virtual, wildcard=wildcard, fixed=True)
            if self.virtual >= self.running or (not wildcard and self.clock() != self.running):
                return

    def find(self, minute: int, *, wildcard: bool, fixed: bool) -> None:
        wall = EPOCH + minute * MINUTE
        for job, schedule in enumerate(self.schedules):
            if (wildcard if schedule.is_wildcard else fixed) and matches(schedule, wall):
                self.queue.append(job)

    def run_queue(self) -> bool:
        started = bool(self.queue)
        self.starts += [(self.now, job) for job in self.queue]
        self.queue.clear()
        return started
