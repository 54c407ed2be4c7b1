"""`labcheck lab fast-forward` and `labcheck lab journal`: what is typed, and what is printed."""

import json
from pathlib import Path

import pytest

from labcheck.cli import run
from labcheck.cli.fast_forward import zones_of
from labcheck.errors import UsageError
from labcheck.practice import lab as labs
from labcheck.practice.clock import journal
from tests.practice.clock.stories import story


class Lab:
    """As much of a lab as a journal needs."""

    def __init__(self, folder: Path) -> None:
        self.until_reset = folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(labs, "current", lambda: Lab(tmp_path))
    return tmp_path


def write(folder: Path, entries: list[journal.Entry]) -> None:
    with journal.path_of(folder).open("w") as file:
        for entry in entries:
            journal.write(file, entry)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "how long?"),
        (["6x"], "`6x` is not a length of time"),
        (["6w", "--from", "2026-01-01", "--until", "2026-02-01"], "one too many"),
        (["--from", "yesterday"], "'yesterday' is no moment"),
        (["6w", "--until", "2999-01-01"], "in the future"),
        (["6w", "--zone", "Nowhere"], "there is no time zone 'Nowhere'"),
        (["6w", "--zone", "moon=UTC"], "the lab has no host 'moon'"),
        (["6w", "--plot", "weeks.pdf"], "`weeks.pdf` is no picture"),
        (["6w", "--plot", "no-folder/weeks.svg"], "there is no folder `no-folder`"),
        (["6w", "--workload", "-1"], "Invalid value for '--workload'"),
        (["6w", "--limit", "0"], "Invalid value for '--limit'"),
    ],
)
def test_what_makes_no_sense_is_refused_whether_a_lab_is_up_or_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    monkeypatch.setattr(labs, "current", lambda: pytest.fail("a lab was looked for"))
    assert run(["lab", "fast-forward", *words]) == 2
    assert said in capsys.readouterr().err


def test_zones_are_for_all_hosts_or_for_one() -> None:
    zones = zones_of(["Europe/Tallinn", "backup=America/New_York"])
    assert {host: str(zone) for host, zone in zones.items()} == {
        "db": "Europe/Tallinn",
        "backup": "America/New_York",
        "offsite": "Europe/Tallinn",
        "app": "Europe/Tallinn",
    }
    with pytest.raises(UsageError):
        zones_of(["=UTC"])


def test_a_lab_without_a_past_says_what_to_type(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["lab", "journal"]) == 2
    assert "labcheck lab fast-forward 6w" in capsys.readouterr().err


def test_the_journal_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, story(failing={3}))
    assert run(["lab", "journal", "--runs"]) == 0
    said = capsys.readouterr().out
    assert "db /etc/cron.d/mysql-backup:1  7 runs, all well" in said
    assert "db /etc/cron.d/mysql-backup:3  6 runs, 1 FAILED" in said
    assert "ended with status 30; the mail to backup says:" in said
    assert "no passphrase" in said
    assert "\x1b" not in said
    assert "backup:/home/elvis/mysql: 6 versions in 1 chain (0 deleted)" in said
    assert "Nothing ran: db /etc/cron.d/a.b: such a name" in said
    assert "Interrupted" not in said


def test_a_journal_as_a_document_is_one_document(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, story())
    assert run(["lab", "journal", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "labcheck/journal/1"
    first = next(entry for entry in document["entries"] if entry["kind"] == "ran")
    assert (first["started"], first["status"]) == ("2026-11-01T00:11:01.100Z", 0)
    assert [(one["name"], one["agrees"]) for one in document["losses"]] == [
        ("table-dropped", True),
        ("db-host-lost", True),
        ("site-lost", True),
    ]
    assert len(document["versions"]) == 14


@pytest.mark.parametrize("name", ["weeks.svg", "weeks.png"])
def test_a_journal_is_drawn(folder: Path, name: str) -> None:
    write(folder, story(failing={3}))
    assert run(["lab", "journal", "--plot", str(folder / name)]) == 0
    assert (folder / name).stat().st_size > 10_000


def test_a_journal_in_which_nothing_was_due_is_told_and_drawn(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(folder, [journal.Span(0, 86400, {"db": "UTC"}, []), journal.Reached(3600, interrupted=True)])
    assert run(["lab", "journal", "--plot", str(folder / "weeks.svg")]) == 0
    said = capsys.readouterr().out
    assert "Interrupted: it should have gone on until Fri 1970-01-02" in said
    assert "Nothing was due" in said
    assert "no crontab is installed on any host" in said


def test_a_lab_without_backups_is_told_so_without_advice_for_another_command(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crontab = {"host": "backup", "path": "/etc/cron.d/fresh", "text": "0 8 * * * elvis ./fresh mysql 26\n"}
    write(folder, [journal.Span(0, 86400, {"backup": "UTC"}, [crontab], []), journal.Reached(86400, interrupted=False)])
    assert run(["lab", "journal"]) == 0
    assert capsys.readouterr().out.endswith("cannot be told: no job here is known to move data\n")
