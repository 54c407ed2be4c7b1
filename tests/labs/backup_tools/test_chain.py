"""The checks of chapter 4 against a fake host; that they tell real chains apart is seen in the lab, at the end."""

import shlex
from collections.abc import Iterator

import pytest

from labcheck.errors import HostUnreachable, LabcheckError
from labcheck.facts.chain import collection
from labcheck.facts.duplicity import RESTORE
from labcheck.grading.runner import run
from labcheck.hosts import Answer, Site
from labcheck.labs.backup_tools.chain import (
    full_backup_exists,
    increment_hangs_on_the_full,
    newest_backup_restores_to_the_dump,
    newest_chain_is_whole,
    what_was_restored_is_from_the_chain,
)
from labcheck.labs.backup_tools.lab import LAB
from labcheck.model import Status
from labcheck.practice.lab import PracticeLab
from tests.fake_host import Table, fake_site
from tests.labs.backup_tools.asked import DUMP_READABLE, DUMP_TEXT, failure, trouble

HOME = "/home/elvis"
URL = "rsync://elvis@backup.foo.bar/."
LISTED = f"find {HOME}/ -maxdepth 1 -type f -name 'duplicity-*' -printf '%s %f\\0'"
TOLD = f"find {HOME}/ -maxdepth 1 -type f -name 'duplicity-*.manifest' -exec grep -HZE '^Volume |^ +Hash ' '{{}}' +"
SUMMED = f"find {HOME}/ -maxdepth 1 -type f -name 'duplicity-*.difftar*' -exec sha1sum -z -- '{{}}' +"
DUMP_CHANGED = "stat --dereference --format %Y -- /home/backup/agama.sql"
RESTORED_CHANGED = "stat --dereference --format %Y -- /home/backup/restore/agama.sql"
RESTORED_TEXT = "cat -- /home/backup/restore/agama.sql"

FIRST, SECOND = "20261101T001200Z", "20261102T001200Z"
FIRST_SECONDS, SECOND_SECONDS = 1793491920, 1793578320
FULL = [
    f"duplicity-full-signatures.{FIRST}.sigtar.gz",
    f"duplicity-full.{FIRST}.manifest",
    f"duplicity-full.{FIRST}.vol1.difftar.gz",
]
INCREMENT = [
    f"duplicity-inc.{FIRST}.to.{SECOND}.manifest",
    f"duplicity-inc.{FIRST}.to.{SECOND}.vol1.difftar.gz",
    f"duplicity-new-signatures.{FIRST}.to.{SECOND}.sigtar.gz",
]
SQL = (
    "CREATE TABLE `item` (\n  `id` int\n);\nINSERT INTO `item` VALUES (3);\n-- Dump completed on 2026-11-02  0:11:00\n"
)
DOWN = HostUnreachable("cannot sign in to backup")
DUMP_IS_THERE = Answer(0, "regular file|664|backup|1980\n")
ANEW = (
    f"Dump, then back up, on db: mysqldump agama > agama.sql && duplicity --no-encryption incremental agama.sql {URL}"
)


def listing(*names: str) -> Answer:
    return Answer(0, "".join(f"100 {name}\0" for name in names))


def manifest(*names: str, digit: str = "a") -> Answer:
    return Answer(
        0, "".join(f"{HOME}/{name}\0Volume 1:\n{HOME}/{name}\0    Hash SHA1 {digit * 40}\n" for name in names)
    )


def summed(*names: str, digit: str = "a") -> Answer:
    return Answer(0, "".join(f"{digit * 40}  {HOME}/{name}\0" for name in names))


def holding(*names: str, told: Answer | None = None, sums: Answer | None = None) -> Site:
    table: dict[str, Answer | LabcheckError] = {LISTED: listing(*names)}
    table |= {TOLD: told} if told else {}
    table |= {SUMMED: sums} if sums else {}
    return fake_site(backup=table)


ACCOUNT = "elvis@backup.foo.bar"


def restoring(moment: str, *options: str) -> str:
    """Return the command line that restores the state of a moment."""
    words = ["sh", "-c", RESTORE, "restore", ACCOUNT, "agama.sql", *options, "--time", moment]
    return shlex.join([*words, "rsync://elvis@backup.foo.bar//home/elvis"])


NEWEST = restoring(SECOND, "--no-encryption")


