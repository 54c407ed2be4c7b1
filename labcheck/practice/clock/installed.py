"""The crontabs that are really installed on a host, what cron makes of them there, and why some never run.

What the lab's images came with (the system's own housekeeping, /etc/crontab) is left out while it is unchanged.
"""

import base64
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from labcheck.cron import Accounts, Crontab, FileFact, Job, read_crontab, with_file_rules
from labcheck.cron.file_rules import name_is_seen
from labcheck.errors import UnreadableAnswer
from labcheck.hosts import Host
from labcheck.visible import visible

SYSTEM = "/etc/crontab"
FOLDER = "/etc/cron.d"
SPOOL = "/var/spool/cron/crontabs"
PRISTINE = "/var/lib/lab/pristine"
FILE_LIMIT_BYTES = 4 << 20
KIND = 0o170000

# For each crontab: its path, then what lstat says of it, then what stat says of what it leads to (nothing if nowhere).
_LIST = r"""
for path in /etc/crontab /etc/cron.d/* /etc/cron.d/.[!.]* /var/spool/cron/crontabs/*; do
    [ -e "$path" ] || [ -L "$path" ] || continue
    if cmp -s "$path" "/var/lib/lab/pristine$path"; then
        [ "$path" = /etc/crontab ] || continue
        for folder in hourly daily weekly monthly; do
            diff -rq "/etc/cron.$folder" "/var/lib/lab/pristine/etc/cron.$folder" || break
        done > /dev/null && continue
    fi
    printf '%s\0%s\0%s\0' "$path" "$(stat -c '%f %u %h' -- "$path")" "$(stat -L -c '%f %u %h' -- "$path" 2> /dev/null)"
done
"""


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
    crontab: Crontab
    text: str
    why_not: str = ""

    @property
    def jobs(self) -> tuple[Job, ...]:
        """The jobs that run."""
        return () if self.why_not else self.crontab.jobs


@dataclass(frozen=True)
class CronHost:
    """A host as cron on it sees it. `environment` is what PAM gives to every job."""

    name: str
    zone: tzinfo
    own_zone: str
    accounts: Mapping[str, Account]
    environment: Mapping[str, str]
    crontabs: tuple[Installed, ...]


def cron_host(host: Host, *, is_running: bool, zone: tzinfo | None = None) -> CronHost:
    """Return what cron has to do on a host (asked as root); nothing runs where cron is not running.

    Its clock goes by `zone`, or by the host's own.
    """
    accounts = parse_accounts(host.output("getent", "passwd"))
    found = tuple(_crontabs(host, accounts))
    if not is_running:
        why = "cron is not running on this host"
        found = tuple(Installed(one.host, one.path, one.crontab, one.text, why) for one in found)
    environment: dict[str, str] = {}
    for path in ("/etc/environment", "/etc/default/locale"):
        if host.test("test", "-r", path):
            environment |= parse_environment(host.output("cat", path))
    own = _zone(host)
    return CronHost(host.name, zone or own, str(own), accounts, environment, found)


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


def _zone(host: Host) -> tzinfo:
    name = host.output("realpath", "/etc/localtime").strip().partition("/zoneinfo/")[2]
    try:
        return ZoneInfo(name.removeprefix("posix/")) if name else UTC
    except (KeyError, ValueError, OSError) as error:
        raise UnreadableAnswer(f"{host.name}'s clock has the zone {visible(name)}, which is not known here") from error


def _crontabs(host: Host, accounts: Mapping[str, Account]) -> Iterator[Installed]:
    words = host.output("sh", "-c", _LIST).split("\0")
    for path, link, target in zip(words[0::3], words[1::3], words[2::3], strict=False):
        fact = parse_file_fact(link, target)
        known = Accounts({name: account.home for name, account in accounts.items()}, complete=True)
        content = (
            base64.b64decode(host.output("base64", "--", path, limit_bytes=FILE_LIMIT_BYTES)) if _is_file(fact) else b""
        )
        yield _read(host.name, path, content, fact, known, accounts)


def parse_file_fact(link: str, target: str) -> FileFact:
    """Read `mode owner links` of a file and of what it leads to; raises `UnreadableAnswer`."""
    try:
        mode, owner, links = _numbers(link)
        if mode & KIND != 0o120000:
            return FileFact(mode, owner, links)
        if not target:
            return FileFact(mode, owner, links, link_owner=owner, is_readable=False)
        target_mode, target_owner, target_links = _numbers(target)
        return FileFact(target_mode, target_owner, target_links, link_owner=owner)
    except ValueError as error:
        raise UnreadableAnswer(f"stat said {link[:60]!r}, {target[:60]!r} of a crontab") from error


def _numbers(text: str) -> tuple[int, int, int]:
    mode, owner, links = text.split()
    return int(mode, 16), int(owner), int(links)


def _is_file(fact: FileFact) -> bool:
    return fact.is_readable and fact.mode & KIND == 0o100000


def _read(
    host: str, path: str, content: bytes, fact: FileFact, known: Accounts, accounts: Mapping[str, Account]
) -> Installed:
    folder, name = posixpath.split(path)
    text = content.decode("utf-8", "surrogateescape")
    if folder == SPOOL:
        crontab = read_crontab(content, name, accounts=known, user=name)
        uid = int(accounts[name].uid) if name in accounts else None
        crontab = with_file_rules(crontab, fact, user=uid)
        why = "" if uid is not None else f"({name}) ORPHAN (no passwd entry)"
    else:
        crontab = with_file_rules(read_crontab(content, path if path == SYSTEM else name, accounts=known), fact)
        why = "" if path == SYSTEM or name_is_seen(name) else "cron passes over a file with such a name, without a word"
    return Installed(host, path, crontab, text, why or ("" if crontab.loaded else "; ".join(crontab.log)))
