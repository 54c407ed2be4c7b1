import pytest

from labcheck.errors import HostUnreachable, LabcheckError
from labcheck.hosts import Answer, Site
from labcheck.labs.backup_tools.restore import (
    backup_was_fetched,
    second_version_exists,
    second_version_holds_other_rows,
    what_came_back_is_the_backup,
)
from tests.fake_host import fake_site
from tests.labs.backup_tools.asked import NO_SUCH_FILE, failure, status_of, trouble

RESTORED, NEWEST, EARLIER = "/home/backup/restore/agama.sql", "/home/elvis/agama.sql", "'/home/elvis/agama.sql~'"
FETCH = "Fetch it, on db as backup: rsync -v elvis@backup.foo.bar:agama.sql restore/"
CREATE = "CREATE TABLE `item` (\n  `id` int\n);\n"
INSERT = "INSERT INTO `item` VALUES (3,'Frodo',1);\n"
FRODO = CREATE + INSERT
COMPLETED = "-- Dump completed on 2026-11-23  0:02:11\n"
A_DAY_LATER = COMPLETED.replace("23", "24")
DOWN = HostUnreachable("cannot sign in to backup")


def fetched(back: Answer, there: Answer | LabcheckError) -> Site:
    return fake_site(db={f"cat -- {RESTORED}": back}, backup={f"cat -- {NEWEST}": there})


def versions(newest: str, earlier: Answer | LabcheckError) -> Site:
    return fake_site(backup={f"cat -- {NEWEST}": Answer(0, newest), f"cat -- {EARLIER}": earlier})


def in_restore(is_the_dump: int) -> Site:
    there = {status_of(RESTORED): Answer(0, "regular file|664|backup|1980\n"), f"test -r {RESTORED}": Answer(0)}
    return fake_site(db=there | {f"test {RESTORED} -ef /home/backup/agama.sql": Answer(is_the_dump)})


def test_a_backup_in_the_directory_restore_was_fetched() -> None:
    backup_was_fetched.function(in_restore(1))


def test_a_link_to_the_dump_was_not_fetched() -> None:
    found, hint = failure(backup_was_fetched, in_restore(0))
    assert (found, hint) == ("the dump itself, under another name", f"rm restore/agama.sql · {FETCH}")


def test_an_empty_directory_restore_fails_with_the_command_that_fetches() -> None:
    found, hint = failure(backup_was_fetched, fake_site(db={status_of(RESTORED): NO_SUCH_FILE}))
    assert (found, hint) == (f"no file `{RESTORED}`", FETCH)


def test_a_db_that_is_down_is_our_error() -> None:
    assert trouble(backup_was_fetched, fake_site(db={status_of(RESTORED): DOWN})) == DOWN.what


def test_what_came_back_with_the_same_checksum_is_the_backup() -> None:
    what_came_back_is_the_backup.function(fetched(Answer(0, "a"), Answer(0, "a")))


def test_what_came_back_with_another_checksum_fails() -> None:
    found, hint = failure(what_came_back_is_the_backup, fetched(Answer(0, "a"), Answer(0, "b")))
    assert found == "checksum `ca978112ca1b…` in restore, `3e23e8160039…` on the backup server"
    assert hint == FETCH


def test_a_backup_that_cannot_be_summed_is_our_error() -> None:
    assert trouble(what_came_back_is_the_backup, fetched(Answer(0, "a"), DOWN)) == DOWN.what


def test_a_version_with_a_tilde_is_the_second_one() -> None:
    table = {status_of(EARLIER): Answer(0, "regular file|664|elvis|1980\n"), f"test -r {EARLIER}": Answer(0)}
    second_version_exists.function(fake_site(backup=table))


def test_a_single_version_fails_with_the_command_that_keeps_two() -> None:
    found, hint = failure(second_version_exists, fake_site(backup={status_of(EARLIER): NO_SUCH_FILE}))
    assert found == "no file `/home/elvis/agama.sql~`"
    assert hint == "Change a row, dump, then upload with -b: rsync -bv agama.sql elvis@backup.foo.bar:"


def test_a_second_version_that_cannot_be_looked_for_is_our_error() -> None:
    assert trouble(second_version_exists, fake_site(backup={status_of(EARLIER): DOWN})) == DOWN.what


def test_versions_with_different_rows_are_two() -> None:
    second_version_holds_other_rows.function(versions(FRODO + COMPLETED, Answer(0, CREATE + COMPLETED)))


@pytest.mark.parametrize("date", [COMPLETED, A_DAY_LATER], ids=["equal files", "only the date differs"])
def test_versions_with_the_same_rows_fail(date: str) -> None:
    found, hint = failure(second_version_holds_other_rows, versions(FRODO + COMPLETED, Answer(0, FRODO + date)))
    assert found == "the same rows in `agama.sql` and `agama.sql~`"
    assert hint == "See what differs, on the backup server: diff -u agama.sql~ agama.sql"


def test_an_earlier_version_that_breaks_off_fails() -> None:
    found, hint = failure(second_version_holds_other_rows, versions(FRODO + COMPLETED, Answer(0, CREATE)))
    assert found == "`);` as the last line of agama.sql~"
    assert failure(second_version_holds_other_rows, versions(FRODO + COMPLETED, Answer(0, CREATE + "x" * 101)))[0] == (
        f"`{'x' * 100}` as the last line of agama.sql~"
    )
    assert hint == "Look at its end, on the backup server: tail -1 agama.sql~"


def test_versions_that_cannot_be_fetched_are_our_error() -> None:
    assert trouble(second_version_holds_other_rows, versions(FRODO, DOWN)) == DOWN.what
