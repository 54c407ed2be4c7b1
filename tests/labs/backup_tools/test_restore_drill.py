"""What the restore drill makes of what came back; `test_drills_in_the_lab.py` holds it on real hosts."""

import base64
import json
import shlex
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from labcheck.errors import LabcheckError, UnreadableAnswer
from labcheck.facts import cron
from labcheck.hosts import Answer, Ask, Question, Site, site_of
from labcheck.labs.backup_tools.restore_drill import (
    earlier_backup_brings_its_data_back,
    earlier_offsite_copy_brings_its_data_back,
    newest_backup_brings_the_data_back,
    newest_offsite_copy_brings_the_data_back,
)
from tests.labs.backup_tools.asked import TIMERS, failure, trouble

CRONTABS = shlex.join(["sh", "-c", cron.SCRIPT])
FULL, INCREMENT = "20261101T001200Z", "20261102T001200Z"
SETS = [
    f"duplicity-full.{FULL}.manifest",
    f"duplicity-full.{FULL}.vol1.difftar.gz",
    f"duplicity-inc.{FULL}.to.{INCREMENT}.manifest",
    f"duplicity-inc.{FULL}.to.{INCREMENT}.vol1.difftar.gz",
]
SUM = "ab" * 32
TABLE: dict[str, Any] = {"is_here": True, "came_back": True, "settled": True, "differs": [], "rows": 2, "rows_here": 2}
TABLE |= {"common": 2, "missing": [], "extra": []}
RIGHT: dict[str, Any] = {"sha256": SUM, "completed": True, "refused": [], "tables": {"item": TABLE}}


def site(
    told: Mapping[str, Any],
    names: list[str] = SETS,
    own_sum: str = SUM,
    directory: str = "/home/elvis/mysql",
    crontab: str = "cron \n",
) -> Site:
    """A site whose db tells this of a drill, whose repository holds these files, and whose servers have duplicity."""

    def ask(question: Question) -> Answer:
        if question.command.startswith("find"):
            there = names if f" {directory}/ " in question.command or "/srv/backup/" in question.command else []
            return Answer(0, "".join(f"10 {name}\0" for name in there))
        if question.command in {CRONTABS, TIMERS}:
            return Answer(0, crontab if question.command == CRONTABS else "")
        if question.command.startswith("getent"):
            return Answer(0, "backup:x:34:34:backup:/home/backup:/bin/bash\n")
        if question.command.startswith("python3"):
            assert (question.host, question.user) == ("db", "root")
            orders.append(json.loads(question.command.split(" '")[-1][:-1]))
            return Answer(0, json.dumps(told))
        return Answer(0, f"{own_sum}  -\n") if own_sum else Answer(3)

    asking: Ask = ask
    return site_of("elvis", asking)


orders: list[dict[str, Any]] = []
EVERY = (
    newest_backup_brings_the_data_back,
    earlier_backup_brings_its_data_back,
    newest_offsite_copy_brings_the_data_back,
    earlier_offsite_copy_brings_its_data_back,
)


@pytest.mark.parametrize("check", EVERY)
def test_data_that_came_back_as_they_are_pass(check: Any) -> None:
    check.function(site(RIGHT))
    check.function(site(RIGHT, own_sum=""))  # a server without duplicity says nothing


def test_each_asks_for_its_own_version() -> None:
    orders.clear()
    for check in EVERY:
        check.function(site(RIGHT))
    assert [order["time"] for order in orders] == [INCREMENT, FULL, INCREMENT, FULL]
    assert {(order["user"], order["encrypted"], order["database"], order["file"]) for order in orders} == {
        ("backup", False, "agama", "agama.sql")
    }
    assert [order["account"] for order in orders] == ["elvis@backup.foo.bar"] * 2 + [""] * 2
    assert [order["url"] for order in orders[:2]] == ["rsync://elvis@backup.foo.bar//home/elvis/mysql"] * 2
    newest, earlier = (order["fetch"] for order in orders[2:])
    assert newest["source"] == "elvis@offsite.foo.bar:/srv/backup/"
    assert newest["ways"] == [
        "ssh -o BatchMode=yes",
        "ssh -o BatchMode=yes elvis@backup.foo.bar ssh -o BatchMode=yes",
    ]
    assert (sorted(newest["names"]), sorted(earlier["names"])) == (SETS, SETS[:2])


@pytest.mark.parametrize(
    ("check", "hint"),
    [
        (EVERY[0], "duplicity --no-encryption restore rsync://elvis@backup.foo.bar//home/elvis/mysql try.sql"),
        (
            EVERY[1],
            f"duplicity --no-encryption restore --time {FULL} rsync://elvis@backup.foo.bar//home/elvis/mysql try.sql",
        ),
        (EVERY[2], "ssh elvis@backup.foo.bar ssh elvis@offsite.foo.bar ls -l /srv/backup"),
        (EVERY[3], "ssh elvis@backup.foo.bar ssh elvis@offsite.foo.bar ls -l /srv/backup"),
    ],
)
def test_each_says_how_to_try_it_by_hand(check: Any, hint: str) -> None:
    assert failure(check, site(RIGHT | {"completed": False}))[1] == f"Try it, on db as backup: {hint}"


