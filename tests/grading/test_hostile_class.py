"""Hosts whose owners have made up every answer, graded over real sockets by the command that an instructor types.

The real lab is graded, and whatever comes out of it is read as the programs read it that it is meant for.
"""

import base64
import csv
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from labcheck.model import State, Status
from labcheck.reports import REPORTS
from labcheck.reports.json import read
from labcheck.visible import HIDDEN
from tests.conftest import Figure
from tests.hosts.ssh_server import Lie, LoopbackServer, servers
from tests.reports.test_github import obeyed
from tests.reports.test_html import ATTRIBUTES, TAGS, Page

EVIL = (
    "\x1b]0;owned\x07\x1b[2J\x9b1A\u202e\u2066\u200b\ufeff\u2028\x85\x00 <script>alert(1)</script> ::error::forged "
    "##[error]forged =cmd|' /C calc'!A0 {{7*7}} %(x)s $(touch owned-by-a-host) `touch owned-by-a-host` ../../../etc/x"
)
RAW = b"\xff\n::error file=a::forged\r\n=1+1\n" + EVIL.encode()
DUMP = f"INSERT INTO `item` VALUES (1,'{EVIL}',0);\n"  # noqa: S608 - a dump that breaks off here


def crontabs() -> bytes:
    cron, path, text = (
        base64.b64encode(word.encode())
        for word in ("1 cron -f", f"/etc/cron.d/{EVIL}", f"# {EVIL}\n1 1 * * * backup mysqldump agama > {EVIL}\n")
    )
    return b"cron %s\nfile %s - 81a4 0 1 99 %s\n" % (cron, path, text)


WELL_FORMED = {
    "stat --dereference --format '%F": (0, f"regular file|644|{EVIL.replace('|', '')}|12\n".encode(), b""),
    "cat -- ": (0, DUMP.encode(), b""),
    "curl ": (0, RAW + b"\n500", b""),
    "hostname": (0, EVIL.encode() + b"\n", b""),
    "mysql ": (1, b"", f"ERROR 1045 (28000): {EVIL}\n".encode()),
    "ssh ": (255, b"", RAW),
    "find ": (0, f"9 duplicity-full.20261122T001200Z.vol1.difftar.gz\x0012 ../../../etc/{EVIL}\0".encode(), b""),
    "sh -c '\nset -u\ndaemon=": (0, crontabs(), b""),
}


def well_formed(command: str) -> tuple[int, bytes, bytes]:
    """Answers of the shape that is wanted, so that their words come as far as they can."""
    return next((said for begin, said in WELL_FORMED.items() if command.startswith(begin)), (0, RAW, RAW))


LIARS: dict[str, Lie] = {
    "wellformed": well_formed,
    "babbling": lambda _: (0, RAW, RAW),
    "failing": lambda _: (1, RAW, RAW),
    "deep": lambda _: (0, b"[" * 10_000, b""),
}
PERSON = json.dumps(f"=cmd|' /C calc'!A0 {EVIL}".replace("\0", ""))


def roster(file: Path, hosts: dict[str, LoopbackServer]) -> Path:
    """Write a roster in which each student's server is all four hosts."""
    lines = [
        f"  {name}: {{full_name: {PERSON}, email: {PERSON}, number: {PERSON}, identity: {server.home}/key,"
        f" known_hosts: {server.home}/known_hosts, port: {server.port},"
        " hosts: {db: 127.0.0.1, backup: 127.0.0.1, offsite: 127.0.0.1, app: 127.0.0.1}}\n"
        for name, server in hosts.items()
    ]
    file.write_text("students:\n" + "".join(lines))
    return file


