"""Asking a real host 100 questions: our one shell beside a channel for each command and the bare sign-in."""

from collections.abc import Callable, Iterator
from time import perf_counter

import pytest

from labcheck.hosts import Host
from labcheck.hosts.sign_in import sign_in
from labcheck.practice.lab import PracticeLab

pytestmark = [pytest.mark.bench, pytest.mark.lab]
QUESTIONS = 100
ROUNDS = 3


def best(measured: Callable[[], None]) -> float:
    """The seconds of the quickest of several rounds."""

    def seconds() -> Iterator[float]:
        for _ in range(ROUNDS):
            began = perf_counter()
            measured()
            yield perf_counter() - began

    return min(seconds())


def test_one_shell_beside_a_channel_a_command(lab: PracticeLab) -> None:
    address = lab.connections().address("db")

    def signing_in() -> None:
        sign_in("db", "backup", address).close()

    def channel_a_command() -> None:
        client = sign_in("db", "backup", address)
        for number in range(QUESTIONS):
            assert client.exec_command(f"echo {number}")[1].read().decode() == f"{number}\n"
        client.close()

    def one_shell() -> None:
        with lab.connections() as connections:
            db = Host("db", "backup", connections)
            for number in range(QUESTIONS):
                assert db.output("echo", str(number)) == f"{number}\n"

    floor, peer, ours = best(signing_in), best(channel_a_command), best(one_shell)
    print(f"\nsign-in {floor:.3f} s, channel a command {peer:.3f} s, one shell {ours:.3f} s: {peer / ours:.1f}x")
    assert ours < peer / 2
