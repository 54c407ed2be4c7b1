import pytest

from labcheck.errors import HostUnreachable, LabcheckError
from labcheck.hosts import Answer, Site
from labcheck.labs.backup_tools.setup import (
    app_answers,
    app_refuses_strangers,
    app_serves_its_own_site,
    backup_server_lets_backup_in,
    credentials_are_private,
    database_lets_backup_in,
    mysql_directory_waits,
)
from tests.fake_host import fake_site
from tests.labs.backup_tools.asked import (
    ITEMS,
    MY_CNF_STATUS,
    MYSQL_DIRECTORY_ROOM,
    MYSQL_DIRECTORY_STATUS,
    MYSQL_DIRECTORY_WRITABLE,
    NO_SUCH_FILE,
    SIGN_IN,
    failure,
    page,
    status_of,
    trouble,
)

OWN_PAGE = page("http://127.0.0.1/")
APP_PAGE = page("http://app.foo.bar/")
REFUSED_CONNECTION = Answer(7, "\n000")
DOWN = HostUnreachable("cannot sign in")


def test_a_page_with_the_list_passes() -> None:
    app_answers.function(fake_site(app={OWN_PAGE: Answer(0, "<table></table>\n\n200")}))


def test_an_app_that_nobody_answers_for_fails() -> None:
    found, hint = failure(app_answers, fake_site(app={OWN_PAGE: REFUSED_CONNECTION}))
    assert (found, hint) == ("nothing answers on port 80 of app", "Look there: curl -sI http://127.0.0.1/")


@pytest.mark.parametrize(
    ("said", "told"), [("oops\n500", "HTTP status `500`"), ("Welcome to nginx!\n200", "a page without a list")]
)
def test_a_page_that_is_not_agamas_fails(said: str, told: str) -> None:
    found, hint = failure(app_answers, fake_site(app={OWN_PAGE: Answer(0, said)}))
    assert found == told
    assert hint == f"Look {'at it' if '200' in said else 'there'}: curl -s http://127.0.0.1/"


def test_an_app_without_its_database_fails_when_db_is_up() -> None:
    site = fake_site(app={OWN_PAGE: Answer(0, "away\n503")}, db={"hostname": Answer(0, "db\n")})
    assert failure(app_answers, site)[0] == "HTTP status `503`"


def test_an_app_without_its_database_is_our_error_when_db_is_down() -> None:
    site = fake_site(app={OWN_PAGE: Answer(0, "away\n503")}, db={"hostname": DOWN})
    assert trouble(app_answers, site) == DOWN.what


def test_an_app_that_cannot_be_asked_is_our_error() -> None:
    assert trouble(app_answers, fake_site(app={OWN_PAGE: DOWN})) == DOWN.what


def test_db_gets_the_page() -> None:
    app_serves_its_own_site.function(fake_site(db={APP_PAGE: Answer(0, "<table>\n200")}))


@pytest.mark.parametrize(
    ("answer", "found"), [(Answer(0, "\n403"), "`HTTP status 403` for db"), (REFUSED_CONNECTION, "`no answer` for db")]
)
def test_a_page_that_db_does_not_get_fails(answer: Answer, found: str) -> None:
    hint = "Look at the allow lines on app: nginx -T | grep allow"
    assert failure(app_serves_its_own_site, fake_site(db={APP_PAGE: answer})) == (found, hint)


def test_a_db_that_cannot_ask_for_the_page_is_our_error() -> None:
    assert "status 127" in trouble(app_serves_its_own_site, fake_site(db={APP_PAGE: Answer(127)}))


def test_offsite_is_refused() -> None:
    app_refuses_strangers.function(fake_site(offsite={APP_PAGE: Answer(0, "Forbidden\n403")}))


def test_a_page_that_offsite_gets_fails() -> None:
    found, hint = failure(app_refuses_strangers, fake_site(offsite={APP_PAGE: Answer(0, "<table>\n200")}))
    assert (found, hint) == (
        "`HTTP status 200` for offsite",
        "Look at the last rule on app: nginx -T | grep 'deny all'",
    )


def test_an_offsite_that_cannot_be_asked_is_our_error() -> None:
    assert trouble(app_refuses_strangers, fake_site(offsite={APP_PAGE: DOWN})) == DOWN.what


def with_my_cnf(answer: Answer | LabcheckError) -> Site:
    return fake_site(db={MY_CNF_STATUS: answer, status_of("/home/backup/.mylogin.cnf"): NO_SUCH_FILE})


def test_credentials_that_only_backup_may_read_pass() -> None:
    credentials_are_private.function(with_my_cnf(Answer(0, "regular file|600|backup|108\n")))


@pytest.mark.parametrize(
    ("answer", "found", "hint"),
    [
        (
            NO_SUCH_FILE,
            "no file `/home/backup/.my.cnf`",
            "It has a section [client] with user and password; where it is looked for: mysql --help | grep my.cnf",
        ),
        (
            Answer(0, "regular file|600|root|108\n"),
            "owner `root`",
            "Give it to its user, as root: chown backup ~backup/.my.cnf",
        ),
        (Answer(0, "regular file|640|backup|108\n"), "mode `0640`", "Close it: chmod 600 .my.cnf"),
        (Answer(0, "regular file|604|backup|108\n"), "mode `0604`", "Close it: chmod 600 .my.cnf"),
    ],
)
def test_credentials_that_are_missing_anothers_or_open_fail(answer: Answer, found: str, hint: str) -> None:
    assert failure(credentials_are_private, with_my_cnf(answer)) == (found, hint)


