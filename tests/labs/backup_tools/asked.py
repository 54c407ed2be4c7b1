"""The command lines that the checks ask hosts with, and what a check makes of a site."""

import shlex

import pytest

from labcheck.errors import CheckFailed, LabcheckError
from labcheck.facts import ssh, timers
from labcheck.facts.files import OPEN_CREDENTIALS, UNPACK
from labcheck.hosts import Answer, Site
from labcheck.model import Check

DUMP_STATUS = "stat --dereference --format '%F|%a|%U|%s' -- /home/backup/agama.sql"
DUMP_READABLE = "test -r /home/backup/agama.sql"
DUMP_TEXT = "cat -- /home/backup/agama.sql"
MY_CNF_STATUS = "stat --dereference --format '%F|%a|%U|%s' -- /home/backup/.my.cnf"
MYSQL_DIRECTORY_WRITABLE = "test -w /home/elvis/mysql"
MYSQL_DIRECTORY_STATUS = "stat --dereference --format '%F|%a|%U|%s' -- /home/elvis/mysql"
MYSQL_DIRECTORY_ROOM = "stat --file-system --format '%a %S' -- /home/elvis/mysql"
ITEMS = (
    "mysql --default-character-set=utf8mb4 --batch --column-names --skip-raw --skip-table --skip-vertical --skip-html"
    " --skip-xml --skip-safe-updates --execute 'SELECT * FROM `agama`.`item`'"
)
OPEN_FILES = "find /home/backup -maxdepth 1 -type f -perm -o=r -size -64k '!' -name '*.sql' -print0"
SIGN_IN = "ssh -o BatchMode=yes -o ConnectTimeout=15 -o ClearAllForwardings=yes -- elvis@backup.foo.bar hostname"
TIMERS = shlex.join(["sh", "-c", timers.SCRIPT])
NO_SUCH_FILE = Answer(1, stderr="stat: cannot statx 'x': No such file or directory\n")


def unpacking(path: str) -> str:
    """Return the command line that asks for the text of a file that may be packed."""
    return shlex.join(["sh", "-c", f'{UNPACK}unpack "$1"', "unpack", path])


def called(user: str, *names: str) -> str:
    """Return the command line that asks what ssh takes names for, when this user gives them to it."""
    return shlex.join(["sh", "-c", ssh.ACCOUNTS, user, *names, "backup.foo.bar", "offsite.foo.bar"])


def page(url: str) -> str:
    """Return the command line that asks for a page."""
    return f"curl --silent --max-time 5 --write-out '\n%{{http_code}}' -- {url}"


def status_of(path: str) -> str:
    """Return the command line that asks how a file looks."""
    return f"stat --dereference --format '%F|%a|%U|%s' -- {path}"


def naming_a_password(*paths: str) -> str:
    """Return the command line that looks for passwords in these files."""
    words = [
        "grep",
        "--files-with-matches",
        "--null",
        "--extended-regexp",
        "-I",
        "-e",
        OPEN_CREDENTIALS,
    ]
    return shlex.join([*words, "--", *paths])


def failure(check: Check[Site], site: Site) -> tuple[str, str]:
    """Return what a check found and its hint; it must fail."""
    with pytest.raises(CheckFailed) as failed:
        check.function(site)
    return failed.value.found, failed.value.hint


def trouble(check: Check[Site], site: Site) -> str:
    """Return what kept a check from being asked; it must neither pass nor fail."""
    with pytest.raises(LabcheckError) as error:
        check.function(site)
    return error.value.what
