"""A submission really played: weeks, loss and restore, in a lab that is closed; what is planted is what is found."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from labcheck.errors import LabcheckError
from labcheck.hosts import Host
from labcheck.hosts.ssh import Connections
from labcheck.practice import engine, lifecycle, places
from labcheck.practice.lab import PracticeLab
from labcheck.practice.rehearsal.following import Limits
from labcheck.practice.rehearsal.isolation import refuse_a_way_out
from labcheck.practice.rehearsal.rehearsal import prepare, restored
from labcheck.practice.rehearsal.stage import set_database_host
from labcheck.practice.rehearsal.weeks import Lived, ignored, live_through
from labcheck.submissions.finding import Finding
from labcheck.submissions.judge import judge
from labcheck.submissions.scenario import Scenario
from labcheck.submissions.settings import Settings
from tests.conftest import PROJECT, skip_unless_required
from tests.submissions.variations import REFERENCE, build, table

pytestmark = pytest.mark.lab
SETTINGS = Settings(simulate=True)
QUICK = Limits(command=12, document=40)
DOCUMENT = "backup_restore.md"
LABCHECK = Path(sys.executable).parent / "labcheck"


@dataclass(frozen=True)
class Stage:
    """A closed lab in which the reference has lived through a week, and what could be reached before it was closed."""

    lab: PracticeLab
    connections: Connections
    played: Scenario
    lived: Lived
    gateway: str
    listener: socket.socket
    was_open: bool

    def restored(self, played: Scenario, settings: Settings = SETTINGS) -> list[Finding]:
        """Lose the host and follow the document of a submission; return what is above a note."""
        found = restored(self.lab, self.connections, played, self.lived, settings, print, QUICK)
        return [one for one in settings.rulebook.judged(found) if one.severity != "note"]

    def reaches(self, address: str, port: int) -> bool:
        line = f"timeout 5 bash -c ': < /dev/tcp/{address}/{port}'"
        return Host("db", "root", self.connections).run("sh", "-c", line).status == 0


def scenario_of(folder: Path) -> Scenario:
    found = judge(folder, SETTINGS).scenario
    assert found is not None
    return found


def planted(changes: Mapping[str, Any], tmp_path: Path) -> Scenario:
    return scenario_of(build(changes, tmp_path / "frodo"))


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    known = os.environ.get("LABCHECK_PROJECT")
    os.environ["LABCHECK_PROJECT"] = PROJECT
    played = scenario_of(REFERENCE)
    with places.beside("rehearsal"), socket.create_server(("0.0.0.0", 0)) as listener:  # noqa: S104 - it only listens
        try:
            lab = lifecycle.up(print, student="frodo")
        except LabcheckError as error:
            skip_unless_required(f"no practice lab: {error}")
        try:
            with lab.connections() as connections:
                route = Host("db", "root", connections).output("ip", "-4", "route", "show", "default")
                gateway = route.split()[2]
                before = Stage(lab, connections, played, Lived(0, 0, 0, (), {}, ()), gateway, listener, False)
                was_open = before.reaches(gateway, listener.getsockname()[1])
                prepare(lab, connections, played, print)
                assert list(ignored(connections, played)) == []
                lived = live_through(lab, played, print, lambda _plan, _instant: None, (7,))
                yield replace(before, lived=lived, was_open=was_open)
        finally:
            lifecycle.down(print, with_progress=True)
    if known is None:
        del os.environ["LABCHECK_PROJECT"]
    else:
        os.environ["LABCHECK_PROJECT"] = known


def test_no_way_leads_out_of_a_closed_lab(stage: Stage) -> None:
    assert stage.was_open  # so that the rest means something
    assert not stage.reaches(stage.gateway, stage.listener.getsockname()[1])
    assert not stage.reaches(stage.gateway, 53)
    assert stage.reaches("backup.foo.bar", 22)
    for name in ("db", "backup", "offsite", "app"):
        host = Host(name, "root", stage.connections)
        refuse_a_way_out(host)
        assert host.run("ip", "-6", "route", "get", "2001:db8::1").status != 0
        assert host.run("ip", "route", "add", "default", "via", stage.gateway).status != 0
        assert host.run("ip", "rule", "del", "pref", "20").status != 0


HERE_DOCUMENT = {
    "sudo mysql agama < /home/backup/restore/mysql/agama.sql":
    "sudo mysql agama <<'SQL'\n    SOURCE /home/backup/restore/mysql/agama.sql;\n    SQL"
}  # fmt: skip


def test_the_reference_lives_and_comes_back(stage: Stage, tmp_path: Path) -> None:
    lived = stage.lived
    assert not [
        one for one in lived.findings if SETTINGS.rulebook.severity(one.rule) != "note" and one.severity != "note"
    ]
    assert lived.days == 7
    assert stage.restored(stage.played) == []
    too_little = stage.restored(replace(planted({DOCUMENT: {"swap": HERE_DOCUMENT}}, tmp_path), promise=3600))
    assert [(one.rule, str(one.place)) for one in too_little] == [("lab-rpo", "backup_sla.md:22")]
    assert "the loss reaches back 2" in too_little[0].found


DOCUMENTS = {
    "the local dump": (
        "sudo mysql agama < /home/backup/restore/mysql/agama.sql",
        "sudo -u backup sh -c 'mysql agama < /home/backup/mysql/agama.sql'",
        "lab-command-failed", 13, "No such file",
    ),
    "a passphrase": (
        "duplicity --no-encryption restore rsync://frodo@backup.foo.bar//home/frodo/mysql",
        "duplicity restore rsync://frodo@backup.foo.bar//home/frodo/mysql", "lab-asks", 12, "passphrase",
    ),
    "what the last restore left": (
        "    sudo -u backup rm -rf /home/backup/restore/mysql\n", "\n", "lab-second-time", 12, "not empty",
    ),
    "a user without the key": (
        "sudo -u backup duplicity --no-encryption restore rsync://frodo@backup.foo.bar//home/frodo/mysql",
        "sudo duplicity --num-retries 1 --no-encryption restore rsync://frodo@backup.foo.bar//home/frodo/mysql",
        "lab-asks", 12, "Host key verification failed",
    ),
    "nothing loaded": ("    sudo mysql agama <", "    sudo cat", "lab-data-missing", 12, "none of"),
}  # fmt: skip


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_fails_in_the_way_that_was_planted(name: str, stage: Stage, tmp_path: Path) -> None:
    old, new, rule, line, words = DOCUMENTS[name]
    found = stage.restored(planted({DOCUMENT: {"swap": {old: new}}}, tmp_path))
    assert [(one.rule, str(one.place)) for one in found] == [(rule, f"{DOCUMENT}:{line}")]
    assert words in found[0].found


@pytest.mark.parametrize(
    ("defect", "place", "words"),
    [
        ("dot-in-cron-name", "roles/mysql/tasks/main.yaml:36", "passes over a file with such a name"),
        ("owned-by-backup", "roles/mysql/tasks/main.yaml:36", "WRONG FILE OWNER"),
        ("no-user-column", "roles/mysql/templates/backup-cron.j2:4", "bad username"),
    ],
)
def test_a_crontab_that_cron_ignores_is_seen(defect: str, place: str, words: str, stage: Stage, tmp_path: Path) -> None:
    played = planted(table("defects")[defect]["change"], tmp_path)
    host = Host("db", "root", stage.connections)
    host.expect("sh", "-c", "rm -f /etc/cron.d/mysql-backup*; s6-svc -u /etc/s6/cron", statuses={0})
    set_database_host(stage.connections, played)
    found = list(ignored(stage.connections, played))
    assert [(one.rule, str(one.place)) for one in found] == [("lab-crontab-ignored", place)]
    assert words in found[0].found


HOSTILE = """# Restore

    curl -sS --max-time 5 http://{gateway}:{port}/
    sudo rm -rf /
    head -c 3G /dev/zero > /home/backup/big
    yes
    export STATE=kept; cd /home/backup/mysql
    [ "$STATE" = kept ] && [ "$PWD" = /home/backup/mysql ] && touch /tmp/they-are-kept
    (setsid sleep 987 &)
    while true; do :; done
    touch /tmp/never
