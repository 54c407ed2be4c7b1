"""`labcheck submission` as it is typed."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from labcheck.cli import run
from tests.submissions.variations import REFERENCE, build, table


def test_the_reference_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["submission", str(REFERENCE)]) == 0
    out = capsys.readouterr().out
    assert "17 of 17 points" in out
    assert "note" not in out
    assert run(["submission", str(REFERENCE), "--notes"]) == 0
    assert "the last good dump is overwritten before the new one is complete [habit]" in capsys.readouterr().out


def test_a_defect_is_told_with_its_place_and_the_next_step(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = build(table("defects")["upload-with-the-dump"]["change"], tmp_path / "frodo")
    assert run(["submission", str(folder)]) == 1
    out = capsys.readouterr().out
    assert "roles/mysql/templates/backup-cron.j2:5: starts in the minute of the dump in line 4" in out
    assert "[upload-in-dump-minute]" in out
    assert "next  Make one job of them" in out


def test_json_is_one_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = build(table("defects")["a-day-promised"]["change"], tmp_path / "frodo")
    assert run(["submission", str(folder), "--format", "json"]) == 1
    told = json.loads(capsys.readouterr().out)
    checks = told["students"][0]["results"]
    marks = [mark for check in checks for mark in check["marks"]]
    assert [(mark["rule"], mark["file"], mark["line"]) for mark in marks] == [("sla-rpo", "backup_sla.md", 22)]


def test_annotations_stand_on_the_right_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = build(table("defects")["a-day-promised"]["change"], tmp_path / "frodo")
    assert run(["submission", str(folder), "--format", "github"]) == 1
    assert "::warning file=backup_sla.md,line=22,title=sla-rpo::promises 1 d for MySQL" in capsys.readouterr().out


def test_every_format_is_written(tmp_path: Path) -> None:
    folder = build(table("defects")["a-day-promised"]["change"], tmp_path / "frodo")
    out = tmp_path / "out"
    assert run(["submission", str(folder), "--format", "console,junit,gradescope,github,html", "--out", str(out)]) == 1
    assert "24h 06m" in (out / "junit.xml").read_text()
    assert json.loads((out / "gradescope.json").read_text())["score"] == 14
    assert (out / "results.json").exists()
    assert run(["report", str(out)]) == 0


def test_nothing_to_judge_is_trouble(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["submission", str(tmp_path)]) == 2
    assert "not graded: .: an empty folder" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["nowhere", "a-file"])
def test_what_is_no_folder_is_wrong_usage(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a-file").write_text("x")
    assert run(["submission", str(tmp_path / name)]) == 2
    assert "labcheck:" in capsys.readouterr().err


def test_no_folder_at_all_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["submission"]) == 2
    assert "labcheck submission DIR" in capsys.readouterr().err


def test_a_rule_has_a_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["submission", "--explain", "upload-in-dump-minute"]) == 0
    assert "Cron starts all jobs of a minute at once" in capsys.readouterr().out


def test_an_unknown_rule_names_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["submission", "--explain", "nonsense"]) == 2
    assert "labcheck submission --rules" in capsys.readouterr().err


def test_all_rules_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["submission", "--rules"]) == 0
    assert "restore-local-dump" in capsys.readouterr().out


def test_the_hour_at_which_hosts_vanish_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = build(table("defects")["after-hours"]["change"], tmp_path / "frodo")
    assert run(["submission", str(folder)]) == 0
    assert run(["submission", str(folder), "--finish-by", "01:00"]) == 1
    assert "complete at 01:27, and the hosts go away at 01:00" in capsys.readouterr().out
    assert run(["submission", str(folder), "--finish-by", "25:00"]) == 2


def test_the_instructor_decides_about_rules_and_points(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = build(table("defects")["a-day-promised"]["change"], tmp_path / "frodo")
    config = tmp_path / "labcheck.toml"
    config.write_text('[submission]\ntolerance = "10m"\n')
    assert run(["submission", str(folder), "--config", str(config)]) == 0
    config.write_text('[rules]\nsla-rpo = "note"\n[points]\nagreement = 40\n')
    assert run(["submission", str(folder), "--config", str(config)]) == 0
    assert "54 of 54 points" in capsys.readouterr().out
    (folder / "labcheck.toml").write_text('[rules]\nsla-rpo = "off"\n')
    assert run(["submission", str(folder)]) == 1


def test_rules_that_are_all_off_are_no_pass(tmp_path: Path) -> None:
    from labcheck.submissions.rulebook import rules

    config = tmp_path / "labcheck.toml"
    config.write_text("[rules]\n" + "".join(f'{name} = "off"\n' for name in rules()))
    assert run(["submission", str(REFERENCE), "--config", str(config)]) == 2


def test_a_class_is_a_table_and_goes_on_where_it_was(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a-day-promised", "no-user-column", "stays-at-home"):
        build(table("defects")[name]["change"], tmp_path / "class" / name)
    build({}, tmp_path / "class" / "solved")
    build({}, tmp_path / "class" / "copied")
    (tmp_path / "class" / "empty").mkdir()
    again = ["submission", "--class", str(tmp_path / "class"), "--out", str(tmp_path / "out"), "--jobs", "2"]
    assert run(again) == 2
    first = capsys.readouterr().out
    assert "a-day-promised" in first
    assert "5 of 6 students graded, 2 passed everything" in first
    assert "copied and solved are alike: they share 100%" in first
    assert run(again) == 2
    assert capsys.readouterr().out == first
    assert len((tmp_path / "out" / "submissions.jsonl").read_text().splitlines()) == 6


def test_a_class_in_json_names_the_pairs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    build({}, tmp_path / "one")
    build({}, tmp_path / "two")
    assert run(["submission", "--class", str(tmp_path), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["student"] for one in told["students"]] == ["one", "two"]
    assert told["run"]["warnings"] == ["one and two are alike: they share 100% of their unusual words and times"]


def test_a_repository_is_no_class(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["submission", "--class", str(REFERENCE)]) == 2
    assert "is one repository" in capsys.readouterr().err


def test_ctrl_c_ends_a_class_without_a_word_of_python(tmp_path: Path) -> None:
    for number in range(30):
        build({}, tmp_path / "class" / f"{number:02}")
    words = ["submission", "--class", "class", "--out", "out"]
    command = [sys.executable, "-c", f"import sys; from labcheck.cli import run; sys.exit(run({words!r}))"]
    piped = subprocess.PIPE
    started = subprocess.Popen(command, cwd=tmp_path, stdout=piped, stderr=piped, text=True)
    journal = tmp_path / "out" / "submissions.jsonl"
    while not journal.exists() or len(journal.read_text().splitlines()) < 3:
        for child in Path(f"/proc/{started.pid}/task/{started.pid}/children").read_text().split():
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGINT)  # a terminal signals them all; they leave it to their parent
        time.sleep(0.005)
    started.send_signal(signal.SIGINT)
    said, complained = started.communicate(timeout=30)
    assert (started.returncode, said) == (130, "")
    assert "Traceback" not in complained
    kept = [json.loads(line) for line in journal.read_text().splitlines()]
    assert 3 <= len(kept) < 30
    assert "not-judged" not in str(kept)