def test_a_backup_that_a_key_opens_is_restored_as_such_and_not_compared_on_its_server() -> None:
    orders.clear()
    names = [f"{name.removesuffix('.gz')}.gpg" for name in SETS]
    for check in EVERY:
        check.function(site(RIGHT, names=names, own_sum="cd" * 32))
    assert [(order["encrypted"], order["passphrase_file"]) for order in orders] == [(True, "")] * 4


def test_the_passphrase_is_looked_for_on_the_host_where_the_jobs_have_it() -> None:
    orders.clear()
    text = "PASSPHRASE=mellon\n1 1 * * * backup duplicity agama.sql rsync://elvis@backup.foo.bar/mysql\n"
    path, content = (base64.b64encode(one.encode()).decode() for one in ("/etc/cron.d/mysql-backup", text))
    crontab = f"cron \nfile {path} - 8180 0 1 {len(text)} {content}\n"
    EVERY[0].function(site(RIGHT, [name.replace(".gz", ".gpg") for name in SETS], crontab=crontab))
    EVERY[0].function(site(RIGHT, crontab=crontab))
    assert [order["passphrase_file"] for order in orders] == ["/etc/cron.d/mysql-backup", ""]
    assert "mellon" not in json.dumps(orders)


def test_the_host_that_keeps_the_backups_restores_the_newest_version_as_well() -> None:
    heard: list[tuple[str, list[str]]] = []

    def listening(ask: Ask) -> Ask:
        def asked(question: Question) -> Answer:
            if question.command.startswith("sh -c"):
                heard.append((question.host, shlex.split(question.command)[4:]))
            return ask(question)

        return asked

    for check in EVERY:
        check.function(site(RIGHT).asked_through(listening))
    ending = ["--time", INCREMENT]
    assert heard == [
        ("backup", ["", "agama.sql", "--no-encryption", *ending, "file:///home/elvis/mysql"]),
        ("offsite", ["", "agama.sql", "--no-encryption", *ending, "file:///srv/backup"]),
    ]


def test_the_chain_of_the_demo_is_drilled_where_cron_made_none() -> None:
    orders.clear()
    newest_backup_brings_the_data_back.function(site(RIGHT, directory="/home/elvis"))
    assert orders[0]["url"] == "rsync://elvis@backup.foo.bar//home/elvis"


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"complaint": "duplicity: ERROR 30\n. gone\n\n"}, "`gone`"),
        (
            {"complaint": "mysql: ERROR 1273 (HY000): Unknown collation"},
            "`mysql: ERROR 1273 (HY000): Unknown collation`",
        ),
        (
            RIGHT | {"refused": [[12, "is a command for the client", "\\! id"]], "tables": {}},
            "line 12 of the dump, which is a command for the client, so nothing was loaded: `\\! id`",
        ),
        (RIGHT | {"completed": False}, "a dump that is not whole came back"),
        (RIGHT | {"tables": {}}, "no table `item` came back"),
        ({"item": {"came_back": False}}, "no table `item` came back"),
        ({"item": {"differs": ["state int NO"]}}, "table `item` without its column `state int NO`"),
        ({"item": {"missing": ["3\tFrodo\t1"]}}, "table `item` without the row `3 | Frodo | 1`"),
        (
            {"item": {"extra": ["9\tSauron\t1"]}},
            "table `item` with a row that is not in the database: `9 | Sauron | 1`",
        ),
        ({"item": {"settled": False, "common": 0}}, "table `item` with 2 rows, of which the database has none"),
        ({"item": {}, "other": {"came_back": False}}, "no table `other` came back, which is in the database"),
        ({"item": {"missing": ["x" * 300]}}, f"table `item` without the row `{'x' * 200}`"),
    ],
)
def test_each_wrong_thing_is_told(told: dict[str, Any], found: str) -> None:
    if "item" in told:
        told = RIGHT | {"tables": {name: TABLE | change for name, change in told.items()}}
    assert failure(newest_backup_brings_the_data_back, site(told))[0] == found


@pytest.mark.parametrize(
    "change",
    [
        {"settled": False, "missing": ["7\tGimli\t0"], "common": 1},
        {"settled": False, "extra": ["7\tGimli\t0"], "differs": ["note text YES"]},
        {"settled": False, "rows_here": 0, "common": 0},
    ],
    ids=["rows were added since", "rows and a column went since", "the table was emptied since"],
)
def test_what_people_did_since_the_dump_is_no_failure(change: dict[str, Any]) -> None:
    newest_backup_brings_the_data_back.function(site(RIGHT | {"tables": {"item": TABLE | change}}))


@pytest.mark.parametrize(
    ("check", "where"), [(EVERY[0], "/home/elvis/mysql` on the backup server"), (EVERY[2], "/srv/backup` on offsite")]
)
def test_without_backups_there_is_nothing_to_restore(check: Any, where: str) -> None:
    found, hint = failure(check, site(RIGHT, names=[]))
    assert found == f"no backup in `{where}"
    assert hint in {
        "Make one, on db as backup: duplicity --no-encryption agama.sql rsync://elvis@backup.foo.bar/mysql",
        "Copy it, on the backup server: rsync -a mysql/ elvis@offsite.foo.bar:/srv/backup",
    }


