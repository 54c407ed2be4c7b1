"""What the canary drill makes of what came back; `test_drills_in_the_lab.py` holds it on real hosts."""

import base64
import json
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from labcheck.errors import CheckFailed, LabcheckError
from labcheck.facts import cron, cron_log
from labcheck.hosts import Answer, Question, Site, site_of
from labcheck.labs.backup_tools.canary_drill import planted_row_comes_back

URL = "rsync://elvis@backup.foo.bar/mysql"
DUMP = "11 0 * * * backup mysqldump agama > agama.sql\n"
FULL = f"12 0 * * 0 backup duplicity --no-encryption full agama.sql {URL}\n"
INCREMENT = f"12 0 * * 1-6 backup duplicity --no-encryption incremental agama.sql {URL}\n"
CLEAN_UP = f"9 0 * * * backup duplicity remove-older-than 30D --force {URL}\n"
CRONTAB = CLEAN_UP + DUMP + FULL + INCREMENT
OLD = ["duplicity-full.20261101T001200Z.manifest", "duplicity-full.20261101T001200Z.vol1.difftar.gz"]
NEW = [
    "duplicity-inc.20261101T001200Z.to.20261102T001200Z.manifest",
    "duplicity-inc.20261101T001200Z.to.20261102T001200Z.vol1.difftar.gz",
]
NONCE = "0123456789abcdef" * 2
RIGHT: dict[str, Any] = {"jobs": [{"status": 0, "said": "", "seconds": 1.0}] * 2, "seen": True, "rto_seconds": 2.25}
LOOK, BY_NIGHT = (
    "Look at it: cat /etc/cron.d/mysql-backup",
    "Run its jobs by hand, as backup, and restore what they made: cat /etc/cron.d/mysql-backup",
)
BY_HAND = "duplicity --no-encryption restore rsync://elvis@backup.foo.bar//home/elvis/mysql back.sql"
SATURDAY, SUNDAY = "2026-11-21T12:00:00+00:00", "2026-11-22T12:00:00+00:00"


class Hosts:
    """Hosts with this crontab, that tell this of a drill; what they were asked is kept."""

    def __init__(
        self,
        told: Mapping[str, Any],
        crontab: str = CRONTAB,
        volumes: str = NONCE,
        now: str = SUNDAY,
        new: Sequence[str] = NEW,
    ) -> None:
        self.told, self.volumes, self.now, self.new = told, volumes, now, new
        encoded = base64.b64encode(crontab.encode()).decode()
        path = base64.b64encode(b"/etc/cron.d/mysql-backup").decode()
        self.installed = f"cron {path}\nfile {path} - 81a4 0 1 {len(crontab)} {encoded}\n"
        self.held = False
        self.order: dict[str, Any] = {}
        self.removed: list[str] = []
        self.asked: list[tuple[str, str, list[str]]] = []

    def __call__(self, question: Question) -> Answer:
        words = shlex.split(question.command)
        self.asked.append((question.host, question.user, words))
        if words[:2] == ["sh", "-c"]:
            told = {cron.SCRIPT: self.installed, cron_log.SCRIPT: f"{self.now}\n"}
            return Answer(0, told.get(words[2], f"labcheck canary {self.volumes}\n" if self.volumes else ""))
        if words[0] == "getent":
            return Answer(0, "backup:x:34:34:backup:/home/backup:/bin/bash\n")
        if words[0] == "python3":
            self.held, self.order = True, json.loads(words[-1])
            return Answer(0, json.dumps(self.told))
        if words[0] == "find":
            return Answer(0, "".join(f"9 {name}\0" for name in [*OLD, *(self.new if self.held else [])]))
        if words[0] == "rm":
            self.removed = [path.rpartition("/")[2] for path in words[3:]]
        return Answer(1) if words[:2] == ["test", "-r"] else Answer(0)

    @property
    def site(self) -> Site:
        return replace(site_of("elvis", self), nonce=NONCE)


def found(told: Mapping[str, Any], **options: Any) -> CheckFailed:
    hosts = Hosts(told, **options)
    with pytest.raises(CheckFailed) as failed:
        planted_row_comes_back.function(hosts.site)
    assert sorted(hosts.removed) == sorted(NEW)
    return failed.value


def test_what_was_measured_is_told_and_what_the_drill_made_is_deleted() -> None:
    hosts = Hosts(RIGHT)
    said = planted_row_comes_back.function(hosts.site)
    assert said == "lost, restored and loaded in 2.2 s; the jobs took 2.0 s"
    assert sorted(hosts.removed) == sorted(NEW)


@pytest.mark.parametrize(("now", "mode"), [(SATURDAY, "full"), (SUNDAY, "incremental")])
def test_the_jobs_are_those_that_cron_starts_next_from_a_dump_to_its_upload(now: str, mode: str) -> None:
    hosts = Hosts(RIGHT, now=now)
    planted_row_comes_back.function(hosts.site)
    commands = [job["words"][-1] for job in hosts.order["jobs"]]
    assert commands == ["mysqldump agama > agama.sql", f"duplicity --no-encryption {mode} agama.sql {URL}"]
    assert "HOME=/home/backup" in hosts.order["jobs"][0]["words"]
    assert (hosts.order["canary"], hosts.order["files"]) == (f"labcheck canary {NONCE}", ["/home/backup/agama.sql"])


