"""A lab brought up, broken, completed, put back and taken down, on real containers."""

import contextlib
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest

from labcheck.cli import run as labcheck
from labcheck.errors import LabcheckError, UsageError
from labcheck.facts import http
from labcheck.grading.runner import run
from labcheck.hosts import Host, Site
from labcheck.hosts.live import run_live
from labcheck.labs import LABS
from labcheck.model import Status
from labcheck.practice import engine, images, lifecycle, places, ports, readiness
from labcheck.practice import lab as labs
from labcheck.practice.lab import PracticeLab
from labcheck.practice.state import of_hosts
from tests.conftest import PROJECT, skip_unless_required

pytestmark = pytest.mark.lab
HOBBITS = [(3, "Frodo", 1), (4, "Samwise", 1), (5, "Merry", 1), (6, "Pippin", 1)]


@pytest.fixture
def site(fresh_lab: PracticeLab) -> Iterator[Site]:
    with fresh_lab.connections() as connections:
        yield fresh_lab.site(connections)


def statuses(site: Site, *steps: str) -> dict[str, Status]:
    return {result.name: result.status for result in run(LABS["backup-tools"].select(steps), site)}


def engine_run(lab: PracticeLab, *words: str) -> str:
    return lifecycle.engine_of(lab).run(*words).stdout


def container(lab: PracticeLab, host: str) -> str:
    return lifecycle.container(lifecycle.engine_of(lab), lab, host)


def leftovers(lab: PracticeLab, project: str) -> list[str]:
    containers = engine_run(lab, "ps", "--all", "--format", "{{.Names}}").split()
    networks = engine_run(lab, "network", "ls", "--format", "{{.Name}}").split()
    files = [path.name for path in places.state_folder().iterdir()]
    return [name for name in (*containers, *networks, *files) if name.startswith(project)]


def test_everything_answers_in_a_lab_that_is_up(fresh_lab: PracticeLab) -> None:
    states = {state.name: state for state in of_hosts(fresh_lab)}
    assert [state.name for state in states.values() if not state.is_well] == []
    assert {"mysqld", "sshd", "cron", "rsyslogd"} <= states["db"].services.keys()
    assert {"mysql-server", "duplicity", "rsync"} <= states["db"].versions.keys()
    assert fresh_lab.agama().items() == HOBBITS
    for host, page in (("db", "duplicity"), ("backup", "crontab")):
        engine_run(fresh_lab, "exec", container(fresh_lab, host), "man", "--where", page)
        engine_run(fresh_lab, "exec", container(fresh_lab, host), "nano", "--version")


def test_setup_passes_and_the_dump_is_missing_in_a_fresh_lab(site: Site) -> None:
    assert set(statuses(site, "0").values()) == {Status.PASS}
    first, *others = run(LABS["backup-tools"].select(["1"]), site)
    assert (first.status, first.found) == (Status.FAIL, "no file `/home/backup/agama.sql`")
    assert "mysqldump agama > agama.sql" in first.hint
    assert {result.status for result in others} == {Status.SKIP}


def test_no_check_that_asks_for_work_passes_in_a_fresh_lab(site: Site) -> None:
    assert set(statuses(site, "1", "2", "3").values()) == {Status.FAIL, Status.SKIP}


def test_setup_and_dump_pass_after_the_dump(site: Site) -> None:
    site.db.output("sh", "-c", "mysqldump agama > agama.sql")
    assert set(statuses(site, "0", "1").values()) == {Status.PASS}


def test_a_dump_is_older_than_the_data_after_a_change(site: Site, fresh_lab: PracticeLab) -> None:
    site.db.output("sh", "-c", "mysqldump agama > agama.sql")
    fresh_lab.agama().add_item("Aragorn")
    results = {result.name: result for result in run(LABS["backup-tools"].select(["1.3"]), site)}
    assert results["dump_holds_the_rows"].found == "a dump without the row `7 | Aragorn | 0`"


