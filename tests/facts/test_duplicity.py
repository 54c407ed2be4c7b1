"""What duplicity says is read from captured output; what it does is asked of the real program in the lab."""

import base64
import json
import re
import shlex
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.errors import CommandTimedOut, UnexpectedStatus, UnreadableAnswer
from labcheck.facts import duplicity
from labcheck.facts.chain import Collection, stamp
from labcheck.facts.duplicity import (
    DAMAGED,
    MISSING,
    collection,
    compared,
    damage,
    obstacle,
    parse_complaint,
    parse_files,
    parse_manifests,
    parse_sums,
    restored,
)
from labcheck.hosts import Answer, Host, Question, Site
from labcheck.practice.lab import PracticeLab
from tests.captured import DATA, cases
from tests.fake_host import fake_host

LISTED = "find mysql/ -maxdepth 1 -type f -name 'duplicity-*' -printf '%s %f\\0'"
TOLD = "find mysql/ -maxdepth 1 -type f -name 'duplicity-*.manifest' -exec grep -HZE '^Volume |^ +Hash ' '{}' +"
SUMMED = "find mysql/ -maxdepth 1 -type f -name 'duplicity-*.difftar*' -exec sha1sum -z -- '{}' +"


def captured(fact: str, case: str) -> str:
    return (DATA / fact / case).read_text()


ONE_CHAIN = parse_files(captured("backup_files", "one-chain.txt"))


def read(parse: Any, text: str) -> object:
    try:
        return json.loads(json.dumps(parse(text)))
    except UnreadableAnswer as error:
        return {"unreadable": error.what}


def shape(text: str) -> list[list[str]]:
    return [[f"{one.name} {len(one.volumes)}" for one in chain.sets] for chain in parse_files(text).chains]


@cases("backup_files")
def test_a_listing_is_read_as_chains(text: str, expected: object) -> None:
    assert read(shape, text) == expected


@cases("manifests")
def test_what_manifests_tell_is_read(text: str, expected: object) -> None:
    assert read(parse_manifests, text) == expected


@cases("sums")
def test_what_sha1sum_prints_is_read(text: str, expected: object) -> None:
    assert read(parse_sums, text) == expected


@cases("complaint")
def test_duplicitys_complaint_is_told_in_a_line(text: str, expected: object) -> None:
    assert parse_complaint(text) == expected


@given(st.text() | st.from_regex(r"(ERROR \d+\n(\. [a-z:]*\n)*\n)+"))
def test_any_complaint_is_one_line(text: str) -> None:
    assert len(parse_complaint(text).splitlines()) == 1


@given(st.text())
def test_any_text_is_read_or_is_unreadable(text: str) -> None:
    for parse in (shape, parse_manifests, parse_sums):
        read(parse, text)


@pytest.mark.parametrize("why", ["No such file or directory", "Not a directory"])
def test_a_directory_that_is_not_there_holds_nothing(why: str) -> None:
    missing = Answer(1, stderr=f"find: 'mysql/': {why}\n")
    assert collection(fake_host("backup", {LISTED: missing}), "mysql") == Collection()


def test_a_directory_that_cannot_be_looked_into_is_our_error() -> None:
    closed = Answer(1, stderr="find: 'mysql/': Permission denied\n")
    with pytest.raises(UnexpectedStatus, match="Permission denied"):
        collection(fake_host("backup", {LISTED: closed}), "mysql")


def test_root_looks_into_what_is_closed_to_the_student() -> None:
    held = {LISTED: Answer(0, "7 duplicity-full.20261122T001200Z.manifest\0"), TOLD: Answer(0), SUMMED: Answer(0)}

    def ask(question: Question) -> Answer:
        closed = Answer(1, stderr="find: 'mysql/': Permission denied\n")
        return held[question.command] if question.user == "root" else closed

    host = Host("backup", "elvis", ask)
    found = collection(host, "mysql")
    assert [one.name for one in found.sets] == ["duplicity-full.20261122T001200Z"]
    assert damage(host, "mysql", found)


def test_volumes_that_are_as_their_manifest_says_are_undamaged() -> None:
    table = {
        TOLD: Answer(0, captured("manifests", "one-volume-each.txt")),
        SUMMED: Answer(0, captured("sums", "one-chain.txt")),
    }
    assert damage(fake_host("backup", table), "mysql", ONE_CHAIN) == {}


def test_where_there_is_no_chain_nothing_is_asked() -> None:
    assert damage(fake_host("backup", {}), "mysql", Collection()) == {}


