import shlex
import subprocess
from pathlib import Path

import pytest

from labcheck.errors import UnreadableAnswer
from labcheck.facts.timers import SCRIPT, Timer, parse_timers, timers
from labcheck.hosts import Answer
from tests.fake_host import fake_host

ASKED = shlex.join(["sh", "-c", SCRIPT])


def test_each_command_of_each_timer_is_told() -> None:
    said = "/etc/systemd/system/a.timer\tmysqldump agama\n/etc/systemd/system/a.timer\trsync\ta b\n"
    found = timers(fake_host("db", {ASKED: Answer(0, said)}, "root"))

    assert [one.command for one in found] == ["mysqldump agama", "rsync\ta b"]


def test_scripts_that_run_parts_starts_are_told_by_their_lines(tmp_path: Path) -> None:
    for name, mode in (("nightly", 0o755), ("nightly.sh", 0o755), ("kept", 0o644)):
        (tmp_path / name).write_text("#!/bin/sh\n# dumps\n\nmysqldump agama > agama.sql\n")
        (tmp_path / name).chmod(mode)
    lines, scripts = SCRIPT[: SCRIPT.index("for timer in")], SCRIPT[SCRIPT.index("for script in") :]
    script = lines + scripts.replace("/etc/cron.daily/*", f"{tmp_path}/*")
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert [line for line in said.splitlines() if str(tmp_path) in line] == [
        f"{tmp_path}/nightly\tmysqldump agama > agama.sql"
    ]
    daily = next(line for line in said.splitlines() if str(tmp_path) in line).replace(str(tmp_path), "/etc/cron.daily")
    assert parse_timers(daily) == (Timer("/etc/cron.daily/nightly", "mysqldump agama > agama.sql"),)


def test_what_anacron_starts_is_told_but_for_the_distribution_s_own(tmp_path: Path) -> None:
    own = "1\t5\tcron.daily\trun-parts --report /etc/cron.daily\n"
    (tmp_path / "anacrontab").write_text(f"# anacron\nSHELL=/bin/sh\n{own}1\t9\tnight\tmysqldump agama > agama.sql\n")
    script = SCRIPT.replace("/etc/anacrontab", f"{tmp_path}/anacrontab")
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    here = [line.replace(str(tmp_path), "/etc") for line in said.splitlines() if str(tmp_path) in line]

    assert [one.command for one in parse_timers("\n".join(here))] == [
        "SHELL=/bin/sh",
        "1\t9\tnight\tmysqldump agama > agama.sql",
    ]


@pytest.mark.parametrize("said", ["garbage\n", "/etc/a.service\tx\n", "\n"])
def test_an_answer_that_names_no_timer_is_our_error(said: str) -> None:
    with pytest.raises(UnreadableAnswer, match="timers were asked for"):
        parse_timers(said)


def test_unit_files_are_read_as_systemd_reads_them(tmp_path: Path) -> None:
    (tmp_path / "a.timer").write_text("[Timer]\nOnCalendar=daily\n")
    (tmp_path / "up").write_text("#!/bin/sh\n# up\nscp a b:\n")
    (tmp_path / "a.service").write_text(f"[Service]\nExecStart=-/bin/dump\nExecStart={tmp_path}/up load\n")
    (tmp_path / "b.timer").write_text("[Timer]\nUnit=other.service\n")
    (tmp_path / "other.service").write_text("ExecStart=/bin/other\n")
    (tmp_path / "alone.timer").write_text("[Timer]\n")
    script = SCRIPT.replace("/etc/systemd/system/*.timer", f"{tmp_path}/*.timer").partition(" /usr/local")
    here = script[0] + "; do\n" + script[2].partition("; do\n")[2]
    said = subprocess.run(["sh", "-c", here], capture_output=True, text=True, check=True).stdout

    assert parse_timers(said) == (
        Timer(f"{tmp_path}/a.timer", "/bin/dump"),
        Timer(f"{tmp_path}/a.timer", f"{tmp_path}/up load"),
        Timer(f"{tmp_path}/a.timer", "scp a b:"),
        Timer(f"{tmp_path}/b.timer", "/bin/other"),
    )