def test_cron_lines_reach_the_system_log(site: Site) -> None:
    root = site.db.as_user("root")
    restart = "s6-svc -wR -r /etc/s6/cron"  # it reads its files at once, and not at the next full minute
    root.output("sh", "-c", f"printf '* * * * * backup true' > /etc/cron.d/no-newline; {restart}")
    deadline = time.monotonic() + 30
    while "Missing newline before EOF" not in site.db.output("cat", "/var/log/syslog"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_reset_puts_every_host_and_the_data_back(site: Site, fresh_lab: PracticeLab) -> None:
    root = site.db.as_user("root")
    site.db.output("sh", "-c", "mysql -e 'DROP TABLE agama.item'; rm .my.cnf; touch x; rm -r .ssh")
    root.output("sh", "-c", "mysql -e 'CREATE DATABASE stray; CREATE USER stray@localhost'; touch /etc/cron.d/stray")
    root.output("sh", "-c", "echo 192.0.2.1 stray >> /etc/hosts")
    root.output("sh", "-c", "userdel -f backup; sed -i 's/^Subsystem/#&/' /etc/ssh/sshd_config; s6-svc -d /etc/s6/cron")
    site.backup.output("sh", "-c", "rm -r mysql .ssh; touch agama.sql")
    site.offsite.output("touch", "/srv/backup/stray")
    site.app.output("sh", "-c", "echo 'allow all;' > /etc/nginx/agama-allow.conf; s6-svc -d /etc/s6/agama")

    lifecycle.reset(fresh_lab, print)

    with fresh_lab.connections() as connections:
        again = fresh_lab.site(connections)
        assert set(statuses(again, "0").values()) == {Status.PASS}
        assert again.db.output("ls", "-A").split() == [".bashrc", ".my.cnf", ".profile", ".ssh"]
        assert not again.db.test("test", "-e", "/etc/cron.d/stray")
        assert not again.db.test("grep", "-q", "stray", "/etc/hosts")
        databases = again.db.as_user("root").output("mysql", "-N", "-e", "SHOW DATABASES; SELECT user FROM mysql.user")
        assert "stray" not in databases
        assert again.backup.output("ls").split() == ["mysql"]
        assert again.offsite.output("ls", "/srv/backup") == ""
    assert fresh_lab.agama().items() == HOBBITS
    assert all(state.is_well for state in of_hosts(fresh_lab))


def test_a_service_that_was_down_answers_when_reset_has_ended(site: Site, fresh_lab: PracticeLab) -> None:
    down, reset = "s6-svc -wD -d /etc/s6/agama", f"STUDENT={fresh_lab.student} lab-reset"
    answer = "curl --silent --output /dev/null --write-out '%{http_code}' http://127.0.0.1:5000/"

    assert site.app.output("sh", "-c", f"{down}; {reset} && {answer}") == "200"


def test_reset_makes_hosts_anew_that_are_down_or_cannot_be_put_back(fresh_lab: PracticeLab) -> None:
    engine_run(fresh_lab, "exec", container(fresh_lab, "offsite"), "rm", "/usr/local/sbin/lab-reset")
    engine_run(fresh_lab, "stop", "--time", "0", container(fresh_lab, "backup"))
    with pytest.raises(LabcheckError, match=r"backup is down\nBring it back: labcheck lab up"):
        lifecycle.run_everywhere(fresh_lab, "true")
    told: list[str] = []
    lifecycle.reset(fresh_lab, told.append)
    assert told[1:] == ["Making anew: backup", "Making anew: offsite"]
    assert all(state.is_well for state in of_hosts(fresh_lab))


def test_a_host_that_is_stopped_costs_nobody_a_point_and_up_starts_it(fresh_lab: PracticeLab) -> None:
    engine_run(fresh_lab, "stop", "--time", "1", container(fresh_lab, "db"))
    try:
        with fresh_lab.connections() as connections:
            found = statuses(fresh_lab.site(connections), "0", "1")
        assert found["mysql_directory_waits"] is Status.PASS
        assert Status.FAIL not in found.values()
        assert found["dump_exists"] is found["app_answers"] is Status.ERROR
        assert [state.name for state in of_hosts(fresh_lab) if not state.is_well] == ["db"]
        assert labcheck(["grade", "--lab"]) == 2
    finally:
        lifecycle.up(print)
    assert all(state.is_well for state in of_hosts(fresh_lab))
    with fresh_lab.connections() as connections:
        assert set(statuses(fresh_lab.site(connections), "0").values()) == {Status.PASS}


def test_a_host_that_died_behind_podmans_back_is_made_anew_by_the_command_that_up_names(lab: PracticeLab) -> None:
    if lab.engine != "podman":
        skip_unless_required("only Podman can lose sight of a container: Docker has a daemon that watches them")
    pids = engine_run(lab, "inspect", "--format", "{{.State.ConmonPid}} {{.State.Pid}}", container(lab, "backup"))
    for pid in map(int, pids.split()):  # as when the machine dies: first who would take notice of it
        os.kill(pid, signal.SIGKILL)
    try:
        with pytest.raises(LabcheckError, match="backup does not come up") as caught:
            lifecycle.up(print)
        assert caught.value.next_step == "Make it anew: labcheck lab reset"
    finally:
        lifecycle.reset(lab, print)
    assert all(state.is_well for state in of_hosts(lab))


def test_a_second_up_is_the_same_lab(fresh_lab: PracticeLab) -> None:
    before = engine_run(fresh_lab, "ps", "--quiet")
    assert lifecycle.up(print) == labs.current()
    assert engine_run(fresh_lab, "ps", "--quiet") == before


def test_a_host_that_was_started_again_answers_over_the_same_connections(fresh_lab: PracticeLab) -> None:
    with fresh_lab.connections() as connections:
        site = fresh_lab.site(connections)
        assert site.backup.output("hostname") == site.backup.as_user("root").output("hostname") == "backup\n"
        engine_run(fresh_lab, "restart", "--time", "10", container(fresh_lab, "backup"))
        lifecycle.up(print)
        assert site.backup.output("hostname") == "backup\n"
        client = connections.client("backup", "root")
        assert run_live(client, "hostname", print) == 0


def test_a_host_that_cannot_start_says_its_last_words(fresh_lab: PracticeLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABCHECK_PROJECT", f"{PROJECT}-bad")
    monkeypatch.setattr(lifecycle, "TAKEN", set())
    monkeypatch.setattr(readiness, "PATIENCE_SECONDS", 5.0)
    with pytest.raises(LabcheckError, match=r"backup ended:\n.*useradd: user 'games' already exists"):
        lifecycle.up(print, student="games")
    monkeypatch.undo()
    assert leftovers(fresh_lab, f"{PROJECT}-bad") == [f"{PROJECT}-bad.lock"]


def test_a_lab_waits_for_another_that_makes_the_images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "state_folder", lambda: tmp_path)
    calls: list[str] = []

    def images_made(*_: object) -> tuple[None, None]:
        calls.append("images")
        return None, None

    monkeypatch.setattr(engine, "find", lambda **_: calls.append("engine"))
    monkeypatch.setattr(images, "ensure", images_made)
    monkeypatch.setattr(lifecycle, "_start", lambda *_: calls.append("start"))
    with (tmp_path / "preparing.lock").open("w") as another, ThreadPoolExecutor() as pool:
        fcntl.flock(another, fcntl.LOCK_EX)
        done = pool.submit(lifecycle.up, calls.append)
        while not calls:
            time.sleep(0.01)
        assert calls == ["Waiting for another lab, which is making the images"]
        fcntl.flock(another, fcntl.LOCK_UN)
        done.result()
    assert calls[1:] == ["engine", "images", "start"]


def test_a_port_that_was_taken_meanwhile_is_named_and_nothing_is_lost(fresh_lab: PracticeLab) -> None:
    port = fresh_lab.ports["backup_ssh"]
    engine_run(fresh_lab, "exec", container(fresh_lab, "backup"), "touch", "/home/elvis/here")
    engine_run(fresh_lab, "stop", "--time", "1", container(fresh_lab, "backup"))
    assert port in labs.ports_of_all()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen()
        with pytest.raises(LabcheckError) as raised:
            lifecycle.up(print)
    assert f"Another program has port {port}: " in raised.value.next_step
    lifecycle.up(print)
    engine_run(fresh_lab, "exec", container(fresh_lab, "backup"), "ls", "/home/elvis/here")


def test_hosts_whose_containers_are_gone_are_made_again(fresh_lab: PracticeLab) -> None:
    names = [container(fresh_lab, host) for host in fresh_lab.images]
    engine_run(fresh_lab, "rm", "--force", *names)
    assert lifecycle.up(print) == fresh_lab
    assert all(state.is_well for state in of_hosts(fresh_lab))


def browser_status(lab: PracticeLab) -> int:
    with contextlib.closing(HTTPConnection("127.0.0.1", lab.ports["app_http"], timeout=5)) as connection:
        connection.request("GET", "/")
        return connection.getresponse().status


def test_a_browser_that_comes_from_an_unknown_address_is_admitted(fresh_lab: PracticeLab) -> None:
    with fresh_lab.connections() as connections:
        app, offsite = (Host(name, "root", connections) for name in ("app", "offsite"))
        app.output("sh", "-c", "sed -i /default/d /usr/local/sbin/allow-own; allow-own; nginx -s reload; sleep 0.5")
        assert browser_status(fresh_lab) == 403
        lifecycle.up(print)
        assert browser_status(fresh_lab) == 200
        lifecycle.reset(fresh_lab, print)
        assert http.page(offsite, "http://app.foo.bar/").status == 403


def test_up_starts_a_service_that_is_down(fresh_lab: PracticeLab) -> None:
    engine_run(fresh_lab, "exec", container(fresh_lab, "db"), "s6-svc", "-wD", "-d", "/etc/s6/mysqld")
    assert not next(state for state in of_hosts(fresh_lab) if state.name == "db").is_well
    lifecycle.up(print)
    assert all(state.is_well for state in of_hosts(fresh_lab))


def test_another_student_or_server_is_refused_while_a_lab_is_up(fresh_lab: PracticeLab) -> None:
    with pytest.raises(UsageError, match="up for elvis"):
        lifecycle.up(print, student="frodo")
    with pytest.raises(UsageError, match="up with"):
        lifecycle.up(print, database="mariadb" if fresh_lab.database == "mysql" else "mysql")


def test_a_shell_is_open_to_who_works_on_the_host(fresh_lab: PracticeLab) -> None:
    for host, user in {"db": "backup", "backup": "elvis", "app": "root"}.items():
        words = [sys.executable, "-m", "labcheck", "lab", "shell", host]
        said = subprocess.run(words, input="id -un; pwd\n", capture_output=True, text=True, check=True)
        assert said.stdout.split()[0] == user


def test_a_shell_on_no_host_names_the_hosts(fresh_lab: PracticeLab, capsys: pytest.CaptureFixture[str]) -> None:
    assert labcheck(["lab", "shell", "nosuch"]) == 2
    assert "db, backup, offsite, app" in capsys.readouterr().err


def test_two_labs_live_on_one_machine(fresh_lab: PracticeLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABCHECK_PROJECT", f"{PROJECT}-second")
    told: list[str] = []
    try:
        second = lifecycle.up(told.append, student="frodo")
        assert not set(second.ports.values()) & set(fresh_lab.ports.values())
        assert f"Port {ports.USUAL['app_http']} is taken: app http gets {second.ports['app_http']}" in told
        with second.connections() as connections:
            assert set(statuses(second.site(connections), "0").values()) == {Status.PASS}
            assert Host("backup", "frodo", connections).output("id", "-un") == "frodo\n"
    finally:
        lifecycle.down(print)
    assert leftovers(fresh_lab, f"{PROJECT}-second") == []
    monkeypatch.undo()
    assert all(state.is_well for state in of_hosts(fresh_lab))


def test_mariadb_is_the_alternative(fresh_lab: PracticeLab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABCHECK_PROJECT", f"{PROJECT}-maria")
    try:
        maria = lifecycle.up(print, database="mariadb")
        assert "MariaDB" in maria.agama().version()
        with maria.connections() as connections:
            site = maria.site(connections)
            site.db.output("sh", "-c", "mysqldump agama > agama.sql")
            assert set(statuses(site, "0", "1").values()) == {Status.PASS}
            url = f"rsync://{site.student}@backup.foo.bar/mysql"
            line = f"duplicity --no-encryption agama.sql {url}"
            site.db.output("sh", "-c", f"{line} && {line}")
            jobs = f"0 1 * * * backup mysqldump agama > agama.sql\n1 1 * * * backup {line}\n"
            site.db.as_user("root").output("sh", "-c", f"printf '{jobs}' > /etc/cron.d/mysql-backup")
            drills = [replace(one, needs=()) for one in LABS["backup-tools"].drills if "offsite" not in one.name]
            assert [(one.status, one.hint) for one in run(drills, site)] == [(Status.PASS, "")] * 3
        lifecycle.reset(maria, print)
        assert maria.agama().items() == HOBBITS
    finally:
        lifecycle.down(print)


@pytest.mark.parametrize("moment", ["Starting the hosts", "Waiting until every service answers"])
def test_an_interrupted_up_leaves_no_lab(fresh_lab: PracticeLab, moment: str) -> None:
    project = f"{PROJECT}-interrupted"
    words = [sys.executable, "-m", "labcheck", "lab", "up"]
    environment = os.environ | {"LABCHECK_PROJECT": project}
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE, text=True) as up:
        assert up.stderr is not None
        for line in up.stderr:
            if line.startswith(moment):
                time.sleep(0.5)
                up.send_signal(signal.SIGINT)
                break
        up.stderr.read()
    assert up.returncode == 130
    assert leftovers(fresh_lab, project) in ([], [f"{project}.lock"])


def test_two_commands_do_not_change_a_lab_at_once(fresh_lab: PracticeLab) -> None:
    with lifecycle.locked(), pytest.raises(LabcheckError, match="another command"):
        lifecycle.reset(fresh_lab, print)


def test_only_the_loopback_address_is_published(fresh_lab: PracticeLab) -> None:
    own = [address[4][0] for address in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    for port in fresh_lab.ports.values():
        for address in {str(address) for address in own} - {"127.0.0.1"}:
            with contextlib.suppress(OSError), socket.create_connection((address, port), timeout=1):
                pytest.fail(f"{address}:{port} is open to others")


def test_secrets_are_for_their_owner_only(fresh_lab: PracticeLab) -> None:
    modes = {path: path.stat().st_mode & 0o077 for path in fresh_lab.folder.rglob("*") if path.name != "lab.json"}
    assert {path: mode for path, mode in modes.items() if mode} == {}
    assert Path(fresh_lab.folder / "db" / "host_key").exists()
