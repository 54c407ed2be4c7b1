"""The recovery point by brute force: every minute of a period is lived through. It shares no code with labcheck.

A pipeline is a dump, an upload and an off-site copy, each with the minutes of the week in which it starts and its
length in minutes. What lies where is kept in plain variables, as one would on paper.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

WEEK = 7 * 24 * 60
NOTHING = -1
GARBAGE = -2


@dataclass(frozen=True)
class Stage:
    """Starts, as minutes of the week from Monday 00:00, and the length of each run in minutes."""

    starts: frozenset[int] = field(repr=False)
    minutes: int


@dataclass(frozen=True)
class System:
    dump: Stage
    upload: Stage
    offsite: Stage
    in_place: bool
    """whether the dump is written over the old one, or renamed into its place"""
    upload_keeps: bool
    """whether the backup server keeps older versions, or has one file that is replaced"""


@dataclass
class Found:
    worst: dict[str, int | None] = field(default_factory=lambda: {"table": 0, "host": 0, "site": 0})
    area: dict[str, float] = field(default_factory=lambda: {"table": 0.0, "host": 0.0, "site": 0.0})


class World:
    """All that is true at one minute."""

    def __init__(self, system: System, *, lucky: bool) -> None:
        self.system = system
        self.lucky = lucky
        self.local = NOTHING
        self.dumping = 0
        self.server: list[int] = []
        self.file = NOTHING
        self.far: list[int] = []
        self.far_file = NOTHING
        self.due: dict[int, list[tuple[str, int]]] = {}

    def local_now(self) -> int:
        return GARBAGE if self.dumping else self.local

    def server_now(self) -> int:
        return max(self.server, default=NOTHING) if self.system.upload_keeps else self.file

    def far_now(self) -> int:
        return max(self.far, default=NOTHING) if self.system.upload_keeps else self.far_file

    def minute(self, now: int) -> None:
        """Finish what is due, then start; a copy may read what was there before, after, or in between."""
        locals_seen, servers_seen = {self.local_now()}, {self.server_now()}
        self.finish(now)
        locals_seen.add(self.local_now())
        servers_seen.add(self.server_now())
        if now % WEEK in self.system.dump.starts:
            self.start_dump(now)
            locals_seen.add(self.local_now())
        choose = max if self.lucky else min
        if now % WEEK in self.system.upload.starts:
            self.later(now + self.system.upload.minutes, "upload", choose(locals_seen))
        if now % WEEK in self.system.offsite.starts:
            self.later(now + self.system.offsite.minutes, "offsite", choose(servers_seen))

    def later(self, when: int, what: str, version: int) -> None:
        self.due.setdefault(when, []).append((what, version))

    def start_dump(self, now: int) -> None:
        if self.system.dump.minutes == 0:
            self.local = now
            return
        if self.system.in_place:
            self.dumping += 1
        self.later(now + self.system.dump.minutes, "dump", now)

    def finish(self, now: int) -> None:
        for what, version in self.due.pop(now, []):
            if what == "dump":
                self.dumping -= self.system.in_place
                self.local = version
            elif version != NOTHING:
                self.arrive(what, version)

    def arrive(self, what: str, version: int) -> None:
        kept = self.server if what == "upload" else self.far
        if version != GARBAGE:
            kept.append(version)
        if what == "upload":
            self.file = version
        else:
            self.far_file = version


def losses(system: System, warm_up: int, until: int, *, lucky: bool) -> Found:
    """Live through the minutes up to `until` and look from `warm_up` on; None: at some minute nothing is left."""
    world = World(system, lucky=lucky)
    found = Found()
    for now in range(until + 1):
        if now > warm_up:
            look(found, now, [world.local_now(), world.server_now(), world.far_now()])
        world.minute(now)
    return found


def look(found: Found, now: int, copies: Sequence[int]) -> None:
    """Note what is lost if it strikes just before this minute; the half-minute before stands for the mean."""
    for first, name in enumerate(("table", "host", "site")):
        newest = max(copies[first:])
        old = found.worst[name]
        found.worst[name] = None if newest < 0 or old is None else max(old, now - newest)
        found.area[name] += now - newest - 0.5
