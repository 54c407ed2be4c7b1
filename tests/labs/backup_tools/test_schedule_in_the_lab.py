"""The checks of the schedule on real hosts, with a real cron: each mistake of the demo fails its own check."""

import shlex
import time
from collections.abc import Iterator

import pytest

from labcheck.facts.cron import installation
from labcheck.facts.cron_log import cron_log
from labcheck.grading.runner import run
from labcheck.hosts import Host, Site
from labcheck.labs import LABS
from labcheck.model import Result, Status
from labcheck.practice.lab import PracticeLab
from tests.conftest import as_solved

pytestmark = pytest.mark.lab
PATH = "/etc/cron.d/mysql-backup"
EDIT = f"sed -i {{}} {PATH}"
MISTAKES = {
    "no passphrase": (EDIT.format("'s/ --no-encryption//'"), "jobs_need_nobody"),
    "placeholder": (EDIT.format("'s/elvis@/<user>@/'"), "jobs_need_nobody"),
    "no --force": (EDIT.format("'s/ --force//'"), "clean_up_deletes"),
    "cleans elsewhere": (EDIT.format("'/remove/s#/mysql#//home/elvis#'"), "clean_up_looks_where_backups_go"),
    "no clean-up": (EDIT.format("/remove/d"), "clean_up_looks_where_backups_go"),
    "same minute": (EDIT.format("'s/^11 0/12 0/'"), "dump_comes_before_upload"),
    "upload half an hour later": (EDIT.format("'s/^12 0/42 0/'"), "recovery_point_is_kept"),
    "typo": (f"echo '61 * * * * root true' >> {PATH}", "crontab_is_loaded"),
    "no user": (EDIT.format("'s/backup  mysqldump/mysqldump/'"), "crontab_is_loaded"),
    "no last newline": (f"truncate --size=-1 {PATH}", "crontab_is_loaded"),
    "dot in the name": (f"mv {PATH} {PATH}.sh", "crontab_is_loaded"),
    "open to all": (f"chmod 666 {PATH}", "crontab_is_loaded"),
    "cron stopped": ("s6-svc -wD -d /etc/s6/cron", "cron_is_running"),
}


@pytest.fixture(scope="module")
def solved(lab: PracticeLab) -> Iterator[Site]:
    lab = as_solved()
    with lab.connections() as connections:
        assert failed(lab.site(connections)) == []
        root = lab.site(connections).db.as_user("root")
        root.output("cp", "-p", PATH, "/root/right")
        yield lab.site(connections)


def failed(site: Site) -> list[str]:
    results: list[Result] = list(run(LABS["backup-tools"].select(["5"]), site))
    assert [one for one in results if one.status is Status.ERROR] == []
    return [one.name for one in results if one.status is Status.FAIL]


@pytest.mark.parametrize(("command", "check"), MISTAKES.values(), ids=MISTAKES)
def test_each_mistake_fails_its_own_check(command: str, check: str, solved: Site) -> None:
    root = solved.db.as_user("root")
    root.output("sh", "-c", command)
    try:
        assert failed(solved) == [check]
    finally:
        root.output("sh", "-c", f"rm -f {PATH}*; cp -p /root/right {PATH}; s6-svc -wu -u /etc/s6/cron")


def test_when_the_mistakes_are_gone_nothing_fails(solved: Site) -> None:
    assert failed(solved) == []


def test_without_any_work_only_what_is_there_at_the_start_is_true(fresh_lab: PracticeLab) -> None:
    with fresh_lab.connections() as connections:
        results = list(run(LABS["backup-tools"].select(["5"]), fresh_lab.site(connections)))
    at_the_start = ["backup_server_lets_backup_in", "cron_is_running", "clocks_agree"]
    assert [one.name for one in results if one.status is Status.PASS] == at_the_start
    assert not [one for one in results if one.status is Status.ERROR]


def test_a_user_sees_their_own_crontab_and_root_sees_it_too(fresh_lab: PracticeLab) -> None:
    with fresh_lab.connections() as connections:
        backup = fresh_lab.site(connections).backup
        backup.output("sh", "-c", "echo '30 1 * * * rsync x' | crontab -")
        for host in (backup, backup.as_user("root")):
            own = installation(host).crontabs[-1]
            assert (own.path, own.crontab.user) == ("/var/spool/cron/crontabs/elvis", "elvis")
            assert [job.command for job in own.crontab.jobs] == ["rsync x"]


def test_the_log_is_read_from_the_file_and_from_the_journal(fresh_lab: PracticeLab) -> None:
    with fresh_lab.connections() as connections:
        root = fresh_lab.site(connections).db.as_user("root")
        root.output("logger", "--id=9999999", "--tag", "CRON", "(backup) CMD (into the file)")
        assert commands(root) == ["into the file"]
        start = "mv /var/log/syslog /var/log/kept; /usr/lib/systemd/systemd-journald > /dev/null 2>&1 & echo $!"
        journald = root.output("sh", "-c", start).strip()
        try:
            into = ["--socket", "/run/systemd/journal/dev-log", "--tag", "CRON", "--id=9999999"]
            ready = "until [ -S /run/systemd/journal/dev-log ]; do sleep 0.1; done"
            root.output("sh", "-c", f"{ready}; {shlex.join(['logger', *into, '(backup) CMD (into the journal)'])}")
            assert commands(root) == ["into the journal"]
        finally:
            root.output("sh", "-c", f"mv /var/log/kept /var/log/syslog; kill {journald}; rm -rf /run/log/journal/*")


def commands(root: Host) -> list[str]:
    deadline = time.monotonic() + 10
    while not (runs := cron_log(root).runs):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    return [one.command for one in runs]
