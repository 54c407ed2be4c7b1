import pytest

from labcheck.cron import Accounts, read_crontab
from labcheck.facts.cron import InstalledCrontab
from labcheck.hosts import Answer, Host, Question
from labcheck.labs.backup_tools.installed import as_file, crontab_files, name_of
from tests.fake_host import fake_site
from tests.labs.backup_tools.crontabs import DUMP, PATH, asked, told

ACCOUNTS = Accounts({"elvis": "/home/elvis"}, complete=True)


def own(text: str, name: str = "elvis") -> InstalledCrontab:
    content = text.encode()
    crontab = read_crontab(content, name, accounts=ACCOUNTS, user="elvis")
    return InstalledCrontab(f"/var/spool/cron/crontabs/{name}", content, crontab)


def test_crontabs_are_those_that_cron_has_loaded_asked_as_root() -> None:
    site = fake_site(db=asked(told(DUMP) + told(DUMP, "/etc/cron.d/with.dot")), backup=asked(""))
    users: list[str] = []

    def heard(question: Question) -> Answer:
        users.append(question.user)
        return site.db.ask(question)

    db = Host("db", "backup", heard)
    files = crontab_files({"db": db, "backup": site.backup})

    assert [(one.host, one.name, one.text) for one in files] == [("db", "mysql-backup", DUMP)]
    assert set(users) == {"root"}


def test_a_crontab_of_the_system_is_as_it_was_written() -> None:
    (file,) = crontab_files({"db": fake_site(db=asked(told(DUMP, PATH))).db})
    assert file.text == DUMP


def test_a_user_s_own_crontab_gets_the_column_of_the_user_and_keeps_its_lines() -> None:
    file = as_file("db", own("# mine\n\nMAILTO=x\n11 0 * * *  mysqldump agama > agama.sql%in\n@daily true\n"))

    assert file.name == "crontab-of-elvis"
    assert file.text.splitlines() == [
        "",
        "",
        "MAILTO=x",
        "11 0 * * * elvis mysqldump agama > agama.sql%in",
        "@daily elvis true",
    ]


def test_an_empty_crontab_has_no_line() -> None:
    assert as_file("db", own("")).text == ""


def test_a_line_that_cron_refuses_is_left_out() -> None:
    assert as_file("db", own("MAILTO=x\n61 0 * * * true\n")).text == "MAILTO=x\n\n"


@pytest.mark.parametrize("name", ["el.vis", "el vis", "el~vis"])
def test_a_name_that_cron_would_pass_over_is_made_into_one_that_it_takes(name: str) -> None:
    assert name_of(own("", name)) == "crontab-of-el-vis"
