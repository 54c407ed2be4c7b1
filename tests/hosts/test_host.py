import pytest

from labcheck.errors import UnexpectedStatus, UnreadableAnswer
from labcheck.hosts import Answer
from tests.fake_host import fake_host


def test_words_reach_the_host_quoted() -> None:
    host = fake_host("db", {"echo '$(touch x)' -n 'it'\"'\"'s'": Answer(0, "said")})
    assert host.run("echo", "$(touch x)", "-n", "it's").stdout == "said"


def test_any_status_is_an_answer_of_run() -> None:
    assert fake_host("db", {"false": Answer(42)}).run("false").status == 42


@pytest.mark.parametrize(("status", "no", "expected"), [(0, (1,), True), (1, (1,), False), (4, (3, 4), False)])
def test_yes_and_no_are_the_statuses_that_the_caller_names(status: int, no: tuple[int, ...], expected: bool) -> None:
    assert fake_host("db", {"ask": Answer(status)}).test("ask", no=no) is expected


def test_a_status_that_is_neither_yes_nor_no_is_our_error() -> None:
    with pytest.raises(UnexpectedStatus, match="`ask` on db as backup ended with status 2: no output"):
        fake_host("db", {"ask": Answer(2)}).test("ask")


def test_output_must_succeed_and_the_error_has_the_last_line_that_was_said() -> None:
    host = fake_host("db", {"cat x": Answer(1, "out", "first\ncat: x: Permission denied\n")})
    with pytest.raises(UnexpectedStatus, match=r"status 1: cat: x: Permission denied$"):
        host.output("cat", "x")


def test_truncated_output_is_unreadable_whatever_the_status() -> None:
    with pytest.raises(UnreadableAnswer, match="printed more than 5 bytes"):
        fake_host("db", {"yes": Answer(0, "y\n", truncated=True)}).expect("yes", statuses={0}, limit_bytes=5)


def test_another_user_asks_the_same_host() -> None:
    host = fake_host("db", {"id": Answer(1)}).as_user("root")
    with pytest.raises(UnexpectedStatus, match="on db as root"):
        host.output("id")
