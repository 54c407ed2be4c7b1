"""A class graded over real sockets, by the command that an instructor types."""

import json
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from labcheck.cli import exit_codes, run
from labcheck.labs import LABS
from labcheck.model import State
from labcheck.practice.credentials import new_key
from labcheck.reports.json import read
from tests.conftest import Figure
from tests.grading.trial import TRIAL, roster, statuses, told
from tests.hosts.ssh_server import LoopbackServer, servers

RIGHT, WRONG, NOTHING = "right", "wrong", "nothing"


@pytest.fixture(autouse=True)
def trial(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(LABS, "backup-tools", TRIAL)
    monkeypatch.setattr("labcheck.grading.identity.machine.MARK", "mark")  # in each server's own folder
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def classroom(tmp_path: Path) -> Iterator[dict[str, LoopbackServer]]:
    """Three students: all done, half right, nothing."""
    with servers(tmp_path / "hosts", 3) as running:
        for server, answer in zip(running, ("42", "41", ""), strict=True):
            if answer:
                (server.home / "answer.txt").write_text(answer)
        (running[0].home / "extra.txt").touch()
        yield dict(zip((RIGHT, WRONG, NOTHING), running, strict=True))


def grade(*words: object) -> int:
    return run(["grade", *map(str, words)])


def test_a_class_is_graded_and_each_result_is_on_disk_and_told(
    classroom: dict[str, LoopbackServer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert grade("--roster", roster(tmp_path / "roster.yaml", classroom), "--out", "out") == exit_codes.FAILED

    right, wrong, nothing = read(tmp_path / "out/results.json").grades
    assert (right.student, right.points, right.points_possible) == (RIGHT, 7, 6)
    assert (wrong.points, statuses(wrong.results)) == (4, ["pass", "fail", "fail"])
    assert (nothing.points, statuses(nothing.results)) == (0, ["fail", "skip", "fail"])
    assert wrong.results[1].evidence[-1].said == "41"
    said = capsys.readouterr()
    assert "[3/3]" in said.err
    assert "7 of 6 points · 3 passed" in said.out
    assert (tmp_path / "out/students/right.transcript.jsonl").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o700


def test_a_host_that_is_away_costs_its_student_nothing_and_is_asked_again_by_resume(
    classroom: dict[str, LoopbackServer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = roster(tmp_path / "roster.yaml", classroom)
    mended = file.read_text()
    file.write_text(mended.replace(str(classroom[WRONG].port), "1"))
    assert grade("--roster", file, "--out", "out") == exit_codes.TROUBLE
    assert "1 student was not graded. Ask their hosts again: labcheck grade --resume out" in capsys.readouterr().err
    away = read(tmp_path / "out/results.json").grades[1]
    assert (away.state, away.points_possible, away.points_not_graded) == (State.UNREACHABLE, 0, 6)
    assert "nothing listens there" in away.note

    asked = len(classroom[RIGHT].commands)
    file.write_text(mended)
    assert grade("--resume", "out") == exit_codes.FAILED
    assert [state for _, state, *_ in told(tmp_path / "out")] == [State.GRADED] * 3
    assert len(classroom[RIGHT].commands) == asked
    assert "[1/1] wrong: 4 of 6 points" in capsys.readouterr().err


def test_an_agent_without_a_key_is_told_before_any_host_is_asked(
    classroom: dict[str, LoopbackServer],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    file = roster(tmp_path / "roster.yaml", classroom)
    file.write_text(re.sub("identity: [^,]*", "identity: agent", file.read_text()))
    assert grade("--roster", file, "--out", "out") == exit_codes.TROUBLE
    assert "labcheck: the SSH agent is to sign in, and there is none that has a key" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_changed_host_key_is_a_state_of_its_own(
    classroom: dict[str, LoopbackServer], tmp_path: Path, capsys: pytest.CaptureFixture[str], figure: Figure
) -> None:
    known = classroom[RIGHT].home / "known_hosts"
    known.write_text(f"[127.0.0.1]:{classroom[RIGHT].port} {new_key('another').public}")
    assert grade("--roster", roster(tmp_path / "roster.yaml", classroom), "--out", "out", "--accept-new-host-keys") == 2

    changed = read(tmp_path / "out/results.json").grades[0]
    assert (changed.state, changed.points_possible) == (State.HOST_KEY_CHANGED, 0)
    assert "shows another host key than the pinned one" in changed.note
    assert classroom[RIGHT].commands == []
    figure("host keys: commands given to a host with another key", len(classroom[RIGHT].commands))
    capsys.readouterr()
    grade("--roster", tmp_path / "roster.yaml", "--student", RIGHT, "--out", "alone")
    assert "host key changed · 0 of 0 points · 3 not graded" in capsys.readouterr().out


def test_an_unknown_host_key_is_refused_unless_new_ones_are_accepted_and_then_pinned(
    classroom: dict[str, LoopbackServer], tmp_path: Path
) -> None:
    file = roster(tmp_path / "roster.yaml", {RIGHT: classroom[RIGHT]})
    known = classroom[RIGHT].home / "known_hosts"
    shown = known.read_text()
    known.unlink()

    assert grade("--roster", file, "--out", "refused") == exit_codes.TROUBLE
    assert "is not known" in read(tmp_path / "refused/results.json").grades[0].note
    assert grade("--roster", file, "--out", "accepted", "--accept-new-host-keys") == exit_codes.ALL_PASSED
    assert known.read_text().split()[:3] == shown.split()[:3]
    assert grade("--roster", file, "--out", "pinned") == exit_codes.ALL_PASSED


def test_two_students_on_one_machine_are_told_whatever_leads_there(
    classroom: dict[str, LoopbackServer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = roster(tmp_path / "roster.yaml", {RIGHT: classroom[RIGHT], "copycat": classroom[RIGHT]})
    file.write_text(file.read_text().replace("127.0.0.1", "localhost", 1))
    known = classroom[RIGHT].home / "known_hosts"
    known.write_text(known.read_text() + known.read_text().replace("127.0.0.1", "localhost"))
    grade("--roster", file, "--out", "out", "--jobs", 1)

    right, copycat = read(tmp_path / "out/results.json").grades
    assert "db is the very machine that is db of copycat" in right.warnings
    assert "db is the very machine that is db of right" in copycat.warnings
    assert "warning: copycat: db is the very machine" in capsys.readouterr().out


def test_regrade_judges_the_transcripts_with_todays_points_and_diff_says_why(
    classroom: dict[str, LoopbackServer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    grade("--roster", roster(tmp_path / "roster.yaml", classroom), "--out", "old")
    before = told(tmp_path / "old")
    for server in classroom.values():
        server.close()
    (tmp_path / "labcheck.toml").write_text("[checks.answer_is_right]\npoints = 10\n")
    assert run(["regrade", "old", "--out", "same"]) == exit_codes.FAILED
    assert told(tmp_path / "same") == before
    assert run(["diff", "old", "same"]) == exit_codes.ALL_PASSED
    assert run(["regrade", "old", "--out", "new", "--policy", "labcheck.toml"]) == exit_codes.FAILED
    capsys.readouterr()

    assert run(["diff", "old", "new/results.json"]) == exit_codes.FAILED
    assert capsys.readouterr().out.splitlines() == [
        "right: 7 of 6 → 13 of 12",
        "  1.2 answer_is_right: PASS 4/4 → PASS 10/10",
        "wrong: 4 of 6 → 7 of 12",
        "  1.2 answer_is_right: FAIL 2/4 → FAIL 5/10",
        "nothing: 0 of 6 → 0 of 12",
        "  1.2 answer_is_right: SKIP 0/4 → SKIP 0/10",
        "3 changed, 0 as before",
    ]


def test_a_policy_beside_the_roster_counts(classroom: dict[str, LoopbackServer], tmp_path: Path) -> None:
    (tmp_path / "labcheck.toml").write_text(
        "due = 2020-01-01T00:00:00Z\nlate_penalty_per_day = 0.1\nlate_penalty_most = 0.25\n"
    )
    grade("--roster", roster(tmp_path / "roster.yaml", classroom), "--out", "out", "--student", RIGHT)
    result = read(tmp_path / "out/results.json")

    assert [(g.points_before_penalty, g.late_penalty, g.points) for g in result.grades] == [(7, 0.25, 5.25)]
    assert result.run.due == "2020-01-01T00:00:00+00:00"


def test_a_folder_of_repositories_is_graded_and_its_new_host_keys_are_no_inventory(
    classroom: dict[str, LoopbackServer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, server = tmp_path / "class", classroom[RIGHT]
    (folder / RIGHT / "host_vars").mkdir(parents=True)
    (folder / RIGHT / "hosts").write_text("vm ansible_host=127.0.0.1 ansible_port=9\n[db_servers]\nvm\n")
    (folder / RIGHT / "host_vars" / "vm.yml").write_text(f"ansible_port: {server.port}\n")
    (folder / "servers.ini").write_text("[backup]\nb ansible_host=127.0.0.1 ansible_port=9\n")
    (tmp_path / "more.yml").write_text(f"ansible_ssh_private_key_file: {server.home}/key\n")
    words = ("--inventory", folder, "-e", f"@{tmp_path}/more.yml")

    assert grade(*words, "--out", "refused") == exit_codes.TROUBLE
    assert "labcheck grade --resume refused --accept-new-host-keys" in capsys.readouterr().err
    assert grade(*words, "--out", "out", "--accept-new-host-keys") == exit_codes.ALL_PASSED
    assert grade("--resume", "refused") == exit_codes.ALL_PASSED
    assert told(tmp_path / "refused") == told(tmp_path / "out")
    assert (folder / "known_hosts").read_text().startswith(f"[127.0.0.1]:{server.port} ssh-ed25519 ")


def test_a_run_that_is_out_of_time_says_who_was_not_begun(classroom: dict[str, LoopbackServer], tmp_path: Path) -> None:
    words = ("--roster", roster(tmp_path / "roster.yaml", classroom), "--out", "out", "--jobs", 1)
    assert grade(*words, "--run-timeout", 1) in {exit_codes.TROUBLE, exit_codes.FAILED}
    result = read(tmp_path / "out/results.json")
    assert result.run.finished or State.SKIPPED in [g.state for g in result.grades]
    grade("--resume", "out")
    assert [state for _, state, *_ in told(tmp_path / "out")] == [State.GRADED] * 3


def test_a_folder_with_a_run_is_not_written_over(
    classroom: dict[str, LoopbackServer], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--roster", roster(tmp_path / "roster.yaml", classroom), "--out", "out")
    grade(*words)
    before = told(tmp_path / "out")
    assert grade(*words) == exit_codes.TROUBLE
    assert "out holds a run already\nGo on with it: labcheck grade --resume out" in capsys.readouterr().err
    assert grade(*words[:2], "--out", "roster.yaml") == exit_codes.TROUBLE
    assert "results in roster.yaml: File exists\nName another folder: --out DIR" in capsys.readouterr().err
    assert told(tmp_path / "out") == before


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda out: (out / "run.json").unlink(), "out holds no run: run.json is not there"),
        (lambda out: (out / "run.json").write_text("{}"), "out/run.json is damaged"),
        (lambda out: (out / "run.json").write_text("{"), "out/run.json cannot be read"),
        (lambda out: (out / "students/right.json").write_text("{}"), "right.json is damaged"),
    ],
)
def test_a_damaged_journal_is_told(
    classroom: dict[str, LoopbackServer], tmp_path: Path, capsys: pytest.CaptureFixture[str], damage: object, said: str
) -> None:
    grade("--roster", roster(tmp_path / "roster.yaml", classroom), "--out", "out")
    damage(tmp_path / "out")  # type: ignore[operator]
    assert grade("--resume", "out") == exit_codes.TROUBLE
    assert said in capsys.readouterr().err


def in_a_process(*words: object, before: str = "") -> subprocess.Popen[str]:
    command = f"{before} exec {sys.executable} -m tests.grading.trial grade {shlex.join(map(str, words))}"
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        ["sh", "-c", command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=root, text=True
    )


def students_on_disk(out: Path) -> int:
    return len(list((out / "students").glob("*.json"))) if out.exists() else 0


def test_what_was_graded_is_kept_when_there_is_no_more_room(
    classroom: dict[str, LoopbackServer], tmp_path: Path
) -> None:
    (classroom[WRONG].home / "answer.txt").write_text("41" + "x" * 9000)
    words = ("--roster", roster(tmp_path / "roster.yaml", classroom), "--out", tmp_path / "out", "--jobs", 1)
    process = in_a_process(*words, before="ulimit -f 16;")
    told_at_its_end = process.communicate()[1]

    assert process.returncode == exit_codes.TROUBLE
    assert f"labcheck: cannot keep results in {tmp_path}/out: File too large" in told_at_its_end
    assert f"Go on: labcheck grade --resume {tmp_path}/out" in told_at_its_end
    assert not list((tmp_path / "out").rglob("*.new"))
    assert students_on_disk(tmp_path / "out") == 1
    assert grade("--resume", "out") == exit_codes.FAILED
    assert [state for _, state, *_ in told(tmp_path / "out")] == [State.GRADED] * 3


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_a_run_that_is_killed_goes_on_to_the_same_results(how: signal.Signals, tmp_path: Path) -> None:
    with servers(tmp_path / "hosts", 6) as running:
        for number, server in enumerate(running):
            (server.home / "answer.txt").write_text("42" if number % 2 else "41")
        file = roster(tmp_path / "roster.yaml", {f"s{number}": server for number, server in enumerate(running)})
        grade("--roster", file, "--out", tmp_path / "undisturbed")
        undisturbed = told(tmp_path / "undisturbed")
        for moment in range(2):
            out = tmp_path / f"out{moment}"
            process = in_a_process("--roster", file, "--out", out, "--jobs", 1)
            while process.poll() is None and students_on_disk(out) < 1 + moment * 3:
                time.sleep(0.002)
            time.sleep(random.uniform(0, 0.1))  # noqa: S311 - anywhere within the next student
            process.send_signal(how)
            process.communicate()
            assert process.returncode in {-how, exit_codes.INTERRUPTED, exit_codes.FAILED}
            for record in (out / "students").glob("*.json"):
                json.loads(record.read_text())
            grade("--resume", out)
            assert told(out) == undisturbed
