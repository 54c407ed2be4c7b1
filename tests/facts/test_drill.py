import gzip
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from labcheck.errors import LabcheckError, UnexpectedStatus, UnreadableAnswer
from labcheck.facts.drill import (
    CANARIES,
    BroughtBack,
    Canary,
    JobRun,
    Order,
    Planted,
    Table,
    brought_back,
    canaries,
    canary,
    complaint_of,
    looked,
    parse_brought_back,
    remove,
)
from labcheck.facts.on_host import source
from labcheck.hosts import Answer, Host, Question
from tests.fake_host import fake_host

ORDER = Order("backup", "rsync://elvis@backup.foo.bar/mysql")
TABLE = {"is_here": True, "came_back": True, "settled": True, "differs": [], "columns": [["id", "int", "NO", "PRI"]]}
TABLE |= {"rows": 2, "rows_here": 3, "common": 2, "missing": ["3\tFrodo"], "extra": []}


def saying(text: str, asked: list[Question] | None = None) -> Host:
    def ask(question: Question) -> Answer:
        if asked is not None:
            asked.append(question)
        return Answer(0, text)

    return Host("db", "root", ask)


def test_what_came_back_is_told_by_table() -> None:
    told = {"sha256": "ab" * 32, "completed": True, "refused": [], "left_out": 2, "bytes": 9, "tables": {"item": TABLE}}
    asked: list[Question] = []
    found = brought_back(saying(json.dumps(told), asked), ORDER)
    assert found.tables == {"item": Table(True, True, True, (), 2, 3, 2, ("3\tFrodo",), ())}
    assert (found.completed, found.refused, found.complaint) == (True, (), "")
    assert asked[0].command.startswith("python3 -I -c ")
    assert asked[0].timeout_seconds > ORDER.seconds


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(1, stderr="Traceback:\nKeyError: 'x'\n"), "no drill on db: KeyError: 'x'"),
        (Answer(127), "no drill on db: no word"),
        (Answer(-1, "x", truncated=True), "no drill on db: it said more than 4,194,304 bytes"),
    ],
)
def test_a_program_that_does_not_end_well_is_our_trouble_in_a_line(answer: Answer, said: str) -> None:
    with pytest.raises(UnexpectedStatus) as trouble:
        looked(Host("db", "root", lambda _: answer), "agama")
    assert trouble.value.what == said


def test_refused_statements_are_told_with_their_lines() -> None:
    assert parse_brought_back('{"refused": [[7, "is a command for the client", "\\\\! id"]]}') == BroughtBack(
        refused=((7, "is a command for the client", "\\! id"),)
    )


def test_what_came_of_a_canary_is_told_in_its_order() -> None:
    told = {"jobs": [{"status": 0, "said": "", "seconds": 1.5}], "seen": True, "rto_seconds": 2.5, "missing": []}
    found = canary(
        saying(json.dumps(told | {"gone": [], "left": []})), ORDER, Planted("0" * 32, "labcheck canary", (), ())
    )
    assert found == Canary((JobRun(0, "", 1.5),), seen=True, rto_seconds=2.5)


def test_what_stands_in_the_way_is_our_trouble() -> None:
    with pytest.raises(LabcheckError, match="no drill on this host: another drill is being held on this host"):
        parse_brought_back('{"trouble": "another drill is being held on this host"}')


@pytest.mark.parametrize(
    "text",
    ["", "garbage", "[]", "7", '{"tables": 7}', '{"refused": [["x"]]}', '{"tables": {"item": {}}}', "[" * 10_000],
)
def test_an_answer_of_another_shape_is_our_trouble(text: str) -> None:
    with pytest.raises(UnreadableAnswer, match="the drill said"):
        parse_brought_back(text)


def test_a_complaint_is_one_line_in_the_words_of_the_program() -> None:
    assert complaint_of("") == ""
    assert complaint_of("mysql: ERROR 1142 (42000) at line 3: DROP command denied\nmore") == (
        "mysql: ERROR 1142 (42000) at line 3: DROP command denied"
    )
    assert complaint_of("duplicity: ERROR 21\n. Invalid data - SHA1 hash mismatch for file:\n. x\n\n") == (
        "Invalid data - SHA1 hash mismatch for file: x"
    )


def test_canaries_are_looked_for_without_saying_which() -> None:
    asked: list[Question] = []
    assert canaries(saying("labcheck canary 0\nlabcheck canary 1\n", asked), "/home/elvis/mysql", {"b", "a"}) == [
        "labcheck canary 0",
        "labcheck canary 1",
    ]
    assert asked[0].command.endswith("canaries /home/elvis/mysql a b")
    assert "[0-9a-f]{32}" in CANARIES


@pytest.mark.parametrize("around", [b"", b"rs\x026B\x01\x80"], ids=["as it is", "as what is new of it"])
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
def test_a_canary_is_seen_in_a_volume_as_the_real_shell_reads_it(
    tmp_path: Path, pack: Callable[[bytes], bytes], around: bytes
) -> None:
    dump = f"(1,'labcheck canary {'a1' * 16}',0);\n".encode() * 3
    (tmp_path / "duplicity-inc.vol1.difftar.gz").write_bytes(gzip.compress(around + pack(dump) + bytes(600)))
    (tmp_path / "empty.difftar").write_bytes(b"")
    words = ["sh", "-c", CANARIES, "canaries", str(tmp_path), "duplicity-inc.vol1.difftar.gz", "empty.difftar"]
    told = subprocess.run(words, capture_output=True, text=True, check=True, env=os.environ | {"LC_ALL": "C"}).stdout
    assert told == f"labcheck canary {'a1' * 16}\n"


def test_nothing_new_is_neither_looked_at_nor_deleted() -> None:
    silent = fake_host("backup", {})
    assert canaries(silent, "/home/elvis/mysql", ()) == []
    remove(silent, "/home/elvis/mysql", ())


def test_what_a_drill_made_is_deleted_by_name() -> None:
    remove(fake_host("backup", {"rm -f -- /m/a /m/b": Answer(0)}), "/m", {"b", "a"})


def test_a_program_for_a_host_is_one_text_that_imports_nothing_of_ours() -> None:
    for names in (
        ("statements", "scratch", "guard", "restoring"),
        ("statements", "scratch", "guard", "restoring", "canary"),
    ):
        program = source(*names)
        compile(program, "program", "exec")
        assert "labcheck.facts" not in program
        assert len(program) < 40_000  # it is one word of a command line, quoted twice