@pytest.mark.parametrize(
    ("told", "what", "hint", "credit"),
    [
        (
            {"jobs": [{"status": 30, "said": "Traceback\nEOFError\n", "seconds": 1}]},
            "status `30` of `mysqldump agama > agama.sql`: `EOFError`",
            LOOK,
            0,
        ),
        (
            {"jobs": [{"status": 1, "said": "", "seconds": 1}]},
            "status `1` of `mysqldump agama > agama.sql`: `no word`",
            LOOK,
            0,
        ),
        (
            RIGHT | {"refused": [[3, "deletes a database", "DROP DATABASE x"]]},
            "line 3 of the dump, which deletes a database: `DROP DATABASE x`",
            "Look at it: less agama.sql",
            0,
        ),
        (RIGHT | {"seen": False}, "a backup without the row that was planted before the dump", BY_NIGHT, 0),
        (RIGHT | {"seen": False, "complaint": "duplicity: ERROR 30\n. gone\n\n"}, "gone", BY_NIGHT, 0),
        (RIGHT | {"rto_seconds": None}, "`nothing` when the lost table was restored", f"Try it, on db: {BY_HAND}", 0.5),
        (
            RIGHT | {"rto_seconds": None, "complaint": "mysql: ERROR 1142 (42000): DROP command denied"},
            "`mysql: ERROR 1142 (42000): DROP command denied` when the lost table was restored",
            f"Try it, on db: {BY_HAND}",
            0.5,
        ),
        (
            RIGHT | {"missing": ["3\tFrodo\t1"]},
            "a table without the row `3 | Frodo | 1` after the restore",
            f"Try it: {BY_HAND}",
            0.5,
        ),
    ],
)
def test_each_step_that_fails_is_told(told: dict[str, Any], what: str, hint: str, credit: float) -> None:
    failed = found(told)
    assert (failed.found, failed.hint, failed.credit) == (what, hint, credit)


@pytest.mark.parametrize("volumes", ["", "f" * 32])
def test_a_server_that_does_not_hold_the_row_is_not_taken_at_the_word_of_db(volumes: str) -> None:
    failed = found(RIGHT, volumes=volumes)
    assert failed.found == "no new backup in `/home/elvis/mysql` on the backup server with the row that was planted"
    assert failed.hint == "Which duplicity runs on db? type -a duplicity"


def test_the_drill_is_held_on_db_and_its_new_volumes_are_read_on_the_backup_server() -> None:
    hosts = Hosts(RIGHT)
    planted_row_comes_back.function(hosts.site)

    held = [(host, user) for host, user, words in hosts.asked if words[0] == "python3"]
    read = [(host, user, words[4:]) for host, user, words in hosts.asked if words[:2] == ["sh", "-c"] and words[4:]]
    looked = {(host, user) for host, user, words in hosts.asked if words[:3] == ["sh", "-c", cron.SCRIPT]}
    assert held == [("db", "root")]
    assert looked == {("db", "root")}
    assert read == [("backup", "elvis", ["/home/elvis/mysql", NEW[1]])]
    assert {key: hosts.order[key] for key in ("user", "url", "encrypted", "seconds", "nonce")} == {
        "user": "backup",
        "url": "rsync://elvis@backup.foo.bar//home/elvis/mysql",
        "encrypted": False,
        "seconds": 60,
        "nonce": NONCE,
    }


def test_what_a_job_reads_is_what_stands_behind_its_percent_sign() -> None:
    hosts = Hosts(RIGHT, crontab=CRONTAB.replace("> agama.sql\n", "> agama.sql%one%two\n"))
    planted_row_comes_back.function(hosts.site)

    assert [base64.b64decode(job["stdin"]) for job in hosts.order["jobs"]] == [b"one\ntwo\n", b""]


def test_volumes_that_only_a_key_opens_are_read_on_db_alone() -> None:
    hosts = Hosts(
        RIGHT,
        crontab=DUMP + INCREMENT.replace("--no-encryption", "--encrypt-key 0123ABCD"),
        volumes="",
        new=[name.replace(".gz", ".gpg") for name in NEW],
    )
    assert planted_row_comes_back.function(hosts.site)
    assert hosts.order["encrypted"]


def test_a_dump_and_its_upload_that_are_due_in_the_same_minute_are_started_both() -> None:
    hosts = Hosts(RIGHT, crontab=f"11 0 * * * backup mysqldump agama > agama.sql; {INCREMENT.partition('backup ')[2]}")
    planted_row_comes_back.function(hosts.site)

    assert len(hosts.order["jobs"]) == 1


@pytest.mark.parametrize(
    ("told", "what"),
    [
        ({"gone": ["3\tFrodo"]}, "after the drill a row is not there any more: 3 | Frodo"),
        ({"left": ["9\tlabcheck canary"]}, "after the drill a row is still there: 9 | labcheck canary"),
    ],
)
def test_what_is_not_as_before_is_our_trouble_and_told(told: dict[str, Any], what: str) -> None:
    with pytest.raises(LabcheckError) as trouble:
        planted_row_comes_back.function(Hosts(RIGHT | told).site)
    assert trouble.value.what == what
    assert trouble.value.next_step == "Look at it, on db: mysql agama -e 'TABLE item'"


def test_an_upload_by_another_tool_is_not_known_here() -> None:
    crontab = DUMP + "12 0 * * * backup scp agama.sql elvis@backup.foo.bar:\n"
    hosts = Hosts(RIGHT, crontab=crontab)
    with pytest.raises(LabcheckError, match="this drill knows dumps that duplicity brings to the backup server"):
        planted_row_comes_back.function(hosts.site)
    assert not hosts.held


def test_a_drill_that_could_not_be_held_leaves_nothing_on_the_backup_server() -> None:
    hosts = Hosts({"trouble": "the drill was stopped by signal 15"})
    with pytest.raises(LabcheckError, match="stopped by signal 15"):
        planted_row_comes_back.function(hosts.site)
    assert sorted(hosts.removed) == sorted(NEW)
