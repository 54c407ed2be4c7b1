import shlex
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.errors import LabcheckError, UnexpectedStatus, UnreadableAnswer
from labcheck.facts.files import (
    OPEN_CREDENTIALS,
    UNPACK,
    FileStatus,
    arrivals,
    changed_at,
    checksum,
    file_status,
    free_bytes,
    is_readable,
    open_files_naming_a_password,
    parse_changed_at,
    parse_checksum,
    parse_file_status,
    parse_free_bytes,
)
from labcheck.hosts import Answer
from tests.captured import cases, outcome
from tests.fake_host import Table, fake_host

STAT = "stat --dereference --format '%F|%a|%U|%s' -- agama.sql"
FIND = "find . -maxdepth 1 -type f -perm -o=r -size -64k '!' -name '*.sql' -print0"
GREP = f"grep --files-with-matches --null --extended-regexp -I -e {shlex.quote(OPEN_CREDENTIALS)} --"


@cases("file_status")
def test_what_stat_prints_is_read(text: str, expected: object) -> None:
    assert outcome(lambda text: parse_file_status("x", text), text) == expected


@given(st.text() | st.from_regex(r"[a-z ]*\|[-+_0-9٣]*\|\w*\|[-+_0-9²]*"))
def test_any_text_is_read_or_is_unreadable(text: str) -> None:
    outcome(lambda text: parse_file_status("x", text), text)


def test_a_file_that_is_not_there_is_none() -> None:
    missing = Answer(1, stderr="stat: cannot statx 'agama.sql': No such file or directory\n")
    assert file_status(fake_host("db", {STAT: missing}), "agama.sql") is None


def test_a_file_that_cannot_be_looked_at_is_our_error() -> None:
    closed = Answer(1, stderr="stat: cannot statx 'agama.sql': Permission denied\n")
    with pytest.raises(UnexpectedStatus, match="Permission denied"):
        file_status(fake_host("db", {STAT: closed}), "agama.sql")


def test_a_missing_file_told_in_another_language_is_our_error() -> None:
    german = Answer(1, stderr="stat: 'agama.sql' kann nicht gelesen werden: Datei oder Verzeichnis nicht gefunden\n")
    with pytest.raises(UnexpectedStatus):
        file_status(fake_host("db", {STAT: german}), "agama.sql")


@pytest.mark.parametrize(
    ("mode", "text", "is_open"), [(0o600, "0600", False), (0o640, "0640", True), (0, "0000", False)]
)
def test_a_mode_is_told_in_octal_and_is_open_when_anyone_else_has_a_right(mode: int, text: str, is_open: bool) -> None:
    status = FileStatus("x", "regular file", mode, "backup", 1)
    assert (status.mode_text, status.open_to_others) == (text, is_open)


def test_the_time_of_a_file_is_in_utc() -> None:
    asked = "stat --dereference --format %Y -- x"
    assert changed_at(fake_host("db", {asked: Answer(0, "1793491920\n")}), "x") == datetime(
        2026, 11, 1, 0, 12, tzinfo=UTC
    )


@pytest.mark.parametrize("text", ["", "\n", "soon\n", "\u0661\n", "999999999999\n"])
def test_a_time_that_is_none_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableAnswer, match="stat said"):
        parse_changed_at(text)


@cases("checksum")
def test_what_sha256sum_prints_is_read(text: str, expected: object) -> None:
    try:
        assert parse_checksum(text) == expected
    except UnreadableAnswer as error:
        assert {"unreadable": error.what} == expected


def test_a_checksum_is_worked_out_from_what_the_host_gives_us() -> None:
    host = fake_host("db", {"cat -- x": Answer(0, "abc")})
    assert checksum(host, "x") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_file_that_cannot_be_summed_is_our_error() -> None:
    closed = Answer(1, stderr="cat: x: Permission denied\n")
    with pytest.raises(UnexpectedStatus, match="cat: x: Permission denied"):
        checksum(fake_host("db", {"cat -- x": closed}), "x")


@pytest.mark.parametrize(("status", "readable"), [(0, True), (1, False)])
def test_reading_is_a_yes_or_no(status: int, readable: bool) -> None:
    assert is_readable(fake_host("db", {"test -r x": Answer(status)}), "x") is readable


@pytest.mark.parametrize(
    ("table", "names"),
    [
        ({FIND: Answer(0)}, []),
        ({FIND: Answer(0, "./a\0./b c\0"), f"{GREP} ./a './b c'": Answer(1)}, []),
        ({FIND: Answer(0, "./b\0./a\0"), f"{GREP} ./b ./a": Answer(0, "./b\0./a\0")}, ["a", "b"]),
    ],
    ids=["no open file", "none names a password", "two name one"],
)
def test_open_files_that_name_a_password_are_told_by_name(table: Table, names: list[str]) -> None:
    assert open_files_naming_a_password(fake_host("db", table), ".") == names


