"""Where a host is, and with what it is signed in to."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Address:
    """Where a host listens, who signs in there, and the files with our key and with its pinned host key.

    `user` signs in for everybody (empty: whoever is asked signs in), and becomes others with sudo where `become` says
    so. `host_key` pins a key (`ssh-ed25519 AAAA...`) instead of the file. Without an identity file an agent is asked
    for the key, which is somebody's choice in the roster.
    """

    address: str
    port: int
    identity_file: Path | None
    known_hosts_file: Path
    user: str = ""
    become: bool = False
    host_key: str = ""
