"""Where data lies: host and path, from file names, `user@host:path` and the URLs of duplicity.

A relative path on another host begins in the home of the user who signs in there. The home of `root` is /root,
that of USER /home/USER, unless the crontab sets HOME: a crontab alone cannot tell more.
"""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

CLOUDS = ("s3", "boto3+s3", "s3+http", "gs", "b2", "azure", "swift", "rclone", "dpbx", "gdocs", "gdrive", "onedrive",
          "mega", "megav2", "megav3", "hubic", "pca", "cf+http", "multi", "http", "https")  # fmt: skip
URL = re.compile(r"^(?P<scheme>[a-z][a-z0-9+]*)://(?P<rest>.*)$", re.DOTALL)
AUTHORITY = re.compile(r"^(?:(?P<user>[^@/]*)@)?(?P<host>\{\{.*?\}\}[^/:]*|\[[^\]]*\]|[^/:]*)(?P<port>:\d*)?")
REMOTE = re.compile(r"^(?:(?P<user>[^@/:]+|[^@/:]*\{\{.*?\}\}[^@/:]*)@)?(?P<host>\[[^\]]*\]|(?:\{\{.*?\}\}|[^/:{])+):")
DYNAMIC = re.compile(r"\$\([^)]*\)|\$\{[^}]*\}|\$[A-Za-z_]\w*|\{\{.*?\}\}")
GLOB = re.compile(r"[*?\[]")
ITSELF = re.compile(r"localhost(\.localdomain)?|ip6-(localhost|loopback)|127(\.\d+){3}|::1")
"""What every host calls itself."""


@dataclass(frozen=True)
class Place:
    """A file or directory on a host. `host` is a name, or a cloud store such as `s3://bucket`.

    `path` is absolute and normal (no `.`, no doubled or trailing slash); it may hold wildcards and templates.
    `directory` says that it was written with a trailing slash or is a directory by its nature.
    """

    host: str
    path: str
    directory: bool = False

    def __str__(self) -> str:
        return f"{self.host}{self.path}" if self.is_cloud else f"{self.host}:{self.path}"

    @property
    def name(self) -> str:
        """Return the last part of the path."""
        return posixpath.basename(self.path)

    @property
    def is_glob(self) -> bool:
        """Tell whether the shell would look for several files."""
        return bool(GLOB.search(DYNAMIC.sub("", self.path)))

    @property
    def pattern(self) -> str:
        """Return the path as a wildcard pattern: what only a run can know, such as `$(date)`, becomes `*`."""
        return DYNAMIC.sub("*", self.path)

    @property
    def is_cloud(self) -> bool:
        """Tell whether it is a storage service rather than a machine."""
        return "://" in self.host

    def inside(self, name: str) -> "Place":
        """Return the place of an entry of this directory."""
        return Place(self.host, posixpath.join(self.path, name))

    def contains(self, other: "Place") -> bool:
        """Tell whether the other place lies under this directory, on the same host."""
        prefix = self.path.rstrip("/") + "/"
        return same_host(self.host, other.host) and other.path.startswith(prefix)

    def matches(self, other: "Place") -> bool:
        """Tell whether this path or pattern names the other place, or an entry of it when that is a directory."""
        if not same_host(self.host, other.host):
            return False
        if self.path == other.path or fnmatchcase(other.pattern, self.pattern):
            return True
        return fnmatchcase(self.pattern, other.pattern) and not self.is_glob


Accounts = Mapping[tuple[str, str, str], str]
"""What ssh takes a name for, as `user@host`, by the host and the user who calls it so, and the name."""


@dataclass(frozen=True)
class Home:
    """Who runs a command where: host, user, and the directories that relative paths and `~` start from.

    `accounts` are what hosts' names stand for, where they are no hosts' names: aliases of ssh_config(5).
    """

    host: str
    user: str
    home: str
    directory: str
    accounts: Accounts = field(default_factory=dict, compare=False, repr=False)

    def local(self, text: str) -> Place:
        """Return the place of a file name as the shell on this host understands it."""
        path = tilde(text, self.home)
        full = posixpath.join(self.directory, path)
        return Place(self.host, normal(full), text.endswith(("/", "/.")) or text in (".", "..", "~"))

    def remote(self, user: str, host: str, path: str) -> Place:
        """Return a path on another host, signed in as `user` (or as ssh says, or as the same name as here)."""
        host = self.host if ITSELF.fullmatch(clean_host(host)) else host
        usual, _, name = self.account(host).rpartition("@")
        home = home_of(user or usual or self.user)
        full = posixpath.join(home, tilde(path, home))
        return Place(clean_host(name or host), normal(full), path in ("", ".", "~") or path.endswith(("/", "/.")))

    def account(self, host: str) -> str:
        """Return what ssh takes a host's name for, as `user@host`; empty where it is not known."""
        return self.accounts.get((self.host, self.user, clean_host(host)), "")


