import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.errors import UnexpectedStatus
from labcheck.facts.http import Page, page, parse_page
from labcheck.hosts import Answer
from tests.captured import cases, outcome
from tests.fake_host import fake_host

URL = "http://app.foo.bar/"
CURL = f"curl --silent --max-time 5 --write-out '\n%{{http_code}}' -- {URL}"


@cases("page")
def test_what_curl_prints_is_read(text: str, expected: object) -> None:
    assert outcome(parse_page, text) == expected


@given(st.text() | st.from_regex(r"[a-z]*\n[0-9²٣]*"))
def test_any_text_is_read_or_is_unreadable(text: str) -> None:
    outcome(parse_page, text)


def test_a_page_has_its_status_and_its_text() -> None:
    assert page(fake_host("db", {CURL: Answer(0, "<p>\n\n200")}), URL) == Page(200, "<p>\n")


@pytest.mark.parametrize("status", [7, 52])
def test_a_server_that_does_not_answer_has_status_0(status: int) -> None:
    assert page(fake_host("db", {CURL: Answer(status, "\n000")}), URL) == Page(0)


@pytest.mark.parametrize("status", [2, 6, 28, 127])
def test_a_curl_that_could_not_ask_is_our_error(status: int) -> None:
    with pytest.raises(UnexpectedStatus):
        page(fake_host("db", {CURL: Answer(status)}), URL)
