"""Connections that are begun before anybody needs them, to servers that greet whoever comes."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from labcheck.hosts.wire import connected, knocked

SECONDS = 5.0
Place = tuple[str, int]


class Greeter:
    """A server that says which SSH it speaks to `guests`, which are kept in the order in which they came."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0))
        self.place: Place = self._door.getsockname()
        self.guests: list[socket.socket] = []
        self._thread = threading.Thread(target=self._greet)
        self._thread.start()

    def _greet(self) -> None:
        with contextlib.suppress(OSError):  # the door is shut
            while True:
                guest, _ = self._door.accept()
                guest.sendall(b"SSH-2.0-greeter\r\n")
                self.guests.append(guest)

    def has_greeted(self, many: int) -> bool:
        """Wait for a while until so many have come, and say whether they have."""
        deadline = time.monotonic() + SECONDS
        while len(self.guests) < many and time.monotonic() < deadline:
            time.sleep(0.01)
        return len(self.guests) == many

    def is_left_by(self, number: int) -> bool:
        """Wait for a while until a guest has gone, and say whether it has; one that did not listen resets."""
        self.guests[number].settimeout(SECONDS)
        try:
            return self.guests[number].recv(1) == b""
        except ConnectionResetError:
            return True

    def close(self) -> None:
        """Shut the door, and send all away."""
        self._door.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for one in (self._door, *self.guests):
            one.close()


@pytest.fixture
def greeter() -> Iterator[Greeter]:
    made = Greeter()
    yield made
    made.close()


def test_who_connects_after_a_knock_finds_it_further_on(greeter: Greeter) -> None:
    with knocked([greeter.place, greeter.place]):
        assert greeter.has_greeted(1)
        first = connected(*greeter.place, SECONDS)
        second = connected(*greeter.place, SECONDS)
        assert greeter.has_greeted(2)
        assert first.getsockname() == greeter.guests[0].getpeername()
        assert second.getsockname() == greeter.guests[1].getpeername()
    first.send(b"still there")
    assert greeter.guests[0].recv(20) == b"still there"
    first.close()
    second.close()


def test_a_knock_that_nobody_followed_is_taken_back(greeter: Greeter) -> None:
    with knocked([greeter.place]):
        assert greeter.has_greeted(1)
    assert greeter.is_left_by(0)
    connected(*greeter.place, SECONDS).close()
    assert greeter.has_greeted(2)


def test_an_old_knock_is_of_no_use(greeter: Greeter) -> None:
    with knocked([greeter.place]):
        assert greeter.has_greeted(1)
        time.sleep(0.3)
        connected(*greeter.place, 0.2).close()
    assert greeter.has_greeted(2)


def test_a_connection_that_is_not_wanted_any_more_is_closed(greeter: Greeter) -> None:
    def refuse(_: object) -> None:
        raise ConnectionAbortedError

    with knocked([greeter.place]):
        assert greeter.has_greeted(1)
        with pytest.raises(ConnectionAbortedError):
            connected(*greeter.place, SECONDS, refuse)
        assert greeter.is_left_by(0)


def test_a_name_is_not_looked_up(greeter: Greeter) -> None:
    with knocked([("localhost", greeter.place[1]), ("no.such.host.invalid", 22)]):
        time.sleep(0.2)
        assert greeter.guests == []


def test_where_nobody_listens_who_connects_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        place: Place = taken.getsockname()
    with knocked([place, ("240.0.0.1", 22)]), pytest.raises(ConnectionRefusedError):
        connected(*place, SECONDS)
