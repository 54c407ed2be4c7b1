"""`labcheck rpo`: what is typed, what comes back, and the exit codes."""

import json
from pathlib import Path
from typing import Any

import pytest

from labcheck.cli import run
from labcheck.rpo.demo import BACKUP_CRONTAB, DATABASE_CRONTAB, WRONG_ANSWERS, demo_answer
from tests.rpo.demo_pipeline import DATABASE, OFFSITE


@pytest.fixture(autouse=True)
def crontabs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mysql-backup").write_text(DATABASE)
    Path("offsite").write_text(OFFSITE)
    Path("printed").write_text(DATABASE_CRONTAB.replace("<user>", "elvis"))
    Path("printed-offsite").write_text(BACKUP_CRONTAB)


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    assert run(["rpo", *arguments, "--json"]) in (0, 1)
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def figures(found: dict[str, Any], reading: str = "paper") -> dict[str, int | None]:
    return {one["name"]: one["rpo_seconds"] for one in found[reading]["disasters"]}


def test_the_promised_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "db=mysql-backup", "backup=offsite", "--transfer", "1m", "--year", "2026")
    assert found["schema"] == "labcheck/rpo/1"
    host = next(one for one in found["paper"]["disasters"] if one["name"] == "db-host-lost")
    assert host | {
        "copy": "backup.foo.bar", "rpo_seconds": 86520, "rpo": "24h 02m", "just_before": "2026-01-01T00:13:00",
        "state_from": "2025-12-31T00:11:00", "mean_seconds": 43320, "best_seconds": 120,
    } == host  # fmt: skip
    assert {"variants", "retention", "findings", "as_it_stands"} <= set(found)
    for one in found["findings"]:
        assert {"rule", "severity", "file", "line", "message", "fix"} <= set(one)


