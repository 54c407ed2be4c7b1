import base64
import shlex

import pytest

from labcheck.errors import HostUnreachable, LabcheckError
from labcheck.facts.cron import SCRIPT as CRONTABS
from labcheck.hosts import Answer, Site
from labcheck.labs.backup_tools.copy import copy_equals_the_dump, copy_exists, copy_is_complete
from tests.fake_host import fake_site
from tests.labs.backup_tools.asked import DUMP_TEXT, NO_SUCH_FILE, TIMERS, failure, status_of, trouble

COPY = "/home/elvis/agama.sql"
COPY_STATUS, COPY_READABLE, COPY_TEXT = status_of(COPY), f"test -r {COPY}", f"cat -- {COPY}"
COMPLETED = "-- Dump completed on 2026-11-23  0:02:11\n"
UPLOAD = "scp agama.sql elvis@backup.foo.bar:"
CHANGED = "stat --dereference --format %Y --"
LOOK = shlex.join(["sh", "-c", CRONTABS])
DOWN = HostUnreachable("cannot sign in to backup")


def compared(here: Answer, there: Answer | LabcheckError, *, dumped: int = 100, crontabs: str = "") -> Site:
    """Return a site whose copy was made 200 seconds after 1970."""
    db = {DUMP_TEXT: here, f"{CHANGED} /home/backup/agama.sql": Answer(0, f"{dumped}\n"), LOOK: Answer(0, crontabs)}
    db[TIMERS] = Answer(0)
    db["getent passwd root"] = Answer(0, "root:x:0:0:root:/root:/bin/bash\n")
    return fake_site(db=db, backup={COPY_TEXT: there, f"{CHANGED} {COPY}": Answer(0, "200\n")})


def test_a_copy_that_the_student_may_read_is_there() -> None:
    table = {COPY_STATUS: Answer(0, "regular file|664|elvis|1980\n"), COPY_READABLE: Answer(0)}
    copy_exists.function(fake_site(backup=table))


def test_a_missing_copy_fails_with_the_command_that_makes_it() -> None:
    found, hint = failure(copy_exists, fake_site(backup={COPY_STATUS: NO_SUCH_FILE}))
    assert (found, hint) == (f"no file `{COPY}`", f"Upload it, on db as backup: {UPLOAD}")


def test_a_backup_server_that_is_down_is_our_error() -> None:
    assert trouble(copy_exists, fake_site(backup={COPY_STATUS: DOWN})) == DOWN.what


def test_a_copy_with_its_last_line_is_complete() -> None:
    copy_is_complete.function(fake_site(backup={COPY_TEXT: Answer(0, f"CREATE\n{COMPLETED}")}))


@pytest.mark.parametrize(
    ("text", "found", "hint"),
    [
        ("", "an empty file", "How large is what you uploaded? On db: ls -l agama.sql"),
        (
            "CREATE\n(3,'" + "o" * 9000,
            f"`(3,'{'o' * 96}` as its last line",
            "Look at its end, on the backup server: tail -1 agama.sql",
        ),
    ],
    ids=["empty", "broken off"],
)
def test_a_copy_that_is_empty_or_breaks_off_fails(text: str, found: str, hint: str) -> None:
    assert failure(copy_is_complete, fake_site(backup={COPY_TEXT: Answer(0, text)})) == (found, hint)


def test_a_copy_that_cannot_be_fetched_is_our_error() -> None:
    assert trouble(copy_is_complete, fake_site(backup={COPY_TEXT: DOWN})) == DOWN.what


def test_equal_checksums_are_an_equal_copy() -> None:
    copy_equals_the_dump.function(compared(Answer(0, "a"), Answer(0, "a")))


def test_another_checksum_fails_with_the_beginning_of_both() -> None:
    found, hint = failure(copy_equals_the_dump, compared(Answer(0, "a"), Answer(0, "b")))
    assert found == "checksum `ca978112ca1b…` on db, `3e23e8160039…` on the backup server"
    assert hint == f"Upload the dump again: {UPLOAD}"


def word(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_a_dump_that_cron_has_made_since_is_not_compared() -> None:
    line = "11 0 * * * root mysqldump agama > /home/backup/agama.sql\n"
    told = f"cron {word('51 cron -f')}\nfile {word('/etc/cron.d/dump')} - 81a4 0 1 {len(line)} {word(line)}\n"
    copy_equals_the_dump.function(compared(Answer(0, "a"), Answer(0, "b"), dumped=300, crontabs=told))


@pytest.mark.parametrize(("line", "said"), [("frobnicate dump", "cannot be read"), ("true\n11 0 * * * mysqldump", "")])
def test_what_cannot_be_read_may_have_made_it(line: str, said: str) -> None:
    text = f"11 0 * * * root {line}\n"
    told = f"cron {word('51 cron -f')}\nfile {word('/etc/cron.d/dump')} - 81a4 0 1 {len(text)} {word(text)}\n"
    site = compared(Answer(0, "a"), Answer(0, "b"), dumped=300, crontabs=told)
    if said:
        assert said in trouble(copy_equals_the_dump, site)
    else:
        copy_equals_the_dump.function(site)  # a crontab that cron had taken, until somebody broke it


def test_a_dump_of_the_second_of_the_copy_was_not_made_since() -> None:
    site = compared(Answer(0, "a"), Answer(0, "b"), dumped=200)
    assert failure(copy_equals_the_dump, site)[1] == f"Upload the dump again: {UPLOAD}"


def test_a_dump_that_was_made_since_by_nobody_but_a_person_must_be_uploaded() -> None:
    told = f"cron {word('51 cron -f')}\n"
    found, _ = failure(copy_equals_the_dump, compared(Answer(0, "a"), Answer(0, "b"), dumped=300, crontabs=told))
    assert "checksum `ca978112ca1b…` on db" in found


def test_a_checksum_that_cannot_be_computed_is_our_error() -> None:
    assert trouble(copy_equals_the_dump, compared(Answer(0, "a"), DOWN)) == DOWN.what
