"""What is asked: the crontabs of some hosts, how long things take, the period, and the disasters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from labcheck.rpo.commands.places import Accounts, same_host
from labcheck.rpo.jobs import Durations


@dataclass(frozen=True)
class CrontabFile:
    """A crontab: the host that it is for, its name (cron looks at it) and text; scripts by path."""

    host: str
    name: str
    text: str
    scripts: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Disaster:
    """What is lost: whole hosts, or only the data (`lost` is empty); `title` is read by people."""

    name: str
    title: str
    lost: tuple[str, ...] = ()

    def takes(self, host: str) -> bool:
        """Tell whether the host is lost."""
        return any(same_host(host, lost) for lost in self.lost)


@dataclass(frozen=True)
class Period:
    """The stretch that is looked at: from the first day's midnight, for some days, by the clock of one zone."""

    first_day: date
    days: int = 365

    @classmethod
    def of_year(cls, year: int) -> "Period":
        """Return a calendar year."""
        return cls(date(year, 1, 1), (date(year + 1, 1, 1) - date(year, 1, 1)).days)

    def instants(self, zone: tzinfo) -> tuple[int, int]:
        """Return begin and end in seconds since 1970."""
        begin = datetime.combine(self.first_day, time(), zone)
        end = datetime.combine(self.first_day + timedelta(days=self.days), time(), zone)
        return int(begin.timestamp()), int(end.timestamp())


@dataclass(frozen=True)
class Question:
    """All that the answer hangs on. Zones are by host; hosts without one live in UTC."""

    crontabs: tuple[CrontabFile, ...]
    period: Period
    durations: Durations = field(default_factory=Durations)
    zones: Mapping[str, tzinfo] = field(default_factory=dict)
    scripts: Mapping[str, str] = field(default_factory=dict)
    accounts: Accounts = field(default_factory=dict)
    disasters: tuple[Disaster, ...] = ()
    """disasters of one's own"""
    only: tuple[str, ...] = ()
    """names of the usual disasters to look at; all of them if neither these nor own ones are given"""
    failures: int = 3
    target_seconds: int | None = None
    tolerance_seconds: int = 0

    def zone_of(self, host: str) -> tzinfo:
        """Return the zone of a host: its own, else that of all hosts (the name `*`), else UTC."""
        for name, zone in self.zones.items():
            if name != "*" and same_host(name, host):
                return zone
        return self.zones.get("*", UTC)

    @property
    def clock(self) -> tzinfo:
        """Return the zone of the first crontab's host, by whose clock the answer is told."""
        return self.zone_of(self.crontabs[0].host) if self.crontabs else UTC
