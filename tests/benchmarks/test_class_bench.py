"""Grading many hosts beside the tools that people use for it, in the same run; and a class with bad hosts in it.

Peers live in an environment of their own (`make bench` makes it), as they want other versions of what we use.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from fixtures.classroom.classroom import GOOD, Classroom, classroom
from fixtures.classroom.network import PORT
from labcheck.cli import exit_codes
from labcheck.hosts import limits
from labcheck.hosts.host import DEFAULT_TIMEOUT_SECONDS
from labcheck.model import State
from labcheck.reports.json import read
from tests.benchmarks.twenty_questions import NUMBERS
from tests.grading.trial import told

pytestmark = [pytest.mark.bench, pytest.mark.lab]
ROOT = Path(__file__).parents[2]
PEERS = Path(__file__).parent / "peers"
PEERS_BIN = Path(os.environ.get("LABCHECK_PEERS", ROOT / ".venv/peers")) / "bin"
ROUNDS = 5
SETTLING_SECONDS = 0.5
"""Between two contenders: the servers still end what the one before has left when the next begins."""

HOSTS = 20
DELAY_SECONDS = 0.005
KILLS = 50
GRADE = [sys.executable, "-m", "tests.benchmarks.twenty_questions", "grade"]


@dataclass(frozen=True)
class Cost:
    """What a program cost: seconds of the clock and of CPU, with its children, and the memory that it took."""

    wall: float
    cpu: float
    memory_mib: float
    status: int


def cost(words: Sequence[object], folder: Path, **environment: str) -> Cost:
    """Run a program and say what it cost; bytecode is kept, as it is wherever these tools are installed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with (folder / "said").open("w") as said:
        began = time.perf_counter()
        process = subprocess.Popen(
            [str(word) for word in words], cwd=folder, env=kept | environment, stdout=said, stderr=subprocess.STDOUT
        )
        status, used = os.wait4(process.pid, 0)[1:]
        wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, process.returncode)


def grading(roster: Path, out: Path, *words: object) -> Cost:
    """Grade a roster by the command line, with twenty questions."""
    shutil.rmtree(out, ignore_errors=True)
    return cost([*GRADE, "--roster", roster, "--out", out, *words], out.parent, PYTHONPATH=str(ROOT))


def answers(student: str, home: Path) -> None:
    """Put the right answers into a home; every third student has a wrong one."""
    for number in NUMBERS:
        (home / f"answer-{number}").write_text(f"{number}\n")
    if int(student[1:]) % 3 == 2:
        (home / "answer-7").write_text("wrong\n")


def right_answers(student: str, home: Path) -> None:
    answers("s000", home)


@dataclass(frozen=True)
class Setting:
    """A classroom, and a folder for what clients need."""

    room: Classroom
    folder: Path

    @property
    def addresses(self) -> list[str]:
        return [self.room.address(desk) for desk in self.room.desks]


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    """Twenty hosts that answer, without a delay, and the files of each peer."""
    folder = tmp_path_factory.mktemp("twenty")
    (folder / "room").mkdir()
    with classroom(folder / "room", HOSTS, furnish=right_answers) as room:
        setting = Setting(room, folder)
        _write_files_of_peers(setting)
        yield setting


def _write_files_of_peers(setting: Setting) -> None:
    room, folder = setting.room, setting.folder
    room.roster(folder / "roster.yaml")
    for name in ("deploy.py", "playbook.yml", "questions_of_testinfra.py"):
        shutil.copy(PEERS / name, folder)
    facts = {"ssh_port": PORT, "ssh_user": "backup", "ssh_key": str(room.key)}
    known = facts | {"ssh_known_hosts_file": str(room.known_hosts)}
    (folder / "inventory.py").write_text(f"hosts = {[(address, known) for address in setting.addresses]!r}\n")
    ansible = (
        f"ansible_port={PORT} ansible_user=backup ansible_python_interpreter=/usr/bin/python3"
        f" ansible_ssh_private_key_file={room.key} ansible_ssh_common_args=-oUserKnownHostsFile={room.known_hosts}"
    )
    (folder / "inventory.ini").write_text("".join(f"{address} {ansible}\n" for address in setting.addresses))
    (folder / "ssh_config").write_text(
        f"Host *\n Port {PORT}\n User backup\n IdentityFile {room.key}\n UserKnownHostsFile {room.known_hosts}\n"
    )


