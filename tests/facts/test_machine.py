import shlex
import subprocess
from pathlib import Path

import pytest

from labcheck.errors import UnexpectedStatus, UnreadableAnswer
from labcheck.facts import machine
from labcheck.facts.machine import LEAVE_MARK, MARK
from labcheck.hosts import Answer
from tests.fake_host import fake_host

TOKEN, OTHER = "0123456789abcdef" * 2, "f" * 32
MARKING = shlex.join(["sh", "-c", LEAVE_MARK, "mark", MARK, TOKEN])


@pytest.mark.parametrize(("said", "read"), [(OTHER, OTHER), ("", ""), ("uninitialized", ""), ("x" * (1 << 20), "")])
def test_a_machine_id_is_the_first_line(said: str, read: str) -> None:
    assert machine.mark(fake_host("db", {MARKING: Answer(0, f"{said}\n")}), TOKEN) == (read, "")


@pytest.mark.parametrize(
    ("lay_there", "read"), [("", ""), (OTHER, OTHER), ("my own notes\n", ""), ("F" * 32, ""), (f"\n{OTHER}", "")]
)
def test_who_leaves_a_mark_hears_of_the_one_before(lay_there: str, read: str) -> None:
    assert machine.mark(fake_host("db", {MARKING: Answer(0, f"{TOKEN}\n{lay_there}")}), TOKEN) == (TOKEN, read)


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_leaves_a_mark_for_its_owner_alone_and_tells_the_one_before(tmp_path: Path, shell: str) -> None:
    place = tmp_path / "mark"

    def leave(token: str) -> list[str]:
        return subprocess.check_output([shell, "-c", LEAVE_MARK, "mark", place, token], text=True).split("\n")

    machine_id = Path("/etc/machine-id").read_text().strip() if Path("/etc/machine-id").exists() else ""
    assert leave(TOKEN) == [machine_id, ""]
    assert place.stat().st_mode & 0o777 == 0o600
    assert leave(OTHER) == [machine_id, TOKEN]
    assert place.read_text() == OTHER


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
