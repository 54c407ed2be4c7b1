import shlex
import time
from datetime import timedelta

import pytest

from labcheck.hosts import Answer, Site
from labcheck.labs.backup_tools.schedule import (
    backup_server_holds_what_cron_made,
    cron_has_run_the_jobs,
    next_backup_can_be_made,
)
from tests.fake_host import fake_site
from tests.labs.backup_tools.asked import DUMP_STATUS, NO_SUCH_FILE, failure, trouble, unpacking
from tests.labs.backup_tools.crontabs import (
    DUMP,
    DUMPED,
    FULL,
    GO_ON,
    GOOD,
    INCREMENT,
    LOG,
    NOW,
    THERE,
    UPLOADED,
    URL,
    asked,
    installed,
    logged,
    ran,
    run,
    set_of,
    told,
)

SCP = "scp agama.sql elvis@backup.foo.bar:"
COPIES = shlex.join(
    ["find", "/home/elvis/agama.sql", "-type", "f", "-path", "/home/elvis/agama.sql", "-printf", r"%C@ %p\0"]
)
WHOLE = "CREATE TABLE `item` (\n);\n-- Dump completed\n"


def copied(text: str, ago: timedelta = timedelta(hours=8, minutes=58), command: str = SCP) -> Site:
    """A site whose jobs dump and copy; the copy came so long ago and holds this."""
    log = logged(DUMPED, run("backup", command, timedelta(hours=8, minutes=59)))
    backup = {
        COPIES: Answer(0, f"{(NOW - ago).timestamp():.0f} /home/elvis/agama.sql\0"),
        unpacking("/home/elvis/agama.sql"): Answer(0, text),
    }
    return fake_site(db=asked(told(f"{DUMP}12 0 * * * backup {command}\n")) | {LOG: log}, backup=backup)


@pytest.mark.parametrize(
    ("log", "found"),
    [
        (logged(), "no start of `mysqldump agama > agama.sql` in the log"),
        (logged(DUMPED), f"no start of `duplicity --no-encryption full agama.sql {URL}` in the log"),
        (
            logged(DUMPED.replace("(backup)", "(root)"), UPLOADED),
            "no start of `mysqldump agama > agama.sql` in the log",
        ),
    ],
    ids=["nothing", "no upload", "as another user"],
)
def test_jobs_that_cron_has_not_started_fail(log: Answer, found: str) -> None:
    said, hint = failure(cron_has_run_the_jobs, ran(log))
    assert said == found
    assert hint == "Look there: grep CMD /var/log/syslog"


@pytest.mark.parametrize("ago", [timedelta(hours=5), timedelta(hours=9, minutes=30)], ids=["by hand", "before"])
def test_a_backup_of_another_time_is_not_cron_s(ago: timedelta) -> None:
    said, hint = failure(backup_server_holds_what_cron_made, ran(logged(DUMPED, UPLOADED), Answer(0, set_of(ago))))
    assert said == (
        f"nothing in `/home/elvis/mysql` that `duplicity --no-encryption incremental agama.sql {URL}`"
        " made when cron started it (last at 00:01:00)"
    )
    upload = f"duplicity --no-encryption incremental agama.sql {URL}"
    assert hint == f"Run it by hand, as backup, and read what it says: {upload}"


def test_a_log_that_cannot_be_read_is_our_error() -> None:
    closed = Answer(3, stderr="tail: Permission denied\n")
    for check in (cron_has_run_the_jobs, backup_server_holds_what_cron_made):
        assert "Permission denied" in trouble(check, ran(closed))


def test_an_upload_to_where_nobody_looks_is_our_error() -> None:
    text = GOOD.replace(URL, "boto3+s3://bucket/mysql")
    upload = INCREMENT.partition("backup ")[2].strip().replace(URL, "boto3+s3://bucket/mysql")
    log = logged(DUMPED, run("backup", upload, timedelta(hours=8)))
    site = fake_site(db=asked(told(text)) | {LOG: log})
    assert trouble(backup_server_holds_what_cron_made, site) == (
        "s3://bucket/mysql is not on the backup server, so nobody looks at it here"
    )


def test_what_is_in_the_way_of_the_next_backup_is_told_in_duplicity_s_words() -> None:
    locked = Answer(1, stderr="ERROR 23\n. Another duplicity instance is already running\n. If not, remove it\n\n")
    site = fake_site(db=asked(told(GOOD)) | {DUMP_STATUS: THERE, GO_ON: locked})
    found, hint = failure(next_backup_can_be_made, site)
    assert found == "`Another duplicity instance is already running`"
    assert hint == f"Try it, on db as backup: duplicity --no-encryption --dry-run incremental agama.sql {URL}"


@pytest.mark.parametrize(
    "change",
    [
        (" --no-encryption", ""),
        ("duplicity --no-enc", "cd /srv && duplicity --no-enc"),
        ("elvis@", "$WHO@"),
        ("--no-encryption", "--no-encryption --allow-source-mismatch"),
        ("backup duplicity", "root duplicity"),
    ],
)
def test_a_backup_that_needs_more_than_its_words_is_not_tried(change: tuple[str, str]) -> None:
    text = DUMP + (FULL + INCREMENT).replace(*change)
    next_backup_can_be_made.function(installed("PASSPHRASE=secret\n" + text))