def labcheck(setting: Setting) -> Cost:
    return grading(setting.folder / "roster.yaml", setting.folder / "out")


def _floor(at_once: int) -> Callable[[Setting], Cost]:
    def measured(setting: Setting) -> Cost:
        room = setting.room
        words = [sys.executable, PEERS / "bare.py", at_once, room.key, room.known_hosts, *setting.addresses]
        return cost(words, setting.folder)

    return measured


def pyinfra(setting: Setting) -> Cost:
    return cost([PEERS_BIN / "pyinfra", "-y", "inventory.py", "deploy.py"], setting.folder)


def ansible(setting: Setting) -> Cost:
    shutil.rmtree(setting.folder / "control", ignore_errors=True)  # each round signs in, as everybody else does
    settings = {"ANSIBLE_PIPELINING": "True", "ANSIBLE_SSH_CONTROL_PATH_DIR": str(setting.folder / "control")}
    words = [PEERS_BIN / "ansible-playbook", "-i", "inventory.ini", "-f", 64, "playbook.yml"]
    return cost(words, setting.folder, LC_ALL="C.UTF-8", **settings)


def testinfra(setting: Setting) -> Cost:
    hosts = ",".join(f"paramiko://backup@{address}:{PORT}" for address in setting.addresses)
    options = ["-q", "-p", "no:cacheprovider", "--ssh-config=ssh_config", f"--hosts={hosts}"]
    return cost([PEERS_BIN / "py.test", *options, "questions_of_testinfra.py"], setting.folder)


testinfra.__test__ = False  # type: ignore[attr-defined]
Contender = Callable[[Setting], Cost]


def medians(contenders: Mapping[str, Contender], setting: Setting) -> dict[str, Cost]:
    """Measure all in turn, several times, after one round that does not count; print and return the medians."""
    rounds: dict[str, list[Cost]] = {name: [] for name in contenders}
    for number in range(ROUNDS + 1):
        for name, contender in contenders.items():
            time.sleep(SETTLING_SECONDS)
            measured = contender(setting)
            assert measured.status == 0, f"{name}: {(setting.folder / 'said').read_text()[-2000:]}"
            print(f"round {number}: {name} {measured.wall:.1f} s, CPU {measured.cpu:.1f} s", flush=True)
            if number:
                rounds[name].append(measured)
    print(f"\nload of this machine: {os.getloadavg()[0]:.1f}")
    found = {}
    for name, costs in rounds.items():
        wall, cpu = (statistics.median(getattr(one, word) for one in costs) for word in ("wall", "cpu"))
        found[name] = Cost(wall, cpu, max(one.memory_mib for one in costs), 0)
        ratio = found["labcheck"].wall / wall
        print(f"{name:<20}{wall:7.2f} s  CPU {cpu:6.2f} s  labcheck takes {ratio:.2f} of it")
    return found


def test_twenty_hosts_and_twenty_questions_beside_what_people_use(twenty: Setting) -> None:
    """Of pyinfra's time a third and half of the CPU, of Ansible's an eighth, of testinfra's a fifteenth."""
    if not PEERS_BIN.exists():
        pytest.fail(f"no peers in {PEERS_BIN}: make bench installs them")
    contenders = {
        "labcheck": labcheck,
        "bare loop": _floor(1),
        "bare, all at once": _floor(HOSTS),
        "pyinfra": pyinfra,
        "ansible": ansible,
        "testinfra": testinfra,
    }
    found = medians(contenders, twenty)
    ours = found["labcheck"]
    assert ours.wall <= found["pyinfra"].wall / 3
    assert ours.cpu <= found["pyinfra"].cpu / 2
    assert ours.wall <= found["ansible"].wall / 8
    assert ours.wall <= found["testinfra"].wall / 15
    assert ours.wall <= found["bare loop"].wall * 1.5


def hosts_5_ms_away(folder: Path, good: int, bad: int) -> contextlib.AbstractContextManager[Classroom]:
    """Return a class; every third of the good hosts has a wrong answer."""
    folder.mkdir()
    return classroom(folder, good, bad, delay_seconds=DELAY_SECONDS, furnish=answers)


STEPS = [word for number in NUMBERS[:8] for word in ("--step", f"1.{number}")]
SLOWEST_SECONDS = limits.CONNECT_TIMEOUT_SECONDS + DEFAULT_TIMEOUT_SECONDS + limits.LISTENING_GRACE_SECONDS
"""A host may take so long to let us in, and then not to answer a question."""


