"""Findings about the pipeline that a student would not see in the figures."""

import pytest

from labcheck.rpo import CrontabFile, Period, Question, answer
from labcheck.rpo.findings import Finding
from tests.rpo.demo_pipeline import ask
from tests.rpo.test_pipeline import DUMP, TO_SERVER, on_db, rules


def stale(findings: tuple[Finding, ...]) -> list[tuple[str, int, str]]:
    return [(one.file, one.line, one.message) for one in findings if one.rule == "copy-before-source"]


@pytest.mark.parametrize(
    "dump",
    ["30 0 * * * backup mysqldump agama > agama.sql\n", "30 0 * * * backup mysqldump agama > a && mv a agama.sql\n"],
)
def test_an_upload_shortly_before_the_dump_is_named(dump: str) -> None:
    ((_, line, message),) = stale(on_db(dump + TO_SERVER).findings)
    assert line == 2
    assert message.startswith("starts 18 min before line 1 of mysql-backup writes its source anew")
    assert message.endswith("takes what was written 23 h 42 min ago")


def test_an_off_site_copy_before_the_upload_by_another_clock_is_named() -> None:
    found = ask(zones={"db": "UTC", "backup": "Asia/Tokyo"}, offsite="5 9 * * * e rsync -a /home/elvis/mysql/ c.d:/x\n")
    assert [file for file, _, _ in stale(found.findings)] == ["offsite"]


def test_the_demo_and_frequent_dumps_are_not_called_stale() -> None:
    assert not stale(ask().findings)
    assert not stale(on_db(DUMP.replace("11 0", "*/30 *") + TO_SERVER.replace("12 0", "29 *")).findings)


def test_a_full_and_an_incremental_backup_in_one_minute_meet_a_lock() -> None:
    backup = "12 0 * * {days} b duplicity {mode} --no-encryption /srv/a.sql rsync://e@x.y/m\n"
    dump = "11 0 * * * b mysqldump agama > /srv/a.sql\n"
    full = backup.format(days="0", mode="full")
    assert "backups-at-once" in rules(on_db(dump + full + backup.format(days="*", mode="inc")), "warning")
    assert "backups-at-once" not in rules(on_db(dump + full + backup.format(days="1-6", mode="inc")), "warning")


def test_a_passphrase_may_come_from_a_file_that_was_not_given() -> None:
    job = "11 0 * * * b . /srv/env && mysqldump a > /srv/a.sql && duplicity full /srv/a.sql rsync://e@x.y/m\n"
    assert not rules(on_db(job))
    assert "passphrase-not-seen" in rules(on_db(job), "warning")
    assert "no-passphrase" in rules(on_db(job.replace(". /srv/env", "/srv/env.sh")))


def test_a_directory_with_an_older_copy_in_it_is_not_stale() -> None:
    weekly = "0 2 * * 1 r cp /backup/a.sql /backup/weekly/a.sql\n0 3 * * * r rsync -a /backup e@b.x:\n"
    assert not stale(on_db("0 1 * * * r mysqldump agama > /backup/a.sql\n" + weekly).findings)


def test_jobs_that_each_upload_their_own_dump_are_chained() -> None:
    job = "0 1 * * {days} r mysqldump agama > /srv/a.sql && duplicity {mode} --no-encryption /srv rsync://e@b.x/m\n"
    both = job.format(days="1-6", mode="inc") + job.format(days="0", mode="full")
    assert "not-chained" not in rules(on_db(both), "note")
    assert "not-chained" in rules(on_db(DUMP + TO_SERVER), "note")


@pytest.mark.parametrize(
    ("job", "named"),
    [
        ("mysqldump a > /srv/a.sql; rsync -a /srv/a.sql e@b.x:", True),
        ("mysqldump a > /srv/a.sql && rsync -a /srv/a.sql e@b.x:", False),
        ("set -e; mysqldump a > /srv/a.sql; rsync -a /srv/a.sql e@b.x:", False),
        ("if mysqldump a > /srv/a.sql; then rsync -a /srv/a.sql e@b.x:; fi", False),
    ],
)
def test_an_upload_after_a_semicolon_does_not_wait_for_success(job: str, named: bool) -> None:
    assert ("not-chained" in rules(on_db(f"11 0 * * * b {job}\n"), "note")) == named


@pytest.mark.parametrize(
    ("upload", "named"),
    [
        ("scp agama.sql e@b.x:", True),
        ("cat agama.sql | ssh e@b.x 'cat > agama.sql'", True),
        ("scp agama.sql e@b.x:agama-$(date +\\%F).sql", False),
        ("rsync -a agama.sql e@b.x:", False),
    ],
)
def test_a_copy_that_is_emptied_first_is_named(upload: str, named: bool) -> None:
    found = on_db(f"{DUMP}12 0 * * * backup {upload}\n")
    assert ("overwrites-copy" in rules(found, "warning")) == named


def test_a_second_source_that_no_job_writes_does_not_stop_the_first() -> None:
    by_scp = DUMP + "12 0 * * * backup scp -q agama.sql elvis@backup.foo.bar:\n"
    found = ask(
        by_scp, "30 1 * * * elvis rsync -a /home/elvis/agama.sql /home/elvis/mysql offsite.foo.bar:/srv/backup\n"
    )
    (told,) = [one for one in found.findings if one.rule == "nobody-writes-it"]
    assert (told.severity, told.breaks) == ("warning", frozenset())
    (lost,) = [one for one in found.as_it_stands if one.disaster.name == "site-lost"]
    assert lost.rpo_seconds == 25 * 3600 + 20 * 60


@pytest.mark.parametrize(("minute", "is_race"), [("11", True), ("9", False)])
def test_a_directory_that_is_emptied_while_another_job_fills_it_is_a_race(minute: str, is_race: bool) -> None:
    empty, fill = f"{minute} 0 * * * b rm -rf /srv/d/*\n", "11 0 * * * b mysqldump agama > /srv/d/a.sql\n"
    found = on_db(empty + fill + "16 0 * * * b scp /srv/d/a.sql e@x.y:\n").findings
    assert [(one.line, one.message.partition(" in ")[0]) for one in found if one.rule == "race"] == (
        [(1, "deletes db:/srv/d/a.sql")] if is_race else []
    )


def test_the_files_of_the_database_are_never_taken_for_a_backup_of_the_same_name() -> None:
    upload = "16 0 * * * b duplicity full --no-encryption /srv/a.sql rsync://e@x.y/mysql\n"
    found = on_db(
        "11 0 * * * b mysqldump agama > /srv/a.sql\n" + upload + "5 3 * * * b rsync -a /var/lib/mysql e@x.y:raw\n"
    )
    assert {"raw-database-files"} == {one.rule for one in found.findings if one.line == 3 and one.severity != "note"}


def test_a_script_is_that_of_its_own_host() -> None:
    text, upload = "11 0 * * * b /srv/x.sh\n", "rsync://e@x.y"
    hosts = [
        CrontabFile(host, "x", text, {"/srv/x.sh": f"mysqldump {host} > a\nduplicity full a {upload}/{host}\n"})
        for host in ("db", "shop")
    ]
    found = answer(Question(tuple(hosts), Period.of_year(2026)))
    assert [one.service for one in found.services] == ["db", "shop"]
