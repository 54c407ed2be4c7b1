"""The past of a lab moved back in time, so that a period can be lived through before the present.

Two things on the hosts know when they were made: the times of files, which the runners move, and the names of
duplicity's files, which are the only place where duplicity keeps the time of a backup.
"""

import re
import shlex
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from labcheck.hosts import Host
from labcheck.practice.clock.runner import FOLDERS

NAMES_LIMIT_BYTES = 8 << 20
DUPLICITY_FILE = re.compile(r"duplicity-(?:full|inc|new|full-signatures|new-signatures)\b.*\d{8}T\d{6}Z.*", re.DOTALL)
STAMP = re.compile(r"(?<!\d)\d{8}T\d{6}Z")
STAMP_FORMAT = "%Y%m%dT%H%M%SZ"


def renaming(host: Host, seconds: int) -> list[str]:
    """Return lines of shell that make the backups on a host (asked as root) so much older."""
    found = host.output(
        "find", *FOLDERS, "-xdev", "-name", "duplicity-*", "-type", "f", "-printf", "%p\\0",
        limit_bytes=NAMES_LIMIT_BYTES,
    )  # fmt: skip
    paths = sorted(path for path in found.split("\0") if path)
    return [f"mv -nT -- {shlex.quote(old)} {shlex.quote(new)}" for old, new in _renamed(paths, seconds)]


def _renamed(paths: Sequence[str], seconds: int) -> Iterator[tuple[str, str]]:
    """Yield old and new path, the oldest backup of a folder first, so that no name is taken when it is needed."""
    for path in paths:
        folder, slash, name = path.rpartition("/")
        new = aged_name(name, seconds)
        if new != name and "\n" not in path:
            yield path, f"{folder}{slash}{new}"


def aged_name(name: str, seconds: int) -> str:
    """Return the name of one of duplicity's files as it would be, had the backup been made so much earlier."""
    if not DUPLICITY_FILE.fullmatch(name):
        return name
    return STAMP.sub(lambda found: _aged_stamp(found.group(), seconds), name)


def _aged_stamp(stamp: str, seconds: int) -> str:
    try:
        moment = datetime.strptime(stamp, STAMP_FORMAT).replace(tzinfo=UTC)
    except ValueError:  # digits, but no date: not duplicity's
        return stamp
    return (moment - timedelta(seconds=seconds)).strftime(STAMP_FORMAT)
