"""Which users a host has, as far as a crontab needs it: does the name exist, and what is its home
directory."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

STOCK: Final = {
    "root": "/root", "daemon": "/usr/sbin", "bin": "/bin", "sys": "/dev", "sync": "/bin",
    "games": "/usr/games",
    "man": "/var/cache/man", "lp": "/var/spool/lpd", "mail": "/var/mail", "news": "/var/spool/news",
    "uucp": "/var/spool/uucp", "proxy": "/bin", "www-data": "/var/www", "backup": "/var/backups",
    "list": "/var/list", "irc": "/run/ircd", "nobody": "/nonexistent", "_apt": "/nonexistent",
}  # fmt: skip
"""The accounts of a fresh Debian (base-passwd) and their homes."""

COMMANDS: Final = frozenset(
    [
        "ansible",
        "apt-get",
        "awk",
        "bash",
        "borg",
        "bzip2",
        "cat",
        "cd",
        "certbot",
        "chmod",
        "chown",
        "cp",
        "curl",
        "date",
        "dash",
        "dd",
        "df",
        "docker",
        "duplicity",
        "echo",
        "env",
        "export",
        "find",
        "flock",
        "git",
        "grep",
        "gunzip",
        "gzip",
        "ionice",
        "kill",
        "logger",
        "logrotate",
        "ls",
        "mariadb-dump",
        "mkdir",
        "mount",
        "mv",
        "mysqldump",
        "nice",
        "node",
        "perl",
        "php",
        "pg_dump",
        "pg_dumpall",
        "podman",
        "ps",
        "pwd",
        "python",
        "python3",
        "rclone",
        "rdiff-backup",
        "reboot",
        "restic",
        "rm",
        "rsnapshot",
        "rsync",
        "ruby",
        "run-parts",
        "scp",
        "sed",
        "service",
        "sftp",
        "sh",
        "shutdown",
        "sleep",
        "ssh",
        "sudo",
        "su",
        "systemctl",
        "tar",
        "tee",
        "test",
        "timeout",
        "touch",
        "umount",
        "wget",
        "xz",
        "zcat",
        "zip",
        "zsh",
    ]
)
"""Words that are commands and that nobody calls a user: found in the place of the user, the user is
missing."""

_PLAUSIBLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\$?", re.ASCII)


@dataclass(frozen=True)
class Accounts:
    """The users that exist and their homes. Unless `complete`, other names are taken to exist if they
    could."""

    homes: Mapping[str, str] = field(default_factory=lambda: STOCK)
    complete: bool = False

    def exists(self, name: str) -> bool:
        """Whether getpwnam() would find the name (or, where we do not know, whether it could be one)."""
        if self.complete or name in self.homes:
            return name in self.homes
        return bool(_PLAUSIBLE.fullmatch(name)) and name not in COMMANDS

    def home(self, name: str) -> str:
        """The home directory; where we do not know it, the one that Debian's adduser gives."""
        return self.homes.get(name) or STOCK.get(name, f"/home/{name}")


ANY: Final = Accounts()
"""Nothing is known about the host: a name that could be a user is one."""


def only(words: str) -> Accounts:
    """The accounts of a list such as `root,backup` or `root,backup=/home/backup`, and no other."""
    pairs = (word.strip().partition("=") for word in words.split(",") if word.strip())
    return Accounts({name: home or STOCK.get(name, f"/home/{name}") for name, _, home in pairs}, complete=True)
