"""A journal that is written, read, and moved back in time."""

from pathlib import Path

import pytest

from labcheck.errors import LabcheckError
from labcheck.practice.clock import journal

DAY = 86400.0
ENTRIES: list[journal.Entry] = [
    journal.Span(0.0, 7 * DAY, {"db": "UTC"}, [{"host": "db", "path": "/etc/cron.d/x", "text": "\udcff"}]),
    journal.Row(DAY / 2, "Bilbo Baggins"),
    journal.Ran("db", "/etc/cron.d/x", 1, "backup", "true", 60, 60.5, 61.5, 0, False, "backup", "", 0),
    journal.Wrote(61.0, "backup", "/home/elvis/duplicity-full.20261122T001201Z.manifest", 168),
    journal.Reached(7 * DAY, interrupted=False),
]


def written(folder: Path) -> Path:
    with journal.path_of(folder).open("a") as file:
        for entry in ENTRIES:
            journal.write(file, entry)
    return folder


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    assert journal.read(written(tmp_path)) == ENTRIES


def test_a_lab_without_a_journal_has_an_empty_one(tmp_path: Path) -> None:
    assert journal.read(tmp_path) == []
    journal.age(tmp_path, 5)
    assert journal.read(tmp_path) == []


def test_a_journal_moves_back_with_the_names_of_its_backups(tmp_path: Path) -> None:
    journal.age(written(tmp_path), int(DAY))
    span, row, ran, wrote, reached = journal.read(tmp_path)
    assert isinstance(span, journal.Span)
    assert isinstance(ran, journal.Ran)
    assert isinstance(wrote, journal.Wrote)
    assert (span.since, span.until) == (-DAY, 6 * DAY)
    assert (ran.due, ran.started, ran.ended) == (60 - DAY, 60.5 - DAY, 61.5 - DAY)
    assert wrote.path == "/home/elvis/duplicity-full.20261121T001201Z.manifest"
    assert row == journal.Row(-DAY / 2, "Bilbo Baggins")
    assert reached == journal.Reached(6 * DAY, interrupted=False)


@pytest.mark.parametrize("line", ["no JSON", '{"kind": "unknown"}', '{"kind": "row", "when": 1}', "[]"])
def test_a_damaged_journal_names_its_line(tmp_path: Path, line: str) -> None:
    path = journal.path_of(written(tmp_path))
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(LabcheckError, match="line 6 of the journal is damaged"):
        journal.read(tmp_path)
