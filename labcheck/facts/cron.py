"""Facts about cron on a host: does it run, and which crontabs are installed, as cron itself would take them.

Best asked as root. Another user sees the files that all may read, and their own crontab.
"""

import base64
import binascii
import re
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from labcheck.cron import Accounts, Crontab, FileFact, read_crontab, with_file_rules
from labcheck.errors import UnexpectedStatus, UnreadableAnswer
from labcheck.hosts import Host
from labcheck.hosts.host import OUTPUT_LIMIT_BYTES

LARGEST_BYTES = 200_000
MOST_NAMES = 500
MOST_BYTES, MOST_LINES = 64_000, 500
"""Of all crontabs together: more would keep us reading, for one host, while others wait."""
NO_SUCH_KEY = 2
SYSTEM, SPOOL = "/etc/crontab", "/var/spool/cron/crontabs/"
# First whether cron runs (as root, and not stopped) and with which options, then one line a file: name, owner of the
# link, mode (hexadecimal), owner, links, size and content. Names and contents may hold any bytes: they come in base64.
SCRIPT = r"""
set -u
daemon=$(pgrep --exact --euid 0 --runstates D,R,S --list-full cron) || [ $? -eq 1 ] || exit 3
printf 'cron %s\n' "$(printf %s "$daemon" | base64 --wrap=0)"
file() { # PATH LINK-OWNER STATUS CONTENT-COMMAND...
    printf 'file %s %s %s ' "$(printf %s "$1" | base64 --wrap=0)" "$2" "$3"
    shift 3
    "$@" | base64 --wrap=0
    echo
}
for path in /etc/crontab /etc/cron.d/* /var/spool/cron/crontabs/*; do
    link=-
    if [ -L "$path" ]; then link=$(stat --format %u -- "$path"); elif [ ! -e "$path" ]; then continue; fi
    status=$(stat --dereference --format '%f %u %h %s' -- "$path" 2>/dev/null) || status='- - - -'
    if [ -f "$path" ] && [ -r "$path" ]; then set -- head --bytes=LIMIT -- "$path"; else set -- true; fi
    file "$path" "$link" "$status" "$@"
done
if [ ! -r /var/spool/cron/crontabs ] && own=$(crontab -l 2>/dev/null); then
    file "/var/spool/cron/crontabs/$(id -un)" - "8180 $(id -u) 1 ${#own}" printf '%s\n' "$own"
fi
""".replace("LIMIT", str(LARGEST_BYTES + 1))
USER_NAME = re.compile(r"[A-Za-z_][\w.-]*\$?", re.ASCII)
USER_COLUMN = re.compile(
    rb"^[ \t]*(?:@\w+|(?:[^\s#]\S*[ \t]+)(?:\S+[ \t]+){3}\S+)[ \t]+([A-Za-z_][\w.-]*\$?)[ \t]", re.M
)
LSB_NAMES = re.compile(r"\s-[A-Za-z]*l")


@dataclass(frozen=True)
class InstalledCrontab:
    """A crontab that lies on a host: where, its bytes, and what cron makes of it (name, owner, mode, every line)."""

    path: str
    content: bytes
    crontab: Crontab

    @property
    def text(self) -> str:
        """The content as text; bytes that are not UTF-8 become lone surrogates."""
        return self.content.decode("utf-8", "surrogateescape")


@dataclass(frozen=True)
class Installation:
    """Whether cron runs on a host, and all crontabs that are there, also those that it ignores."""

    is_running: bool
    crontabs: tuple[InstalledCrontab, ...]


@dataclass(frozen=True)
class _File:
    path: str
    fact: FileFact
    content: bytes

    @property
    def user(self) -> str | None:
        """Whose own crontab it is; None for one of the system."""
        return self.path.removeprefix(SPOOL) if self.path.startswith(SPOOL) else None

    @property
    def name(self) -> str:
        return SYSTEM if self.path == SYSTEM else self.path.rpartition("/")[2]


def installation(host: Host) -> Installation:
    """Return how cron is set up on a host; raises `UnexpectedStatus` or `UnreadableAnswer`."""
    files = answer_to(host, SCRIPT, "the crontabs")
    names = user_names(files)
    accounts = host.expect("getent", "passwd", *names, statuses={0, NO_SUCH_KEY}).stdout if names else ""
    return parse_installation(files, accounts)


