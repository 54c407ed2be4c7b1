import base64
import shlex
from datetime import UTC, datetime, timedelta

import pytest

from labcheck.errors import HostUnreachable
from labcheck.facts import cron, cron_log
from labcheck.facts.mysql import CHANGED, PLAIN
from labcheck.hosts import Answer, Site
from labcheck.labs.backup_tools.dump import (
    MAKE_IT,
    dump_exists,
    dump_holds_the_rows,
    dump_is_complete,
    dump_is_in_words_of_this_server,
    no_password_lies_open,
)
from tests.fake_host import fake_site
from tests.labs.backup_tools.asked import (
    DUMP_READABLE,
    DUMP_STATUS,
    DUMP_TEXT,
    ITEMS,
    NO_SUCH_FILE,
    OPEN_FILES,
    TIMERS,
    failure,
    naming_a_password,
    trouble,
)

CREATE = "CREATE TABLE `item` (\n  `id` int\n);\n"
INSERT = "INSERT INTO `item` VALUES (3,'Frodo',1),(4,'Sam\\'s',0);\n"
COMPLETED = "-- Dump completed on 2026-11-23  0:02:11\n"
NOW = "id\tvalue\tstate\n3\tFrodo\t1\n4\tSam's\t0\n"
DOWN = HostUnreachable("cannot sign in to db")


NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
JOB = "11 0 * * * root mysqldump agama > /home/backup/agama.sql\n"


def dumped(
    text: str, now: Answer | None = None, *, dump: timedelta = timedelta(), table: str = "NULL", crontab: str = ""
) -> Site:
    """A site with this dump and these rows at noon; the dump was made, and the table last written to, so long ago."""
    told = f"file {encoded('/etc/cron.d/dump')} - 81a4 0 1 {len(crontab)} {encoded(crontab)}\n" if crontab else ""
    changed = CHANGED.format(database="agama", table="item")
    db = {
        DUMP_TEXT: Answer(0, text),
        ITEMS: now or Answer(0, NOW),
        "stat --dereference --format %Y -- /home/backup/agama.sql": Answer(0, f"{(NOON - dump).timestamp():.0f}\n"),
        shlex.join(["mysql", "--batch", "--skip-column-names", *PLAIN, "--execute", changed]): Answer(0, f"{table}\n"),
        shlex.join(["sh", "-c", cron.SCRIPT]): Answer(0, f"cron {encoded('51 cron -f')}\n{told}"),
        TIMERS: Answer(0),
        shlex.join(["sh", "-c", cron_log.SCRIPT]): Answer(0, f"{NOON.isoformat()}\n"),
        "getent passwd root": Answer(0, "root:x:0:0:root:/root:/bin/bash\n"),
        "realpath --canonicalize-missing /etc/localtime": Answer(0, "/etc/localtime\n"),
    }
    return fake_site(db=db)


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("kind", ["regular file", "regular empty file"])
def test_a_file_that_backup_may_read_is_there(kind: str) -> None:
    status = Answer(0, f"{kind}|664|backup|1980\n")
    dump_exists.function(fake_site(db={DUMP_STATUS: status, DUMP_READABLE: Answer(0)}))


def test_a_missing_dump_fails_with_the_command_that_makes_it() -> None:
    site = fake_site(db={DUMP_STATUS: NO_SUCH_FILE})
    make_it = "Make it, on db as backup: mysqldump agama > agama.sql"
    assert failure(dump_exists, site) == ("no file `/home/backup/agama.sql`", make_it)


@pytest.mark.parametrize("kind", ["directory", "fifo", "character special file"])
def test_what_is_no_file_fails_and_is_not_read(kind: str) -> None:
    site = fake_site(db={DUMP_STATUS: Answer(0, f"{kind}|755|backup|4096\n")})
    assert failure(dump_exists, site) == (f"a `{kind}`", "Look at it: ls -ld agama.sql")


def test_a_dump_that_backup_may_not_read_fails() -> None:
    site = fake_site(db={DUMP_STATUS: Answer(0, "regular file|600|root|1980\n"), DUMP_READABLE: Answer(1)})
    assert failure(dump_exists, site) == ("mode `0600`, owner `root`", "Look at it: ls -l agama.sql")


def test_a_home_that_cannot_be_looked_into_is_our_error() -> None:
    site = fake_site(db={DUMP_STATUS: Answer(1, stderr="stat: cannot statx 'x': Permission denied\n")})
    assert "Permission denied" in trouble(dump_exists, site)


