"""Facts about files of a host."""

import hashlib
import re
import stat
from dataclasses import dataclass
from datetime import UTC, datetime

from labcheck.errors import UnexpectedStatus, UnreadableAnswer
from labcheck.hosts import Host

TEXT_LIMIT_BYTES = 4 << 20
NONE_THERE = ("No such file or directory", "Not a directory")
"""How programs say that nothing lies at a path."""
LITERAL = r"[\"']?[^[:space:]\"'$`/~]"
"""How a secret itself begins: what begins so is no variable, no command that prints it, and no file that holds it."""
OPEN_CREDENTIALS = (
    r"^[[:space:]]*(export[[:space:]]+)?"
    r"(([A-Za-z]+_)?(pass(word|wd|phrase)?|PASS(WORD|WD|PHRASE)?)|[A-Za-z]+_(pwd|PWD)|PGPASSWORD)"
    rf"[[:space:]]*=[[:space:]]*{LITERAL}"
    rf"|^[^#]*--password={LITERAL}"
    rf"|^[^#]*(mysql|mysqldump|mysqladmin|mariadb|mariadb-dump)[[:space:]]([^|;&#]*[[:space:]])?-p{LITERAL}"
)


# What a file begins with says what has packed it. Where that program is not there the status is 127.
UNPACK = """
unpack() {
    case $(head -c 4 "$1" | od -An -tx1 | tr -d ' \\n') in
        fd377a58) xz -dc ;;
        425a68*) bzip2 -dc ;;
        28b52ffd) zstd -dcq ;;
        *) gzip -dcf ;;
    esac < "$1"
}
"""


@dataclass(frozen=True)
class FileStatus:
    """A file as `stat` sees it: `kind` in stat's words, `mode` the permission bits, `size_bytes` its length."""

    path: str
    kind: str
    mode: int
    owner: str
    size_bytes: int

    @property
    def mode_text(self) -> str:
        """The permission bits as people write them: `0600`."""
        return f"{self.mode:04o}"

    @property
    def open_to_others(self) -> bool:
        """Say whether anyone but the owner may read or write it."""
        return bool(self.mode & (stat.S_IRWXG | stat.S_IRWXO))


@dataclass(frozen=True)
class Arrival:
    """Something that came to be at a path of a host, and when: whatever time a program gave to it."""

    path: str
    when: datetime


def file_status(host: Host, path: str) -> FileStatus | None:
    """Return how a file looks (a link's target), None when there is none at that path."""
    answer = host.expect("stat", "--dereference", "--format", "%F|%a|%U|%s", "--", path, statuses={0, 1})
    if answer.status == 0:
        return parse_file_status(path, answer.stdout)
    if answer.stderr.rstrip().endswith(NONE_THERE):
        return None
    raise UnexpectedStatus(f"{host.user} on {host.name} cannot look at {path}: {answer.stderr.strip()}")


def parse_file_status(path: str, text: str) -> FileStatus:
    """Read `kind|mode|owner|size`; raises `UnreadableAnswer`."""
    fields = text.strip().split("|")
    try:
        kind, mode, owner, size = fields
        return FileStatus(path, kind, int(mode, 8), owner, int(size))
    except ValueError as error:
        raise UnreadableAnswer(f"stat said {text[:100]!r} of {path}") from error


def changed_at(host: Host, path: str) -> datetime:
    """Return when a file was last written to, in whole seconds, in UTC; raises `UnexpectedStatus`."""
    return parse_changed_at(host.output("stat", "--dereference", "--format", "%Y", "--", path))


def parse_changed_at(text: str) -> datetime:
    """Read seconds since 1970; raises `UnreadableAnswer`."""
    if not re.fullmatch(r"[0-9]{1,11}\n", text):
        raise UnreadableAnswer(f"stat said {text[:100]!r}")
    return datetime.fromtimestamp(int(text), UTC)