def test_credentials_may_lie_where_mysql_config_editor_writes_them() -> None:
    def written(answer: str) -> Site:
        return fake_site(
            db={
                MY_CNF_STATUS: NO_SUCH_FILE,
                status_of("/home/backup/.mylogin.cnf"): Answer(0, f"regular file|{answer}\n"),
            }
        )

    credentials_are_private.function(written("600|backup|108"))
    assert failure(credentials_are_private, written("644|backup|108")) == (
        "mode `0644`",
        "Close it: chmod 600 .mylogin.cnf",
    )
    assert failure(credentials_are_private, written("600|root|108"))[1].endswith("chown backup ~backup/.mylogin.cnf")


def test_credentials_that_cannot_be_looked_at_are_our_error() -> None:
    assert trouble(credentials_are_private, with_my_cnf(DOWN)) == DOWN.what
    assert "stat said" in trouble(credentials_are_private, with_my_cnf(Answer(0, "what?\n")))


def test_a_database_that_tells_its_rows_lets_backup_in() -> None:
    database_lets_backup_in.function(fake_site(db={ITEMS: Answer(0, "id\tvalue\tstate\n")}))


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        ("ERROR 1045 (28000): Access denied for user 'backup'@'localhost'", "Look at the password in .my.cnf"),
        ("ERROR 1146 (42S02) at line 1: Table 'agama.item' doesn't exist", "Open the Agama page: it makes its table"),
        ("ERROR 2002 (HY000): Can't connect", "Is the server running? mysqladmin status"),
    ],
)
def test_a_database_that_refuses_backup_fails_in_its_own_words(error: str, hint: str) -> None:
    site = fake_site(db={ITEMS: Answer(1, stderr=f"{error}\n")})
    assert failure(database_lets_backup_in, site) == (f"`{error}`", hint)


def test_a_host_without_a_client_is_our_error() -> None:
    site = fake_site(db={ITEMS: Answer(127, stderr="sh: 1: mysql: not found\n")})
    assert "not found" in trouble(database_lets_backup_in, site)


def signing_in(answer: Answer, name: Answer | LabcheckError = Answer(0, "backup\n")) -> Site:  # noqa: B008 - it is frozen
    return fake_site(db={SIGN_IN: answer}, backup={"hostname": name})


def test_a_sign_in_that_ends_on_the_backup_server_passes() -> None:
    backup_server_lets_backup_in.function(signing_in(Answer(0, "backup\n")))


def test_a_sign_in_that_is_refused_fails_in_sshs_own_words() -> None:
    complaint = "elvis@backup.foo.bar: Permission denied (publickey)."
    found, hint = failure(backup_server_lets_backup_in, signing_in(Answer(255, stderr=f"{complaint}\n")))
    assert (found, hint) == (f"`{complaint}`", "See why, on db as backup: ssh -v elvis@backup.foo.bar true")


def test_a_sign_in_that_ends_on_another_host_fails_with_its_name() -> None:
    found, hint = failure(backup_server_lets_backup_in, signing_in(Answer(0, "db\n")))
    assert (found, hint) == ("a host named `db`", "Where does it lead? getent hosts backup.foo.bar")


def test_a_backup_server_that_is_down_is_our_error_and_no_failed_sign_in() -> None:
    site = signing_in(Answer(255, stderr="ssh: connect to host: No route to host\n"), DOWN)
    assert trouble(backup_server_lets_backup_in, site) == DOWN.what


def with_directory(answer: Answer | LabcheckError, free: str = "1000 4096\n") -> Site:
    room = {MYSQL_DIRECTORY_ROOM: Answer(0, free)}
    return fake_site(backup={MYSQL_DIRECTORY_STATUS: answer, MYSQL_DIRECTORY_WRITABLE: Answer(0)} | room)


@pytest.mark.parametrize("free", ["1000 4096\n", "256 4096\n"])
def test_a_directory_of_the_student_waits(free: str) -> None:
    mysql_directory_waits.function(with_directory(Answer(0, "directory|755|elvis|4096\n"), free))


@pytest.mark.parametrize("free", ["0 4096\n", "255 4096\n"])
def test_a_directory_on_a_full_disk_fails(free: str) -> None:
    found, hint = failure(mysql_directory_waits, with_directory(Answer(0, "directory|755|elvis|4096\n"), free))
    assert found == "no room left on the disk that it is on"
    assert hint == "How full is it? df -h mysql"


def test_a_directory_that_its_owner_may_not_write_to_fails() -> None:
    closed = {MYSQL_DIRECTORY_STATUS: Answer(0, "directory|555|elvis|4096\n"), MYSQL_DIRECTORY_WRITABLE: Answer(1)}
    assert failure(mysql_directory_waits, fake_site(backup=closed)) == (
        "mode `0555`",
        "Let its owner write: chmod u+w mysql",
    )


@pytest.mark.parametrize(
    ("answer", "found", "hint"),
    [
        (NO_SUCH_FILE, "nothing at `/home/elvis/mysql`", "Make it, on the backup server: mkdir mysql"),
        (
            Answer(0, "regular file|644|elvis|0\n"),
            "a `regular file` of `elvis`",
            "Look at it: ls -ld /home/elvis/mysql",
        ),
        (Answer(0, "directory|755|root|4096\n"), "a `directory` of `root`", "Look at it: ls -ld /home/elvis/mysql"),
    ],
)
def test_a_directory_that_is_missing_none_or_anothers_fails(answer: Answer, found: str, hint: str) -> None:
    assert failure(mysql_directory_waits, with_directory(answer)) == (found, hint)


def test_a_directory_that_cannot_be_looked_at_is_our_error() -> None:
    assert trouble(mysql_directory_waits, with_directory(DOWN)) == DOWN.what
