"""The lab's own view of its database, whose owner may have put another server in its place."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from labcheck.errors import HostUnreachable
from labcheck.practice.database import Database
from tests.conftest import Figure

GREETING = (
    b"\x0a8.0.0-rogue\0" + struct.pack("<I", 1) + b"12345678\0" + b"\xff\xf7" + b"\x21" + b"\x02\0" + b"\xff\x81"
    b"\x15" + b"\0" * 10 + b"123456789012\0" + b"mysql_native_password\0"
)
OK = b"\0\0\0\x02\0\0\0"


ROW = b"\x01x" * 3
Talk = Callable[[socket.socket, bytes], None]


class RogueServer:
    """A server that speaks MySQL's protocol, does the first few statements, and answers the next as it likes."""

    def __init__(self, answer: Talk, obedient: int = 0) -> None:
        self._answer = answer
        self._obedient = obedient
        self.heard: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def __enter__(self) -> "RogueServer":
        return self

    def __exit__(self, *unused: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError), self._listener.accept()[0] as client:
            client.sendall(packet(0, GREETING))
            self.heard.append(client.recv(1 << 16))
            client.sendall(packet(2, OK))
            while asked := client.recv(1 << 16):
                self.heard.append(asked)
                if len(self.heard) <= self._obedient + 1:
                    client.sendall(packet(1, OK))
                else:
                    self._answer(client, asked)


def packet(number: int, content: bytes) -> bytes:
    return struct.pack("<I", len(content))[:3] + bytes([number % 256]) + content


@pytest.mark.parametrize("obedient", [0, 1], ids=["at once", "later"])
def test_a_server_that_asks_for_a_file_gets_none(obedient: int, tmp_path: Path, figure: Figure) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a line that no server may have")

    def ask_for_it(client: socket.socket, _: bytes) -> None:
        client.sendall(packet(1, b"\xfb" + str(secret).encode()))

    with RogueServer(ask_for_it, obedient) as rogue:
        with pytest.raises(HostUnreachable, match="LOAD_LOCAL"):
            for _ in range(2):
                Database(rogue.port, "password").items()
        assert len(rogue.heard) >= 2  # it was signed in to, and asked
        sent = b"".join(rogue.heard)
    assert secret.read_bytes() not in sent
    figure("rogue MySQL: bytes sent to a server that asks for a file, sign-in and questions in all", len(sent))


def rows_without_end(client: socket.socket, _: bytes) -> None:
    column = b"\x03def" + b"\x01x" * 5 + b"\x0c\x21\0\xff\0\0\0\xfd\0\0\0\0\0"
    client.sendall(packet(1, b"\x03") + b"".join(packet(2 + number, column) for number in range(3)))
    client.sendall(packet(5, b"\xfe\0\0\x02\0"))
    number = 6
    while True:
        client.sendall(b"".join(packet(number + more, ROW) for more in range(256)))


def one_packet_without_end(client: socket.socket, _: bytes) -> None:
    while True:
        client.sendall(b"\xff\xff\xff\x01" + b"x" * 0xFFFFFF)


def drips(client: socket.socket, _: bytes) -> None:
    client.sendall(b"\xff\xff\x0f\x01")
    while True:
        client.sendall(b"x")
        time.sleep(0.02)


@pytest.mark.parametrize("answer", [rows_without_end, one_packet_without_end, drips], ids=lambda talk: talk.__name__)
def test_a_server_that_never_ends_is_given_up(answer: Talk, monkeypatch: pytest.MonkeyPatch, figure: Figure) -> None:
    monkeypatch.setattr("labcheck.practice.database.QUESTION_SECONDS", 0.5)
    monkeypatch.setattr("labcheck.practice.database.MOST_BYTES", 1 << 20)
    began = time.monotonic()
    with RogueServer(answer) as rogue, pytest.raises(HostUnreachable, match="does not answer"):
        Database(rogue.port, "password").items()
    seconds = time.monotonic() - began
    assert seconds < 5
    figure(f"rogue MySQL: `{answer.__name__}`, allowed 1 MiB and 0.5 s, given up after, s", round(seconds, 1))


def test_what_is_no_server_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(HostUnreachable, match=f"MySQL does not answer on 127.0.0.1:{port}: Connection refused"):
        Database(port, "password").version()
