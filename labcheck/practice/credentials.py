"""What a lab's hosts know of each other: SSH keys and MySQL passwords, new for each lab and never in the repository."""

import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from labcheck.practice.images import HOSTS

CLIENT = "client"


@dataclass(frozen=True)
class KeyPair:
    """An Ed25519 key in OpenSSH's own format."""

    private: str
    public: str


def new_key(comment: str) -> KeyPair:
    """Return a fresh key."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return KeyPair(private.decode(), f"{public.decode()} {comment}\n")


def write(folder: Path, student: str, ports: dict[str, int]) -> None:
    """Make all secrets of a lab under `folder`: one folder a host, mounted there as `/lab`, and `client` for us."""
    shutil.rmtree(folder, ignore_errors=True)
    host_keys = {host: new_key(host) for host in HOSTS}
    ours, backup_of_db, student_of_backup = new_key("labcheck"), new_key("backup@db"), new_key(f"{student}@backup")
    passwords = {user: secrets.token_urlsafe(18) for user in ("backup", "agama", "labcheck")}
    known = "".join(f"{host}.foo.bar,{host} {key.public.rpartition(' ')[0]}\n" for host, key in host_keys.items())
    common = {"lab_authorized_keys": ours.public, "known_hosts": known}
    own = {
        "db": {
            "id_ed25519": backup_of_db.private,
            "id_ed25519.pub": backup_of_db.public,
            "client.cnf": f"[client]\nuser = backup\npassword = {passwords['backup']}\n",
            "accounts.sql": accounts_sql(passwords),
        },
        "backup": {"authorized_keys": backup_of_db.public, "id_ed25519": student_of_backup.private},
        "offsite": {"authorized_keys": student_of_backup.public},
        "app": {"database_password": passwords["agama"]},
    }
    for host in HOSTS:
        _write_files(folder / host, common | own[host] | {"host_key": host_keys[host].private})
    pinned = "".join(
        f"[127.0.0.1]:{ports[f'{host}_ssh']} {key.public.rpartition(' ')[0]}\n" for host, key in host_keys.items()
    )
    client = {"id_ed25519": ours.private, "known_hosts": pinned, "mysql_password": passwords["labcheck"]}
    _write_files(folder / CLIENT, client)


def _write_files(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True, mode=0o700)
    for name, text in files.items():
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(text)


def accounts_sql(passwords: dict[str, str]) -> str:
    """Return the statements that give MySQL the lab's accounts, one a line, fit for mysqld's `init-file`.

    `backup` may dump and restore `agama` (what the demo needs, measured), `agama` is the app, `labcheck` is ours.
    """
    grants = {
        "'backup'@'localhost'": "SELECT, LOCK TABLES, INSERT, DROP, CREATE, ALTER ON agama.*",
        "'agama'@'%'": "SELECT, INSERT, UPDATE, DELETE, CREATE ON agama.*",
        "'labcheck'@'%'": "ALL PRIVILEGES ON agama.*",
    }
    lines = []
    for account, grant in grants.items():
        password = passwords[account.split("'")[1]]
        lines.append(f"CREATE USER IF NOT EXISTS {account} IDENTIFIED BY '{password}';")
        lines.append(f"ALTER USER {account} IDENTIFIED BY '{password}';")
        lines.append(f"GRANT {grant} TO {account};")
    return "".join(f"{line}\n" for line in lines)
