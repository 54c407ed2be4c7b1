import socket
from pathlib import Path

import pytest

from labcheck.practice.ports import OTHERS, USUAL, choose, choose_one, is_free


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])  # noqa: S104 - as a service may be found to listen
def test_a_port_that_something_listens_on_is_not_chosen(address: str) -> None:
    with socket.socket() as listener:
        listener.bind((address, 0))
        listener.listen()
        taken = listener.getsockname()[1]

        assert not is_free(taken)
        assert choose_one(taken) != taken


def test_a_free_port_is_chosen() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]

    assert is_free(port)
    assert choose_one(port) == port


@pytest.mark.parametrize("is_taken", [True, False])
def test_every_name_gets_a_port_of_its_own(monkeypatch: pytest.MonkeyPatch, is_taken: bool) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        wanted = listener.getsockname()[1]
        for name in USUAL:
            monkeypatch.setitem(USUAL, name, wanted)
        if not is_taken:
            listener.close()
        chosen = choose()

    assert list(chosen) == list(USUAL)
    assert len(set(chosen.values())) == len(USUAL)
    assert (wanted in chosen.values()) is not is_taken


def test_a_port_that_is_kept_for_another_lab_is_not_chosen_and_no_outgoing_connection_takes_ours() -> None:
    chosen = choose(kept=set(USUAL.values()))

    assert not set(chosen.values()) & set(USUAL.values())
    assert all(port in OTHERS for port in chosen.values())
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert max(OTHERS) < low or low < min(OTHERS)