def test_the_printed_crontabs(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(capsys, "db=printed", "backup=printed-offsite")
    assert figures(found) == {"table-dropped": 86400, "db-host-lost": 86520, "site-lost": 91200}
    assert figures(found, "as_it_stands") == {"table-dropped": 86400, "db-host-lost": None, "site-lost": None}
    lost = found["as_it_stands"]["disasters"][1]
    assert lost["rpo"] is None
    assert "passphrase" in lost["because"]


def test_text_shows_the_sum_and_where_faults_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rpo", "db=printed", "backup=printed-offsite"]) == 0
    text = capsys.readouterr().out
    assert "24h 00m from that dump to the next, plus 2 min until the next is usable there, makes 24h 02m" in text
    assert "printed:2: fatal:" in text
    assert "retention" in text


@pytest.mark.parametrize(
    ("target", "tolerance", "code", "words"),
    [
        ("26h", "0s", 0, "met, 40 min to spare"),
        ("24h", "0s", 1, "missed by 2 min"),
        ("24h", "2m", 1, "missed by 1 h 18 min"),
        ("24h30m", "0s", 1, "let each step begin as soon as the one before it is done"),
        ("1h", "0s", 1, "run each step every 30 min, each as soon as the one before it is done"),
        ("3m", "0s", 1, "alone take"),
    ],
)
def test_a_target(target: str, tolerance: str, code: int, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rpo", "db=mysql-backup", "backup=offsite", "--target", target, "--tolerance", tolerance]) == code
    assert words in capsys.readouterr().out


def test_a_fault_misses_a_target_that_is_met_on_paper() -> None:
    assert run(["rpo", "db=printed", "backup=printed-offsite", "--target", "48h"]) == 1
    assert run(["rpo", "db=printed", "--target", "48h", "--disaster", "table-dropped"]) == 0


def test_durations_of_single_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    found = as_json(
        capsys, "mysql-backup", "backup=offsite", "--transfer", "5m", "--transfer", "backup:1=1h", "--dump", "db:1=30s"
    )
    assert figures(found) == {"table-dropped": 86430, "db-host-lost": 86760, "site-lost": 94740}


def test_zones_and_a_year(capsys: pytest.CaptureFixture[str]) -> None:
    zones = ["--zone", "db=Europe/Tallinn", "--zone", "backup=Europe/Tallinn", "--year", "2026"]
    found = as_json(capsys, "db=mysql-backup", "backup=offsite", *zones)
    assert figures(found) == {"table-dropped": 90000, "db-host-lost": 90120, "site-lost": 94800}
    assert found["paper"]["disasters"][1]["just_before"] == "2026-10-26T00:13:00"
    assert found["paper"]["disasters"][1]["just_before_utc"] == "2026-10-25T22:13:00Z"


def test_disasters_of_one_s_own(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = [
        "--disaster",
        "flood=db,backup",
        "--disaster",
        "fire=backup,offsite.foo.bar",
        "--disaster",
        "site-lost",
    ]
    found = as_json(capsys, "db=mysql-backup", "backup=offsite", *arguments)
    assert figures(found) == {"flood": 91200, "fire": 0, "site-lost": 91200}


def test_a_script_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    Path("night").write_text("0 2 * * * root /opt/night.sh\n")
    Path("night.sh").write_text("mysqldump agama > /b/a.sql && rsync /b/a.sql e@backup:\n")
    assert run(["rpo", "night"]) == 2
    assert "--script /opt/night.sh=FILE" in capsys.readouterr().err
    assert figures(as_json(capsys, "night", "--script", "/opt/night.sh=night.sh"))["db-host-lost"] == 86460


def test_a_race_shows_both_answers(capsys: pytest.CaptureFixture[str]) -> None:
    Path("offsite").write_text(OFFSITE.replace("30 1", "13 0"))
    found = as_json(capsys, "db=mysql-backup", "backup=offsite")
    lost = found["paper"]["disasters"][2]
    assert lost["race"] == {"lucky_seconds": 86580, "unlucky_seconds": 172980}
    assert lost["rpo"] == "24h 03m or 48h 03m"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["absent"], "cannot read absent"),
        (["db=mysql-backup", "--zone", "db=Mars/Olympus"], "no time zone"),
        (["db=mysql-backup", "--transfer", "soon"], "not a length of time"),
        (["db=mysql-backup", "--target", "24"], "not a length of time"),
        (["db=mysql-backup", "--disaster", "comet"], "no disaster `comet`"),
        (["db=mysql-backup", "--disaster", "comet="], "names no host"),
        (["db=mysql-backup", "--script", "x"], "not PATH=FILE"),
        (["db=mysql-backup", "--plot", "x.pdf"], ".svg or .png"),
        (["db=mysql-backup", "--year", "1"], "out of reach"),
        (["backup=offsite"], "no job writes"),
    ],
)
def test_wrong_usage(arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rpo", *arguments]) == 2
    caught = capsys.readouterr()
    assert words in caught.err
    assert caught.out == ""


def test_nothing_from_a_file_can_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    Path("odd").write_bytes(
        b"1 1 * * * root mysqldump agama > a\x1b[2Jb.sql\n2 1 * * * root evil\x1b]0;x\x07\xff --now\n"
    )
    assert run(["rpo", "odd"]) == 0
    text = capsys.readouterr().out
    assert "\x1b" not in text
    assert "\\x1b[2Jb.sql" in text
    Path("odd").write_bytes(b"2 1 * * * root evil\x1b]0;x\x07\xff --now\n")
    assert run(["rpo", "odd"]) == 2
    assert "evil\\x1b]0" in capsys.readouterr().err


def test_a_picture(tmp_path: Path) -> None:
    for name in ("a.svg", "a.png"):
        assert run(["rpo", "db=mysql-backup", "backup=offsite", "--plot", name]) == 0
        assert (tmp_path / name).stat().st_size > 5000
    assert run(["rpo", "db=mysql-backup", "--plot", "absent/a.svg"]) == 2


def test_the_lecture_s_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["answers"]) == 0
    text = capsys.readouterr().out
    for figure in ("24h 00m", "24h 02m", "25h 20m"):
        assert figure in text
    right = {one.rpo_seconds for one in demo_answer().paper[1:]}
    assert all(wrong.seconds not in right for wrong in WRONG_ANSWERS)