def asked_back(answer: Answer | LabcheckError, db: Table | None = None) -> Site:
    return fake_site(backup={LISTED: listing(*FULL, *INCREMENT)}, db={NEWEST: answer, **(db or {})})


def test_a_full_backup_in_the_home_directory_exists() -> None:
    full_backup_exists.function(holding(*FULL))


def test_a_home_directory_without_one_fails_with_the_command_that_makes_it() -> None:
    found, hint = failure(full_backup_exists, holding(*INCREMENT))
    assert found == "no full backup in `/home/elvis`"
    assert hint == f"Make it, on db as backup: duplicity --no-encryption full agama.sql {URL}"


def test_a_backup_server_that_is_down_is_our_error() -> None:
    site = fake_site(backup={LISTED: DOWN})
    for check in (full_backup_exists, increment_hangs_on_the_full, newest_chain_is_whole):
        assert trouble(check, site) == DOWN.what


def test_an_increment_on_the_full_hangs_on_it() -> None:
    increment_hangs_on_the_full.function(holding(*FULL, *INCREMENT))


def test_a_full_alone_fails_with_the_command_that_adds_an_increment() -> None:
    found, hint = failure(increment_hangs_on_the_full, holding(*FULL))
    assert found == "a full backup alone"
    increment = f"duplicity --no-encryption incremental agama.sql {URL}"
    assert hint == f"Change a row, dump, then on db as backup: {increment}"


def test_signatures_of_a_full_backup_that_was_deleted_are_no_increment() -> None:
    left = FULL[0].replace(FIRST, "20261031T001200Z")
    increment_hangs_on_the_full.function(holding(left, *FULL, *INCREMENT))


def test_an_increment_without_what_it_stands_on_fails_by_name() -> None:
    orphan = [name.replace(FIRST, "20261031T001200Z") for name in INCREMENT]
    found, hint = failure(increment_hangs_on_the_full, holding(*FULL, *orphan))
    assert found == f"`duplicity-inc.20261031T001200Z.to.{SECOND}` without the backup that it stands on"
    assert hint == f"See what belongs together: duplicity collection-status {URL}"


def test_files_that_are_as_their_manifests_say_are_whole() -> None:
    told, sums = manifest(FULL[1], INCREMENT[0]), summed(FULL[2], INCREMENT[1])
    newest_chain_is_whole.function(holding(*FULL, *INCREMENT, told=told, sums=sums))


@pytest.mark.parametrize("gone", [*FULL[:1], *INCREMENT])
def test_a_missing_file_fails_by_name(gone: str) -> None:
    names = [name for name in (*FULL, *INCREMENT) if name != gone]
    told = manifest(*(name for name in names if name.endswith("manifest")))
    sums = summed(*(name for name in names if "vol" in name))
    found, hint = failure(newest_chain_is_whole, holding(*names, told=told, sums=sums))
    assert found == f"`{gone}` missing"
    assert hint == f"A new chain makes up for it: duplicity --no-encryption full agama.sql {URL}"


def test_a_damaged_chain_is_forgiven_when_there_is_a_newer_one() -> None:
    newer = [name.replace(FIRST, "20261103T001200Z") for name in FULL]
    told, sums = manifest(FULL[1], newer[1]), summed(newer[2])
    newest_chain_is_whole.function(holding(*FULL[:2], *newer, told=told, sums=sums))


def test_a_volume_with_another_sum_fails_by_name() -> None:
    found, _ = failure(newest_chain_is_whole, holding(*FULL, told=manifest(FULL[1]), sums=summed(FULL[2], digit="b")))
    assert found == f"`{FULL[2]}` damaged"


@pytest.mark.parametrize(
    "db",
    [
        {DUMP_READABLE: Answer(0), DUMP_CHANGED: Answer(0, f"{SECOND_SECONDS - 60}\n"), DUMP_TEXT: Answer(0, SQL)},
        {DUMP_READABLE: Answer(0), DUMP_CHANGED: Answer(0, f"{SECOND_SECONDS + 1}\n")},
        {DUMP_READABLE: Answer(1)},
    ],
    ids=["the dump is still there", "another dump was made since", "the dump is gone"],
)
def test_a_restore_that_gives_back_the_dump_passes(db: Table) -> None:
    newest_backup_restores_to_the_dump.function(asked_back(Answer(0, SQL), db))


