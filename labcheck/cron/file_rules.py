"""Will cron open the file at all: its name, owner, mode, kind and links (`load_database` of Debian's
database.c).

The rules are judged from a fact about the file, so that nobody has to be root to ask. A file whose name does
not suit is passed over without a word; the other faults are logged every minute until they are mended.
"""

import re
import stat
from dataclasses import dataclass, replace
from typing import Final

from labcheck.cron.crontab import Crontab, label

_CLASSIC = re.compile(r"[a-zA-Z0-9_-]+")
_LSB = re.compile(r"_?([a-z0-9_.]+-)+[a-z0-9]+")
_LSB_LEFTOVER = re.compile(r"[a-z0-9-].*dpkg-(old|dist)")
_LSB_PLAIN = re.compile(r"[a-z0-9][a-z0-9-]*")
ROOT: Final = 0


@dataclass(frozen=True, slots=True)
class FileFact:
    """What `stat` says of a crontab. `mode` holds the kind of file, too (`stat.S_IFREG | 0o644`).

    For a symbolic link, `mode`, `owner` and `links` are those of its target and `link_owner` is its own
    owner; a link to nowhere has `is_readable=False`.
    """

    mode: int = stat.S_IFREG | 0o644
    owner: int = ROOT
    links: int = 1
    link_owner: int | None = None
    exists: bool = True
    is_readable: bool = True


def name_is_seen(name: str, *, lsb: bool = False) -> bool:
    """Whether cron looks at a file of this name in /etc/cron.d; `lsb` is for a cron that runs with -l."""
    if name.startswith("."):
        return False
    if not lsb:
        return bool(_CLASSIC.fullmatch(name))
    if _LSB.fullmatch(name):
        return not _LSB_LEFTOVER.fullmatch(name)
    return bool(_LSB_PLAIN.fullmatch(name))


def file_fault(fact: FileFact, *, user: int | None = None) -> str:
    """What cron finds wrong with the file, in its own words; nothing if it goes on to read it.

    With `user` (a user id) it is that user's crontab in the spool, which must be theirs or root's and have
    mode 0600.
    """
    return _opening_fault(fact, user) or _content_fault(fact, user)


def _opening_fault(fact: FileFact, user: int | None) -> str:
    is_link = fact.link_owner is not None
    if user is not None:
        return "" if fact.exists and fact.is_readable and not is_link else "CAN'T OPEN"
    if not fact.exists:
        return "LSTAT FAILED"
    if is_link and fact.link_owner != ROOT:
        return "WRONG SYMLINK OWNER"
    if not fact.is_readable:
        return "CAN'T OPEN SYMLINK" if is_link else "CAN'T OPEN"
    return ""


def _content_fault(fact: FileFact, user: int | None) -> str:
    if fact.owner not in {ROOT, user}:
        return "WRONG FILE OWNER"
    if not stat.S_ISREG(fact.mode):
        return "NOT A REGULAR FILE"
    if user is None and fact.mode & 0o022:
        return "INSECURE MODE (group/other writable)"
    if user is not None and stat.S_IMODE(fact.mode) != 0o600:
        return "INSECURE MODE (mode 0600 expected)"
    return "" if fact.links == 1 else "NUMBER OF HARD LINKS > 1"


def fault_log(name: str, fault: str, *, user: str | None = None) -> str:
    """The line that cron logs, every minute, for a fault of the file."""
    path = f"/var/spool/cron/crontabs/{user}" if user is not None else f"/etc/cron.d/{name}"
    return f"({label(name, user)}) {fault} ({'/etc/crontab' if name == '/etc/crontab' else path})"


def with_file_rules(
    crontab: Crontab, fact: FileFact | None = None, *, user: int | None = None, lsb: bool = False
) -> Crontab:
    """The crontab as cron loads it, given its name and, where there is one, a fact about the file.

    A file that cron does not open is not loaded, and its content is not looked at.
    """
    if crontab.user is None and crontab.name != "/etc/crontab" and not name_is_seen(crontab.name, lsb=lsb):
        return replace(crontab, loaded=False, log=())
    fault = file_fault(fact, user=user) if fact is not None else ""
    if fault:
        return replace(crontab, loaded=False, log=(fault_log(crontab.name, fault, user=crontab.user),))
    return crontab
