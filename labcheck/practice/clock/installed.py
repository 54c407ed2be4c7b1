"""A host as cron on it sees it: its clock, its users, the crontabs that are really installed, and why some never run.

What the lab's images came with (the system's own housekeeping) is left out while it is unchanged.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo

from labcheck.cron import Job
from labcheck.errors import UnreadableAnswer
from labcheck.facts import cron
from labcheck.facts import zone as zones
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
class Account:
    """A user of a host: numbers as text, as programs take them."""

    uid: str
    gid: str
    home: str


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
    environment: dict[str, str] = {}
    for path in ("/etc/environment", "/etc/default/locale"):
        if host.test("test", "-r", path):
            environment |= parse_environment(host.output("cat", path))
    own = zones.zone(host)
    accounts = parse_accounts(host.output("getent", "passwd"))
    return CronHost(host.name, zone or own, str(own), accounts, environment, crontabs)


def _judged(host: str, found: cron.InstalledCrontab, *, is_running: bool) -> Installed:
    crontab = found.crontab
    why = "; ".join(crontab.log) or "cron passes over a file with such a name, without a word"
    if not is_running:
        why = "cron is not running on this host"
    return Installed(host, found.path, found.text, crontab.jobs, "" if crontab.loaded and is_running else why)


def _unchanged(host: Host) -> set[str]:
    said = host.run("sh", "-c", _UNCHANGED, PRISTINE).stdout.splitlines()
    return {line for line in said if line != cron.SYSTEM or said.count("same") == FOLDERS_OF_SYSTEM}


def parse_accounts(text: str) -> dict[str, Account]:
    """Read what `getent passwd` prints; raises `UnreadableAnswer`."""
    accounts = {}
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) != 7 or not (fields[2].isdecimal() and fields[3].isdecimal()):
            raise UnreadableAnswer(f"getent passwd said {line[:100]!r}")
        accounts[fields[0]] = Account(fields[2], fields[3], fields[5])
    return accounts


def parse_environment(text: str) -> dict[str, str]:
    """Read /etc/environment as pam_env(8) does: `NAME=value`, perhaps quoted or behind `export`."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and name and not name.startswith("#"):
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            found[name] = value[1:-1] if quoted else value
    return found