def test_a_class_with_bad_hosts_in_it_takes_as_long_as_the_slowest_of_them_may(tmp_path: Path) -> None:
    with hosts_5_ms_away(tmp_path / "room", 450, 50) as room:
        roster = room.roster(tmp_path / "roster.yaml")
        rounds = [grading(roster, tmp_path / "out", "--jobs", 500, *STEPS) for _ in range(ROUNDS)]
        wall = statistics.median(one.wall for one in rounds)
        memory = max(one.memory_mib for one in rounds)
        print(f"\n500 hosts, 50 of them bad: {wall:.1f} s of {SLOWEST_SECONDS:.0f}, {memory:.0f} MiB", end="; ")
        print(f"load {os.getloadavg()[0]:.1f}")
        grades = read(tmp_path / "out/results.json").grades
    for desk, grade in zip(room.desks, grades, strict=True):
        right = 8 - (desk.number % 3 == 2)
        expected = (State.GRADED, right, 8) if desk.kind == GOOD else (State.UNREACHABLE, 0, 0)
        assert (grade.state, grade.points, grade.points_possible) == expected, f"{desk.kind}: {grade.note}"
    assert memory < 400
    assert wall < 1.3 * SLOWEST_SECONDS


def test_time_grows_no_faster_than_the_class(tmp_path: Path) -> None:
    walls = {}
    for size in (50, 500):
        with hosts_5_ms_away(tmp_path / f"room{size}", size, 0) as room:
            roster = room.roster(tmp_path / "roster.yaml")
            rounds = [grading(roster, tmp_path / "out", *STEPS) for _ in range(ROUNDS)]
            assert {one.status for one in rounds} == {exit_codes.FAILED}
            walls[size] = statistics.median(one.wall for one in rounds)
    print(f"\n50 hosts {walls[50]:.1f} s, 500 hosts {walls[500]:.1f} s: {walls[500] / walls[50]:.1f} times as long")
    assert walls[500] < 10 * walls[50]


def test_a_run_that_is_killed_anywhere_goes_on_to_the_same_results(tmp_path: Path) -> None:
    chance = random.Random(7)  # noqa: S311 - no secret
    out = tmp_path / "out"
    with hosts_5_ms_away(tmp_path / "room", 12, 0) as room:
        roster = room.roster(tmp_path / "roster.yaml")
        whole = grading(roster, out, "--jobs", 4)
        undisturbed = told(out)
        kept = []
        for _ in range(KILLS):
            shutil.rmtree(out, ignore_errors=True)
            _kill_after(chance.uniform(whole.wall / 4, whole.wall), roster, out)  # it begins with imports
            kept.append(len([path for path in out.glob("students/*.json") if json.loads(path.read_bytes())]))
            _go_on(roster, out)
            assert told(out) == undisturbed
    print(f"\nkilled {KILLS} times, with so many of 12 on disk: {sorted(kept)}")
    assert len(set(kept)) > 2


def _kill_after(seconds: float, roster: Path, out: Path) -> None:
    words = [*GRADE, "--roster", roster, "--out", out, "--jobs", "4"]
    process = subprocess.Popen([*map(str, words)], cwd=ROOT, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()


def _go_on(roster: Path, out: Path) -> None:
    """Resume, or begin where it was killed before it had begun."""
    which = ["--resume", out] if (out / "run.json").exists() else ["--roster", roster, "--out", out]
    words = [*GRADE, *map(str, which)]
    subprocess.run(words, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, timeout=120)


def test_a_roster_of_ten_thousand_lines_is_checked_before_one_gets_impatient(tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    head = "defaults: {identity: key}\nservers: {backup: b.x.org, offsite: o.x.org}\nstudents:\n"
    lines = (
        f"  s{n}: {{hosts: {{db: {{address: s{n}-db.x.org, user: u}}, app: s{n}-app.x.org}}}}\n" for n in range(9997)
    )
    (tmp_path / "roster.yaml").write_text(head + "".join(lines))
    words = [sys.executable, "-c", "from labcheck.cli import main; main()", "roster", "check", "roster.yaml"]
    rounds = [cost(words, tmp_path) for _ in range(ROUNDS)]
    wall = statistics.median(one.wall for one in rounds)
    print(f"\na roster of 10,000 lines: {wall:.2f} s, of which CPU {rounds[-1].cpu:.2f} s")
    assert {one.status for one in rounds} == {0}
    assert wall < 2
