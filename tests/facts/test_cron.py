import base64
import contextlib
import re
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.errors import UnexpectedStatus, UnreadableAnswer
from labcheck.facts.cron import LARGEST_BYTES, SCRIPT, Installation, installation, parse_installation, user_names
from labcheck.hosts import Answer
from labcheck.hosts.host import CUT_OFF
from tests.captured import cases
from tests.fake_host import Table, fake_host

ASK = shlex.join(["sh", "-c", SCRIPT])
BACKUP = "backup:x:34:34:backup:/home/backup:/bin/bash\n"


def encoded(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode()


def answer_of(*files: tuple[str, str], daemon: str = "51 cron -f") -> str:
    lines = [f"file {encoded(path)} - 81a4 0 1 {len(text)} {encoded(text)}" for path, text in files]
    return "\n".join([f"cron {encoded(daemon)}", *lines]) + "\n"


def told(found: Installation) -> dict[str, Any]:
    return {
        "is_running": found.is_running,
        "crontabs": {
            one.path: {
                "loaded": one.crontab.loaded,
                "log": list(one.crontab.log),
                "jobs": [[job.user, job.home, job.command] for job in one.crontab.jobs],
            }
            for one in found.crontabs
        },
    }


@cases("installation")
def test_what_the_host_tells_of_its_crontabs_is_read(text: str, expected: object) -> None:
    files, _, accounts = text.partition("--\n")
    try:
        assert told(parse_installation(files, accounts)) == expected
    except UnreadableAnswer as error:
        assert {"unreadable": error.what} == expected


@given(st.text(), st.text())
def test_any_text_is_read_or_is_unreadable(line: str, accounts: str) -> None:
    for text in (line, f"cron \n{line}", f"cron \nfile {encoded(line)} - 81a4 0 1 9 {encoded(accounts)}"):
        with contextlib.suppress(UnreadableAnswer):
            user_names(text)
            parse_installation(text, accounts)


def test_users_are_looked_up_by_the_names_that_crontabs_mention() -> None:
    system = "SHELL=/bin/sh\n# 1 2 3 4 5 comment x\n11 0 * * * backup dump\n@daily git gc\n1 2 3 4 5 <user> x\n"
    text = answer_of(("/etc/cron.d/a", system), ("/var/spool/cron/crontabs/elvis", "1 2 3 * * cd x\n"))
    assert user_names(text) == ["backup", "git", "cd", "elvis"]
    assert user_names(answer_of(("/etc/cron.d/a", "1 2 3 4 5 -x y\n"), ("/var/spool/cron/crontabs/-x", ""))) == []


def test_a_host_is_asked_for_its_files_and_then_for_their_users() -> None:
    files = answer_of(("/etc/cron.d/a", "11 0 * * * backup dump\n12 0 * * * nobody2 x\n"))
    table: Table = {ASK: Answer(0, files), "getent passwd backup nobody2": Answer(2, BACKUP)}
    (found,) = installation(fake_host("db", table)).crontabs
    assert found.crontab.log[0] == "Error: bad username; while reading /etc/cron.d/a"
    assert (found.path, found.text) == ("/etc/cron.d/a", "11 0 * * * backup dump\n12 0 * * * nobody2 x\n")


def test_without_any_user_nobody_is_looked_up() -> None:
    found = installation(fake_host("db", {ASK: Answer(0, answer_of(daemon=""))}))
    assert found == Installation(is_running=False, crontabs=())


def test_a_cron_that_wants_lsb_names_passes_over_an_underscore() -> None:
    files = ("/etc/cron.d/my_backup", "11 0 * * * backup dump\n")
    for daemon, loaded in (("51 cron -f", True), ("51 /usr/sbin/cron -f -l", False), ("51 cron -lf", False)):
        (found,) = parse_installation(answer_of(files, daemon=daemon), BACKUP).crontabs
        assert found.crontab.loaded is loaded


def test_a_file_of_bytes_that_are_no_text_keeps_them() -> None:
    answer = answer_of(("/etc/cron.d/a", "")).replace(" 0 \n", f" 3 {encoded(bytes([0x23, 0xFF, 10]))}\n")
    (found,) = parse_installation(answer, "").crontabs
    assert (found.content, found.text) == (b"#\xff\n", "#\udcff\n")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (f"file {encoded('/etc/cron.d/a')} - 81a4 0 1 5 ", "/etc/cron.d/a may not be read"),
        (
            f"file {encoded('/a')} - 81a4 0 1 {LARGEST_BYTES + 1} eA==",
            "/a has 200,001 bytes, more than any crontab needs",
        ),
        ("file", "a crontab was told as 'file'"),
        ("file !!! - 81a4 0 1 0 ", "'!!!' is not base64"),
    ],
    ids=["closed to us", "too large", "cut off", "no base64"],
)
def test_a_file_that_cannot_be_judged_is_our_error(line: str, words: str) -> None:
    with pytest.raises(UnreadableAnswer, match=re.escape(words)):
        parse_installation(f"cron \n{line}\n", "")


def test_a_host_that_cannot_be_asked_is_our_error() -> None:
    with pytest.raises(UnexpectedStatus, match=r"^backup cannot read the crontabs on db: sh: pgrep: not found$"):
        installation(fake_host("db", {ASK: Answer(3, stderr="sh: pgrep: not found\n")}))
    with pytest.raises(UnexpectedStatus, match="status 3 and no message"):
        installation(fake_host("db", {ASK: Answer(3)}))


def test_more_crontabs_than_anybody_needs_are_our_error() -> None:
    with pytest.raises(UnreadableAnswer, match="on db are more than"):
        installation(fake_host("db", {ASK: Answer(CUT_OFF, truncated=True)}))


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ([b"#\n" * 501], "501 lines and 1,002 bytes"),
        ([b"#\n" * 251] * 2, "502 lines and 1,004 bytes"),
        ([b"# " * 20_000] * 2, "0 lines and 80,000 bytes"),
    ],
    ids=["one", "two", "long lines"],
)
def test_more_lines_than_anybody_needs_are_our_error_before_any_is_read(files: list[bytes], what: str) -> None:
    told = [
        f"file {encoded(f'/etc/cron.d/{n}')} - 81a4 0 1 9 {base64.b64encode(one).decode()}"
        for n, one in enumerate(files)
    ]
    with pytest.raises(UnreadableAnswer, match=f"the crontabs have {what}, and at most 500 and 64,000 are read"):
        installation(fake_host("db", {ASK: Answer(0, "\n".join(["cron ", *told, ""]))}))