def test_a_restore_that_fails_is_told_in_duplicitys_words() -> None:
    said = Answer(1, stderr="ERROR 1\n. difftar volume 1 not found in backup.\n. Error: 1\n\n")
    found, hint = failure(newest_backup_restores_to_the_dump, asked_back(said))
    assert found == "`difftar volume 1 not found in backup.`"
    assert hint == f"Try it, on db as backup: duplicity --no-encryption restore {URL} try.sql"


def test_an_encrypted_backup_that_nobody_can_open_fails() -> None:
    names = [f"{name.removesuffix('.gz')}.gpg" for name in FULL]
    said = Answer(1, stderr="ERROR 30 EOFError\n. Traceback (innermost last):\n.  EOFError\n. \n\n")
    site = fake_site(backup={LISTED: listing(*names)}, db={restoring(FIRST): said})
    assert failure(newest_backup_restores_to_the_dump, site) == (
        "`duplicity asked for a passphrase`",
        f"Try it, on db as backup: duplicity restore {URL} try.sql",
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CREATE TABLE `item` (\n  `id` int\n", "a dump that ends with `  `id` int`"),
        ("x" * 101, f"a dump that ends with `{'x' * 100}`"),
        ("-- Dump completed\n", "a dump without table `item` (its tables: `none`)"),
        (
            "CREATE TABLE `a` (\n);\nCREATE TABLE `b` (\n);\n-- Dump completed\n",
            "a dump without table `item` (its tables: `a, b`)",
        ),
    ],
)
def test_a_backup_of_half_a_dump_or_another_one_fails(text: str, found: str) -> None:
    assert failure(newest_backup_restores_to_the_dump, asked_back(Answer(0, text))) == (found, ANEW)


def test_a_backup_that_gives_back_something_else_than_was_dumped_before_it_fails() -> None:
    older = {
        DUMP_READABLE: Answer(0),
        DUMP_CHANGED: Answer(0, f"{SECOND_SECONDS}\n"),
        DUMP_TEXT: Answer(0, SQL.replace("(3)", "(3),(7)")),
    }
    found, hint = failure(newest_backup_restores_to_the_dump, asked_back(Answer(0, SQL), older))
    assert (found, hint) == (f"another content than /home/backup/agama.sql had at `{SECOND}`", ANEW)


def test_a_restore_that_could_not_be_tried_is_our_error() -> None:
    assert "status 2" in trouble(newest_backup_restores_to_the_dump, asked_back(Answer(2)))


@pytest.mark.parametrize(
    ("written", "moment"),
    [(FIRST_SECONDS - 60, FIRST), (FIRST_SECONDS, FIRST), (SECOND_SECONDS, SECOND), (SECOND_SECONDS + 999, SECOND)],
)
def test_a_restored_file_is_compared_with_the_backup_that_its_time_points_to(written: int, moment: str) -> None:
    db = {
        RESTORED_CHANGED: Answer(0, f"{written}\n"),
        RESTORED_TEXT: Answer(0, SQL),
        DUMP_READABLE: Answer(1),
        restoring(moment, "--no-encryption"): Answer(0, SQL),
    }
    what_was_restored_is_from_the_chain.function(fake_site(backup={LISTED: listing(*FULL, *INCREMENT)}, db=db))


def test_of_three_backups_the_newest_is_restored() -> None:
    third = [name.replace(SECOND, "20261103T001200Z").replace(FIRST, SECOND) for name in INCREMENT]
    db = {
        RESTORED_CHANGED: Answer(0, f"{SECOND_SECONDS + 999}\n"),
        RESTORED_TEXT: Answer(0, SQL),
        DUMP_READABLE: Answer(1),
        restoring("20261103T001200Z", "--no-encryption"): Answer(0, SQL),
    }
    site = fake_site(backup={LISTED: listing(*FULL, *INCREMENT, *third)}, db=db)

    newest_backup_restores_to_the_dump.function(site)
    what_was_restored_is_from_the_chain.function(site)


