"""Drills on real hosts: right backups, wrong ones, dumps that are more than dumps, and drills that are cut off."""

import contextlib
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from labcheck.facts.drill import CANARY
from labcheck.facts.on_host import source
from labcheck.grading.runner import run
from labcheck.hosts import Host, Site
from labcheck.labs import LABS
from labcheck.model import Result, Status
from labcheck.practice import lifecycle
from labcheck.practice.lab import PracticeLab
from labcheck.practice.sandbox import Sandboxes
from labcheck.practice.scenes import run_unseen, scenes
from tests.conftest import Figure

pytestmark = pytest.mark.lab
URL = "rsync://$STUDENT@backup.foo.bar/mysql"
UPLOAD = f"duplicity --no-encryption full agama.sql {URL} > /dev/null"
SCHEDULE = f"0 1 * * * backup mysqldump agama > agama.sql\n1 1 * * * backup {UPLOAD.replace('full ', '')}\n"
PREPARE = [
    {"db": ["mysqldump agama > agama.sql", UPLOAD, "mysql -e \"INSERT INTO agama.item (value) VALUES ('Gimli')\""]},
    {"db": ["mysqldump agama > agama.sql", UPLOAD.replace("full", "incremental")]},
    {"backup": ["rsync -a mysql/ offsite.foo.bar:/srv/backup"]},
    {"root@db": [f'printf %s "{SCHEDULE}" > /etc/cron.d/mysql-backup']},
]
DATA = "mysqldump --databases agama --skip-dump-date"
PLACES = "ls -dA /var/lib/labcheck-drill /tmp/labcheck* /tmp/owned 2> /dev/null; ls /home/backup"
SERVER = f"mysql -N -e 'SHOW DATABASES; SELECT user FROM mysql.user'; {PLACES}"  # noqa: S608
# What would be done by a dump, were it loaded as people load it.
HOSTILE = [
    "DELETE FROM agama.item",
    "DROP TABLE agama.item",
    "USE agama",
    "DROP DATABASE agama",
    "CREATE DATABASE owned",
    "CREATE USER owned@localhost",
    "GRANT ALL ON *.* TO owned@localhost",
    "SET GLOBAL local_infile = 1",
    "SELECT 1 INTO OUTFILE '/tmp/owned'",
    "LOAD DATA INFILE '/etc/passwd' INTO TABLE item",
    "CREATE EVENT e ON SCHEDULE EVERY 1 SECOND DO DELETE FROM agama.item",
    "CREATE DEFINER=root@localhost VIEW v AS SELECT * FROM mysql.user",
    "\\! touch /tmp/owned\nSELECT 1",
    "system touch /tmp/owned\n",
]
# The drill itself, not its guard: it is told an order as JSON.
KILL = """for pid in $(pgrep --exact python3); do
    ! tail --bytes=20000 /proc/$pid/cmdline | tr '\\0' '\\n' | tail -1 | grep -q '^{' || kill -KILL $pid
done"""
LOADING = """import json, sys
if sys.argv[1] == 'guard':
    stand_guard(lambda work: remove_leftovers())
    sys.exit()
with place("backup") as (folder, guard):
    scratch, settings = scratch_database(folder)
    for words in json.loads(sys.argv[1]):
        try:
            loaded("CREATE TABLE IF NOT EXISTS item (id int); " + words + ";", scratch, settings, 20)
            print("taken")
        except Complaint as complaint:
            print("refused")
"""


# What a student who is root may put in the place of a program. The noise is for every user, before any answer.
NOISE = "echo all checks passed; printf '\\033]0;x\\007'; seq 9; alias ls='echo yes'"
SHAMS = {
    "mysqldump": "cat /var/lib/an-old-dump.sql",
    "duplicity": """for last; do :; done
case $* in *restore*) exec mysqldump agama > "$last" ;; esac
exec duplicity.real "$@\"""",
    "sha256sum": "echo 0000000000000000000000000000000000000000000000000000000000000000  -",
}


@pytest.fixture(scope="module")
def backed_up(lab: PracticeLab) -> Iterator[PracticeLab]:
    lab = lifecycle.up(print)
    lifecycle.reset(lab, print)
    with lab.connections() as connections:
        run_unseen(lab, connections, scenes(PREPARE))
    yield lab


@pytest.fixture
def site(backed_up: PracticeLab) -> Iterator[Site]:
    with backed_up.connections() as connections:
        yield backed_up.site(connections)