def test_a_dump_with_its_last_line_is_complete() -> None:
    dump_is_complete.function(dumped(CREATE + COMPLETED))


def test_rows_without_their_table_are_no_whole_dump() -> None:
    found, hint = failure(dump_is_complete, dumped(INSERT + COMPLETED))
    assert found == "rows of table `item`, and no CREATE TABLE before them"
    assert hint.startswith("Make it, on db as backup")


def test_an_empty_dump_fails_and_points_at_what_mysqldump_says() -> None:
    found, hint = failure(dump_is_complete, dumped(""))
    assert (found, hint) == ("an empty file", "What does mysqldump say? mysqldump agama > agama.sql; echo $?")


def test_a_dump_that_breaks_off_fails_with_the_beginning_of_its_last_line() -> None:
    found, hint = failure(dump_is_complete, dumped(CREATE + "(3,'" + "o" * 9000))
    assert found == f"`(3,'{'o' * 96}` as its last line"
    assert hint == "Look at its end: tail -1 agama.sql"


def test_a_dump_that_cannot_be_fetched_is_our_error() -> None:
    assert trouble(dump_is_complete, fake_site(db={DUMP_TEXT: DOWN})) == DOWN.what


def test_a_dump_too_large_to_fetch_is_our_error() -> None:
    site = fake_site(db={DUMP_TEXT: Answer(-1, CREATE, truncated=True)})
    assert "more than 4,194,304 bytes" in trouble(dump_is_complete, site)


def test_a_dump_with_the_rows_of_now_holds_them() -> None:
    dump_holds_the_rows.function(dumped(CREATE + INSERT + COMPLETED))


def test_an_empty_table_is_held_by_a_dump_without_rows() -> None:
    dump_holds_the_rows.function(dumped(CREATE + COMPLETED, Answer(0)))


def test_a_database_that_refuses_to_tell_its_rows_fails() -> None:
    error = "ERROR 1045 (28000): Access denied for user 'backup'@'localhost' (using password: YES)"
    found, hint = failure(dump_holds_the_rows, dumped(CREATE, Answer(1, stderr=f"{error}\n")))
    assert (found, hint) == (
        f"`{error}` when asking the database",
        "Ask it yourself: mysql -e 'SELECT * FROM agama.item'",
    )


@pytest.mark.parametrize(("text", "tables"), [("", "none"), ("CREATE TABLE `a` (\nCREATE TABLE b (\n", "a, b")])
def test_a_dump_of_something_else_fails_with_what_it_holds(text: str, tables: str) -> None:
    found = f"no table `item` in the dump (its tables: `{tables}`)"
    assert failure(dump_holds_the_rows, dumped(text)) == (found, MAKE_IT)


def test_a_dump_older_than_a_new_row_fails_with_that_row() -> None:
    found, hint = failure(dump_holds_the_rows, dumped(CREATE + INSERT, Answer(0, NOW + "5\tMerry\t1\n")))
    assert (found, hint) == ("a dump without the row `5 | Merry | 1`", f"It is older than the data. {MAKE_IT}")


NIGHT, WEEK = timedelta(hours=11, minutes=49), timedelta(days=7)
MORE = Answer(0, NOW + "5\tMerry\t1\n")


@pytest.mark.parametrize("table", ["NULL", f"{NOON.timestamp():.0f}", f"{NOON.timestamp():.6f}"])
def test_people_may_go_on_after_the_dump_that_cron_made_last(table: str) -> None:
    dump_holds_the_rows.function(dumped(CREATE + INSERT, MORE, dump=NIGHT, table=table, crontab=JOB))


@pytest.mark.parametrize(
    ("dump", "table", "crontab"),
    [
        (timedelta(), f"{(NOON - WEEK).timestamp():.0f}", JOB),
        (WEEK, "NULL", JOB),
        (NIGHT, "NULL", ""),
        (NIGHT, "NULL", JOB.replace("mysqldump", "true")),
    ],
    ids=["nobody wrote since", "the dump is overdue", "no crontab", "no job that dumps"],
)
def test_a_dump_that_nothing_excuses_must_hold_the_rows_of_now(dump: timedelta, table: str, crontab: str) -> None:
    site = dumped(CREATE + INSERT, MORE, dump=dump, table=table, crontab=crontab)
    assert failure(dump_holds_the_rows, site)[0] == "a dump without the row `5 | Merry | 1`"


