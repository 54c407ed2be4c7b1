"""Whom to trust: our own keys, and the keys that hosts must show. Each file is read once for all connections."""

import contextlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labcheck.errors import HostKeyUnknown, LabcheckError
from labcheck.hosts.library import paramiko


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


class Trust:
    """Our keys and the host keys that we know, read once for all connections of a run; safe between threads.

    `ask_passphrase(path)` is asked once for each key that has one. With `accept_new` the key of an unknown host is
    written into its known_hosts file; a changed one is refused all the same.
    """

    def __init__(self, ask_passphrase: Callable[[Path], str] | None = None, *, accept_new: bool = False) -> None:
        self.accept_new = accept_new
        self._ask_passphrase = ask_passphrase
        self._identities: dict[Path, paramiko.PKey] = {}
        self._known: dict[Path, paramiko.HostKeys] = {}
        self._lock = threading.Lock()

    def identity(self, path: Path) -> paramiko.PKey:
        """Return our key; raises `LabcheckError` when the file has none, or its passphrase is not known."""
        with self._lock:
            if path not in self._identities:
                self._identities[path] = self._load(path)
            return self._identities[path]

    def look_at_agent(self) -> None:
        """See that the SSH agent has a key for us; raises `LabcheckError` when it has none, or there is no agent."""
        agent = paramiko.Agent()
        keys = agent.get_keys()
        agent.close()
        if not keys:
            what = "the SSH agent is to sign in, and there is none that has a key"
            raise LabcheckError(
                what, "Load one: ssh-add ~/.ssh/id_ed25519 (without an agent, before that: ssh-agent bash)"
            )

    def _load(self, path: Path) -> paramiko.PKey:
        try:
            return paramiko.PKey.from_path(path)
        except (TypeError, paramiko.PasswordRequiredException) as error:  # what comes back depends on the kind of key
            if self._ask_passphrase is None:
                what = f"the key {path} has a passphrase"
                raise LabcheckError(what, "Use one without, or an agent: in the roster, identity: agent") from error
        except Exception as error:  # whatever the libraries below say of a file that is no key
            raise LabcheckError(f"cannot use the key {path}: {error}") from error
        passphrase = self._ask_passphrase(path).encode()
        try:
            return paramiko.PKey.from_path(path, passphrase)  # type: ignore[arg-type]
        except Exception as error:
            raise LabcheckError(f"that is not the passphrase of {path}") from error

    def known(self, name: str, address: Address) -> dict[str, paramiko.PKey]:
        """Return the keys that are known of a host, by type."""
        if address.host_key:
            kind, data = address.host_key.split()[:2]
            entry = paramiko.hostkeys.HostKeyEntry.from_line(f"{name} {kind} {data}")
            if entry is None or entry.key is None:
                raise LabcheckError(f"the pinned key of {name} cannot be read: {address.host_key[:60]}")
            return {kind: entry.key}
        with self._lock:
            return dict(self._file(address.known_hosts_file).lookup(name) or {})

    def _file(self, path: Path) -> paramiko.HostKeys:
        if path not in self._known:
            self._known[path] = paramiko.HostKeys()
            with contextlib.suppress(FileNotFoundError):  # nothing is known yet
                self._known[path].load(str(path))
        return self._known[path]

    def remember(self, name: str, key: paramiko.PKey, path: Path) -> None:
        """Write the key of a host that was unknown, on disk before anything is asked there."""
        with self._lock, path.open("a") as file:
            self._file(path).add(name, key.get_name(), key)
            file.write(f"{name} {key.get_name()} {key.get_base64()}\n")
            file.flush()
            os.fsync(file.fileno())


@dataclass(frozen=True)
class Policy(paramiko.MissingHostKeyPolicy):
    """What becomes of a host whose key nobody knows: refused, or remembered where `accept_new` says so."""

    host: str
    address: Address
    trust: Trust

    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        """Take the key, or raise `HostKeyUnknown` with the line that would pin it."""
        if not self.trust.accept_new:
            what = f"the host key of {self.host} is not known: {hostname} shows {key.fingerprint}"
            pin = f"host_key: {key.get_name()} {key.get_base64()}"
            raise HostKeyUnknown(what, f"If it is the right one, pin it ({pin}), or use --accept-new-host-keys.")
        self.trust.remember(hostname, key, self.address.known_hosts_file)
