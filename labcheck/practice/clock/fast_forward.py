"""A fast-forward: the lab's past moved back, then a period lived through, up to the present."""

import contextlib
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from queue import SimpleQueue

from labcheck.errors import HostUnreachable, LabcheckError
from labcheck.facts import machine
from labcheck.hosts import Host
from labcheck.hosts.ssh import Connections
from labcheck.practice.clock import journal
from labcheck.practice.clock.ageing import renaming
from labcheck.practice.clock.agenda import Start, agenda
from labcheck.practice.clock.installed import PRISTINE, CronHost, cron_host
from labcheck.practice.clock.period import Period
from labcheck.practice.clock.runner import News, Runner
from labcheck.practice.clock.simulation import Clock, Simulation
from labcheck.practice.clock.workload import Addition, workload
from labcheck.practice.engine import Tell
from labcheck.practice.images import HOSTS
from labcheck.practice.lab import PracticeLab
from labcheck.practice.lifecycle import locked
from labcheck.rpo.durations import length

DEFAULT_LIMIT_SECONDS = 60
CLOCK_WRONG_SECONDS = 30
OWN_SSH_OPTIONS = re.compile(
    r"(?:ssh|scp|rsync|duplicity)\b.*(?:\s-i\s|\s-F\s|\s-o|ssh-options|rsync-options)|ssh-key|known_hosts|authorized_keys"
)
"""Jobs that choose keys or options of ssh themselves, or change what ssh trusts: each of their calls must sign in."""


@dataclass(frozen=True)
class Wish:
    """What is to be run through: the period, zones by host where they are not the hosts' own, rows, and the limit."""

    period: Period
    zones: dict[str, tzinfo]
    rows_a_day: int = 1
    limit_seconds: int = DEFAULT_LIMIT_SECONDS


@dataclass(frozen=True)
class Plan:
    """What a fast-forward will do: the hosts as cron sees them, those that are down and why, and what comes when."""

    wish: Wish
    hosts: tuple[CronHost, ...]
    down: dict[str, str]
    starts: tuple[Start, ...]
    additions: tuple[Addition, ...]

    @property
    def ignored(self) -> list[dict[str, str]]:
        """The crontabs, and the hosts, that run nothing, and why."""
        hosts = [{"host": host, "path": "", "why": why} for host, why in self.down.items()]
        files = [(one, host.name) for host in self.hosts for one in host.crontabs if one.why_not]
        return hosts + [{"host": name, "path": one.path, "why": one.why_not} for one, name in files]

    @property
    def span(self) -> journal.Span:
        """The plan as the journal begins with it."""
        zones = {host.name: str(host.zone) for host in self.hosts}
        crontabs = [
            {"host": host.name, "path": one.path, "text": one.text} for host in self.hosts for one in host.crontabs
        ]
        period = self.wish.period
        return journal.Span(period.since, period.until, zones, crontabs, self.ignored)


def planned(lab: PracticeLab, connections: Connections, wish: Wish) -> Plan:
    """Look at the hosts and return what will be done; raises `LabcheckError` for hosts that labcheck did not make."""
    hosts, down = [], {}
    for name in HOSTS:
        try:
            hosts.append(_looked_at(Host(name, "root", connections), wish.zones.get(name)))
        except HostUnreachable as error:
            down[name] = f"the host is down: {error.what}"
    if not hosts:
        raise LabcheckError("no host of the lab answers", "Bring them back: labcheck lab up")
    rows = workload(wish.period, wish.rows_a_day) if "db" not in down else []
    return Plan(wish, tuple(hosts), down, tuple(agenda(hosts, wish.period)), tuple(rows))


def _looked_at(host: Host, zone: tzinfo | None) -> CronHost:
    if not host.test("test", "-d", PRISTINE):
        raise LabcheckError(
            f"{host.name} was not made by labcheck: its clock is left alone", "See: labcheck lab status"
        )
    ahead = machine.clock(host) - int(time.time())
    if abs(ahead) > CLOCK_WRONG_SECONDS:
        what = f"the clock of {host.name} is {length(ahead)} {'fast' if ahead > 0 else 'slow'} already"
        raise LabcheckError(what, "Set it right first: labcheck lab solve, or labcheck lab reset")
    return cron_host(host, zone)


def fast_forward(lab: PracticeLab, wish: Wish, tell: Tell, show: Callable[[Plan, float], None]) -> Plan:
    """Run the lab through a period and return what was planned; the journal says what came of it.

    `show` is given the plan and the simulated instant as it goes on. Interrupted, it leaves the lab usable and raises
    `KeyboardInterrupt`.
    """
    with locked(), lab.connections() as connections:
        tell("Reading the crontabs of the hosts")
        plan = planned(lab, connections, wish)
        with contextlib.ExitStack() as stack:
            news: SimpleQueue[News] = SimpleQueue()
            runners = {host.name: stack.enter_context(_runner(host, connections, news)) for host in plan.hosts}
            clock = Clock(wish.period.since)
            lab.until_reset.mkdir(exist_ok=True)
            journal.age(lab.until_reset, int(time.time()) - wish.period.since)
            file = stack.enter_context(journal.path_of(lab.until_reset).open("a"))

            def note(entry: journal.Entry) -> None:
                journal.write(file, entry)

            simulation = Simulation(runners, news, clock, wish.limit_seconds, note, lab.agama().add_item)
            tell("Moving what is there back in time")
            _move_back(runners, connections, simulation, int(time.time()) - wish.period.since)
            if not any(OWN_SSH_OPTIONS.search(start.job.command) for start in plan.starts):
                for runner in runners.values():
                    runner.share_connections()
            note(plan.span)
            _lived_through(plan, simulation, clock, note, show)
    return plan


def _lived_through(
    plan: Plan,
    simulation: Simulation,
    clock: Clock,
    note: Callable[[journal.Entry], None],
    show: Callable[[Plan, float], None],
) -> None:
    events: Sequence[Start | Addition] = [*plan.starts, *plan.additions]
    try:
        simulation.run(events, lambda instant: show(plan, instant))
    except BaseException:
        note(journal.Reached(clock.now(), interrupted=True))
        raise
    note(journal.Reached(plan.wish.period.until, interrupted=False))


@contextlib.contextmanager
def _runner(host: CronHost, connections: Connections, news: "SimpleQueue[News]") -> Iterator[Runner]:
    found = Host(host.name, "root", connections).run("sh", "-c", "ls /usr/lib/*/faketime/libfaketime.so.1")
    if found.status != 0:
        raise LabcheckError(
            f"{host.name} has no faketime: its image is older than this labcheck",
            "Make it anew: labcheck lab down, then up",
        )
    runner = Runner(host, connections, news, found.stdout.split()[0])
    try:
        yield runner
    finally:
        runner.close()


def _move_back(runners: dict[str, Runner], connections: Connections, simulation: Simulation, seconds: int) -> None:
    """Stop cron everywhere, and move what lies on the hosts back by so many seconds."""
    for name, runner in runners.items():
        lines = renaming(Host(name, "root", connections), seconds)
        runner.take_over()
        for line in lines:
            runner.do(line)
        runner.age(seconds)
    simulation.wait_for_all()
