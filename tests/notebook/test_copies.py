from datetime import UTC, datetime, timedelta

import pytest

from labcheck.notebook.copies import Copies, Copy, copies
from labcheck.practice.lab import PracticeLab

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LIVE = Copy("the table itself", "db", None)
DUMP = Copy("/home/backup/agama.sql", "db", NOW - timedelta(hours=9))
CHAIN = Copy("duplicity in /home/elvis/mysql", "backup", NOW - timedelta(days=1, minutes=2), 5)
AWAY = Copy("duplicity in /srv/backup", "offsite", NOW + timedelta(seconds=1))


def test_copies_are_counted_and_told_in_a_table() -> None:
    found = Copies((LIVE, DUMP, CHAIN, AWAY), NOW)
    assert found.verdicts == [
        "✔ 3: 4 copies, the live data among them",
        "✔ 2: 2 machines on-site that hold one",
        "✔ 1: 1 machines off-site that hold one",
    ]
    assert [row[2:] for row in found.rows] == [
        ("on-site", "now", "1"),
        ("on-site", "9 h old", "1"),
        ("on-site", "1 d 2 min old", "5"),
        ("off-site", "no time old", "1"),
    ]
    assert "duplicity in /srv/backup" in repr(found)
    assert found._repr_html_().count("<tr>") == 5


@pytest.mark.parametrize(
    ("found", "signs"), [((), "✘✘✘"), ((LIVE, DUMP), "✘✘✘"), ((LIVE, DUMP, CHAIN), "✔✔✘"), ((LIVE, AWAY), "✘✘✔")]
)
def test_each_number_is_judged_for_itself(found: tuple[Copy, ...], signs: str) -> None:
    assert "".join(line[0] for line in Copies(found, NOW).verdicts) == signs


def test_what_hosts_say_stays_text() -> None:
    assert "<b>" not in Copies((Copy("<b>", "<b>", None),), NOW)._repr_html_()


@pytest.mark.lab
def test_what_is_on_the_hosts_is_found_and_half_a_dump_does_not_count(fresh_lab: PracticeLab) -> None:
    with fresh_lab.connections() as connections:
        site = fresh_lab.site(connections)
        assert [one.what for one in copies(site).found] == ["the table itself"]
        site.db.output("sh", "-c", "mysqldump agama > agama.sql")
        site.db.output("scp", "agama.sql", "elvis@backup.foo.bar:")
        site.backup.output("sh", "-c", "head -c 900 agama.sql > agama.sql~")
        site.db.output("duplicity", "--no-encryption", "full", "agama.sql", "rsync://elvis@backup.foo.bar/mysql")
        site.backup.output("rsync", "-a", "mysql/", "offsite.foo.bar:/srv/backup")
        found = copies(site)
    assert [(one.what, one.host) for one in found.found] == [
        ("the table itself", "db"),
        ("/home/backup/agama.sql", "db"),
        ("/home/elvis/agama.sql", "backup"),
        ("duplicity in /home/elvis/mysql", "backup"),
        ("duplicity in /srv/backup", "offsite"),
    ]
    assert "✘" not in repr(found)
