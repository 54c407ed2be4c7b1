"""Hosts as students have them: a machine with systemd, sudo and the journal, beside one that writes a syslog."""

import hashlib
import secrets
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from labcheck.cli import exit_codes, run
from labcheck.errors import HostUnreachable, LabcheckError
from labcheck.facts import cron_log
from labcheck.hosts import Host
from labcheck.hosts.address import Address
from labcheck.hosts.ssh import Connections
from labcheck.model import Status
from labcheck.practice import engine, images
from labcheck.practice.credentials import new_key
from labcheck.practice.lab import PracticeLab
from labcheck.practice.places import fixtures
from labcheck.reports.json import read
from tests.conftest import skip_unless_required

pytestmark = pytest.mark.lab
BOOT_SECONDS = 60
DUMP = "mysqldump agama > agama.sql"
UPLOAD = "duplicity --no-encryption full agama.sql rsync://elvis@backup.foo.bar/mysql"
CRONTAB = f"""\
9 0 * * 0 backup duplicity remove-older-than 30D --force rsync://elvis@backup.foo.bar/mysql
11 0 * * * backup {DUMP}
12 0 * * * backup {UPLOAD}
@reboot backup {DUMP}
@reboot backup {UPLOAD}
"""
ASK_BACKUP_TOO = {
    "clocks_agree",
    "backup_server_lets_backup_in",
    "backup_server_holds_what_cron_made",
    "next_backup_can_be_made",
}
RESTART_CRON = {"systemd": "systemctl restart cron", "s6-svscan": "s6-svc -r /etc/s6/cron"}


def image(found: engine.Engine) -> str:
    """Return the image of the machine; on Debian's stable, whose systemd still knows old control groups."""
    base = images.base_of(found, "mariadb", print)
    files = sorted((fixtures() / "vm").iterdir())
    content = hashlib.sha256(base.encode() + b"".join(path.read_bytes() for path in files)).hexdigest()
    name = f"localhost/labcheck-vm:{content[:12]}"
    if found.run("images", "--quiet", name).stdout.strip() == "":
        found.run("build", "--quiet", f"--build-arg=BASE={base}", "--tag", name, str(fixtures() / "vm"))
    return name


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Address]:
    """A virtual machine, as far as a container can be one: its first process is systemd."""
    try:
        found = engine.find(install_with=print)
    except LabcheckError as error:
        skip_unless_required(f"no container engine: {error}")
    keys, host_key, client = tmp_path / "vm", new_key("vm"), new_key("client")
    keys.mkdir(mode=0o755)
    for name, text in {"host_key": host_key.private, "authorized_keys": client.public}.items():
        (keys / name).write_text(text)
    (keys / "host_key").chmod(0o600)
    (tmp_path / "key").write_text(client.private)
    name = f"labcheck-vm-{secrets.token_hex(4)}"
    systemd = ["--systemd=always"] if found.name == "podman" else ["--privileged", "--cgroupns=private"]
    options = [*systemd, "--publish=127.0.0.1::22", f"--volume={keys}:/vm:ro,z"]
    found.run("run", "--detach", "--rm", "--name", name, *options, image(found))
    try:
        port = int(found.run("port", name, "22").stdout.rpartition(":")[2])
        pin = " ".join(host_key.public.split()[:2])
        yield Address("127.0.0.1", port, tmp_path / "key", tmp_path / "none", "ubuntu", become=True, host_key=pin)
    finally:
        found.run("rm", "--force", "--time=0", name, check=False)


def booted(address: Address) -> Connections:
    """Return connections to a machine that has come up."""
    connections = Connections({"db": address})
    deadline = time.monotonic() + BOOT_SECONDS
    while True:
        try:
            Host("db", "root", connections.asked_afresh()).output("true")
        except HostUnreachable:
            if time.monotonic() > deadline:
                raise
        else:
            return connections


def test_a_machine_with_systemd_sudo_and_a_journal_is_graded_like_one_with_a_syslog(
    machine: Address, fresh_lab: PracticeLab, tmp_path: Path
) -> None:
    old = replace(fresh_lab.addresses["db"], user="root", become=True)
    for address, first_process in ((machine, "systemd"), (old, "s6-svscan")):
        with booted(address) as connections:
            root = Host("db", "root", connections)
            assert root.output("ps", "-o", "comm=", "-p", "1") == f"{first_process}\n"
            assert root.test("test", "-e", "/var/log/syslog") == (address is old)
            assert root.as_user("backup").output("sh", "-c", "id -un; pwd") == "backup\n/home/backup\n"
            root.output("sh", "-c", 'printf %s "$1" > /etc/cron.d/mysql-backup', "sh", CRONTAB)
            root.output("sh", "-c", f"rm -f /run/crond.reboot && {RESTART_CRON[first_process]}")
            assert {(one.user, one.command) for one in two_runs(root)} == {("backup", DUMP), ("backup", UPLOAD)}
    results = graded({"vm": machine, "old": old}, tmp_path)

    assert results["vm"] == results["old"]
    not_graded = {name for name, status in results["vm"].items() if status is Status.ERROR}
    assert not_graded == ASK_BACKUP_TOO  # nobody said where backup is
    assert {status for name, status in results["vm"].items() if name not in not_graded} == {Status.PASS}


def two_runs(root: Host) -> tuple[cron_log.CommandRun, ...]:
    """Return what cron has run of the crontab that was written just now, once it has."""
    deadline = time.monotonic() + BOOT_SECONDS
    while len(runs := cron_log.cron_log(root).runs) < 2 and time.monotonic() < deadline:
        time.sleep(0.2)
    return runs[-2:]


def graded(hosts: dict[str, Address], folder: Path) -> dict[str, dict[str, Status]]:
    """Grade chapter 5 of students with these hosts by the command line; return how each check ended."""
    students = (
        f"  {student}: {{account: elvis, hosts: {{db: {{address: {one.address}, port: {one.port}, user: {one.user},"
        f" become: true, identity: {one.identity_file}, known_hosts: {one.known_hosts_file}"
        f"{pinned(one)}}}}}}}\n"
        for student, one in hosts.items()
    )
    (folder / "roster.yaml").write_text("students:\n" + "".join(students))
    words = ["grade", "--roster", str(folder / "roster.yaml"), "--step", "5", "--out", str(folder / "out")]
    assert run(words) == exit_codes.TROUBLE
    grades = read(folder / "out/results.json").grades
    return {grade.student: {one.name: one.status for one in grade.results} for grade in grades}


def pinned(address: Address) -> str:
    return f", host_key: {address.host_key}" if address.host_key else ""
