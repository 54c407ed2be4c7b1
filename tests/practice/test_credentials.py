import io
import re
import stat
from pathlib import Path

import paramiko
import pytest

from labcheck.practice.credentials import accounts_sql, new_key, write
from labcheck.practice.images import HOSTS

PORTS = {f"{host}_ssh": 2200 + number for number, host in enumerate(HOSTS)}


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    write(tmp_path / "lab", "elvis", PORTS)
    return tmp_path / "lab"


def test_each_host_and_we_have_a_folder_that_nobody_else_may_read(secrets: Path) -> None:
    assert {path.name for path in secrets.iterdir()} == {*HOSTS, "client"}
    for path in secrets.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_each_host_has_its_own_host_key_and_no_other(secrets: Path) -> None:
    keys = [(secrets / host / "host_key").read_text() for host in HOSTS]
    assert len(set(keys)) == len(HOSTS)
    for host, key in zip(HOSTS, keys, strict=True):
        assert [path.parent.name for path in secrets.rglob("*") if path.is_file() and path.read_text() == key] == [host]


def test_keys_fit_the_places_that_trust_them(secrets: Path) -> None:
    def public(private: Path) -> str:
        key = paramiko.Ed25519Key.from_private_key(io.StringIO(private.read_text()))
        return f"{key.get_name()} {key.get_base64()}"

    assert (secrets / "db" / "id_ed25519.pub").read_text() == f"{public(secrets / 'db' / 'id_ed25519')} backup@db\n"
    assert public(secrets / "db" / "id_ed25519") in (secrets / "backup" / "authorized_keys").read_text()
    assert public(secrets / "backup" / "id_ed25519") in (secrets / "offsite" / "authorized_keys").read_text()
    pinned = (secrets / "client" / "known_hosts").read_text().splitlines()
    for host in HOSTS:
        assert public(secrets / "client" / "id_ed25519") in (secrets / host / "lab_authorized_keys").read_text()
        assert f"[127.0.0.1]:{PORTS[f'{host}_ssh']} {public(secrets / host / 'host_key')}" in pinned
        assert (
            f"{host}.foo.bar,{host} {public(secrets / host / 'host_key')}\n"
            in (secrets / "app" / "known_hosts").read_text()
        )


def test_passwords_are_the_same_on_both_sides(secrets: Path) -> None:
    accounts = (secrets / "db" / "accounts.sql").read_text()
    passwords = dict(re.findall(r"ALTER USER '(\w+)'@'[^']+' IDENTIFIED BY '([^']+)';", accounts))

    assert passwords["agama"] == (secrets / "app" / "database_password").read_text()
    assert passwords["labcheck"] == (secrets / "client" / "mysql_password").read_text()
    assert f"password = {passwords['backup']}\n" in (secrets / "db" / "client.cnf").read_text()
    assert len(set(passwords.values())) == 3


def test_every_lab_has_new_secrets_and_nothing_of_the_old_one(secrets: Path) -> None:
    (secrets / "db" / "left").write_text("old")
    before = {path: path.read_text() for path in secrets.rglob("*") if path.is_file()}
    write(secrets, "elvis", PORTS)

    assert not (secrets / "db" / "left").exists()
    assert not [path for path, text in before.items() if path.exists() and path.read_text() == text]


def test_a_key_is_another_each_time() -> None:
    assert new_key("x").private != new_key("x").private
    assert new_key("x").public.endswith(" x\n")


def test_accounts_are_one_statement_a_line() -> None:
    lines = accounts_sql({"backup": "b-_1", "agama": "a", "labcheck": "l"}).splitlines()

    assert len(lines) == 9
    assert all(re.fullmatch(r"(CREATE USER|ALTER USER|GRANT) [^;]*;", line) for line in lines)
    assert lines[1] == "ALTER USER 'backup'@'localhost' IDENTIFIED BY 'b-_1';"