def drilled(site: Site, *names: str) -> list[Result]:
    """Hold the drills whose names begin so, without what they need: it is known to be so."""
    wanted = [replace(check, needs=()) for check in LABS["backup-tools"].drills if check.name.startswith(names)]
    return list(run(wanted, site))


def state(site: Site) -> tuple[str, str, str, str]:
    """Everything that a drill must leave as it was: the data, the databases and accounts, the dump, the backups."""
    root = site.db.as_user("root")
    listed = "ls -lA --time-style=full-iso"
    return (
        root.output("sh", "-c", DATA),
        root.output("sh", "-c", SERVER),
        root.output("sh", "-c", f"{listed} /home/backup/agama.sql; sha256sum /home/backup/agama.sql"),
        site.backup.output("sh", "-c", f"{listed} mysql"),
    )


def test_right_backups_come_back_and_nothing_is_left_of_the_drill(site: Site) -> None:
    before = state(site)
    results = drilled(site, "newest", "earlier")
    assert [(one.status, one.found) for one in results] == [(Status.PASS, "")] * 4
    assert state(site) == before


def test_in_a_sandbox_the_same_is_seen_and_no_host_is_touched(backed_up: PracticeLab, site: Site) -> None:
    before, found = state(site), lifecycle.engine_of(backed_up)
    with Sandboxes(found, {backed_up.database: backed_up.images["db"]}).beside(site.db.ask) as ask:
        boxed = replace(site.asked_through(lambda _: ask), sandboxed=True)
        results = drilled(boxed, "newest", "earlier")
        assert [(one.status, one.found) for one in results] == [(Status.PASS, "restored in a sandbox")] * 4
        assert state(site) == before
        backup_of(site, "sed -i \"s/'Gimli'/'Sauron'/\" agama.sql; touch -d '+1 hour' agama.sql")
        (newest,) = drilled(boxed, "newest_backup")
    assert newest.status is Status.FAIL
    assert "without the row" in newest.found


def test_the_canary_comes_back_the_lost_table_too_and_all_is_as_before(site: Site) -> None:
    before = state(site)
    (result,) = drilled(site, "planted")
    assert (result.status, result.hint) == (Status.PASS, "")
    assert "restored and loaded in" in result.found
    assert state(site) == before
    site.db.output("sh", "-c", UPLOAD.replace("full", "incremental").replace("$STUDENT", site.student))  # still works
    assert drilled(site, "newest_backup")[0].status is Status.PASS


def test_a_dump_that_does_more_is_named_and_not_loaded(site: Site) -> None:
    before = state(site)[:2]
    more = r"printf '\\! touch /tmp/owned\nDROP TABLE IF EXISTS agama.item;\n'"
    backup_of(site, f"{{ {more}; mysqldump agama; }} > agama.sql")
    (newest,) = drilled(site, "newest_backup")
    assert newest.status is Status.FAIL
    assert "line 1 of the dump, which is a command for the client, so nothing was loaded" in newest.found
    assert state(site)[:2] == before


def test_an_account_of_a_drill_can_do_nothing_even_where_nobody_reads_the_dump_first(
    site: Site, figure: Figure
) -> None:
    root, before = site.db.as_user("root"), state(site)[:2]
    program = f"{source('statements', 'scratch', 'guard')}\n{LOADING}"
    said = root.expect("python3", "-I", "-c", program, json.dumps(HOSTILE), statuses={0}).stdout
    assert said.split() == ["refused"] * len(HOSTILE)
    figure(
        f"dumps: statements that were tried in the scratch database and refused, of {len(HOSTILE)}", len(said.split())
    )
    assert state(site)[:2] == before


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("mysqldump --no-data agama > agama.sql", "without the row"),
        ("sed -i \"s/'Gimli'/'Sauron'/\" agama.sql", "without the row"),
        ("mysqldump --no-data --ignore-table=agama.item agama > agama.sql", "no table `item` came back"),
        ("truncate -s 900 agama.sql", "a dump that is not whole came back"),
        ("rm -f agama.sql; mkdir agama.sql", "no dump came back"),
    ],
    ids=["no rows", "other rows", "no table", "half a dump", "a directory"],
)
def test_a_wrong_backup_is_told_by_what_is_wrong_with_it(change: str, found: str, site: Site) -> None:
    backup_of(site, f"touch -d '+1 hour' agama.sql; {change}; touch -d '+1 hour' agama.sql")
    (newest,) = drilled(site, "newest_backup")
    assert newest.status is Status.FAIL
    assert found in newest.found
    assert newest.hint.startswith("Try it, on db as backup: duplicity --no-encryption restore")


