"""Names that stand for the backup server only because ~/.ssh/config or /etc/hosts says so."""

from collections.abc import Mapping

import pytest

from labcheck.errors import HostUnreachable, LabcheckError
from labcheck.hosts import Answer
from labcheck.labs.backup_tools.accounts import accounts
from labcheck.labs.backup_tools.plan import Plan, plan
from labcheck.rpo import CrontabFile, Period, Question
from tests.fake_host import fake_host, fake_site
from tests.labs.backup_tools.asked import called
from tests.labs.backup_tools.crontabs import DUMP, FULL, GOOD, URL, asked, told

KNOWN = ("backup.foo.bar", "offsite.foo.bar")
USUAL = ("backup\tbackup.foo.bar\t10.0.0.3", "backup\toffsite.foo.bar\t10.0.0.4")


def said(*lines: str) -> Answer:
    return Answer(0, "".join(f"{line}\n" for line in (*lines, *USUAL)))


def plan_of(crontab: str, answers: Mapping[str, Answer | LabcheckError]) -> Plan:
    return plan(fake_site(db={**asked(told(crontab)), **answers}))


def places(found: Plan) -> set[str]:
    return {str(link.target.place) for link in found.uploads}


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("elvis\tbackup.foo.bar\t10.0.0.3", "backup.foo.bar:/home/elvis/mysql"),
        ("elvis\tstore\t10.0.0.3", "backup.foo.bar:/home/elvis/mysql"),
        ("backup\t10.0.0.4\t10.0.0.4", "offsite.foo.bar:/home/backup/mysql"),
        ("elvis\tstore\t10.0.0.9", "store:/home/elvis/mysql"),
        ("elvis\tstore\t", "store:/home/elvis/mysql"),
        ("backup\tbk\t", "bk:/home/backup/mysql"),
        ("\t\t", "bk:/home/backup/mysql"),
    ],
    ids=["its name", "its address", "another's", "a stranger", "no address", "no alias", "ssh does not say"],
)
def test_an_alias_is_what_ssh_takes_it_for(line: str, place: str) -> None:
    found = plan_of(GOOD.replace(URL, "rsync://bk/mysql"), {called("backup", "bk"): said(line)})
    assert places(found) == {place}


def test_who_signs_in_is_asked_where_a_path_hangs_on_it() -> None:
    named = {called("backup", "backup.foo.bar"): said("elvis\tbackup.foo.bar\t10.0.0.3")}
    url = "rsync://backup.foo.bar/mysql"
    assert places(plan_of(GOOD.replace(URL, url), named)) == {"backup.foo.bar:/home/elvis/mysql"}
    into_the_home = DUMP + "12 0 * * * backup scp agama.sql backup.foo.bar:\n"
    assert places(plan_of(into_the_home, named)) == {"backup.foo.bar:/home/elvis/agama.sql"}
    whole = "rsync://backup.foo.bar//srv/mysql"
    assert places(plan_of(GOOD.replace(URL, whole), {})) == {"backup.foo.bar:/srv/mysql"}


def test_a_pipe_into_ssh_ends_where_the_alias_leads() -> None:
    crontab = "11 0 * * * backup mysqldump agama | ssh bk 'cat > agama.sql'\n"
    found = plan_of(crontab, {called("backup", "bk"): said("elvis\tbackup.foo.bar\t10.0.0.3")})
    assert places(found) == {"backup.foo.bar:/home/elvis/agama.sql"}


def test_a_job_of_root_may_sign_in_as_root_or_become_the_user() -> None:
    answers = {
        called("root", "bk"): said("root\tbk\t"),
        called("backup", "bk"): said("elvis\tbackup.foo.bar\t10.0.0.3"),
    }
    as_backup = FULL.partition(" backup ")[2].strip().replace(URL, "rsync://bk/mysql")
    found = plan_of(f"{DUMP}12 0 * * 0 root su - backup -c '{as_backup}'\n", answers)
    assert places(found) == {"backup.foo.bar:/home/elvis/mysql"}


def test_hosts_that_are_known_clouds_and_words_that_name_nothing_are_not_asked_about() -> None:
    for url in (URL, "boto3+s3://bucket/mysql", "rsync://elvis@[::1]/mysql", "rsync://elvis@$WHERE/mysql"):
        plan_of(GOOD.replace(URL, url), {})


def test_only_so_many_names_are_asked_about() -> None:
    lines = "".join(f"{at} 1 * * * backup scp agama.sql h{at}:\n" for at in range(9))
    names = [f"h{at}" for at in range(8)]
    there = fake_host("db", {called("backup", *names): said(*(f"backup\t{name}\t" for name in names))})
    found = accounts(Question((CrontabFile("db", "x", lines),), Period.of_year(2027)), {"db": there}, KNOWN)
    assert found == {("db", "backup", name): f"backup@{name}" for name in names}


def test_a_host_that_does_not_say_is_our_error() -> None:
    down = HostUnreachable("cannot sign in to db")
    with pytest.raises(HostUnreachable):
        plan_of(GOOD.replace(URL, "rsync://bk/mysql"), {called("backup", "bk"): down})