def test_a_job_that_cannot_be_read_may_have_made_the_dump() -> None:
    unread = dumped(CREATE + INSERT, MORE, dump=NIGHT, crontab=JOB.replace("mysqldump", "frobnicate"))
    assert "a job that cannot be read here" in trouble(dump_holds_the_rows, unread)
    beside = dumped(CREATE + INSERT, MORE, dump=NIGHT, crontab=JOB + JOB.replace("mysqldump", "frobnicate"))
    dump_holds_the_rows.function(beside)


def test_a_dump_that_shares_no_row_with_the_database_is_never_excused() -> None:
    site = dumped(CREATE + INSERT, Answer(0, "id\tvalue\tstate\n9\tSauron\t1\n"), dump=NIGHT, crontab=JOB)
    assert failure(dump_holds_the_rows, site)[0] == "a dump without the row `9 | Sauron | 1`"


def test_a_time_of_a_table_that_is_none_is_our_error() -> None:
    assert "mysql said" in trouble(dump_holds_the_rows, dumped(CREATE + INSERT, MORE, table="yesterday"))


def test_a_dump_with_a_row_that_is_gone_fails_with_that_row() -> None:
    found, hint = failure(dump_holds_the_rows, dumped(CREATE + INSERT, Answer(0, NOW.replace("3\tFrodo\t1\n", ""))))
    assert found == "a row in the dump that is no longer in the database: `3 | Frodo | 1`"
    assert hint == f"It is older than the data. {MAKE_IT}"


def test_a_database_that_is_down_holds_no_rows() -> None:
    down = Answer(1, stderr="ERROR 2002 (HY000): Can't connect to local MySQL server\n")
    assert failure(dump_holds_the_rows, dumped(CREATE + INSERT, down))[0].startswith("`ERROR 2002")


def test_a_client_that_is_not_there_is_our_error() -> None:
    assert "status 127" in trouble(dump_holds_the_rows, dumped(CREATE + INSERT, Answer(127)))


def test_open_files_without_a_password_are_no_matter() -> None:
    path = "/home/backup/agama.sql"
    site = fake_site(db={OPEN_FILES: Answer(0, f"{path}\0"), naming_a_password(path): Answer(1)})
    no_password_lies_open.function(site)


def test_an_open_file_with_a_password_fails_by_name() -> None:
    path = "/home/backup/do backup.sh"
    site = fake_site(db={OPEN_FILES: Answer(0, f"{path}\0"), naming_a_password(path): Answer(0, f"{path}\0")})
    found, hint = failure(no_password_lies_open, site)
    assert found == "a password in `do backup.sh`, which anyone may read"
    assert hint == "Close it: chmod 600 'do backup.sh'"


def test_files_that_cannot_be_searched_are_our_error() -> None:
    assert trouble(no_password_lies_open, fake_site(db={OPEN_FILES: DOWN})) == DOWN.what


def begins(line: str, client: str) -> Site:
    head = "head --bytes=64 -- /home/backup/agama.sql"
    return fake_site(db={head: Answer(0, line), "mysql --version": Answer(0, client)})


MYSQL, MARIADB = "mysql  Ver 9.7.4 for Linux\n", "mysql from 11.8.6-MariaDB, client 15.2\n"
SANDBOX = "/*!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19"


@pytest.mark.parametrize(
    ("line", "client"), [("-- MySQL dump 10.13", MYSQL), (SANDBOX, MARIADB), (SANDBOX.replace("!", "M!"), MYSQL)]
)
def test_a_dump_that_the_client_takes_passes(line: str, client: str) -> None:
    dump_is_in_words_of_this_server.function(begins(line, client))


def test_a_dump_whose_first_line_is_a_command_to_the_client_fails() -> None:
    found, hint = failure(dump_is_in_words_of_this_server, begins(SANDBOX, MYSQL))
    assert found == ("a first line of MariaDB's, `enable the sandbox mode`, which MySQL's client takes for a command")
    assert hint == "Look at it: head -1 agama.sql; leave it out with: tail -n +2 agama.sql"


def test_a_first_line_that_cannot_be_read_is_our_error() -> None:
    site = fake_site(db={"head --bytes=64 -- /home/backup/agama.sql": DOWN})
    assert trouble(dump_is_in_words_of_this_server, site) == DOWN.what
