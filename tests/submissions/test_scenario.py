"""What is played of a submission: its files for the database host, whose names lead where, and what cannot be."""

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from labcheck.model import Status
from labcheck.submissions.finding import NOTE, Place
from labcheck.submissions.judge import grade, judge
from labcheck.submissions.scenario import Scenario, scenario_of_plain
from labcheck.submissions.settings import Settings
from labcheck.submissions.worker import judged
from tests.submissions.variations import REFERENCE, build, table

SETTINGS = Settings(simulate=True)


def scenario_of(folder: Path) -> Scenario:
    found = judge(folder, SETTINGS).scenario
    assert found is not None
    return found


def test_the_reference_is_played_on_the_host_that_dumps() -> None:
    played = scenario_of(REFERENCE)
    assert (played.host, played.sign_in, played.accounts) == ("frodo-2", "ubuntu", ("frodo",))
    assert played.names == {"backup.foo.bar": "backup"}
    assert [(one.path, one.mode) for one in played.files] == [("/etc/cron.d/mysql-backup", 0o644)]
    assert [one.path for one in played.folders] == ["/home/backup/mysql"]
    assert played.uploads == (("/etc/cron.d/mysql-backup", 4), ("/etc/cron.d/mysql-backup", 5))
    assert played.targets == ("/home/frodo/mysql",)
    assert (played.promise, played.promised_at) == (25 * 3600, Place("backup_sla.md", 22))
    assert {one.rule for one in played.notes} == {"lab-names", "lab-left-out"}


def test_without_being_asked_nothing_is_worked_out() -> None:
    assert judge(REFERENCE, Settings()).scenario is None
    assert "rehearsal" not in [one.name for one in grade(judge(REFERENCE, Settings()), Settings()).results]


def test_it_comes_whole_out_of_the_process_that_reads() -> None:
    played = scenario_of(REFERENCE)
    assert scenario_of_plain(json.loads(json.dumps(asdict(played)))) == played
    assert judged(REFERENCE, SETTINGS).scenario == played


def test_scripts_that_the_crontab_calls_come_along(tmp_path: Path) -> None:
    played = scenario_of(build(table("unusual")["a-script"]["change"], tmp_path / "frodo"))
    assert [(one.path, one.mode) for one in played.files] == [
        ("/etc/cron.d/mysql-backup", 0o644), ("/usr/local/bin/mysql-backup.sh", 0o755),
    ]  # fmt: skip
    assert played.uploads == (("/etc/cron.d/mysql-backup", 1),)


def test_names_that_only_a_run_knows_are_those_of_the_document(tmp_path: Path) -> None:
    played = scenario_of(build(table("unusual")["facts-and-fences"]["change"], tmp_path / "frodo"))
    assert "rsync://frodo@backup.foo.bar//home/frodo/mysql" in played.crontabs[0].text
    assert any("is known to a run alone; here it is `backup.foo.bar`" in one.found for one in played.notes)


def test_what_nobody_but_its_owner_knows_costs_nothing(tmp_path: Path) -> None:
    folder = build(table("unusual")["encrypted"]["change"], tmp_path / "frodo")
    result = grade(judge(folder, SETTINGS), SETTINGS).results[-1]
    assert (result.name, result.status) == ("rehearsal", Status.ERROR)
    assert "is a secret, which nobody but its owner knows" in result.found


def test_a_restore_by_playbook_is_not_played(tmp_path: Path) -> None:
    folder = build(table("unusual")["restored-by-a-playbook"]["change"], tmp_path / "frodo")
    result = grade(judge(folder, SETTINGS), SETTINGS).results[-1]
    assert (result.status, result.found) == (Status.ERROR, "a playbook restores, and a practice lab has no Ansible")


@pytest.mark.parametrize(
    ("defect", "obstacle"),
    [("no-crontab", "no crontab here dumps MySQL"), ("no-restore-document", "there is no backup_restore.md to follow")],
)
def test_what_is_not_there_cannot_be_played(defect: str, obstacle: str, tmp_path: Path) -> None:
    folder = build(table("defects")[defect]["change"], tmp_path / "frodo")
    result = grade(judge(folder, SETTINGS), SETTINGS).results[-1]
    assert (result.name, result.status) == ("rehearsal", Status.SKIP)
    assert obstacle in result.found


def test_other_names_accounts_ports_and_who_signs_in(tmp_path: Path) -> None:
    all_hosts = {"github_username: frodo": "github_username: FrodoB", "domain: foo.bar": "domain: shire.example:2222"}
    changes = {
        "hosts": {"swap": {"ansible_user=ubuntu": "ansible_user=admin"}}, "group_vars/all.yml": {"swap": all_hosts}
    }  # fmt: skip
    played = scenario_of(build(changes, tmp_path / "frodo"))
    assert played.sign_in == "admin"
    assert played.accounts == ("FrodoB", "frodo")
    assert played.names == {"backup.shire.example": "backup", "backup.foo.bar": "backup"}
    assert played.ports == (2222,)


@pytest.mark.parametrize("kind", ["unusual", "defects"])
def test_every_variation_can_be_played_or_says_why_not(kind: str, tmp_path: Path) -> None:
    for name, entry in table(kind).items():
        found = judge(build(entry["change"], tmp_path / name), SETTINGS).scenario
        if found is not None and not found.obstacle:
            assert found.crontabs, name
            assert found.document.lower().endswith(".md"), name
            assert found.orders or name == "prose-only", name
            assert all(SETTINGS.rulebook.severity(one.rule) == NOTE for one in found.notes), name