def test_a_restored_file_with_another_content_fails() -> None:
    db = {
        RESTORED_CHANGED: Answer(0, f"{SECOND_SECONDS}\n"),
        RESTORED_TEXT: Answer(0, "something else"),
        DUMP_READABLE: Answer(0),
        DUMP_CHANGED: Answer(0, f"{SECOND_SECONDS + 1}\n"),
    }
    assert failure(what_was_restored_is_from_the_chain, asked_back(Answer(0, SQL), db)) == (
        f"another file than the backup of `{SECOND}`",
        f"rm restore/agama.sql; duplicity --no-encryption restore {URL} restore/agama.sql",
    )


@pytest.mark.parametrize("restored", [SQL, "something else"])
def test_while_the_dump_is_still_there_nothing_is_restored_a_second_time(restored: str) -> None:
    db = {
        RESTORED_CHANGED: Answer(0, f"{SECOND_SECONDS}\n"),
        RESTORED_TEXT: Answer(0, restored),
        DUMP_READABLE: Answer(0),
        DUMP_CHANGED: Answer(0, f"{SECOND_SECONDS}\n"),
        DUMP_TEXT: Answer(0, SQL),
    }
    site = fake_site(backup={LISTED: listing(*FULL, *INCREMENT)}, db=db)
    if restored == SQL:
        what_was_restored_is_from_the_chain.function(site)
    else:
        assert failure(what_was_restored_is_from_the_chain, site)[0] == f"another file than the backup of `{SECOND}`"


def test_a_db_that_goes_away_is_our_error() -> None:
    assert trouble(what_was_restored_is_from_the_chain, asked_back(DOWN, {RESTORED_CHANGED: DOWN})) == DOWN.what


@pytest.fixture(scope="module")
def site(lab: PracticeLab) -> Iterator[Site]:
    """A site on whose backup server lies a chain of two real backups, with the newest one in restore/."""
    with lab.connections() as connections:
        site = lab.site(connections)
        steps = [
            "rm -rf agama.sql restore ~/.cache/duplicity; mkdir restore; mysqldump agama > agama.sql",
            f"duplicity --no-encryption full agama.sql {URL}; sleep 1",
            f"mysqldump agama > agama.sql; duplicity --no-encryption incremental agama.sql {URL}",
            f"duplicity --no-encryption restore {URL} restore/agama.sql",
        ]
        site.backup.output("sh", "-c", "rm -f duplicity-*")
        for step in steps:
            site.db.output("sh", "-c", step)
        yield site
        site.backup.output("sh", "-c", "rm -f duplicity-*")
        site.db.output("sh", "-c", "rm -rf agama.sql restore ~/.cache/duplicity")


def failing(site: Site) -> list[str]:
    results = list(run(LAB.select(["4"]), site))
    assert [one.found for one in results if one.status is Status.ERROR] == []
    return [one.name for one in results if one.status is Status.FAIL]


@pytest.mark.lab
def test_a_real_chain_passes_every_check(site: Site) -> None:
    assert failing(site) == []


@pytest.mark.lab
@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        ("mv duplicity-inc.*.vol1.difftar.gz aside", [newest_chain_is_whole, newest_backup_restores_to_the_dump]),
        ("mv duplicity-full-signatures.* aside", [newest_chain_is_whole]),
        ("mv duplicity-inc.* duplicity-new-* aside", [increment_hangs_on_the_full]),
        ("mv duplicity-full.* aside", [full_backup_exists]),
    ],
)
def test_a_damage_is_told_by_the_checks_that_it_concerns(site: Site, damage: str, expected: list[object]) -> None:
    site.backup.output("sh", "-c", f"mkdir aside; {damage}/")
    try:
        found = failing(site)
    finally:
        site.backup.output("sh", "-c", "mv aside/* .; rmdir aside")
    assert set(found) >= {check.name for check in expected if hasattr(check, "name")}


@pytest.mark.lab
def test_a_file_in_restore_from_somewhere_else_fails(site: Site) -> None:
    site.db.output("sh", "-c", "cp -p restore/agama.sql aside; echo >> restore/agama.sql")
    try:
        assert failing(site) == ["what_was_restored_is_from_the_chain"]
    finally:
        site.db.output("mv", "aside", "restore/agama.sql")


def test_the_names_in_this_test_are_a_chain() -> None:
    (chain,) = collection(dict.fromkeys([*FULL, *INCREMENT], 1)).chains
    assert [int(one.end.timestamp()) for one in chain.sets] == [FIRST_SECONDS, SECOND_SECONDS]
