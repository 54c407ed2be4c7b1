import pytest

from labcheck.errors import CheckFailed, UnexpectedStatus
from labcheck.hosts import Answer
from labcheck.labs.backup_tools.presence import must_be_readable
from tests.fake_host import Table, fake_host
from tests.labs.backup_tools.asked import NO_SUCH_FILE, status_of

PATH = "/home/backup/restore/a b.sql"
STATUS, READABLE = status_of(f"'{PATH}'"), f"test -r '{PATH}'"


@pytest.mark.parametrize("kind", ["regular file", "regular empty file"])
def test_a_file_that_may_be_read_is_there(kind: str) -> None:
    table = {STATUS: Answer(0, f"{kind}|644|backup|9\n"), READABLE: Answer(0)}
    must_be_readable(fake_host("db", table), PATH, "make it")


@pytest.mark.parametrize(
    ("table", "found", "hint"),
    [
        ({STATUS: NO_SUCH_FILE}, f"no file `{PATH}`", "make it"),
        ({STATUS: Answer(0, "directory|755|backup|9\n")}, "a `directory`", "Look at it: ls -ld 'restore/a b.sql'"),
        (
            {STATUS: Answer(0, "regular file|600|root|9\n"), READABLE: Answer(1)},
            "mode `0600`, owner `root`",
            "Look at it: ls -l 'restore/a b.sql'",
        ),
    ],
    ids=["missing", "no file", "closed"],
)
def test_what_is_missing_no_file_or_closed_fails(table: Table, found: str, hint: str) -> None:
    with pytest.raises(CheckFailed) as failed:
        must_be_readable(fake_host("db", table), PATH, "make it")
    assert (failed.value.found, failed.value.hint) == (found, hint)


def test_a_file_that_cannot_be_looked_at_is_our_error() -> None:
    table = {STATUS: Answer(1, stderr="stat: cannot statx 'x': Permission denied\n")}
    with pytest.raises(UnexpectedStatus, match="Permission denied"):
        must_be_readable(fake_host("db", table), PATH, "make it")