def home_of(user: str) -> str:
    """Return the usual home directory of a user."""
    return "/root" if user == "root" else f"/home/{user}"


def tilde(path: str, home: str) -> str:
    """Replace a leading `~`, `~user` or `$HOME` as a shell does."""
    for start in ("$HOME", "${HOME}"):
        if path == start or path.startswith(start + "/"):
            return home + path[len(start) :]
    if path == "~" or path.startswith("~/"):
        return home + path[1:]
    named = re.match(r"~([A-Za-z_][\w-]*)(?=/|$)", path)
    return home_of(named[1]) + path[named.end() :] if named else path


def normal(path: str) -> str:
    """Return a path without `.`, `..`, doubled slashes and a slash at the end."""
    return posixpath.normpath("/" + path.lstrip("/"))


def clean_host(host: str) -> str:
    """Return a host name as it is compared: in lower case, without brackets and a final dot."""
    return host if "{{" in host else host.strip("[]").rstrip(".").lower()


def same_host(one: str, other: str) -> bool:
    """Tell whether two names mean one host: equal, or one is the first label(s) of the other."""
    return one == other or one.startswith(other + ".") or other.startswith(one + ".")


def split_remote(text: str) -> tuple[str, str, str] | None:
    """Return user, host and path of `user@host:path`; None for a local file name (a slash before the colon)."""
    found = REMOTE.match(text)
    if not found or text.startswith(("/", "./", "../", "~/")):
        return None
    return found["user"] or "", found["host"], text[found.end() :]


def of_rsync(text: str, here: Home) -> Place:
    """Return the place of an argument of scp or rsync: a file here, `user@host:path`, or a URL of either."""
    url = URL.match(text)
    if url and url["scheme"] in ("rsync", "scp", "sftp"):
        user, host, rest = _authority(url["rest"])
        if url["scheme"] == "rsync":
            return Place(clean_host(host), f"module:{rest.strip('/')}", directory=True)
        return here.remote(user, host, rest.removeprefix("/"))
    remote = split_remote(text)
    if remote is None:
        return here.local(text)
    user, host, path = remote
    if path.startswith(":"):
        return Place(clean_host(host), f"module:{path.strip(':/')}", directory=True)
    return here.remote(user, host, path)


def of_duplicity(text: str, here: Home) -> Place | None:
    """Return the place of a duplicity target URL; None when it is no URL.

    After the host, `/dir` is relative to the home and `//dir` absolute; rsync, scp, sftp and ssh agree on this.
    """
    url = URL.match(text)
    if not url:
        return None
    scheme, rest = url["scheme"].removeprefix("par2+"), url["rest"]
    if scheme == "file":
        return Place(here.host, normal(posixpath.join(here.directory, rest)), directory=True)
    if scheme in CLOUDS:
        bucket, _, path = rest.lstrip("/").partition("/")
        bucket = bucket.rpartition("@")[2]
        return Place(
            f"{scheme.rpartition('+')[2] if scheme == 'boto3+s3' else scheme}://{bucket}",
            normal(path),
            directory=True,
        )
    user, host, path = _authority(rest)
    if path.startswith(("::", ":/", ":")) or "::" in text:
        return Place(clean_host(host), f"module:{path.strip(':/')}", directory=True)
    home = here.remote(user, host, path.removeprefix("/") or "/")
    return Place(home.host, home.path, directory=True)


def _authority(rest: str) -> tuple[str, str, str]:
    """Return user (without a password), host and what follows them."""
    found = AUTHORITY.match(rest)
    if not found:
        return "", rest, ""
    user = (found["user"] or "").partition(":")[0]
    return user, found["host"], rest[found.end() :]
