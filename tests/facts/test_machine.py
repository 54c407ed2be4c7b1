import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from labcheck.errors import UnexpectedStatus, UnreadableAnswer
from labcheck.facts import machine
from labcheck.facts.machine import KEPT_LINES, LEAVE_MARK, MARK
from labcheck.hosts import Answer
from tests.fake_host import fake_host

TOKEN, OTHER = "0123456789abcdef" * 2, "f" * 32
MARKING = shlex.join(["sh", "-c", LEAVE_MARK, "mark", MARK, TOKEN])


@pytest.mark.parametrize(("said", "read"), [(OTHER, OTHER), ("", ""), ("uninitialized", ""), ("x" * (1 << 20), "")])
def test_a_machine_id_is_the_first_line(said: str, read: str) -> None:
    assert machine.mark(fake_host("db", {MARKING: Answer(0, f"{said}\n")}), TOKEN) == (read, frozenset())


@pytest.mark.parametrize(
    ("lay_there", "read"),
    [
        ("", frozenset()),
        (f" {TOKEN}", frozenset()),
        (f" {OTHER}  {TOKEN}", frozenset({OTHER})),
        (f"  {OTHER}  {'1' * 32} ", frozenset({OTHER, "1" * 32})),
        (" my own notes", frozenset()),
        (f" {'F' * 32} \x1b]0; {OTHER * 2}", frozenset()),
    ],
)
def test_who_leaves_a_mark_hears_of_the_others(lay_there: str, read: frozenset[str]) -> None:
    assert machine.mark(fake_host("db", {MARKING: Answer(0, f"{TOKEN}\n{lay_there}")}), TOKEN) == (TOKEN, read)


def left(place: Path, token: str, shell: str = "sh") -> tuple[str, set[str]]:
    words = [shell, "-c", LEAVE_MARK, "mark", str(place), token]
    machine_id, found = subprocess.check_output(words, text=True, stderr=subprocess.PIPE).split("\n")
    return machine_id, set(found.split())


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_shell_leaves_a_mark_for_its_owner_alone_and_tells_the_others(tmp_path: Path, shell: str) -> None:
    place, known = tmp_path / "mark", Path("/etc/machine-id")
    machine_id = known.read_text().strip() if known.exists() else ""

    assert left(place, TOKEN, shell) == (machine_id, {TOKEN})
    assert place.stat().st_mode & 0o777 == 0o600
    with place.open("a") as file:
        file.write("a line that does not end")
    assert left(place, OTHER, shell)[1] >= {TOKEN, OTHER}
    assert left(place, TOKEN, shell)[1] >= {TOKEN, OTHER}


def test_marks_do_not_grow_without_end(tmp_path: Path) -> None:
    place = tmp_path / "mark"
    for number in range(KEPT_LINES + 2):
        token = f"{number:032x}"
        assert token in left(place, token)[1]
        assert len(place.read_text().splitlines()) <= KEPT_LINES
    assert f"{0:032x}" not in left(place, TOKEN)[1]


def test_of_two_who_come_at_once_one_finds_the_others_mark(tmp_path: Path) -> None:
    with ThreadPoolExecutor() as pool:
        for number in range(20):
            found = list(pool.map(lambda token: left(tmp_path / f"mark{number}", token)[1], (TOKEN, OTHER)))  # noqa: B023
            assert {TOKEN, OTHER} in found


def test_a_place_that_takes_no_mark_is_told(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        left(tmp_path, TOKEN)


def test_a_host_that_lets_nothing_be_written_is_told() -> None:
    with pytest.raises(UnexpectedStatus, match="Read-only"):
        machine.mark(fake_host("db", {MARKING: Answer(2, stderr="sh: cannot create: Read-only file system")}), TOKEN)


def test_the_clock_is_read_in_seconds() -> None:
    assert machine.clock(fake_host("db", {"date +%s": Answer(0, "1800000000\n")})) == 1800000000


@pytest.mark.parametrize("said", ["", "yesterday\n", "\u0661\u0662\n", "1\n2\n", "9" * 5000])
def test_a_clock_that_shows_no_number_cannot_be_read(said: str) -> None:
    with pytest.raises(UnreadableAnswer, match="date said"):
        machine.clock(fake_host("db", {"date +%s": Answer(0, said)}))