@pytest.mark.parametrize("check", [EVERY[1], EVERY[3]])
def test_a_single_version_has_none_before_it(check: Any) -> None:
    where = "/home/elvis/mysql` on the backup server" if check is EVERY[1] else "/srv/backup` on offsite"
    assert failure(check, site(RIGHT, names=SETS[:2]))[0] == f"a single version in `{where}"


def test_of_two_chains_only_the_files_of_its_own_are_fetched() -> None:
    orders.clear()
    older = [name.replace("202611", "202610") for name in SETS]
    EVERY[2].function(site(RIGHT, names=[*older, *SETS]))
    assert sorted(orders[0]["fetch"]["names"]) == SETS


@pytest.mark.parametrize(("check", "host"), [(EVERY[0], "backup"), (EVERY[2], "offsite")])
def test_a_duplicity_that_says_what_people_want_to_hear_is_found_out(check: Any, host: str) -> None:
    found, hint = failure(check, site(RIGHT, own_sum="cd" * 32))
    assert found == f"checksum `{SUM[:12]}…` of what came back; on {host} itself `{'cd' * 30}`"
    assert hint == "Which duplicity runs on db? type -a duplicity"


def boxed(told: Mapping[str, Any], names: list[str] = SETS, server: str = "mysql") -> tuple[Site, list[Question]]:
    """A site whose drills are held in a sandbox, and the questions that its hosts and the sandbox are asked."""
    heard: list[Question] = []

    def ask(question: Question) -> Answer:
        heard.append(question)
        if question.host.startswith("sandbox-"):
            return Answer(0, json.dumps(told) if question.command.startswith("python3") else "")
        if question.command.startswith("python3"):
            return Answer(0, json.dumps({"server": server, "tables": {}}))
        if question.command.startswith("sh -c"):
            return Answer(0, "".join(f"{base64.b64encode(name.encode()).decode()}\n" for name in names))
        return Answer(0, "".join(f"10 {name}\0" for name in names))

    return replace(site_of("elvis", ask), sandboxed=True), heard


@pytest.mark.parametrize(("check", "keeper"), [(EVERY[0], "backup"), (EVERY[2], "offsite")])
def test_in_a_sandbox_the_files_come_from_who_keeps_them_and_db_is_only_looked_at(check: Any, keeper: str) -> None:
    there, heard = boxed(RIGHT)
    assert check.function(there) == "restored in a sandbox"
    assert {question.host for question in heard} == {"db", keeper, "sandbox-mysql"}
    assert [question.user for question in heard if question.host == "db"] == ["root"]
    kept = [shlex.split(one.command) for one in heard if one.host == "sandbox-mysql" and " keep " in one.command]
    assert [words[-1].rpartition("/")[2] for words in kept] == [*SETS, "here"]
    assert base64.b64decode(kept[0][-2]).decode() == SETS[0]
    order = json.loads(shlex.split(heard[-1].command)[-1])
    assert order["url"] == f"file:///tmp/{keeper}-{INCREMENT}/files"
    assert (order["here"], order["time"], order["account"]) == (f"/tmp/{keeper}-{INCREMENT}/here", INCREMENT, "")
    assert (order["user"], order["encrypted"]) == ("backup", False)


def test_an_earlier_version_takes_the_files_up_to_its_own_into_the_sandbox() -> None:
    there, heard = boxed(RIGHT)
    with pytest.raises(UnreadableAnswer):  # four answers to a question about two files
        EVERY[1].function(there)
    asked = next(shlex.split(one.command) for one in heard if one.command.startswith("sh -c"))
    assert asked[5:] == SETS[:2]


def test_the_sandbox_has_the_kind_of_server_that_the_data_are_on() -> None:
    there, heard = boxed(RIGHT, server="mariadb")
    EVERY[0].function(there)
    assert heard[-1].host == "sandbox-mariadb"
    assert trouble(EVERY[0], boxed(RIGHT, server="oracle")[0]).startswith("the drill said")


def test_what_does_not_come_back_in_a_sandbox_fails_with_the_same_words() -> None:
    assert failure(EVERY[0], boxed(RIGHT | {"completed": False})[0])[0] == "a dump that is not whole came back"


def test_a_sandbox_has_no_key() -> None:
    names = [f"{name.removesuffix('.gz')}.gpg" for name in SETS]
    with pytest.raises(LabcheckError) as error:
        EVERY[0].function(boxed(RIGHT, names=names)[0])
    assert error.value.what == f"`duplicity-inc.{FULL}.to.{INCREMENT}` is encrypted, and a sandbox has no key"
    assert error.value.next_step == "Hold the drill on the host itself: without --sandbox"


def test_a_host_that_cannot_hold_a_drill_is_our_trouble() -> None:
    told = {"trouble": "mysql, as root: ERROR 1045"}
    assert (
        trouble(newest_backup_brings_the_data_back, site(told)) == "no drill on this host: mysql, as root: ERROR 1045"
    )
