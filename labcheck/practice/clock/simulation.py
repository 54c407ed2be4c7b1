"""Time passing: jobs start when they are due by a simulated clock, and overlap as their durations make them.

The rule: while any job runs, simulated time passes as real time does; while none runs, it jumps to what is due next.
So a job that is due a minute after another starts when that one has ended, or, if it takes longer than a minute,
a minute after its start and beside it. Jobs due in one minute start at once, a crontab's last line first, as with cron.
"""

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from queue import Empty, SimpleQueue

from labcheck.cron.schedule import as_people_see
from labcheck.errors import LabcheckError
from labcheck.practice.clock import journal
from labcheck.practice.clock.agenda import Start
from labcheck.practice.clock.runner import Changed, Ended, Lost, News, Runner, Settled
from labcheck.practice.clock.workload import Addition

ENDED_BY_LIMIT = {124, 137}
NO_STATUS = -1
"""The status of a job whose host went away."""
SETTLING_SECONDS = 60.0

Note = Callable[[journal.Entry], None]
AddRow = Callable[[str], None]


class Clock:
    """The simulated clock: `offset` whole seconds from the real one."""

    def __init__(self, start: int) -> None:
        self.offset = start - int(time.time())

    def now(self) -> float:
        """Return the simulated instant."""
        return time.time() + self.offset

    def jump(self, instant: int) -> None:
        """Go on to an instant, if it is still ahead."""
        self.offset = max(self.offset, instant - int(time.time()))


class Simulation:
    """Runs starts and additions in order; what happens goes to `note`."""

    def __init__(
        self,
        runners: Mapping[str, Runner],
        news: "SimpleQueue[News]",
        clock: Clock,
        limit_seconds: int,
        note: Note,
        add_row: AddRow,
    ) -> None:
        self._runners = dict(runners)
        self._news = news
        self._clock = clock
        self._limit_seconds = limit_seconds
        self._note = note
        self._add_row = add_row
        self._running: dict[int, tuple[Start, float]] = {}
        self._busy_since = 0.0
        self._number = 0

    @property
    def lost_hosts(self) -> set[str]:
        """The hosts that have gone away."""
        return {host for host, runner in self._runners.items() if runner.is_lost}

    def run(self, events: Sequence[Start | Addition], tell: Callable[[float], None]) -> None:
        """Run everything; `tell` is given the simulated instant each time it goes on."""
        waiting = deque(sorted(events, key=lambda event: event.instant))
        while waiting or self._running:
            if not self._running:
                self._settle()
                self._clock.jump(waiting[0].instant)
            while waiting and waiting[0].instant <= self._clock.now():
                self._begin(waiting.popleft())
            tell(self._clock.now())
            if self._running:
                self._hear(waiting[0].instant - self._clock.now() if waiting else None)
        self._settle()

    def wait_for_all(self) -> None:
        """Wait until every host has done what it was asked; raises `LabcheckError` when one does not answer."""
        owing = set(self._runners) - self.lost_hosts
        deadline = time.monotonic() + SETTLING_SECONDS
        while owing - self.lost_hosts:
            try:
                news = self._news.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty as error:
                hosts = ", ".join(sorted(owing))
                raise LabcheckError(f"{hosts} did not answer in {SETTLING_SECONDS:g} seconds") from error
            if isinstance(news, Settled):
                owing.discard(news.host)
            else:
                self._take(news)

    def _begin(self, event: Start | Addition) -> None:
        if isinstance(event, Addition):
            self._add_row(event.value)
            self._note(journal.Row(event.instant, event.value))
        elif event.host in self._runners and event.host not in self.lost_hosts:
            self._number += 1
            if not self._running:
                self._busy_since = time.time()
            self._running[self._number] = (event, self._clock.now())
            self._runners[event.host].start(self._number, event.job, self._clock.offset, self._limit_seconds)

    def _hear(self, seconds: float | None) -> None:
        try:
            self._take(self._news.get(timeout=None if seconds is None else max(0.0, seconds)))
        except Empty:
            return  # the next job is due

    def _take(self, news: News) -> None:
        if isinstance(news, Ended):
            start, _ = self._running.pop(news.number)
            self._note(self._ran(start, news))
        elif isinstance(news, Changed):
            self._note(journal.Wrote(news.instant, news.host, news.path, news.size_bytes, news.gone))
        elif isinstance(news, Lost):
            for number in [number for number, (start, _) in self._running.items() if start.host == news.host]:
                start, began = self._running.pop(number)
                real = began - self._clock.offset
                self._note(self._ran(start, Ended(number, NO_STATUS, real, time.time(), news.why.encode(), 0)))

    def _settle(self) -> None:
        """Bring the times of written files into the simulated past, once nothing writes any more."""
        if self._busy_since:
            for host in set(self._runners) - self.lost_hosts:
                self._runners[host].settle(self._busy_since, self._clock.offset)
            self.wait_for_all()
            self._busy_since = 0.0

    def _ran(self, start: Start, ended: Ended) -> journal.Ran:
        job, environment = start.job, start.job.environment
        took_all = ended.ended - ended.began >= self._limit_seconds
        return journal.Ran(
            host=start.host,
            path=start.installed.path,
            line=job.line,
            user=job.user,
            command=as_people_see(job.raw),
            due=start.instant,
            started=ended.began + self._clock.offset,
            ended=ended.ended + self._clock.offset,
            status=ended.status,
            limited=took_all and ended.status in ENDED_BY_LIMIT,
            mail_to=environment.get("MAILTO", job.user),
            output=ended.output.decode("utf-8", "backslashreplace"),
            output_bytes=ended.output_bytes,
        )
