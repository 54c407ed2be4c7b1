from pathlib import Path

import pytest

from labcheck.cli import exit_codes, run


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519").touch()
    monkeypatch.chdir(tmp_path)


def test_the_example_is_written_once_and_passes_its_own_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["roster", "init"]) == 0
    assert "Next: labcheck roster check roster.yaml" in capsys.readouterr().out
    assert run(["roster", "check", "roster.yaml", "--show"]) == 0
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == "roster.yaml: 2 students, no mistakes"
    assert "priscilla (account cilla)\n  db      192.0.2.17:2201  ubuntu, then sudo\n" in said.out
    assert "  backup  backup.example.org:22  grader, then sudo, shared\n" in said.out
    assert run(["roster", "init"]) == exit_codes.TROUBLE
    assert "roster.yaml is there already" in capsys.readouterr().err


def test_mistakes_end_with_2_and_stand_at_their_lines(capsys: pytest.CaptureFixture[str]) -> None:
    Path("r.yaml").write_text("students:\n  -x: {hosts: {db: x.org}}\n  a: {hosts: {db: '$(id)'}}\n")
    assert run(["roster", "check", "r.yaml"]) == exit_codes.TROUBLE
    assert capsys.readouterr().err.splitlines()[1:] == [
        "r.yaml:2: the student `-x`: letters, digits and . _ @ + - only, 64 at most",
        "r.yaml:3: the address `$(id)`: neither a host name nor an IP address",
    ]


def test_an_inventory_is_checked_as_well(capsys: pytest.CaptureFixture[str]) -> None:
    Path("inv").mkdir()
    Path("inv/elvis.ini").write_text("[db]\nvm1 ansible_ssh_private_key_file=~/.ssh/id_ed25519\n")
    assert run(["roster", "check", "inv", "-e", "ansible_port=2201", "--show"]) == 0
    said = capsys.readouterr()
    assert "  db      vm1:2201  whoever is asked\n" in said.out
    assert "look: elvis has no backup" in said.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--lab", "--roster", "x"], "choose one of"),
        (["--roster", "none.yaml"], "none.yaml: No such file or directory"),
        (["--lab", "-e", "a=b"], "-e sets variables of an inventory"),
        (["--resume", "none"], "none holds no run"),
        (["--resume", "none", "--step", "1"], "--resume goes on as the run began"),
        (["--lab", "--policy", "none.toml"], "cannot read none.toml"),
        (["--roster", "roster.yaml", "--student", "nobody"], "no student `nobody` in the roster"),
        (["--roster", "roster.yaml", "--jobs", "0"], "'--jobs'"),
        (["--roster", "roster.yaml", "--timeout", "nan"], "nan is not a number of seconds"),
        (["--roster", "roster.yaml", "--run-timeout", "inf"], "inf is not a number of seconds"),
    ],
)
def test_words_that_do_not_fit_end_with_2(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    run(["roster", "init"])
    assert run(["grade", *words]) == exit_codes.TROUBLE
    assert said in capsys.readouterr().err
