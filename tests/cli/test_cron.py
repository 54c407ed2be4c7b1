"""`labcheck cron` as it is typed, with its exit codes; also what must not be typed."""

import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from labcheck.cli import run

DEMO = "11 0 * * * backup mysqldump agama > agama.sql\n"


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def type_(*arguments: str, stdin: bytes = b"") -> SimpleNamespace:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = run(["cron", *arguments])
        captured = capsys.readouterr()
        return SimpleNamespace(code=code, out=captured.out, err=captured.err)

    return type_


def test_explain_says_it_in_words_and_times(typed) -> None:  # type: ignore[no-untyped-def]
    answer = typed("explain", "1 2 3 4 5", "--from", "2026-12-31T23:59", "--calendar", "2027")
    assert answer.code == 0
    assert "At 02:01 on the 3rd, and on every Friday, in April." in answer.out
    assert "Fri 2027-04-02 02:01" in answer.out
    assert "6 days, 6 runs" in answer.out


def test_explain_of_a_refused_schedule_fails(typed) -> None:  # type: ignore[no-untyped-def]
    answer = typed("explain", "60 * * * *")
    assert answer.code == 1
    assert "bad minute" in answer.out


def test_explain_shows_no_control_characters(typed) -> None:  # type: ignore[no-untyped-def]
    for schedule in ("0 0 * * *\x1b[31m", "\x1b[31m", "1\u202e5 * * * *"):
        answer = typed("explain", schedule)
        assert "\x1b" not in answer.out + answer.err
        assert "\u202e" not in answer.out + answer.err


def test_next_prints_json_as_promised(typed) -> None:  # type: ignore[no-untyped-def]
    answer = typed("next", "1 2 3 4 5", "-n", "2", "--from", "2026-12-31T23:59", "--json")
    runs = ["2027-04-02T02:01", "2027-04-03T02:01"]
    assert json.loads(answer.out) == {"schedule": "1 2 3 4 5", "verdict": "ok", "runs": runs}


def test_next_counts_after_the_moment_and_a_window_from_it(typed) -> None:  # type: ignore[no-untyped-def]
    midnight = "2027-01-01T00:00"
    assert typed("next", "@daily", "-n", "1", "--from", midnight).out == "2027-01-02T00:00\n"
    assert typed("next", "@daily", "--from", midnight, "--until", "2027-01-02").out == f"{midnight}\n"


def test_next_follows_a_clock_change(typed) -> None:  # type: ignore[no-untyped-def]
    window = ["--from", "2026-03-28T20:00Z", "--until", "2026-03-29T06:00Z", "--zone", "Europe/Tallinn"]
    assert typed("next", "0,30 3 * * *", *window).out == "2026-03-29T04:00+03:00\n" * 2


def test_many_schedules_are_answered_in_order(typed) -> None:  # type: ignore[no-untyped-def]
    lines = b"0 0 * * *\n60 * * * *\n\xff\n# note\n@daily"
    for command in ("next", "explain"):
        answer = typed(command, "-", "--json", "--from", "2027-01-01", stdin=lines)
        records = [json.loads(line) for line in answer.out.splitlines()]
        assert [record["verdict"] for record in records] == ["ok", "bad minute", "bad minute", "", "ok"]
        assert records[0]["runs"] == records[4]["runs"]
        assert records[1]["runs"] == []
        assert answer.code == 0
        assert answer.out.isascii()
        assert len(typed(command, "-", stdin=lines).out.splitlines()) == 5


