"""Working as another user than the one who signs in."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from labcheck.errors import LabcheckError, SignInRefused
from labcheck.hosts import Host
from labcheck.hosts.ssh import Connections
from labcheck.practice.lab import PracticeLab
from tests.hosts.ssh_server import LoopbackServer, servers
from tests.practice.conftest import program

SUDO = """[ "$1 $2 $3 $5" = "-n -H -u --" ] || { echo "usage" >&2; exit 1; }
export USER="$4"; shift 5; exec "$@\""""
REFUSES = "echo 'sudo: a password is required' >&2; exit 1"


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackServer]:
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    with servers(tmp_path, 1) as running:
        yield running[0]


def test_who_signs_in_becomes_the_user_who_is_asked_with_sudo(server: LoopbackServer, tmp_path: Path) -> None:
    program(tmp_path / "bin", "sudo", SUDO)
    address = replace(server.address, user="ubuntu", become=True)
    with Connections({"db": address}) as connections:
        db = Host("db", "backup", connections)
        assert db.output("sh", "-c", "echo $USER") == "backup\n"
        assert db.as_user("ubuntu").output("sh", "-c", "echo $USER") == "tester\n"  # no sudo for oneself
        assert db.as_user("root").output("sh", "-c", "echo $USER") == "root\n"
    assert server.signed_in == 1


def test_a_sudo_that_wants_a_password_is_told_in_its_own_words(server: LoopbackServer, tmp_path: Path) -> None:
    program(tmp_path / "bin", "sudo", REFUSES)
    address = replace(server.address, user="ubuntu", become=True)
    with (
        Connections({"db": address}) as connections,
        pytest.raises(SignInRefused, match="cannot become backup on db: sudo: a password is required"),
    ):
        Host("db", "backup", connections).run("true")


def test_who_may_not_become_another_is_told_what_to_write(server: LoopbackServer) -> None:
    with (
        Connections({"db": replace(server.address, user="ubuntu")}) as connections,
        pytest.raises(LabcheckError, match="become: true"),
    ):
        Host("db", "backup", connections).run("true")


def test_a_host_that_nobody_named_is_told() -> None:
    with Connections({}) as connections, pytest.raises(LabcheckError, match="nobody said where offsite is"):
        Host("offsite", "elvis", connections).run("true")


@pytest.mark.lab
def test_root_becomes_any_user_of_a_real_host(lab: PracticeLab) -> None:
    address = replace(lab.addresses["db"], user="root", become=True)
    with Connections({"db": address}) as connections:
        db = Host("db", "backup", connections)
        assert db.output("sh", "-c", "pwd; id -un; echo $LC_ALL") == "/home/backup\nbackup\nC\n"
        assert db.as_user("root").output("id", "-un") == "root\n"