def backup_of(site: Site, change: str) -> None:
    """Dump, change the dump, and back it up."""
    dump = "rm -rf agama.sql; mysqldump agama > agama.sql"
    site.db.output("sh", "-c", f"{dump}; {change}; {UPLOAD}; {dump}".replace("$STUDENT", site.student))


def test_a_drill_that_is_killed_with_the_table_lost_leaves_the_data_as_they_were(
    backed_up: PracticeLab, site: Site
) -> None:
    root, before = site.db.as_user("root"), state(site)[:2]
    with backed_up.connections() as others, ThreadPoolExecutor() as pool:
        drill = pool.submit(drilled, backed_up.site(others), "planted")
        wait_for(root, "mysql -N -e \"SHOW TABLES FROM agama LIKE 'labcheck_lost_item'\" | grep .")
        root.output("sh", "-c", KILL)
        (result,) = drill.result()
    assert result.status is Status.ERROR
    wait_for(root, "! pgrep --exact python3")
    assert state(site)[:2] == before


def test_a_grader_that_goes_away_in_the_middle_leaves_the_data_as_they_were(backed_up: PracticeLab, site: Site) -> None:
    root, before = site.db.as_user("root"), state(site)[:2]
    with backed_up.connections() as others, ThreadPoolExecutor() as pool:
        drill = pool.submit(drilled, backed_up.site(others), "planted")
        wait_for(root, f"mysql -N -e 'TABLE agama.item' | grep '{CANARY}'")
        others.close()
        drill.result()
    wait_for(root, "! pgrep --exact python3")
    assert state(site)[:2] == before


@contextlib.contextmanager
def put_in_place_of(site: Site, *programs: str) -> Iterator[None]:
    """Put shams in the place of programs of db, and noise into its login files, for a while."""
    root = site.db.as_user("root")
    noisy = 'mysqldump agama > /var/lib/an-old-dump.sql; printf %s "$1" > /etc/profile.d/noise.sh'
    root.output("sh", "-c", noisy, "", NOISE)
    for name in programs:
        script = f"#!/bin/sh\n{SHAMS[name]}\n"
        take = 'cd /usr/bin && mv "$1" "$1.real" && printf %s "$2" > "$1" && chmod 755 "$1"'
        root.output("sh", "-c", take, "", name, script)
    try:
        yield
    finally:
        for name in programs:
            root.output("mv", f"/usr/bin/{name}.real", f"/usr/bin/{name}")
        root.output("rm", "/etc/profile.d/noise.sh", "/var/lib/an-old-dump.sql")


def test_a_restore_that_is_made_up_is_believed_by_nobody_who_can_restore(backed_up: PracticeLab, site: Site) -> None:
    backup_of(site, "sed -i \"s/'Gimli'/'Sauron'/\" agama.sql; touch -d '+1 hour' agama.sql")
    found = lifecycle.engine_of(backed_up)
    with (
        put_in_place_of(site, "duplicity"),
        Sandboxes(found, {backed_up.database: backed_up.images["db"]}).beside(site.db.ask) as ask,
    ):
        (word_of_the_host,) = drilled(site, "newest_backup")  # the backup server has no duplicity of its own
        (offsite,) = drilled(site, "newest_offsite")
        (boxed,) = drilled(replace(site.asked_through(lambda _: ask), sandboxed=True), "newest_backup")
    assert word_of_the_host.status is Status.PASS
    assert (offsite.status, offsite.hint) == (Status.FAIL, "Which duplicity runs on db? type -a duplicity")
    assert boxed.status is Status.FAIL
    assert "without the row" in boxed.found


def test_a_dump_that_is_made_up_does_not_have_the_row_that_was_planted_a_moment_ago(site: Site) -> None:
    with put_in_place_of(site, "mysqldump", "sha256sum"):
        (planted,) = drilled(site, "planted")
    assert (planted.status, planted.found) == (
        Status.FAIL,
        "a backup without the row that was planted before the dump",
    )


def wait_for(root: Host, what: str) -> None:
    deadline = time.monotonic() + 60
    while not root.test("sh", "-c", what):
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
