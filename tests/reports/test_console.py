import io
import re

import pytest

from labcheck.model import Basis, Grade, Result, Status
from labcheck.reports.console import points, summary, write
from tests.reports.grades import GRADE, HOSTILE


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def plain(grade: Grade, title: str = "Week 10") -> str:
    out = io.StringIO()
    write(grade, title, out)
    return out.getvalue()


@pytest.fixture(autouse=True)
def usual_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "150")
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def on_terminal(grade: Grade, title: str = "Week 10") -> str:
    out = Terminal()
    write(grade, title, out)
    return out.getvalue()


def test_each_result_is_a_line_with_what_was_found_and_what_is_next_below_it() -> None:
    assert plain(GRADE).splitlines() == [
        "Week 10 · elvis",
        "1.1  PASS    1/1  agama.sql is there",
        "1.2  FAIL    0/2  agama.sql is whole",
        f"                  found `{HOSTILE}`",
        "                  next  tail -1 agama.sql",
        "1.3  SKIP    0/3  it holds the rows",
        "                  found nothing to look at yet",
        "10.12ERROR   -/4  the page answers",
        "                  found cannot sign in to app",
        "1 of 6 points · 1 passed, 1 failed, 1 skipped, 1 not graded",
    ]


def test_what_points_rest_on_is_told_by_steps_where_it_is_more_than_the_hosts_word() -> None:
    told = (
        Result("a", "1.1", "a", 1, Status.PASS),
        Result("b", "3.1", "b", 2, Status.PASS, basis=Basis.SERVER),
        Result("c", "3.1", "c", 1, Status.FAIL, credit=0.5, basis=Basis.SERVER),
        Result("d", "4.4", "d", 6, Status.FAIL, basis=Basis.RESTORED),
        Result("e", "8.1", "e", 6, Status.PASS, basis=Basis.NONCE),
    )
    assert plain(Grade("elvis", told)).splitlines()[-3:] == [
        "6 resting on: a fresh value that came back (8.1)",
        "2.5 resting on: told by a server (3.1)",
        "1 resting on: told by the host (1.1)",
    ]


def test_no_escape_is_written_where_there_is_no_terminal() -> None:
    assert "\x1b" not in plain(GRADE)


def test_a_terminal_gets_a_table_in_colours_with_the_same_words() -> None:
    told = on_terminal(GRADE)
    words = re.sub(r"\x1b\[[0-9;]*m", "", told)

    assert "\x1b[32mPASS" in told
    assert "\x1b[31mFAIL" in told
    for line in ("Week 10 · elvis", "agama.sql is there", "next  tail -1 agama.sql", "1 of 6 points"):
        assert line in words


def test_markup_in_what_a_host_said_is_not_interpreted() -> None:
    assert f"found `{HOSTILE}`" in re.sub(r"\x1b\[[0-9;]*m", "", on_terminal(GRADE))


def test_markup_in_a_title_or_a_name_is_not_interpreted() -> None:
    grade = Grade("[/] [red]elvis", ())
    assert "[bold]Week[/bold] · [/] [red]elvis" in re.sub(
        r"\x1b\[[0-9;]*m", "", on_terminal(grade, "[bold]Week[/bold]")
    )


@pytest.mark.parametrize(
    ("status", "given"),
    [(Status.PASS, "2/2"), (Status.FAIL, "0/2"), (Status.SKIP, "0/2"), (Status.ERROR, "-/2")],
)
def test_points_are_what_was_given_of_what_can_be(status: Status, given: str) -> None:
    assert points(Result("name", "1.1", "title", 2, status)) == given


def test_a_grade_without_results_says_so() -> None:
    assert summary(Grade("elvis", ())) == "0 of 0 points · no checks"
