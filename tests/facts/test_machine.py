import shlex

import pytest

from labcheck.errors import UnexpectedStatus, UnreadableAnswer
from labcheck.facts import machine
from labcheck.facts.machine import MARK
from labcheck.hosts import Answer
from tests.fake_host import fake_host

TOKEN, OTHER = "0123456789abcdef" * 2, "f" * 32
MARKING = shlex.join(
    ["sh", "-c", 'test -f "$1" && cat "$1"; umask 077; printf %s "$2" > "$1"', "mark", MARK, TOKEN]
)  # fmt: skip


def test_a_machine_id_is_a_line() -> None:
    assert machine.machine_id(fake_host("db", {"cat /etc/machine-id": Answer(0, f"{OTHER}\n")})) == OTHER


@pytest.mark.parametrize("answer", [Answer(1), Answer(0, "uninitialized\n"), Answer(0, "x" * (1 << 20))])
def test_a_host_without_a_machine_id_has_none(answer: Answer) -> None:
    assert machine.machine_id(fake_host("db", {"cat /etc/machine-id": answer})) == ""


def test_a_machine_id_that_cannot_be_asked_for_is_our_error() -> None:
    with pytest.raises(UnexpectedStatus, match="status 126"):
        machine.machine_id(fake_host("db", {"cat /etc/machine-id": Answer(126)}))


@pytest.mark.parametrize(("lay_there", "read"), [("", ""), (OTHER, OTHER), ("my own notes\n", ""), ("F" * 32, "")])
def test_who_leaves_a_mark_hears_of_the_one_before(lay_there: str, read: str) -> None:
    assert machine.mark(fake_host("db", {MARKING: Answer(0, lay_there)}), TOKEN) == read


@pytest.mark.parametrize(
    ("answer", "read"),
    [(Answer(0, TOKEN), TOKEN), (Answer(1), ""), (Answer(0, "\x1b]0;"), ""), (Answer(0, TOKEN * 2), "")],
)
def test_a_mark_that_is_none_of_ours_is_no_mark(answer: Answer, read: str) -> None:
    assert machine.marked(fake_host("db", {f"cat {MARK}": answer})) == read


def test_a_host_that_lets_nothing_be_written_is_told() -> None:
    with pytest.raises(UnexpectedStatus, match="Read-only"):
        machine.mark(fake_host("db", {MARKING: Answer(2, stderr="sh: cannot create: Read-only file system")}), TOKEN)


def test_the_clock_is_read_in_seconds() -> None:
    assert machine.clock(fake_host("db", {"date +%s": Answer(0, "1800000000\n")})) == 1800000000


@pytest.mark.parametrize("said", ["", "yesterday\n", "\u0661\u0662\n", "1\n2\n", "9" * 5000])
def test_a_clock_that_shows_no_number_cannot_be_read(said: str) -> None:
    with pytest.raises(UnreadableAnswer, match="date said"):
        machine.clock(fake_host("db", {"date +%s": Answer(0, said)}))
