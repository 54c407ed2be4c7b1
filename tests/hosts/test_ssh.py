"""Asking real hosts over SSH, well-behaved and not."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import paramiko
import pytest

from labcheck.errors import CommandTimedOut, HostKeyChanged, HostUnreachable, LabcheckError, UnreadableAnswer
from labcheck.hosts import Host, Question
from labcheck.hosts.address import Address
from labcheck.hosts.live import run_live
from labcheck.hosts.sign_in import sign_in
from labcheck.hosts.ssh import Connections
from labcheck.practice.credentials import new_key
from labcheck.practice.lab import PracticeLab

pytestmark = pytest.mark.lab


@pytest.fixture
def connections(lab: PracticeLab) -> Iterator[Connections]:
    with lab.connections() as opened:
        yield opened


@pytest.fixture
def db(connections: Connections) -> Host:
    return Host("db", "backup", connections)


def test_an_answer_has_status_and_both_outputs(db: Host) -> None:
    answer = db.run("sh", "-c", "echo out; echo err >&2; exit 3")
    assert (answer.status, answer.stdout, answer.stderr) == (3, "out\n", "err\n")


def test_output_is_given_back_to_the_byte(db: Host) -> None:
    assert db.output("printf", "%s", "no newline") == "no newline"
    assert db.output("printf", "\\n\\n") == "\n\n"
    assert db.output("true") == ""


def test_words_reach_the_program_as_they_are(db: Host) -> None:
    hostile = "$(touch /tmp/x); `id` 'a' \"b\" \\ *\n-e %s"
    assert db.output("printf", "%s", hostile) == hostile


def test_a_shell_is_asked_many_times_without_a_mix_up(db: Host) -> None:
    assert [db.output("echo", str(number)) for number in range(100)] == [f"{number}\n" for number in range(100)]


def test_both_outputs_at_once_are_whole(db: Host) -> None:
    for _ in range(20):
        answer = db.run("sh", "-c", "seq 1 2000; seq 1 2000 >&2")
        assert answer.stdout == answer.stderr == "".join(f"{number}\n" for number in range(1, 2001))


def test_each_user_has_a_home_and_a_plain_environment(db: Host) -> None:
    assert db.output("sh", "-c", "pwd; id -un; echo $LC_ALL") == "/home/backup\nbackup\nC\n"
    assert db.as_user("root").output("id", "-un") == "root\n"


def test_what_a_login_file_prints_is_no_part_of_an_answer(fresh_lab: PracticeLab) -> None:
    with fresh_lab.connections() as before:
        Host("db", "backup", before).run(
            "sh", "-c", "echo 'echo noise; echo noise >&2' >> .bashrc; cp .bashrc .profile"
        )
    with fresh_lab.connections() as connections:
        answer = Host("db", "backup", connections).run("echo", "answer")
    assert (answer.stdout, answer.stderr) == ("answer\n", "")


def test_what_an_earlier_command_prints_late_is_no_part_of_an_answer(db: Host) -> None:
    db.run("sh", "-c", "(sleep 0.3; echo late; echo late >&2) &")
    time.sleep(0.6)
    answer = db.run("echo", "now")
    assert (answer.stdout, answer.stderr) == ("now\n", "")


def test_bytes_that_are_no_text_are_made_visible(db: Host) -> None:
    assert db.output("printf", r"a\377b") == "a\\xffb"


def test_a_flood_without_a_newline_is_cut_off_at_the_limit(db: Host) -> None:
    began = time.monotonic()
    answer = db.run("sh", "-c", "tr '\\0' x < /dev/zero")
    assert answer.truncated
    assert len(answer.stdout) == 1 << 20
    assert time.monotonic() - began < 10
    assert db.output("echo", "still there") == "still there\n"


def test_a_flood_is_unreadable_to_who_wants_all_of_it(db: Host) -> None:
    with pytest.raises(UnreadableAnswer, match="printed more than"):
        db.output("sh", "-c", "yes 'errors too' >&2")


def test_a_command_that_hangs_is_ended_over_there_too(db: Host) -> None:
    with pytest.raises(CommandTimedOut, match=r"did not finish `sleep 4711` in 1 seconds"):
        db.run("sleep", "4711", timeout_seconds=1)
    assert not db.test("pgrep", "-f", "sleep 4711$")


def test_a_child_that_keeps_the_output_open_does_not_hold_the_answer(db: Host) -> None:
    began = time.monotonic()
    assert db.output("sh", "-c", "sleep 30 & echo done") == "done\n"
    assert time.monotonic() - began < 5


def test_a_connection_takes_a_cipher_that_needs_no_sum_beside_it(connections: Connections) -> None:
    transport = cast(Any, connections.client("db", "root").get_transport())

    assert "gcm" in transport.remote_cipher and "gcm" in transport.local_cipher


def test_a_changed_host_key_is_refused_by_its_own_name(lab: PracticeLab, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.write_text(f"[127.0.0.1]:{lab.ports['db_ssh']} {new_key('other').public}")
    with pytest.raises(HostKeyChanged):
        sign_in("db", "backup", replace(lab.connections().address("db"), known_hosts_file=known))


def test_an_unknown_host_key_is_refused(lab: PracticeLab, tmp_path: Path) -> None:
    known = tmp_path / "known_hosts"
    known.touch()
    with pytest.raises(HostUnreachable, match="the host key of db is not known"):
        sign_in("db", "backup", replace(lab.connections().address("db"), known_hosts_file=known))


def accept_and_close(server: socket.socket) -> None:
    server.accept()[0].close()


def test_a_failed_sign_in_prints_nothing(lab: PracticeLab) -> None:
    script = (
        "import sys; from pathlib import Path; from labcheck.hosts.ssh import *; from labcheck.hosts.live import *;"
        " from labcheck.hosts.trust import *;"
        "a, p, i, k = sys.argv[1:];"
        "sign_in('db', 'backup', Address(a, int(p), Path(i), Path(k)))"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=accept_and_close, args=[server], daemon=True).start()
        at = lab.connections().address("db")
        words = [at.address, str(server.getsockname()[1]), str(at.identity_file), str(at.known_hosts_file)]
        said = subprocess.run([sys.executable, "-c", script, *words], capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert said.stderr.count("Exception (client)") == 0


def test_a_server_that_never_says_hello_is_given_up(lab: PracticeLab) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = replace(lab.connections().address("db"), port=silent.getsockname()[1])
        began = time.monotonic()
        with pytest.raises(HostUnreachable, match="cannot sign in to db"):
            sign_in("db", "backup", address)
    assert time.monotonic() - began < 20


def test_a_host_that_could_not_be_reached_is_tried_three_times_a_run(lab: PracticeLab, tmp_path: Path) -> None:
    signed = 0
    with socket.create_server(("127.0.0.1", 0)) as server:

        def refuse() -> None:
            nonlocal signed
            while True:
                try:
                    connection = server.accept()[0]
                except OSError:
                    return
                signed += 1  # before it hears of it
                connection.close()

        threading.Thread(target=refuse, daemon=True).start()
        address = replace(lab.connections().address("db"), port=server.getsockname()[1])
        connections = Connections({"db": address})
        for _ in range(3):
            with pytest.raises(HostUnreachable):
                connections(Question("db", "backup", "true"))
        server.shutdown(socket.SHUT_RDWR)
    assert signed == 3


def test_live_output_comes_while_the_command_runs(connections: Connections) -> None:
    pieces: list[tuple[float, str]] = []
    status = run_live(
        connections.client("db", "backup"),
        "echo one; sleep 1; echo two",
        lambda piece: pieces.append((time.monotonic(), piece)),
    )
    assert status == 0
    assert "".join(piece for _, piece in pieces).split() == ["one", "two"]
    assert pieces[-1][0] - pieces[0][0] > 0.8


def test_live_lines_end_at_the_first_that_fails(connections: Connections) -> None:
    shown: list[str] = []
    assert run_live(connections.client("db", "backup"), "echo one\nfalse\necho two", shown.append) == 1
    assert "".join(shown) == "one\n"


def test_a_live_command_that_ends_before_it_is_told_that_nobody_types_is_no_lost_connection(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = paramiko.Channel.exec_command

    def begin_and_wait(channel: paramiko.Channel, command: str) -> None:
        begin(channel, command)
        while not channel.closed:
            time.sleep(0.01)

    client = connections.client("db", "backup")
    monkeypatch.setattr(paramiko.Channel, "exec_command", begin_and_wait)
    shown: list[str] = []
    assert run_live(client, "echo done", shown.append) == 0
    assert "".join(shown) == "done\n"


def test_nothing_live_can_wait_for_somebody_to_type(connections: Connections) -> None:
    shown: list[str] = []
    ask = "ssh -o StrictHostKeyChecking=ask -o UserKnownHostsFile=/dev/null $STUDENT@backup.foo.bar true"
    lines = f"cat\nset +e\nread answer\n{ask}\nexit $?"
    assert run_live(connections.client("db", "backup"), lines, shown.append) == 255
    assert "Host key verification failed" in "".join(shown)


def test_what_an_interrupted_command_started_is_ended(connections: Connections, db: Host) -> None:
    def interrupt(piece: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_live(connections.client("db", "backup"), "(sleep 4712 & sleep 4712) & echo started; sleep 4712", interrupt)
    deadline = time.monotonic() + 5
    while db.test("pgrep", "-f", "sleep 4712$"):
        assert time.monotonic() < deadline, "the remote process lives on"
        time.sleep(0.1)


def test_no_address_is_an_error_of_ours(tmp_path: Path) -> None:
    missing = Address("127.0.0.1", 1, tmp_path / "no-key", tmp_path / "no-known-hosts")
    with pytest.raises(LabcheckError, match="cannot use the key"):
        sign_in("db", "backup", missing)
