"""Servers that want to hold us up, to be believed, or to get something from us, each over a real socket."""

import contextlib
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest

from labcheck.errors import CommandTimedOut, HostKeyChanged, HostUnreachable, LabcheckError, SignInRefused
from labcheck.hosts import Host, Question, limits
from labcheck.hosts.shell import Shell
from labcheck.hosts.sign_in import sign_in
from labcheck.hosts.ssh import Connections
from labcheck.hosts.trust import Trust
from labcheck.hosts.wire import SIGN_IN_BYTES
from labcheck.practice.credentials import new_key
from tests.conftest import Figure
from tests.hosts.ssh_server import LoopbackServer, servers

PATIENCE_SECONDS = 1.0


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CONNECT_TIMEOUT_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(limits, "LISTENING_GRACE_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr(limits, "PATIENCE_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LoopbackServer]:
    with servers(tmp_path, 1) as running:
        yield running[0]


@contextlib.contextmanager
def listening(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Give the port of a server that talks so to each client."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client = listener.accept()[0]
                    threading.Thread(target=talk_and_close, args=[client], daemon=True).start()

        def talk_and_close(client: socket.socket) -> None:
            with client, contextlib.suppress(OSError):
                talk(client)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def silent(client: socket.socket) -> None:
    client.recv(1 << 16)
    time.sleep(30)


def stops_in_the_key_exchange(client: socket.socket) -> None:
    client.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")
    time.sleep(30)


def drips(client: socket.socket) -> None:
    while True:
        client.sendall(b"x")
        time.sleep(0.05)


def drips_lines(client: socket.socket) -> None:
    while True:
        client.sendall(b"no banner yet\r\n")
        time.sleep(0.02)


def floods(client: socket.socket) -> None:
    while True:
        client.sendall(b"\xff" * 65536)


def fills_a_huge_packet(client: socket.socket) -> None:
    client.sendall(b"SSH-2.0-OpenSSH_9.9\r\n" + b"\x7f\xff\xff\xf4")
    while True:
        client.sendall(b"\x00" * 65536)


def claims_a_huge_packet(client: socket.socket) -> None:
    client.sendall(b"SSH-2.0-OpenSSH_9.9\r\n" + b"\x7f\xff\xff\xff" + b"\x00" * 64)
    time.sleep(30)


def drips_packets(client: socket.socket) -> None:
    """Packets that mean nothing (SSH_MSG_IGNORE), one after the other, in the place of a key exchange."""
    client.sendall(b"SSH-2.0-OpenSSH_9.9\r\n")
    while True:
        client.sendall(b"\x00\x00\x00\x0c\x06\x02\x00\x00\x00\x00" + b"\x00" * 6)
        time.sleep(0.05)


NEVER_BEGIN = [silent, stops_in_the_key_exchange, drips, drips_lines, drips_packets, floods]


@pytest.mark.parametrize(
    "talk", [*NEVER_BEGIN, claims_a_huge_packet, fills_a_huge_packet], ids=lambda talk: talk.__name__
)
def test_a_server_that_never_lets_us_begin_is_given_up_in_time(
    talk: Callable[[socket.socket], None], server: LoopbackServer, figure: Figure
) -> None:
    with listening(talk) as port:
        began = time.monotonic()
        with pytest.raises(HostUnreachable, match="cannot sign in to db"):
            sign_in("db", "backup", replace(server.address, port=port), Trust(accept_new=True))
        seconds = time.monotonic() - began
        assert seconds < 10 * PATIENCE_SECONDS
    figure(f"hangs: a server of the kind `{talk.__name__}`, patience 1 s, given up after, s", round(seconds, 1))


@contextlib.contextmanager
def full() -> Iterator[int]:
    """Give the port of a server that takes no more connections, as a host behind a firewall: nobody answers there."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, contextlib.ExitStack() as waiting:
        for _ in range(4):
            queued = waiting.enter_context(socket.socket())
            queued.setblocking(False)
            queued.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@pytest.mark.parametrize("where", [full(), listening(silent), listening(drips), listening(stops_in_the_key_exchange)])
def test_who_waits_for_a_host_stops_at_once_when_the_run_is_stopped(
    where: contextlib.AbstractContextManager[int],
    server: LoopbackServer,
    monkeypatch: pytest.MonkeyPatch,
    figure: Figure,
) -> None:
    monkeypatch.setattr(limits, "CONNECT_TIMEOUT_SECONDS", 20)
    with where as port, Connections({"db": replace(server.address, port=port)}) as connections:
        stop = threading.Timer(0.3, connections.close)
        stop.start()
        began = time.monotonic()
        with pytest.raises(HostUnreachable):
            connections(Question("db", "backup", "true"))
        seconds = time.monotonic() - began
        stop.join()
    assert 0.2 < seconds < 2
    figure("hangs: a run that is stopped 0.3 s into waiting for a host ends after, s", round(seconds, 1))


@pytest.mark.parametrize("talk", [floods, fills_a_huge_packet], ids=lambda t: t.__name__)
def test_a_flood_before_we_are_in_costs_neither_time_nor_memory(
    talk: Callable[[socket.socket], None], server: LoopbackServer, figure: Figure
) -> None:
    with listening(talk) as port:
        began = time.process_time()
        tracemalloc.start()
        with pytest.raises(HostUnreachable, match=r"more than anybody asked for|does not speak SSH"):
            sign_in("db", "backup", replace(server.address, port=port))
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak_bytes < 20 * SIGN_IN_BYTES
    figure(f"output: a server of the kind `{talk.__name__}` before we are in, memory, KiB", peak_bytes >> 10)
    assert time.process_time() - began < 2


def test_a_flood_that_nobody_asked_for_ends_the_connection(server: LoopbackServer) -> None:
    def flood(transport: paramiko.Transport) -> None:
        def send() -> None:
            with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                while True:
                    transport.send_ignore(30_000)

        threading.Thread(target=send, daemon=True).start()

    server.on_command = flood
    with (
        Connections({"db": server.address}) as connections,
        pytest.raises(HostUnreachable, match="db sends more than anybody asked for"),
    ):
        Host("db", "backup", connections).run("sleep", "30", timeout_seconds=30)


def test_a_shell_that_does_not_answer_is_a_host_that_is_away(server: LoopbackServer) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shell, "CLEAN", "exec sleep 60")
        with Connections({"db": server.address}) as connections:
            db = Host("db", "backup", connections)
            began = time.monotonic()
            for _ in range(3):
                with pytest.raises(HostUnreachable, match="lets us in, but its shell does not answer"):
                    db.run("true", timeout_seconds=1)
    assert time.monotonic() - began < 4 * PATIENCE_SECONDS


def test_a_server_that_never_says_yes_to_a_command_is_given_up(server: LoopbackServer) -> None:
    server.on_command = lambda _: time.sleep(8 * PATIENCE_SECONDS)
    began = time.monotonic()
    with Connections({"db": server.address}) as connections, pytest.raises(HostUnreachable):
        connections(Question("db", "backup", "true"))
    assert time.monotonic() - began < 6 * PATIENCE_SECONDS


@pytest.mark.parametrize("command", ["sleep 60", "trap '' TERM; sleep 60 & wait", "(sleep 60) & cat", "yes | sleep 60"])
def test_a_command_that_hangs_ends_and_the_next_question_is_answered(server: LoopbackServer, command: str) -> None:
    with Connections({"db": server.address}) as connections:
        db = Host("db", "backup", connections)
        if command.endswith("cat"):
            assert db.run("sh", "-c", command, timeout_seconds=1).status == 0  # it has nothing to read
        else:
            with pytest.raises(CommandTimedOut):
                db.run("sh", "-c", command, timeout_seconds=1)
        assert db.output("echo", "still there") == "still there\n"


@pytest.mark.parametrize("command", ["sleep 98761", "trap '' TERM; sleep 98761 & wait; sleep 98761"])
def test_when_we_go_away_nothing_that_we_started_is_left(server: LoopbackServer, command: str) -> None:
    connections = Connections({"db": server.address})

    def ask() -> None:
        with contextlib.suppress(HostUnreachable):
            Host("db", "backup", connections).run("sh", "-c", command, timeout_seconds=60)

    asking = threading.Thread(target=ask)
    asking.start()
    assert soon(lambda: processes("sleep 98761"))
    connections.close()
    asking.join()
    assert soon(lambda: not processes("sleep 98761"))


def processes(words: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just ended
            found.append(path.read_bytes().replace(b"\0", b" ").decode().strip())
    return [line for line in found if line == words]


def soon(is_so: Callable[[], object]) -> bool:
    deadline = time.monotonic() + 10
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(is_so())


@pytest.mark.parametrize("words", [["exit", "3"], ["exec", "true"], ["cd", "/nowhere"], ["trap", "exit", "0"]])
def test_a_command_is_never_one_of_the_shells_own(server: LoopbackServer, words: list[str]) -> None:
    with Connections({"db": server.address}) as connections:
        db = Host("db", "backup", connections)
        assert db.run(*words).status == 127
        assert db.output("echo", "a\\nb") == "a\\nb\n"


@pytest.mark.parametrize(
    "flood", ["yes", "tr '\\0' x < /dev/zero", "cat /dev/urandom", "tr '\\0' x < /dev/zero >&2", "cat /dev/zero"]
)
def test_a_flood_is_cut_off_at_the_limit(server: LoopbackServer, flood: str, figure: Figure) -> None:
    with Connections({"db": server.address}) as connections:
        db = Host("db", "backup", connections)
        answer = db.run("sh", "-c", flood, limit_bytes=1 << 16)
        figure(f"output: `{flood}` without end, limit 64 KiB, given up after, s", round(answer.seconds, 2))
        assert answer.truncated
        assert len((answer.stdout or answer.stderr).encode()) <= 4 * (1 << 16)
        assert db.output("echo", "still there") == "still there\n"


@pytest.mark.parametrize("login_shell", [("yes",), ("cat",), ("true",), ("sh", "-c", "while echo 0; do :; done")])
def test_a_login_shell_that_says_yes_to_everything_is_no_answer(
    server: LoopbackServer, login_shell: tuple[str, ...]
) -> None:
    server.login_shell = login_shell
    with Connections({"db": server.address}) as connections, pytest.raises(HostUnreachable):
        Host("db", "backup", connections).run("true", timeout_seconds=1)


def test_an_answer_that_drips_without_end_is_given_up(server: LoopbackServer) -> None:
    server.login_shell = ("sh", "-c", "read first _; read -r frame; while sleep 0.05; do printf x; done")
    began = time.monotonic()
    with Connections({"db": server.address}) as connections, pytest.raises(HostUnreachable, match="does not answer"):
        Host("db", "backup", connections).run("true", timeout_seconds=1)
    assert time.monotonic() - began < 4 * PATIENCE_SECONDS


def test_noise_on_stderr_without_end_before_any_answer_is_given_up(server: LoopbackServer, tmp_path: Path) -> None:
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "env").write_text("#!/bin/sh\nyes noise >&2\n")
    (fake / "env").chmod(0o755)
    began = time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{fake}:/usr/bin:/bin")
        with Connections({"db": server.address}) as connections, pytest.raises((CommandTimedOut, HostUnreachable)):
            connections(Question("db", "backup", "true", timeout_seconds=1))
    assert time.monotonic() - began < 8 * PATIENCE_SECONDS


def test_a_server_gets_no_channel_to_us_of_any_kind(server: LoopbackServer, figure: Figure) -> None:
    refused: list[str] = []

    def attack(transport: paramiko.Transport) -> None:
        def ask_for(kind: str) -> None:
            try:
                transport.open_channel(kind, ("127.0.0.1", 22), ("127.0.0.1", 22), timeout=5)
            except paramiko.SSHException as error:
                refused.append(f"{kind}: {error}")

        kinds = ("auth-agent@openssh.com", "x11", "forwarded-tcpip", "direct-tcpip", "session")
        attackers = [threading.Thread(target=ask_for, args=[kind]) for kind in kinds]
        for attacker in attackers:
            attacker.start()
        for attacker in attackers:
            server.attackers.append(attacker)

    server.on_command = attack
    with Connections({"db": server.address}) as connections:
        assert Host("db", "backup", connections).output("echo", "hello") == "hello\n"
        for attacker in server.attackers:
            attacker.join()
    assert len(refused) == 5
    figure("theft: kinds of channel to us that a server asked for and was refused, of 5", len(refused))


def test_no_agent_is_asked_though_there_is_one(
    server: LoopbackServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    with socket.socket(socket.AF_UNIX) as agent:
        agent.bind(str(tmp_path / "agent"))
        agent.listen()
        agent.settimeout(0.2)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
        sign_in("db", "backup", server.address).close()
        with contextlib.suppress(TimeoutError):
            agent.accept()
            asked.append(True)
    assert not asked


def test_a_key_that_is_not_welcome_is_tried_once(server: LoopbackServer, tmp_path: Path) -> None:
    (tmp_path / "other").write_text(new_key("other").private)
    with (
        Connections({"db": replace(server.address, identity_file=tmp_path / "other")}) as connections,
        pytest.raises(SignInRefused, match="does not let backup in with our key"),
    ):
        connections(Question("db", "backup", "true"))


def test_a_host_that_was_signed_in_to_and_then_shows_another_key_is_refused(server: LoopbackServer) -> None:
    sign_in("db", "backup", server.address).close()
    server.host_key = new_key("swapped")
    with pytest.raises(HostKeyChanged, match="not SHA256:"):
        sign_in("db", "backup", server.address, Trust(accept_new=True))


def test_a_key_pinned_in_the_roster_counts_instead_of_the_file(server: LoopbackServer, tmp_path: Path) -> None:
    nowhere = replace(server.address, known_hosts_file=tmp_path / "none")
    pin = " ".join(server.host_key.public.split()[:2])
    sign_in("db", "backup", replace(nowhere, host_key=pin)).close()
    other = " ".join(new_key("other").public.split()[:2])
    with pytest.raises(HostKeyChanged):
        sign_in("db", "backup", replace(nowhere, host_key=other), Trust(accept_new=True))


def test_a_passphrase_is_asked_once_and_a_wrong_one_is_told(server: LoopbackServer, tmp_path: Path) -> None:
    key = paramiko.Ed25519Key.from_private_key_file(str(server.home / "key"))
    locked = tmp_path / "locked"
    locked.write_text(encrypted(server.client_key.private, "open sesame"))
    address = replace(server.address, identity_file=locked)
    asked: list[Path] = []

    def answer(path: Path) -> str:
        asked.append(path)
        return "open sesame"

    trust = Trust(answer)
    sign_in("db", "backup", address, trust).close()
    sign_in("db", "backup", address, trust).close()
    assert asked == [locked]
    assert trust.identity(locked) == key
    with pytest.raises(LabcheckError, match="that is not the passphrase"):
        Trust(lambda _: "wrong").identity(locked)
    with pytest.raises(LabcheckError, match="has a passphrase"):
        Trust().identity(locked)

    def nobody(_: Path) -> str:
        raise LabcheckError("nobody is there to type it")

    with pytest.raises(LabcheckError, match="nobody is there to type it"):
        Trust(nobody).identity(locked)


def encrypted(private: str, passphrase: str) -> str:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_ssh_private_key(private.encode(), None)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.BestAvailableEncryption(passphrase.encode()),
    ).decode()


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n", b"\xff" * 100])
def test_a_file_that_is_no_key_is_our_error(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(content)
    with pytest.raises(LabcheckError, match="cannot use the key"):
        Trust().identity(tmp_path / "key")