def arrivals(host: Host, pattern: str) -> list[Arrival]:
    """Return the files whose paths fit a pattern of the shell, the one first that came last; the pattern is absolute.

    Without the directory there are none. Raises `UnexpectedStatus`, and `UnreadableAnswer`.
    """
    literal = re.split(r"[*?\[\\]", pattern, maxsplit=1)[0]
    start = pattern if literal == pattern else literal[: literal.rindex("/") + 1]
    words = ["find", start, "-type", "f", "-path", pattern, "-printf", r"%C@ %p\0"]
    answer = host.expect(*words, statuses={0, 1})
    if answer.status and not answer.stderr.rstrip().endswith(NONE_THERE):
        raise UnexpectedStatus(f"{host.user} on {host.name} cannot look into {start}: {answer.stderr.strip()}")
    return parse_arrivals(answer.stdout)


def parse_arrivals(text: str) -> list[Arrival]:
    """Read `seconds since 1970, path`, each ended by a NUL; raises `UnreadableAnswer`."""
    found = [re.fullmatch(r"([0-9]{1,11})(?:\.[0-9]+)? (/.+)", entry, re.DOTALL) for entry in text.split("\0")[:-1]]
    if None in found:
        raise UnreadableAnswer(f"find said {text[:100]!r}")
    came = [Arrival(one[2], datetime.fromtimestamp(int(one[1]), UTC)) for one in found if one]
    return sorted(came, key=lambda one: one.when, reverse=True)


def is_readable(host: Host, path: str) -> bool:
    """Say whether the host's user may read a file."""
    return host.test("test", "-r", path)


def are_one(host: Host, path: str, other: str) -> bool:
    """Say whether two paths lead to one and the same file."""
    return host.test("test", path, "-ef", other)


def is_writable(host: Host, path: str) -> bool:
    """Say whether the host's user may write to a file or directory."""
    return host.test("test", "-w", path)


def free_bytes(host: Host, path: str) -> int:
    """Return how many bytes the host's user can still write where a path lies; raises `UnexpectedStatus`."""
    return parse_free_bytes(host.output("stat", "--file-system", "--format", "%a %S", "--", path))


def parse_free_bytes(text: str) -> int:
    """Read the number of free blocks and the bytes of one; raises `UnreadableAnswer`."""
    if not re.fullmatch(r"[0-9]{1,18} [0-9]{1,9}\n", text):
        raise UnreadableAnswer(f"stat said {text[:100]!r}")
    blocks, size = text.split()
    return int(blocks) * int(size)


def checksum(host: Host, path: str) -> str:
    """Return the SHA-256 of a file, 64 hexadecimal digits, worked out here from what the host gives us of it.

    What a program called sha256sum says over there is its owner's word. Raises what `text_of` raises.
    """
    return hashlib.sha256(text_of(host, path).encode()).hexdigest()


def parse_checksum(text: str) -> str:
    """Read what sha256sum prints of one file; a name with odd characters has a backslash before the digits.

    Raises `UnreadableAnswer`.
    """
    line = re.fullmatch(r"\\?([0-9a-f]{64}) [ *][^\n]+\n", text)
    if line is None:
        raise UnreadableAnswer(f"sha256sum said {text[:100]!r}")
    return line[1]


def text_of(host: Host, path: str) -> str:
    """Return a file's text; raises `UnexpectedStatus` when it cannot be read and `UnreadableAnswer` over 4 MiB."""
    return host.output("cat", "--", path, limit_bytes=TEXT_LIMIT_BYTES)


def unpacked(host: Host, path: str) -> str:
    """Return the text of a file that may be packed with gzip, xz, bzip2 or zstd; raises what `text_of` raises."""
    return host.output("sh", "-c", f'{UNPACK}unpack "$1"', "unpack", path, limit_bytes=TEXT_LIMIT_BYTES)


def open_files_naming_a_password(host: Host, folder: str) -> list[str]:
    """Return the files straight in a folder that anyone may read and that set a password, by name; dumps are data."""
    small = ["-maxdepth", "1", "-type", "f", "-perm", "-o=r", "-size", "-64k"]
    found = host.output("find", folder, *small, "!", "-name", "*.sql", "-print0")
    paths = [path for path in found.split("\0") if path]
    if not paths:
        return []
    words = [
        "grep",
        "--files-with-matches",
        "--null",
        "--extended-regexp",
        "-I",
        "-e",
        OPEN_CREDENTIALS,
    ]
    naming = host.expect(*words, "--", *paths, statuses={0, 1})
    return sorted(path.rpartition("/")[2] for path in naming.stdout.split("\0") if path)
