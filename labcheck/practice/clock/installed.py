"""A host as cron on it sees it: its clock, its users, the crontabs that are really installed, and why some never run.

What the lab's images came with (the system's own housekeeping) is left out while it is unchanged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from labcheck.cron import Job
from labcheck.facts import cron, cron_child
from labcheck.facts import zone as zones
from labcheck.facts.cron_child import Account
from labcheck.hosts import Host

PRISTINE = "/var/lib/lab/pristine"
# Prints the crontabs that are as the lab made them. /etc/crontab runs what lies in four folders, so it is compared
# together with them.
_UNCHANGED = """
for path in /etc/crontab /etc/cron.d/*; do cmp -s "$path" "$0$path" && echo "$path"; done
for folder in hourly daily weekly monthly; do diff -rq "/etc/cron.$folder" "$0/etc/cron.$folder" && echo same; done
"""
FOLDERS_OF_SYSTEM = 4


@dataclass(frozen=True)
class Installed:
    """A crontab on a host. `why_not` says why cron runs nothing of it; it is empty where it does."""

    host: str
    path: str
    text: str
    all_jobs: tuple[Job, ...]
    why_not: str = ""

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs that run."""
        return () if self.why_not else self.all_jobs


@dataclass(frozen=True)
class CronHost:
    """A host as cron on it sees it. `environment` is what PAM gives to every job; `zone` may differ from its own."""

    name: str
    zone: tzinfo
    own_zone: str
    accounts: Mapping[str, Account]
    environment: Mapping[str, str]
    crontabs: tuple[Installed, ...]


def cron_host(host: Host, zone: tzinfo | None = None) -> CronHost:
    """Return what cron has to do on a host (asked as root); nothing runs where cron is not running.

    Its clock goes by `zone`, or by the host's own. Raises `UnreadableAnswer`.
    """
    installation = cron.installation(host)
    unchanged = _unchanged(host)
    crontabs = tuple(
        _judged(host.name, one, is_running=installation.is_running)
        for one in installation.crontabs
        if one.path not in unchanged
    )
    own = zones.zone(host)
    return CronHost(host.name, zone or own, str(own), cron_child.accounts(host), cron_child.environment(host), crontabs)


def _judged(host: str, found: cron.InstalledCrontab, *, is_running: bool) -> Installed:
    crontab = found.crontab
    why = "; ".join(crontab.log) or "cron passes over a file with such a name, without a word"
    if not is_running:
        why = "cron is not running on this host"
    return Installed(host, found.path, found.text, crontab.jobs, "" if crontab.loaded and is_running else why)


def _unchanged(host: Host) -> set[str]:
    said = host.run("sh", "-c", _UNCHANGED, PRISTINE).stdout.splitlines()
    return {line for line in said if line != cron.SYSTEM or said.count("same") == FOLDERS_OF_SYSTEM}
