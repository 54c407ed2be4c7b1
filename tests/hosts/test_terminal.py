"""A real terminal on a real host, typed into."""

import pytest

from labcheck.errors import CommandTimedOut, HostUnreachable
from labcheck.hosts.terminal import Terminal
from labcheck.practice.lab import PracticeLab

pytestmark = pytest.mark.lab


def test_what_is_typed_and_answered_is_shown_and_the_status_comes_back(fresh_lab: PracticeLab) -> None:
    shown: list[str] = []
    with (
        fresh_lab.connections() as connections,
        Terminal(connections.client("db", "backup"), shown.append, kind="vt100") as terminal,
    ):
        assert terminal.type("echo $((6 * 7)); false") == 1
        assert terminal.type("cat <<'END'\none\n\nthree\nEND") == 0
    lines = "".join(shown).replace("\r", "").splitlines()
    assert lines[:2] == ["backup@db:~$ echo $((6 * 7)); false", "42"]
    assert lines[-4:-1] == ["one", "", "three"]
    assert "777" not in "".join(shown)


def test_keys_are_struck_one_by_one(lab: PracticeLab) -> None:
    shown: list[str] = []
    with lab.connections() as connections, Terminal(connections.client("backup", "root"), shown.append) as terminal:
        line = "echo " + "long " * 40 + "| wc -w"
        assert terminal.type(line, keystroke_seconds=0.001) == 0
    assert "".join(shown).count("40\r\n") == 1


def test_a_command_that_does_not_end_is_interrupted(lab: PracticeLab) -> None:
    with lab.connections() as connections, Terminal(connections.client("db", "backup"), lambda _: None) as terminal:
        with pytest.raises(CommandTimedOut, match=r"`sleep 60` did not end in 0.5 seconds"):
            terminal.type("sleep 60", timeout_seconds=0.5)
        with pytest.raises(HostUnreachable):
            terminal.type("exit")


def test_typing_leaves_no_history(lab: PracticeLab) -> None:
    with lab.connections() as connections:
        with Terminal(connections.client("db", "backup"), lambda _: None) as terminal:
            terminal.type("echo nothing of this is kept")
        assert not lab.site(connections).db.test("grep", "-q", "nothing of this", ".bash_history", no=(1, 2))
