import fcntl
import json
import signal
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_group

from labcheck.cli import app, exit_codes, run
from labcheck.practice.lab import PracticeLab


@pytest.fixture(autouse=True)
def no_lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Every command meets a machine without a lab and without a container engine."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("LABCHECK_PROJECT", "labcheck-test")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_COLOR", "1")


def told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    """Return the exit code of a command and all that it said."""
    code = run(arguments)
    said = capsys.readouterr()
    return code, said.out + said.err


def test_a_command_starts_without_what_only_others_need() -> None:
    script = (
        "import sys; from labcheck.cli import run; run(['cron', 'next', '* * * * *']);"
        "sys.exit(sum(name in sys.modules for name in ('paramiko', 'IPython', 'matplotlib', 'jinja2')))"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False, capture_output=True).returncode == 0


@pytest.mark.parametrize(
    ("while_loading", "ends_with"), [("typer", -signal.SIGINT), ("labcheck.cli.cron", exit_codes.INTERRUPTED)]
)
def test_an_early_control_c_needs_no_traceback(while_loading: str, ends_with: int) -> None:
    script = f"""
import os, signal, sys
class Impatient:
    def find_spec(self, name, *others):
        if name == "{while_loading}":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Impatient())
sys.argv = ["labcheck", "cron", "next", "* * * * *"]
from labcheck.__main__ import main
main()
"""
    ended = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (ends_with, "", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Usage: labcheck"),
        (["lab"], "Usage: labcheck lab"),
        (["nosuch"], "No such command 'nosuch'"),
        (["grade", "--nosuch"], "No such option: --nosuch"),
        (["grade", "--lab", "--format", "pdf"], "no format 'pdf'"),
        (["grade", "--lab", "--sandbox"], "--sandbox says where the restore drill is held"),
        (["grade", "--lab", "--drill=canary", "--sandbox"], "and a canary is planted on db"),
        (["grade", "--lab", "--drill", "--sandbox", "--scheduler", "tcp://x:1"], "the containers are of this machine"),
        (["lab", "shell"], "Missing argument"),
        (["notebooks", "run", "04", "09"], "no notebook '09'"),
        (["notebooks", "run", "tests"], "labcheck notebooks run FOLDER"),
        (["lab", "up", "--db", "oracle"], "'oracle' is neither mysql nor mariadb"),
    ],
)
def test_a_command_line_that_makes_no_sense_ends_with_2_and_says_what_is_wrong(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = told(arguments, capsys)

    assert code == exit_codes.TROUBLE
    assert said in text


def test_grading_nothing_in_particular_names_the_next_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(["grade"], capsys) == (
        exit_codes.TROUBLE,
        "labcheck: nothing to grade was named\n"
        "Grade the practice lab: labcheck grade --lab · or a class: labcheck grade --roster roster.yaml\n",
    )


def test_an_unknown_step_is_told_with_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    code, text = told(["grade", "--lab", "--step", "1.1", "--step", "7.9"], capsys)

    assert code == exit_codes.TROUBLE
    assert text.startswith("labcheck: no step '7.9'\nThe steps are 0.1, 0.2, ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lab", "solve", "9.9"], "labcheck: no step '9.9'\nThe steps are 0.1, 0.2, "),
        (["lab", "shell", "bd"], "labcheck: the lab has no host 'bd'\nIts hosts are "),
    ],
)
def test_what_there_is_in_no_lab_is_told_without_one(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = told(arguments, capsys)

    assert (code, text[: len(said)]) == (exit_codes.TROUBLE, said)


@pytest.mark.parametrize(
    "arguments",
    [
        ["grade", "--lab"],
        ["grade", "--lab", "--format", "json"],
        ["lab", "status"],
        ["lab", "reset"],
        ["lab", "shell", "db"],
        ["notebooks", "open"],
        ["notebooks", "run"],
        ["notebooks", "run", "04", "04b-lost-files", "05-cron.ipynb", "notebooks/06-recovery.ipynb", "notebooks"],
    ],
    ids=" ".join,
)
def test_what_needs_the_lab_ends_with_2_and_how_to_bring_it_up(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert told(arguments, capsys) == (
        exit_codes.TROUBLE,
        "labcheck: the lab is not up\nBring it up: labcheck lab up\n",
    )


@pytest.mark.parametrize("student", ["Bad Name", "root", "-x", "../x", "$(touch x)", "elvis\n", "x" * 32])
def test_a_name_that_cannot_be_an_account_is_refused_before_any_engine_is_looked_for(
    student: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = told(["lab", "up", f"--student={student}"], capsys)

    assert code == exit_codes.TROUBLE
    assert text.startswith(f"labcheck: {student!r} cannot be the name of an account\n")
    assert "labcheck lab up --student elvis" in text


def test_one_command_at_a_time_changes_a_lab(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "state" / "labcheck"
    folder.mkdir(parents=True)
    with (folder / "labcheck-test.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        code, text = told(["lab", "up"], capsys)

    assert code == exit_codes.TROUBLE
    assert text.startswith("labcheck: another command is changing the lab right now\n")


@pytest.mark.parametrize("content", ["", "[]", "{}", json.dumps({"project": "labcheck-test"})])
def test_a_lab_whose_description_is_broken_is_told(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "state" / "labcheck" / "labcheck-test"
    folder.mkdir(parents=True)
    (folder / "lab.json").write_text(content)
    code, text = told(["grade", "--lab"], capsys)

    assert code == exit_codes.TROUBLE
    assert text == "labcheck: lab.json cannot be read\nTake the lab away and make a new one: labcheck lab down\n"


def test_a_state_folder_that_cannot_be_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    code, text = told(["lab", "up"], capsys)

    assert code == exit_codes.TROUBLE
    assert text == f"labcheck: this machine said: [Errno 20] Not a directory: '{tmp_path}/file/labcheck'\n"


def test_a_defect_of_ours_ends_with_2_as_nothing_of_the_students_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "state" / "labcheck" / "labcheck-test"
    folder.mkdir(parents=True)
    lab = PracticeLab("labcheck-test", "elvis", "podman", (), "mysql", "ubuntu:24.04", images={}, ports={})
    (folder / "lab.json").write_text(json.dumps(asdict(lab)))
    code, text = told(["grade", "--lab"], capsys)

    assert code == exit_codes.TROUBLE
    assert "KeyError: 'db_ssh'" in text


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ([], ["grade", "lab", "notebooks"]),
        (["grade"], ["--lab", "--step", "--format", "--out", "Exit: 0 all passed", "labcheck grade --lab --step 1"]),
        (["lab"], ["up", "down", "reset", "status", "shell"]),
        (["lab", "up"], ["--student", "--db", "elvis unless told"]),
        (["lab", "down"], ["--images"]),
        (["notebooks"], ["open", "run"]),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_names_what_there_is(
    command: list[str], words: list[str], option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = told([*command, option], capsys)

    assert code == 0
    for word in words:
        assert word in text


WITHOUT_OPTIONS_TO_SHOW = {"lab status", "lab down", "lab reset"}


def every_command() -> list[str]:
    """All commands, each with the group that it is in, as they are typed."""
    group: Any = get_group(app)
    found = {name: group.get_command(None, name) for name in group.list_commands(None)}
    inner = [f"{name} {word}" for name, one in found.items() for word in getattr(one, "commands", ())]
    return sorted({*inner, *(name for name, one in found.items() if not hasattr(one, "commands"))})


def test_help_of_each_command_has_a_line_to_type(capsys: pytest.CaptureFixture[str]) -> None:
    commands = every_command()
    told_of = {command: told([*command.split(), "--help"], capsys)[1].split("╭")[0] for command in commands}
    lines = {command: text.replace(f"Usage: labcheck {command}", "") for command, text in told_of.items()}

    assert {"grade", "lab up", "rpo", "roster check"} <= set(commands)
    silent = {command for command, text in lines.items() if f"labcheck {command}" not in text}
    assert silent == WITHOUT_OPTIONS_TO_SHOW
