import re
import tracemalloc
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.errors import UnreadableAnswer
from labcheck.facts.dump import dump, parse_dump
from labcheck.facts.on_host.statements import read_dump
from labcheck.hosts import Answer
from tests.captured import cases, outcome
from tests.fake_host import fake_host

ESCAPES = {"\0": r"\0", "\n": r"\n", "\r": r"\r", "\x1a": r"\Z", "\\": r"\\", "'": r"\'", '"': r"\""}
VALUES = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\\'\"\n\r\0\x1a(),;`"), max_size=20)
TABLES = st.lists(st.lists(VALUES, min_size=2, max_size=2), max_size=5)


def quoted(value: str) -> str:
    """Write a value as mysqldump does (measured: `data/dump/mariadb.sql`)."""
    return "'" + "".join(ESCAPES.get(character, character) for character in value) + "'"


def dump_of(rows: Sequence[Sequence[str]], between: str) -> str:
    told = between.join(f"({','.join(map(quoted, row))})" for row in rows)
    insert = f"INSERT INTO `item` VALUES\n{told};\n" if rows else ""
    return f"CREATE TABLE `item` (\n  `a` text,\n  `b` text\n);\n{insert}UNLOCK TABLES;\n-- Dump completed\n"


@cases("dump")
def test_a_dump_is_read_as_what_it_holds(text: str, expected: object) -> None:
    assert outcome(parse_dump, text) == expected


@given(TABLES, st.sampled_from([",", ",\n", ");\nINSERT INTO `item` VALUES ("]))
def test_the_rows_that_were_dumped_come_back(rows: list[list[str]], between: str) -> None:
    between = between.removeprefix(")").removesuffix("(")
    assert parse_dump(dump_of(rows, between)).rows == {"item": tuple(map(tuple, rows))}


@given(TABLES, st.data())
def test_a_dump_that_was_cut_off_is_not_complete_and_gives_its_first_whole_rows(
    rows: list[list[str]], data: st.DataObject
) -> None:
    text = dump_of(rows, ",")
    cut = parse_dump(text[: data.draw(st.integers(0, len(text) - 2))])

    assert not cut.completed
    assert cut.rows.get("item", ()) == tuple(map(tuple, rows))[: len(cut.rows.get("item", ()))]


SETTING = "/*!40111 SET SQL_NOTES=@OLD_SQL_NOTES */;"


@pytest.mark.parametrize(
    ("text", "completed"),
    [
        (f"/*!40101 SET NAMES utf8mb4 */;\n{SETTING}\n\n", True),
        ("SET x = 1;\n/*M!100616 SET NOTE_VERBOSITY=@OLD_NOTE_VERBOSITY */;\n", True),
        (f"/*M!999999\\- enable the sandbox mode */ \nSET x = 1;\n{SETTING}\n", True),
        (f"-- MySQL dump 10.13\n{SETTING}\n", False),
        (f"/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump\n{SETTING}\n", False),
        ("/*!40101 SET NAMES utf8mb4 */;\n", False),
    ],
)
def test_a_dump_without_remarks_ends_with_its_last_setting(text: str, completed: bool) -> None:
    assert parse_dump(text).completed is completed
    assert read_dump(text, "agama").completed is completed


@given(st.text() | st.text("INSERTO VALUES`item`()',\\\n0xNULL-"))
def test_no_text_breaks_the_reader(text: str) -> None:
    parse_dump(text)


@pytest.mark.parametrize("start", ["INSERT INTO `item` VALUES ('", "INSERT INTO `", "INSERT INTO `item` VALUES (0x"])
def test_a_statement_without_an_end_takes_no_longer_than_its_length(start: str) -> None:
    assert parse_dump(start + "0" * (1 << 20)).rows == {}


@pytest.mark.parametrize("value", ["x", "\\'", "''", "é"])
def test_a_huge_value_takes_no_more_memory_than_a_few_times_its_length(value: str) -> None:
    text = "INSERT INTO `item` VALUES ('" + value * (1 << 19) + "')"
    tracemalloc.start()
    try:
        parse_dump(text)
        assert tracemalloc.get_traced_memory()[1] < 50 << 20
    finally:
        tracemalloc.stop()


def test_rows_inside_a_value_are_not_rows() -> None:
    text = dump_of([["1", "x\nINSERT INTO `item` VALUES ('2','y');"]], ",")

    assert len(parse_dump(text).rows["item"]) == 1


def test_an_insert_that_is_only_spoken_of_gives_no_rows() -> None:
    text = "-- INSERT INTO `item` VALUES (1)\n  `id` int COMMENT 'INSERT INTO `item` VALUES (2)'\n"

    assert parse_dump(text).rows == {}


def test_a_dump_over_the_limit_is_our_error_and_not_an_incomplete_dump() -> None:
    host = fake_host("db", {"cat -- agama.sql": Answer(-1, "-- MySQL dump", truncated=True)})

    with pytest.raises(UnreadableAnswer, match=re.escape("printed more than 4,194,304 bytes")):
        dump(host, "agama.sql")