def labcheck(folder: Path, *words: object, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a command in a folder, with no program to be found on this machine."""
    command = [sys.executable, "-m", "labcheck", *map(str, words)]
    return subprocess.run(
        command, cwd=folder, env={"PATH": "", "PYTHONUTF8": "1", **environment}, capture_output=True, check=False
    )


def unseen(text: str, *ours: str) -> set[str]:
    """Return the characters of a text that nobody can see, but for our own."""
    return {one for one in text if unicodedata.category(one) in HIDDEN} - {"\n", *ours}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with everything that can be told of a class of liars."""
    folder = tmp_path_factory.mktemp("class")
    with servers(tmp_path_factory.mktemp("hosts"), len(LIARS)) as running:
        for server, lie in zip(running, LIARS.values(), strict=True):
            server.lie = lie
        file = roster(folder / "roster.yaml", dict(zip(LIARS, running, strict=True)))
        told = ",".join(["console", *REPORTS])
        done = labcheck(folder, "grade", "--roster", file, "--out", "out", "--format", told)
        assert done.returncode in {1, 2}, done.stderr
        (folder / "grade.txt").write_bytes(done.stdout + done.stderr)
        (folder / "terminal.txt").write_bytes(
            on_a_terminal(folder, "grade", "--roster", file, "--out", "one", "--student", "wellformed")
            + on_a_terminal(folder, "grade", "--roster", file, "--out", "again")
        )
    with_pages = labcheck(folder, "report", "out", "--student-feedback", GITHUB_ACTIONS="true")
    (folder / "github.txt").write_bytes(with_pages.stdout)
    again = labcheck(folder, "regrade", "out", "--out", "regraded")
    (folder / "regrade.txt").write_bytes(again.stdout + again.stderr)
    (folder / "diff.txt").write_bytes(labcheck(folder, "diff", "out", "again").stdout)
    yield folder


def on_a_terminal(folder: Path, *words: object) -> bytes:
    """Return all that a command writes to a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    environment = {"PATH": "", "TERM": "xterm-256color", "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "labcheck", *map(str, words)]
    written = b""
    with subprocess.Popen(command, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs):
        os.close(theirs)
        try:
            while chunk := os.read(ours, 1 << 16):
                written += chunk
        except OSError:  # nobody has the terminal any more
            pass
    os.close(ours)
    return written


def test_the_words_of_hosts_come_far_and_nothing_else_comes_of_them(folder: Path, figure: Figure) -> None:
    results = [one for grade in read(folder / "out/results.json").grades for one in grade.results]
    reached = [one for one in results if "owned" in one.found]

    assert {Status.FAIL, Status.ERROR} <= {one.status for one in reached}
    assert len(reached) > 20
    assert not any(one.status is Status.ERROR and "a defect of" in one.found for one in results)
    assert not list(folder.parent.rglob("owned-by-a-host"))
    figure("escapes: messages and answers of hostile words in the reports", len(reached))


def test_every_file_has_a_name_of_ours(folder: Path) -> None:
    made = {str(path.relative_to(folder / "out")) for path in (folder / "out").rglob("*") if path.is_file()}
    reports = {"report.html", "grades.csv", "moodle.csv", "canvas.csv", "junit.xml", "results.json", "run.json"}
    each = {f"{place}/{name}{end}" for name in LIARS for place, end in PLACES}
    assert made == reports | each | {".lock", "github/annotations.txt", "github/summary.md"}


PLACES = (("students", ".json"), ("students", ".transcript.jsonl"), ("gradescope", ".json"), ("feedback", ".html"))


def test_no_file_has_a_character_that_cannot_be_seen(folder: Path) -> None:
    for file in (path for path in folder.rglob("*") if path.is_file() and path.name != "terminal.txt"):
        text = file.read_bytes().decode("utf-8-sig")
        assert unseen(text, *("\r" if file.suffix == ".csv" else "")) == set(), file


def test_a_terminal_gets_no_sequence_but_our_own(folder: Path) -> None:
    written = (folder / "terminal.txt").read_bytes().decode()
    assert "\\x1b]0;owned" in written
    ours = r"\x1b\[[0-9;]*m|\x1b\[\?25[hl]|\x1b\[[0-9]*[AK]|\r"
    assert unseen(re.sub(ours, "", written)) == set()


def test_a_github_runner_obeys_nothing_that_a_host_said(folder: Path) -> None:
    log = (folder / "github.txt").read_text()
    begin, *_, end = log.splitlines()
    assert begin.removeprefix("::stop-commands::") == end.strip(":")
    assert obeyed("\n".join(log.splitlines()[1:-1])) == []
    commands = obeyed((folder / "out/github/annotations.txt").read_text())
    assert {name for name, _, _ in commands} == {"error", "warning", "notice"}
    assert {key for _, properties, _ in commands for key in properties} == {"title"}
    texts = [folder / name for name in ("grade.txt", "regrade.txt", "diff.txt", "out/results.json")]
    reports = [path for end in ("html", "csv", "xml") for path in (folder / "out").rglob(f"*.{end}")]
    for file in (*texts, *reports, *(folder / "out/gradescope").iterdir()):
        assert obeyed(file.read_text()) == [], file


@pytest.mark.parametrize("name", ["grades.csv", "moodle.csv", "canvas.csv"])
def test_no_cell_is_a_formula(name: str, folder: Path) -> None:
    with (folder / "out" / name).open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert any("owned" in cell for cell in cells) or name == "canvas.csv"  # it has those who were graded alone
    assert [cell for cell in cells if re.match(r"\s*[=+@\t\r-]", cell) and cell != "-"] == []


@pytest.mark.parametrize("page", ["report.html", *(f"feedback/{name}.html" for name in LIARS)])
def test_pages_have_only_our_elements(page: str, folder: Path) -> None:
    read_page = Page((folder / "out" / page).read_text())
    assert "alert(1)" in read_page.text
    assert read_page.tags <= set(TAGS.split())
    assert set(read_page.attributes) <= set(ATTRIBUTES.split())


def test_xml_is_whole_and_json_is_what_it_should_be(folder: Path) -> None:
    suites = ElementTree.parse(folder / "out/junit.xml").getroot()  # noqa: S314 - our own file
    assert len(list(suites.iter("testsuite"))) == len(LIARS)
    for name in LIARS:
        told = json.loads((folder / f"out/gradescope/{name}.json").read_text())
        assert {"output", "output_format"} <= set(told)


def test_what_liars_said_is_judged_again_to_the_same_grades(folder: Path) -> None:
    assert labcheck(folder, "diff", "out", "regraded").stdout == b"0 changed, 4 as before\n"


def test_hosts_that_talk_without_end_cost_little_memory_and_disk(tmp_path: Path, figure: Figure) -> None:
    most_of_a_mebibyte = b"x" * ((1 << 20) - 100)
    with servers(tmp_path / "hosts", 1, lie=lambda _: (0, most_of_a_mebibyte, most_of_a_mebibyte)) as running:
        roster(tmp_path / "roster.yaml", {"talker": running[0]})
        program = (
            "import sys; from labcheck.cli import run; run(sys.argv[1:]);"
            "print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"
        )
        words = ["grade", "--roster", "roster.yaml", "--out", "out", "--format", "json"]
        command = [sys.executable, "-c", program, *words]
        done = subprocess.run(command, cwd=tmp_path, env={"PATH": ""}, capture_output=True, text=True, check=True)
    (talker,) = read(tmp_path / "out/results.json").grades
    kept = {path.name: path.stat().st_size for path in (tmp_path / "out/students").iterdir()}

    assert talker.state is State.ERROR
    assert kept["talker.json"] < 200_000
    assert kept["talker.transcript.jsonl"] < 40 << 20
    peak_mib = int(done.stdout.splitlines()[-1]) >> 10
    assert peak_mib < 250
    figure("talks without end: transcript of one student, MiB", kept["talker.transcript.jsonl"] >> 20)
    figure("talks without end: memory of the grader, MiB", peak_mib)