def test_a_file_that_cannot_be_read_is_our_error() -> None:
    table = {TOLD: Answer(1, stderr="grep: mysql/duplicity-full.manifest: Permission denied\n")}
    with pytest.raises(UnexpectedStatus, match="Permission denied"):
        damage(fake_host("backup", table), "mysql", ONE_CHAIN)


def test_a_volume_with_another_sum_is_damaged_and_one_that_its_manifest_names_is_missing() -> None:
    first, second, *others = ONE_CHAIN.sets
    assert first.manifest
    assert second.manifest
    told = {first.manifest.name: {1: "a" * 40, 2: "b" * 40}, second.manifest.name: {1: ""}}
    told |= {one.manifest.name: {1: ""} for one in others if one.manifest}
    sums = {one.name: "c" * 40 for one in (*first.volumes, *second.volumes)}
    assert compared(ONE_CHAIN, told, sums) == {
        f"{first.name}.vol2.difftar.gz": MISSING,
        f"{first.name}.vol1.difftar.gz": DAMAGED,
    }


def test_a_manifest_that_tells_of_no_volume_is_damaged() -> None:
    names = [one.manifest.name for one in ONE_CHAIN.sets if one.manifest]
    assert compared(ONE_CHAIN, {}, {}) == dict.fromkeys(names, DAMAGED)


@pytest.mark.parametrize(
    ("url", "account"),
    [
        ("rsync://elvis@backup.foo.bar/.", "elvis@backup.foo.bar"),
        ("rsync://elvis@backup.foo.bar//home/elvis", "elvis@backup.foo.bar"),
        ("rsync://elvis@backup.foo.bar:2222/mysql", ""),
        ("rsync://-oProxyCommand=x@b/", ""),
        ("rsync://backup.foo.bar/mysql", ""),
        ("file:///srv/backup", ""),
    ],
)
def test_duplicity_signs_in_once_where_the_account_is_plain(url: str, account: str) -> None:
    assert duplicity.account_of(url) == account


def test_a_restore_that_cannot_be_tried_is_our_error() -> None:
    host = fake_host(
        "db", {shlex.join(["sh", "-c", duplicity.RESTORE, "restore", "", "agama.sql", "file:///x"]): Answer(2)}
    )
    with pytest.raises(UnexpectedStatus, match="status 2"):
        restored(host, "file:///x", "agama.sql", encrypted=True)


# From here on the real duplicity is asked, on the db of the lab.

CHAIN = "/home/backup/chain"
COPY = "/home/backup/copy"


@pytest.fixture(scope="module")
def site(lab: PracticeLab) -> Iterator[Site]:
    """A site whose db has a chain of three states of a file, which hold `1`, `2` and `3`, and a copy of it to break."""
    with lab.connections() as connections:
        site = lab.site(connections)
        shell = site.db.output
        shell("sh", "-c", f"rm -rf {CHAIN} {COPY} ~/.cache/duplicity; mkdir {CHAIN}")
        for state, day in enumerate(("2026-11-01", "2026-11-02", "2026-11-03"), 1):
            now = shell("date", "-u", "-d", f"{day} 00:12", "+%s").strip()
            shell("sh", "-c", f"echo {state} > state.txt; touch -d {day} state.txt")
            shell("duplicity", "--no-encryption", "--current-time", now, "state.txt", f"file://{CHAIN}")
        yield site
        shell("sh", "-c", f"rm -rf {CHAIN} {COPY} state.txt ~/.cache/duplicity")


def broken_copy(site: Site, *lost: str) -> None:
    words = " ".join(f"{COPY}/{name}" for name in lost)
    site.db.output("sh", "-c", f"rm -rf {COPY}; cp -r {CHAIN} {COPY}; rm -f {words} ''")


@pytest.mark.lab
def test_the_chain_is_the_one_that_duplicity_itself_tells_of(site: Site) -> None:
    found = collection(site.db, CHAIN)
    said = site.db.output("duplicity", "collection-status", f"file://{CHAIN}")
    told = re.findall(r"^ +(Full|Incremental) +\w+ (\w+ +\d+) [\d:]+ \d+ +(\d+)$", said, re.MULTILINE)
    assert [(one.is_full, f"{one.end:%b} {one.end.day:2}", len(one.volumes)) for one in found.sets] == [
        (kind == "Full", day, int(volumes)) for kind, day, volumes in told
    ]
    assert len(told) == 3
    assert damage(site.db, CHAIN, found) == {}