def test_lint_of_a_good_file(typed, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "mysql-backup"
    file.write_text("MAILTO=ops\n12 0 * * * backup /x\n")
    answer = typed("lint", str(file), "--json", "--accounts", "root,backup=/home/backup")
    environment = {
        "MAILTO": "ops", "SHELL": "/bin/sh", "HOME": "/home/backup", "PATH": "/usr/bin:/bin",
        "LOGNAME": "backup",
    }  # fmt: skip
    job = {
        "line": 2, "schedule": "12 0 * * *", "user": "backup", "command": "/x", "stdin": "",
        "environment": environment,
    }  # fmt: skip
    assert answer.code == 0
    assert json.loads(answer.out) == {
        "file": str(file),
        "loaded": True,
        "log": [],
        "jobs": [job],
        "findings": [],
    }
    assert "nothing to report" in typed("lint", str(file)).out


def test_lint_of_a_bad_file_fails_with_crons_lines(typed) -> None:  # type: ignore[no-untyped-def]
    answer = typed("lint", "-", "--name", "mysql-backup", "--json", stdin=b"60 0 * * * root x\n")
    report = json.loads(answer.out)
    assert answer.code == 1
    assert report["loaded"] is False
    assert report["log"] == [
        "Error: bad minute; while reading /etc/cron.d/mysql-backup",
        "(*system*mysql-backup) ERROR (Syntax error, this crontab file will be ignored)",
    ]
    assert set(report["findings"][0]) == {"rule", "severity", "line", "column", "message", "fix"}


def test_lint_of_a_users_crontab(typed) -> None:  # type: ignore[no-untyped-def]
    assert typed("lint", "-", "--user", stdin=b"0 5 * * * /usr/bin/x\n").code == 0
    assert typed("lint", "-", stdin=b"0 5 * * * /usr/bin/x\n").code == 1


def test_lint_of_a_warning_does_not_fail(typed) -> None:  # type: ignore[no-untyped-def]
    answer = typed("lint", "-", stdin=b"*/7 * * * * root /x\n")
    assert answer.code == 0
    assert "uneven-step" in answer.out


def test_lint_shows_no_control_characters(typed) -> None:  # type: ignore[no-untyped-def]
    answer = typed("lint", "-", stdin=b"0 0 * * \x1b[2J root x\n0 0 * * 1\x9b root \x1b]0;\xff > a%b\n")
    assert answer.out.replace("\n", "").isprintable()


@pytest.mark.parametrize(("one", "other", "code"), [("0 0 * * 0", "@weekly", 0), ("0 0 13 * 5", "0 0 13 * *", 1)])
def test_compare(typed, one: str, other: str, code: int) -> None:  # type: ignore[no-untyped-def]
    answer = typed("compare", one, other, "--from", "2027-01-01")
    assert answer.code == code
    assert ("The same runs." in answer.out) is (code == 0)
    record = json.loads(typed("compare", one, other, "--from", "2027-01-01", "--json").out)
    assert record["same"] is (code == 0)
    assert record["first_difference"] == (None if code == 0 else {"time": "2027-01-08T00:00", "runs": one})


def test_compare_asks_croniter_where_debian_refuses(typed) -> None:  # type: ignore[no-untyped-def]
    answer = typed("compare", "1/5 * * * *", "5-5 * * * *", "--second-opinion", "--from", "2027-01-01T00:00")
    assert "never: cron refuses it with `bad minute`" in answer.out
    assert "where it has 2027-01-01T00:01, Debian's cron has no run" in answer.out


@pytest.mark.parametrize(
    "arguments",
    [
        ["next", "* * * * *", "--zone", "Europe/Nowhere"],
        ["next", "* * * * *", "--zone", "../../etc/passwd"],
        ["next", "* * * * *", "--zone", ""],
        ["next", "* * * * *", "--from", "yesterday"],
        ["next", "* * * * *", "--from", "2027-01-02", "--until", "2027-01-01"],
        ["next", "* * * * *", "--from", "0001-01-01T00:00+14:00", "--zone", "America/New_York"],
        ["explain", "* * * * *", "--zone", "Mars/Base"],
        ["lint", "/nowhere/at/all"],
        ["lint", "/"],
        ["lint", "/dev/null"],
        ["lint", "a\0b"],
        ["lint", "-", "-", "--name", "x"],
    ],
)
def test_bad_input_is_one_line_and_exit_2(typed, arguments: list[str]) -> None:  # type: ignore[no-untyped-def]
    answer = typed(*arguments)
    assert answer.code == 2
    assert answer.out == ""
    assert len(answer.err.splitlines()) == 1
    assert answer.err.startswith("labcheck: ")


@pytest.mark.parametrize("arguments", [["next"], ["next", "a", "b"], ["lint"], ["nothing"], ["next", "a", "-n", "0"]])
def test_wrong_usage_is_exit_2(typed, arguments: list[str]) -> None:  # type: ignore[no-untyped-def]
    assert typed(*arguments).code == 2


def test_a_schedule_may_begin_with_a_minus_sign(typed) -> None:  # type: ignore[no-untyped-def]
    assert "bad minute" in typed("explain", "-5 * * * *").out


@pytest.mark.parametrize("command", [[], ["explain"], ["next"], ["lint"], ["compare"]])
def test_help_teaches_with_an_example(typed, command: list[str]) -> None:  # type: ignore[no-untyped-def]
    answer = typed(*command, "--help")
    assert answer.code == 0
    assert not command or "labcheck cron" in answer.out


def test_an_unreadable_file_is_one_line(typed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "x"
    file.write_text(DEMO)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    answer = typed("lint", str(file))
    assert (answer.code, answer.err) == (2, f"labcheck: cannot read {file}: Permission denied\n")


def test_of_an_endless_line_only_the_beginning_is_read(typed) -> None:  # type: ignore[no-untyped-def]
    answer = typed("next", "-", "--json", stdin=b"0" * 3_000_000 + b"\n0 0 1 1 *\n")
    records = [json.loads(line) for line in answer.out.splitlines()]
    assert [found["verdict"] for found in records] == ["bad minute", "ok"]
    assert len(records[0]["schedule"]) < 1_100_000


def test_croniter_agrees_where_both_refuse(typed) -> None:  # type: ignore[no-untyped-def]
    answer = typed("compare", "60 0 * * *", "0 0 * * *", "--second-opinion", "--json")
    assert [found["agrees"] for found in json.loads(answer.out)["croniter"]] == [True, True]