def test_a_backup_of_the_dump_by_its_whole_path_is_tried_by_it() -> None:
    whole = "/home/backup/agama.sql"
    go_on = {GO_ON.replace(" agama.sql ", f" {whole} "): Answer(1, stderr="ERROR 23\n. no room\n\n")}
    site = fake_site(db=asked(told(DUMP + FULL.replace("agama.sql", whole))) | {DUMP_STATUS: THERE} | go_on)
    assert failure(next_backup_can_be_made, site)[0] == "`no room`"


def test_a_backup_of_another_user_is_not_tried_as_ours() -> None:
    by_root = FULL.replace(" backup ", " root ").replace("agama.sql", "/home/backup/agama.sql")
    next_backup_can_be_made.function(installed(DUMP + by_root))


def test_an_upload_without_duplicity_has_nothing_in_its_way() -> None:
    next_backup_can_be_made.function(copied(WHOLE))


def test_a_dump_that_cron_is_yet_to_make_is_in_nobody_s_way() -> None:
    next_backup_can_be_made.function(fake_site(db=asked(told(GOOD)) | {DUMP_STATUS: NO_SUCH_FILE}))


def test_a_copy_that_cron_has_made_is_a_backup_that_restores_when_it_is_a_whole_dump() -> None:
    backup_server_holds_what_cron_made.function(copied(WHOLE))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CREATE TABLE `item` (\n", "a dump that ends with `CREATE TABLE `item` (`"),
        (WHOLE.replace("item", "other"), "a dump without table `item` (its tables: `other`)"),
    ],
)
def test_a_copy_of_something_else_is_none(text: str, found: str) -> None:
    look = "Look at its end, on the backup server: gzip -dcf /home/elvis/agama.sql | tail -1"
    assert failure(backup_server_holds_what_cron_made, copied(text)) == (found, look)


def test_a_copy_that_came_at_another_time_was_not_made_by_cron() -> None:
    found, hint = failure(backup_server_holds_what_cron_made, copied(WHOLE, timedelta(hours=5)))
    assert found == f"nothing in `/home/elvis/agama.sql` that `{SCP}` made when cron started it (last at 00:01:00)"
    assert hint == f"Run it by hand, as backup, and read what it says: {SCP}"


ALONE, BEHIND = SCP, f"sleep 60 && {SCP}"


@pytest.mark.parametrize(
    ("command", "later", "by_cron"),
    [
        (ALONE, -61, True),
        (ALONE, -62, False),
        (ALONE, 180, True),
        (ALONE, 181, False),
        (BEHIND, 181, True),
        (BEHIND, 3660, True),
        (BEHIND, 3661, False),
    ],
)
def test_a_file_that_comes_soon_after_cron_has_started_a_job_was_made_by_it(
    command: str, later: int, by_cron: bool
) -> None:
    started = timedelta(hours=8, minutes=59)
    site = copied(WHOLE, started - timedelta(seconds=later), command)
    if by_cron:
        backup_server_holds_what_cron_made.function(site)
    else:
        assert failure(backup_server_holds_what_cron_made, site)[0].startswith("nothing in `/home/elvis/agama.sql`")


@pytest.mark.parametrize(("later", "by_cron"), [(-1, True), (-2, False), (120, True), (121, False)])
def test_a_set_tells_when_it_was_begun_by_the_clock_of_db(later: int, by_cron: bool) -> None:
    begun = timedelta(hours=8, minutes=59) - timedelta(seconds=later)
    site = ran(logged(DUMPED, UPLOADED), Answer(0, set_of(begun)))
    if by_cron:
        backup_server_holds_what_cron_made.function(site)
    else:
        assert failure(backup_server_holds_what_cron_made, site)[0].startswith("nothing in `/home/elvis/mysql`")


def test_what_goes_to_the_offsite_host_alone_is_not_on_the_backup_server() -> None:
    copy = SCP.replace("backup.foo", "offsite.foo")
    log = logged(DUMPED, run("backup", copy, timedelta(hours=8, minutes=59)))
    site = fake_site(db=asked(told(f"{DUMP}12 0 * * * backup {copy}\n")) | {LOG: log})
    assert failure(backup_server_holds_what_cron_made, site)[0].startswith("nothing in `/home/elvis/agama.sql`")


def test_thousands_of_runs_and_of_sets_are_compared_in_a_moment() -> None:
    upload = INCREMENT.partition("backup ")[2].strip()
    runs = (run("backup", upload, timedelta(minutes=10 * n)) for n in range(4000))
    sets = Answer(0, "".join(set_of(timedelta(days=400, seconds=n)) for n in range(4000)))
    site = ran(logged(DUMPED, *runs), sets)
    began = time.process_time()
    found, _ = failure(backup_server_holds_what_cron_made, site)
    assert found.startswith("nothing in `/home/elvis/mysql`")
    assert time.process_time() - began < 5  # 0.3 s; each with each takes 20 s