@pytest.mark.parametrize(
    ("line", "sets"),
    [
        ("password = secret", True),
        ("  PASSWORD=secret", True),
        ("export MYSQL_PWD=secret", True),
        ("11 0 * * * backup mysqldump --password=secret agama > agama.sql", True),
        ("mysqldump -u backup -psecret agama", True),
        ("mysql -psecret", True),
        ('DB_PASS="secret"', True),
        ("export PASSPHRASE='mellon 1'", True),
        ("Restic_pwd=mellon", True),
        ("mysqldump -u backup -p'secret' agama", True),
        ("# password = secret", False),
        ('export PASSPHRASE="$(cat ~/.passphrase)"', False),
        ("PASSPHRASE=`cat .passphrase`", False),
        ('PASSPHRASE=""', False),
        ("PASSWORD=$1", False),
        ("PASS=~/.passphrase", False),
        ("PWD=x; OLDPWD=y", False),
        ("BYPASS=yes", False),
        ('mysqldump --password="$SECRET" agama', False),
        ("mysqldump -p$SECRET agama", False),
        ("mysqldump -P3306 agama", False),
        ("password =", False),
        ("mysqldump agama | ssh -p2222 backup.foo.bar", False),
        ("mysqldump agama > agama.sql; mkdir -pv backups", False),
        ("mysqldump -p agama", False),
        ("alias ls='ls --color'", False),
    ],
)
def test_grep_knows_a_line_that_sets_a_password(line: str, sets: bool) -> None:
    words = ["grep", "--extended-regexp", "--quiet", "-e", OPEN_CREDENTIALS]
    assert subprocess.run(words, input=line, text=True, check=False).returncode == (0 if sets else 1)


@pytest.mark.parametrize(
    "table",
    [{FIND: Answer(1, stderr="find: '.': Permission denied")}, {FIND: Answer(0, "./a\0"), f"{GREP} ./a": Answer(2)}],
)
def test_files_that_could_not_be_searched_are_our_error(table: Table) -> None:
    with pytest.raises(UnexpectedStatus):
        open_files_naming_a_password(fake_host("db", table), ".")


def test_free_bytes_are_free_blocks_of_a_size() -> None:
    assert (
        free_bytes(fake_host("db", {"stat --file-system --format '%a %S' -- /srv": Answer(0, "10 4096\n")}), "/srv")
        == 40960
    )


@pytest.mark.parametrize("text", ["", "10\n", "-1 4096\n", "a b\n", "1 2 3\n", "1" * 30 + " 1\n"])
def test_what_is_no_count_of_blocks_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableAnswer):
        parse_free_bytes(text)


def finding(start: str, pattern: str) -> str:
    return shlex.join(["find", start, "-type", "f", "-path", pattern, "-printf", r"%C@ %p\0"])


@pytest.mark.parametrize(
    ("pattern", "start"),
    [
        ("/home/elvis/agama.sql", "/home/elvis/agama.sql"),
        ("/home/elvis/2026-*/agama.sql", "/home/elvis/"),
        ("/home/elvis/agama-[0-9].sql", "/home/elvis/"),
    ],
)
def test_what_fits_a_pattern_is_told_by_when_it_came_the_newest_first(pattern: str, start: str) -> None:
    said = "1795392661.25 /home/elvis/a b\x001795392662.5 /home/elvis/c\n\0"
    found = arrivals(fake_host("backup", {finding(start, pattern): Answer(0, said)}), pattern)

    assert [(one.path, one.when.timestamp()) for one in found] == [
        ("/home/elvis/c\n", 1795392662),
        ("/home/elvis/a b", 1795392661),
    ]


def test_where_there_is_no_such_directory_nothing_has_come() -> None:
    gone = Answer(1, stderr="find: '/x/': No such file or directory\n")
    assert arrivals(fake_host("backup", {finding("/x/", "/x/*"): gone}), "/x/*") == []


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (Answer(1, stderr="find: '/x/': Permission denied\n"), UnexpectedStatus),
        (Answer(0, "yesterday /x/a\0"), UnreadableAnswer),
        (Answer(0, "1795392661 a\0"), UnreadableAnswer),
    ],
)
def test_what_has_come_and_cannot_be_seen_is_our_error(answer: Answer, trouble: type[LabcheckError]) -> None:
    with pytest.raises(trouble):
        arrivals(fake_host("backup", {finding("/x/", "/x/*"): answer}), "/x/*")


@pytest.mark.parametrize("pack", ["cat", "gzip -c", "xz -c", "bzip2 -c", "zstd -qc"])
def test_a_file_is_unpacked_by_what_it_begins_with(tmp_path: Path, pack: str) -> None:
    tool, file = pack.partition(" ")[0], str(tmp_path / "dump")
    packed = subprocess.run(["sh", "-c", f"{pack} > {file}"], input="INSERT", text=True, check=False).returncode
    if packed:  # where the program is not there, what it would have begun with says which is missing
        (tmp_path / "dump").write_bytes({"xz": b"\xfd7zXZ\0", "bzip2": b"BZh9", "zstd": b"\x28\xb5\x2f\xfd"}[tool])
    done = subprocess.run(
        ["sh", "-c", f'{UNPACK}unpack "$1"', "unpack", file], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == ((127, "") if packed else (0, "INSERT"))
