"""Crontabs on this machine: read in blocks, and judged with owner and mode where cron would find them."""

import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from labcheck.cron.accounts import Accounts
from labcheck.cron.crontab import Crontab, read_crontab
from labcheck.cron.file_rules import FileFact, with_file_rules
from labcheck.errors import LabcheckError
from labcheck.visible import visible

BLOCK_BYTES = 1 << 18

DROP_IN = Path("/etc/cron.d")


def crontab_of(file: str, name: str | None, people: Accounts, *, user: bool) -> Crontab:
    """Read one file as cron would find it; one that lies in /etc/cron.d is judged with its owner and mode."""
    called = name or ("stdin" if file == "-" else Path(file).name)
    owner = called if user else None
    if file == "-":
        return with_file_rules(read_crontab(_blocks(sys.stdin.buffer), called, accounts=people, user=owner))
    path = Path(file)
    try:
        if not stat.S_ISREG(path.stat().st_mode) and not path.is_fifo():
            raise LabcheckError(f"{visible(file)} is not a file")
        with path.open("rb") as stream:
            crontab = read_crontab(_blocks(stream), called, accounts=people, user=owner)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise LabcheckError(f"cannot read {visible(file)}: {reason}") from error
    installed = not user and path.resolve().parent == DROP_IN
    return with_file_rules(crontab, _fact(path) if installed else None)


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: stream.read(BLOCK_BYTES), b"")


def _fact(path: Path) -> FileFact:
    target, own = path.stat(), path.lstat()
    link_owner = own.st_uid if stat.S_ISLNK(own.st_mode) else None
    return FileFact(target.st_mode, target.st_uid, target.st_nlink, link_owner)