def answer_to(host: Host, script: str, what: str) -> str:
    """Return what a script for `sh` prints; raises `UnexpectedStatus`, which names `what` in place of the script."""
    answer = host.run("sh", "-c", script)
    if answer.truncated:
        raise UnreadableAnswer(f"{what} on {host.name} are more than {OUTPUT_LIMIT_BYTES:,} bytes")
    if answer.status:
        said = answer.stderr.strip().splitlines() or [f"status {answer.status} and no message"]
        raise UnexpectedStatus(f"{host.user} cannot read {what} on {host.name}: {said[-1]}")
    return answer.stdout


def user_names(text: str) -> list[str]:
    """Return the names of users, existing or not, that the crontabs of an answer mention."""
    files = _files(text.splitlines()[1:])
    found = [name.decode() for file in files for name in USER_COLUMN.findall(file.content)]
    owners = [file.user for file in files if file.user and USER_NAME.fullmatch(file.user)]
    return list(dict.fromkeys([*found, *owners]))[:MOST_NAMES]


def parse_installation(text: str, accounts: str) -> Installation:
    """Read the answer to `SCRIPT`, with the lines of passwd(5) of those of its users who exist.

    Raises `UnreadableAnswer`.
    """
    first, *lines = text.splitlines() or [""]
    daemon = first.removeprefix("cron ")
    if daemon == first:
        raise UnreadableAnswer(f"cron's crontabs were asked for, and the answer began with {first[:80]!r}")
    options = _decoded(daemon).decode("utf-8", "replace")
    users = _users(accounts)
    found = [_judged(file, users, lsb=bool(LSB_NAMES.search(options))) for file in _files(lines)]
    return Installation(bool(options), tuple(found))


def _files(lines: Sequence[str]) -> list[_File]:
    found = [_file(line) for line in lines]
    total_bytes, total_lines = (sum(map(count, found)) for count in (_bytes, _lines))
    if total_bytes > MOST_BYTES or total_lines > MOST_LINES:
        what = f"the crontabs have {total_lines:,} lines and {total_bytes:,} bytes"
        raise UnreadableAnswer(f"{what}, and at most {MOST_LINES} and {MOST_BYTES:,} are read")
    return found


def _bytes(file: _File) -> int:
    return len(file.content)


def _lines(file: _File) -> int:
    return file.content.count(b"\n")


def _file(line: str) -> _File:
    try:
        word, path, link, mode, owner, links, size, content = line.split(" ")
        name = _decoded(path).decode("utf-8", "backslashreplace")
        link_owner = None if link == "-" else int(link)
        if word != "file":
            raise ValueError(word)
        if mode == "-":
            return _File(name, FileFact(link_owner=link_owner, is_readable=False), b"")
        if int(size) > LARGEST_BYTES and content:
            raise UnreadableAnswer(f"{name} has {int(size):,} bytes, more than any crontab needs")
        fact = FileFact(int(mode, 16), int(owner), int(links), link_owner)
        if stat.S_ISREG(fact.mode) and size != "0" and not content:
            raise UnreadableAnswer(f"{name} may not be read")
    except ValueError as error:
        raise UnreadableAnswer(f"a crontab was told as {line[:80]!r}") from error
    return _File(name, fact, _decoded(content))


def _decoded(word: str) -> bytes:
    try:
        return base64.b64decode(word, validate=True)
    except binascii.Error as error:
        raise UnreadableAnswer(f"{word[:80]!r} is not base64") from error


def _users(text: str) -> dict[str, tuple[int, str]]:
    """Return user id and home of each user of lines of passwd(5)."""
    lines = [line.split(":") for line in text.splitlines()]
    return {line[0]: (int(line[2]), line[5]) for line in lines if len(line) >= 7 and line[2].isdecimal()}


def _judged(file: _File, users: Mapping[str, tuple[int, str]], *, lsb: bool) -> InstalledCrontab:
    accounts = Accounts({name: home for name, (_, home) in users.items()}, complete=True)
    crontab = read_crontab(file.content, file.name, accounts=accounts, user=file.user)
    if file.user is None:
        return InstalledCrontab(file.path, file.content, with_file_rules(crontab, file.fact, lsb=lsb))
    if file.user not in users:
        orphan = replace(crontab, loaded=False, log=(f"({file.user}) ORPHAN (no passwd entry)",))
        return InstalledCrontab(file.path, file.content, orphan)
    return InstalledCrontab(file.path, file.content, with_file_rules(crontab, file.fact, user=users[file.user][0]))
