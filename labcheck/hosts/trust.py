"""Whom to trust: our own keys, and the keys that hosts must show. Each file is read once for all connections."""

import base64
import contextlib
import hmac
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from labcheck.errors import HostKeyUnknown, LabcheckError
from labcheck.hosts.address import Address
from labcheck.hosts.library import paramiko


class Trust:
    """Our keys and the host keys that we know, read once for all connections of a run; safe between threads.

    `ask_passphrase(path)` is asked once for each key that has one. With `accept_new` the key of an unknown host is
    written into its known_hosts file; a changed one is refused all the same.
    """

    def __init__(self, ask_passphrase: Callable[[Path], str] | None = None, *, accept_new: bool = False) -> None:
        self.accept_new = accept_new
        self._ask_passphrase = ask_passphrase
        self._identities: dict[Path, paramiko.PKey] = {}
        self._known: dict[Path, _KnownHosts] = {}
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
            pinned = _key(kind, data)
            if pinned is None:
                raise LabcheckError(f"the pinned key of {name} cannot be read: {address.host_key[:60]}")
            return {kind: pinned}
        with self._lock:
            return self._file(address.known_hosts_file).keys(name)

    def _file(self, path: Path) -> "_KnownHosts":
        if path not in self._known:
            self._known[path] = _KnownHosts(path)
        return self._known[path]

    def remember(self, name: str, key: paramiko.PKey, path: Path) -> None:
        """Write the key of a host that was unknown, on disk before anything is asked there; raises `LabcheckError`."""
        with self._lock:
            self._file(path).add(name, key.get_name(), key.get_base64())
            try:
                with path.open("a+b") as file:
                    is_cut = file.tell() and file.seek(-1, os.SEEK_END) and file.read() != b"\n"
                    file.write(b"\n" * bool(is_cut) + f"{name} {key.get_name()} {key.get_base64()}\n".encode())
                    file.flush()
                    os.fsync(file.fileno())
            except OSError as error:
                raise LabcheckError(f"cannot pin a host key in {path}: {error.strerror}") from error


class _KnownHosts:
    """What a file of known hosts says (sshd(8)); a line that cannot be read takes none of the others with it.

    A key is made of its text when it is asked for: a class has thousands.
    """

    def __init__(self, path: Path) -> None:
        """Read a file, or nothing where none is yet; raises `LabcheckError`."""
        self._by_name: dict[str, list[tuple[str, str]]] = {}
        self._hashed: list[str] = []
        self._revoked: set[str] = set()
        try:
            text = path.read_text("utf-8", "replace")
        except FileNotFoundError:
            return
        except OSError as error:
            raise LabcheckError(f"cannot read the known hosts {path}: {error.strerror}") from error
        for line in text.splitlines():
            words = line.split()
            if len(words) > 3 and words[0] == "@revoked":
                self._revoked.add(words[3])
            elif len(words) > 2 and words[0][0] not in "#@":
                for name in words[0].split(","):
                    self.add(name, words[1], words[2])

    def add(self, name: str, kind: str, data: str) -> None:
        """Take down a key of a host, whose name may be hashed."""
        if name.startswith("|1|"):
            self._hashed.append(name)
        self._by_name.setdefault(name, []).append((kind, data))

    def keys(self, name: str) -> dict[str, paramiko.PKey]:
        """Return the keys of a host by type, of each type the first."""
        hashed = [one for one in self._hashed if _is_hash_of(name, one)]
        found: dict[str, paramiko.PKey] = {}
        for kind, data in [pair for known in (name, *hashed) for pair in self._by_name.get(known, ())]:
            key = _key(kind, data) if kind not in found and data not in self._revoked else None
            if key is not None:
                found[kind] = key
        return found


def _is_hash_of(name: str, hashed: str) -> bool:
    try:
        salt, digest = (base64.b64decode(part, validate=True) for part in hashed.split("|")[2:])
    except ValueError:  # it is none
        return False
    return hmac.compare_digest(hmac.digest(salt, name.encode(), "sha1"), digest)


def _key(kind: str, data: str) -> paramiko.PKey | None:
    """Return a key, None where the text is none, or of a kind that is not spoken here."""
    with contextlib.suppress(Exception):  # what the libraries below say of a text that is no key
        entry = paramiko.hostkeys.HostKeyEntry.from_line(f"host {kind} {data}")
        return entry.key if entry else None
    return None


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