@pytest.mark.lab
def test_each_recovery_point_is_restored_and_nothing_is_left_behind(site: Site) -> None:
    before = site.db.output("find", "/tmp", "/home/backup", "-not", "-path", "*/copy*")
    points = collection(site.db, CHAIN).sets
    back = [restored(site.db, f"file://{CHAIN}", "state.txt", time=stamp(one.end)).text for one in points]
    assert back == ["1\n", "2\n", "3\n"]
    assert site.db.output("find", "/tmp", "/home/backup", "-not", "-path", "*/copy*") == before


@pytest.mark.lab
def test_a_chain_of_many_versions_of_duplicity_is_read_and_restored(site: Site) -> None:
    """The full backup was made by 0.8.22, the increments by 2.2.4 and 3.2.1."""
    site.db.output("sh", "-c", f"rm -rf {COPY}; mkdir {COPY}")
    for file in sorted((DATA / "chains" / "mixed").iterdir()):
        content = base64.b64encode(file.read_bytes()).decode()
        site.db.output("sh", "-c", f"echo {content} | base64 -d > {COPY}/{file.name}")
    found = collection(site.db, COPY)
    back = [restored(site.db, f"file://{COPY}", "agama.sql", time=stamp(one.end)).text for one in found.sets]
    assert [text.count("),(") for text in back] == [0, 1, 2]
    assert (len(found.chains), found.orphans, damage(site.db, COPY, found)) == (1, (), {})


@pytest.mark.lab
@pytest.mark.parametrize("number", range(9))
def test_losing_a_file_costs_the_points_that_the_model_says(site: Site, number: int) -> None:
    chain = collection(site.db, CHAIN)
    lost = sorted(chain.sizes)[number]
    broken_copy(site, lost)
    left = chain.points_after_losing({lost})
    back = [
        restored(site.db, f"file://{COPY}", "state.txt", time=stamp(one.end)).text == f"{state}\n"
        for state, one in enumerate(chain.sets, 1)
    ]
    assert back == [one in left for one in chain.sets], lost
    assert damage(site.db, COPY, collection(site.db, COPY)) == {lost: MISSING}


@pytest.mark.lab
def test_a_changed_byte_is_seen_and_duplicity_refuses_it(site: Site) -> None:
    volume = collection(site.db, CHAIN).sets[1].volumes[0].name
    broken_copy(site)
    site.db.output("sh", "-c", f"printf X | dd of={COPY}/{volume} bs=1 seek=50 conv=notrunc")
    assert damage(site.db, COPY, collection(site.db, COPY)) == {volume: DAMAGED}
    said = restored(site.db, f"file://{COPY}", "state.txt")
    assert said.complaint == f"Invalid data - SHA1 hash mismatch for file: {volume}"


@pytest.mark.lab
def test_a_lost_cache_is_in_nobody_s_way_and_one_that_may_not_be_written_is(site: Site) -> None:
    cache = "/home/backup/.cache/duplicity"
    shell, url = site.db.output, f"file://{CHAIN}"
    before = shell("ls", CHAIN)
    shell("rm", "-rf", cache)
    assert obstacle(site.db, "state.txt", url) == ""
    assert "Old signatures not found" in obstacle(site.db, "state.txt", "file:///home/backup/restore/none")
    shell("sh", "-c", f"rm -rf {cache}; mkdir {cache}; chmod 500 {cache}")
    assert "is not a directory" in obstacle(site.db, "state.txt", url)
    shell("sh", "-c", f"rm -rf {cache}")
    assert shell("ls", CHAIN) == before


@pytest.mark.lab
def test_a_directory_without_a_chain_is_told_in_duplicitys_words(site: Site) -> None:
    assert "No backup chains found" in restored(site.db, "file:///home/backup/restore/none", "state.txt").complaint


@pytest.mark.lab
def test_a_restore_that_takes_too_long_is_ended_and_its_directory_removed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duplicity, "RESTORE_TIMEOUT_SECONDS", 1.0)
    root = site.db.as_user("root")
    path = "/usr/bin/duplicity"
    root.output("sh", "-c", f"mv {path} {path}.kept; printf '#!/bin/sh\\nsleep 60\\n' > {path}; chmod +x {path}")
    try:
        with pytest.raises(CommandTimedOut):
            restored(site.db, f"file://{CHAIN}", "state.txt")
        time.sleep(3)  # what does not end when it is told to is killed after two seconds
    finally:
        root.output("mv", f"{path}.kept", path)
    assert site.db.output("find", "/tmp", "-user", "backup", "-name", "tmp.*") == ""
    assert root.test("pgrep", "-f", "^sleep 60$") is False


@pytest.mark.lab
def test_a_host_without_duplicity_says_so(site: Site) -> None:
    assert "duplicity" in restored(site.backup, "file:///tmp", "state.txt").complaint
