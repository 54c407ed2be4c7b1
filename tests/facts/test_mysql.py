from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.errors import UnexpectedStatus, UnreadableAnswer
from labcheck.facts.mysql import Refused, Rows, parse_batch, rows
from labcheck.hosts import Answer
from tests.captured import cases, outcome
from tests.fake_host import fake_host

ASK_ITEM = (
    "mysql --default-character-set=utf8mb4 --batch --column-names --skip-raw --skip-table --skip-vertical --skip-html"
    " --skip-xml --skip-safe-updates --execute 'SELECT * FROM `agama`.`item`'"
)
ESCAPES = {"\0": r"\0", "\t": r"\t", "\n": r"\n", "\\": r"\\"}
VALUES = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\\\t\n\r\0nt0x"), max_size=20)


def line_of(values: Sequence[str]) -> str:
    return "\t".join("".join(ESCAPES.get(character, character) for character in value) for value in values) + "\n"


@cases("batch")
def test_the_clients_table_is_read_as_its_rows(text: str, expected: object) -> None:
    assert outcome(parse_batch, text) == expected


@given(st.lists(st.tuples(VALUES, VALUES), max_size=5))
def test_the_rows_that_were_printed_come_back(found: list[tuple[str, str]]) -> None:
    text = line_of(["a", "b"]) + "".join(map(line_of, found))
    assert parse_batch(text) == Rows(("a", "b"), tuple(found))


@given(st.text() | st.text("\t\n\\ab"))
def test_any_text_is_read_or_is_unreadable(text: str) -> None:
    outcome(parse_batch, text)


@pytest.mark.parametrize(
    ("stderr", "is_access"),
    [
        ("ERROR 1045 (28000): Access denied for user 'backup'@'localhost' (using password: YES)", True),
        ("ERROR 1142 (42000) at line 1: SELECT command denied to user 'backup'@'localhost' for table 'item'", True),
        ("ERROR 1146 (42S02) at line 1: Table 'agama.item' doesn't exist", False),
        ("ERROR 1049 (42000): Unknown database 'agama'", False),
    ],
)
def test_a_server_that_refuses_is_an_answer(stderr: str, is_access: bool) -> None:
    warning = "mysql: [Warning] Using a password on the command line interface can be insecure.\n"
    host = fake_host("db", {ASK_ITEM: Answer(1, stderr=f"{warning}{stderr}\n")})

    assert rows(host, "agama", "item") == Refused(stderr, is_access)


def test_a_server_that_is_not_there_is_an_answer() -> None:
    stderr = "ERROR 2002 (HY000): Can't connect to local MySQL server through socket '/run/x' (2)"
    host = fake_host("db", {ASK_ITEM: Answer(1, stderr=f"{stderr}\n")})

    assert rows(host, "agama", "item") == Refused(stderr, is_access=False, is_down=True)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(1),
        Answer(1, stderr="ERROR 2013 (HY000): Lost connection\n"),
        Answer(1, stderr="ERROR \n"),
        Answer(127, stderr="sh: 1: mysql: not found\n"),
    ],
)
def test_a_client_that_could_not_ask_is_our_error(answer: Answer) -> None:
    with pytest.raises(UnexpectedStatus, match="db"):
        rows(fake_host("db", {ASK_ITEM: answer}), "agama", "item")


def test_rows_that_were_cut_off_are_our_error() -> None:
    with pytest.raises(UnreadableAnswer, match="more than"):
        rows(fake_host("db", {ASK_ITEM: Answer(-1, "id\n1\n", truncated=True)}), "agama", "item")
