"""Servers that let us in and then abuse what SSH has beside commands: windows, new keys, small packets, endings."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import paramiko
import pytest

from labcheck.errors import CommandTimedOut, HostUnreachable, LabcheckError
from labcheck.hosts import Host, Question, limits, wire
from labcheck.hosts.sign_in import SLOW_SUMS, sign_in
from labcheck.hosts.ssh import Connections
from tests.conftest import Figure
from tests.hosts.ssh_server import LoopbackServer, servers

PATIENCE_SECONDS = 1.0
WINDOW_ADJUST, DISCONNECT, CHANNEL_REQUEST, CHANNEL_EOF, USERAUTH_BANNER = 93, 1, 98, 96, 53
EVIL = "\x1b]0;owned\x07\u202e::error::owned\n::error::owned"


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CONNECT_TIMEOUT_SECONDS", "LISTENING_GRACE_SECONDS", "LATE_SECONDS", "PATIENCE_SECONDS"):
        monkeypatch.setattr(limits, name, PATIENCE_SECONDS)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LoopbackServer]:
    with servers(tmp_path, 1) as running:
        yield running[0]


def message(kind: int, *parts: int | bool | str) -> paramiko.Message:
    made = paramiko.Message()
    made.add_byte(bytes([kind]))
    for part in parts:
        if isinstance(part, bool):
            made.add_boolean(part)
        elif isinstance(part, int):
            made.add_int(part)
        else:
            made.add_string(part)
    return made


def beside(work: Callable[[paramiko.Transport], None]) -> Callable[[paramiko.Transport], None]:
    """Return what a server does from a command on, beside answering it, until we have gone."""

    def run(transport: paramiko.Transport) -> None:
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            work(transport)

    return lambda transport: threading.Thread(target=run, args=[transport], daemon=True).start()


def asked(server: LoopbackServer, *words: str, seconds: float = 1) -> tuple[LabcheckError, float]:
    """Return what became of a question, and how long that took."""
    began = time.monotonic()
    with (
        Connections({"db": server.address}) as connections,
        pytest.raises((HostUnreachable, CommandTimedOut)) as trouble,
    ):
        Host("db", "backup", connections).run(*words, timeout_seconds=seconds)
    return trouble.value, time.monotonic() - began


def one_byte_a_moment(transport: paramiko.Transport) -> None:
    while transport.is_active():
        time.sleep(0.5)
        for channel in transport._channels.values():  # type: ignore[attr-defined]
            transport._send_user_message(message(WINDOW_ADJUST, channel.remote_chanid, 1))  # type: ignore[attr-defined]


def test_a_server_that_takes_our_question_byte_by_byte_is_given_up(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    def narrow(transport: paramiko.Transport) -> None:
        transport.default_window_size = 0

    adjusted = paramiko.Channel._check_add_window  # type: ignore[attr-defined]
    monkeypatch.setattr(
        paramiko.Channel, "_check_add_window", lambda c, n: 0 if c.transport.server_mode else adjusted(c, n)
    )
    server.on_connection, server.on_command = narrow, beside(one_byte_a_moment)
    trouble, seconds = asked(server, "true")

    assert "db does not let us ask it anything in time" in trouble.what
    assert seconds < 10 * PATIENCE_SECONDS
    figure("hangs: a question that is taken byte by byte, patience 1 s, given up after, s", round(seconds, 1))


def begins_new_keys_and_stops(transport: paramiko.Transport) -> None:
    time.sleep(0.2)
    transport._send_kex_init()  # type: ignore[attr-defined]
    vars(transport.packetizer)["read_message"] = lambda: time.sleep(60)


def test_keys_that_are_changed_and_never_done_with_do_not_hold_us(server: LoopbackServer, figure: Figure) -> None:
    server.on_command = beside(begins_new_keys_and_stops)
    trouble, seconds = asked(server, "sleep", "30")

    assert isinstance(trouble, CommandTimedOut)
    assert seconds < 6 * PATIENCE_SECONDS
    figure("hangs: a server that begins new keys and stops, patience 1 s, given up after, s", round(seconds, 1))


def sends_small_packets(transport: paramiko.Transport) -> None:
    while transport.is_active():
        transport.send_ignore(1)


def test_a_connection_costs_so_much_of_our_time_and_no_more(
    server: LoopbackServer, monkeypatch: pytest.MonkeyPatch, figure: Figure
) -> None:
    monkeypatch.setattr(wire, "CPU_SECONDS", 0.1)
    monkeypatch.setattr(limits, "UNASKED_BYTES", 1 << 30)
    server.on_command = beside(sends_small_packets)
    trouble, seconds = asked(server, "sleep", "60", seconds=60)

    assert "db sends more than anybody asked for" in trouble.what
    assert seconds < 20
    figure("output: small packets without end, for 0.15 s of our own time, given up after, s", round(seconds, 1))


def test_many_megabytes_cost_less_time_than_a_connection_may(server: LoopbackServer) -> None:
    with Connections({"db": server.address}) as connections:
        db = Host("db", "backup", connections)
        for _ in range(8):
            assert len(db.run("sh", "-c", "yes | head -c 4000000", limit_bytes=4 << 20).stdout) == 4_000_000


@pytest.mark.parametrize("kex", SLOW_SUMS)
def test_a_server_cannot_choose_sums_that_all_of_us_wait_for(server: LoopbackServer, kex: str) -> None:
    def only(transport: paramiko.Transport) -> None:
        transport.get_security_options().kex = ["diffie-hellman-group16-sha512"]
        transport._preferred_kex = (kex,)  # type: ignore[attr-defined]

    server.on_connection = only
    began = time.process_time()
    with pytest.raises(HostUnreachable, match="cannot sign in to db"):
        sign_in("db", "backup", server.address)
    assert time.process_time() - began < 1


def ends_by_a_signal(transport: paramiko.Transport) -> None:
    for channel in transport._channels.values():  # type: ignore[attr-defined]
        words = (channel.remote_chanid, "exit-signal", False, EVIL, False, EVIL, "")
        transport._send_user_message(message(CHANNEL_REQUEST, *words))  # type: ignore[attr-defined]
        channel.close()


def has_ended_and_stays(transport: paramiko.Transport) -> None:
    for channel in transport._channels.values():  # type: ignore[attr-defined]
        transport._send_user_message(message(CHANNEL_EOF, channel.remote_chanid))  # type: ignore[attr-defined]


def leaves_with_last_words(transport: paramiko.Transport) -> None:
    transport._send_message(message(DISCONNECT, 11, EVIL, ""))  # type: ignore[attr-defined]


def says_much_to_who_signs_in(transport: paramiko.Transport) -> None:
    for _ in range(100):
        transport._send_message(message(USERAUTH_BANNER, EVIL, ""))  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "work",
    [ends_by_a_signal, has_ended_and_stays, leaves_with_last_words, says_much_to_who_signs_in],
    ids=lambda work: work.__name__,
)
def test_an_ending_without_a_status_is_a_host_that_went_away(
    work: Callable[[paramiko.Transport], None], server: LoopbackServer
) -> None:
    def soon(transport: paramiko.Transport) -> None:
        time.sleep(0.2)
        work(transport)

    server.on_command = beside(soon)
    trouble, seconds = asked(server, "sleep", "9" if work is says_much_to_who_signs_in else "60", seconds=1)

    assert seconds < 6 * PATIENCE_SECONDS
    assert trouble.what.isprintable()
    assert "Error" not in trouble.what


def test_what_is_said_before_the_version_is_no_part_of_an_answer(server: LoopbackServer) -> None:
    server.on_connection = lambda transport: transport.sock.sendall(b"\x1b]0;owned\x07::error::owned\r\n" * 20)
    with Connections({"db": server.address}) as connections:
        assert connections(Question("db", "backup", "echo hello")).stdout == "hello\n"


@pytest.mark.parametrize("words", [b"\xff\xfe\x00\x1b]0;owned\x07\r\n", b"\n" * 500, b"SSH-1.5-\x1b]0;owned\x07\r\n"])
def test_a_version_that_is_none_is_told_in_words_that_can_be_seen(server: LoopbackServer, words: bytes) -> None:
    server.on_connection = lambda transport: transport.sock.sendall(words)
    with pytest.raises(HostUnreachable) as trouble:
        sign_in("db", "backup", server.address)
    assert trouble.value.what.isprintable()