"""


def test_a_hostile_document_harms_nothing_but_its_lab(stage: Stage, tmp_path: Path) -> None:
    text = HOSTILE.format(gateway=stage.gateway, port=stage.listener.getsockname()[1])
    played = planted({DOCUMENT: {"write": text}}, tmp_path)
    found = restored(stage.lab, stage.connections, played, stage.lived, SETTINGS, print, Limits(10, 90))
    told = {one.place.line: one for one in found if one.place.line}
    assert "onnect" in told[3].found
    assert "no-preserve-root" in told[4].found
    assert [told[line].severity for line in (5, 6)] == ["note", "note"]  # as large as a file can be
    assert (told[10].rule, told[10].severity) == ("lab-hangs", "")
    host = Host("db", "root", stage.connections)
    assert host.test("test", "-e", "/tmp/they-are-kept")
    assert not host.test("test", "-e", "/tmp/never")
    assert not host.test("pgrep", "-f", "[s]leep 987")
    stage.listener.settimeout(0.2)
    stage.listener.accept()[0].close()  # the one from before the lab was closed
    with pytest.raises(TimeoutError):
        stage.listener.accept()


def test_a_fork_bomb_of_root_ends_with_its_command(stage: Stage, tmp_path: Path) -> None:
    text = "# Restore\n\n    sudo bash -c ':(){ :|:& };:'\n"
    found = restored(
        stage.lab, stage.connections, planted({DOCUMENT: {"write": text}}, tmp_path), stage.lived, SETTINGS, print,
        Limits(3, 30),
    )  # fmt: skip
    assert {one.rule for one in found} <= {"lab-hangs", "lab-command-failed", "lab-data-missing", "lab-story"}
    assert int(Host("db", "root", stage.connections).output("sh", "-c", "ps -e | wc -l")) < 60


def test_a_document_that_wipes_its_host_is_told(stage: Stage, tmp_path: Path) -> None:
    lines = ["sudo rm -rf --no-preserve-root / 2> /dev/null", "sudo mysql agama < /home/backup/restore/agama.sql"]
    text = "# Restore\n\n" + "".join(f"    {line}\n" for line in lines)
    [found] = stage.restored(planted({DOCUMENT: {"write": text}}, tmp_path))
    assert found.rule in ("lab-command-failed", "lab-host-lost", "lab-hangs")
    assert found.place.line in (3, 4)  # the shell itself may go with the host


def test_ctrl_c_takes_the_lab_away(tmp_path: Path) -> None:
    project = f"{PROJECT}-interrupted"
    process = subprocess.Popen(
        [LABCHECK, "submission", REFERENCE, "--simulate"], env=os.environ | {"LABCHECK_PROJECT": project},
        stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    said = ""
    while "Closing the lab" not in said:
        line = process.stderr.readline()
        assert line, said
        said += line
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, ""), err
    assert "Taking the lab away" in err
    label = f"label=labcheck.project={project}-rehearsal"
    assert engine.find().run("ps", "--all", "--quiet", "--filter", label).stdout == ""
