import io

import pytest

from labcheck.model import ClassResult, Grade, State
from labcheck.reports import class_console
from tests.reports.grades import CLASS, GRADE, PRISCILLA, RUN
from tests.reports.test_console import Terminal


@pytest.fixture(autouse=True)
def usual_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)


def test_a_line_a_student_then_what_failed_most_and_the_warnings() -> None:
    out = io.StringIO()
    class_console.write(CLASS, out)

    assert out.getvalue().splitlines() == [
        "Week 10: backup tools",
        "priscilla  7.2 of 10 points · 3 passed, 2 failed",
        "frodo      unreachable: db did not answer within 10 s",
        "1 of 2 students graded, 0 passed everything, the middle grade is 72%",
        "failed most:",
        "  1.2      1 of 1    rows is so",
        "  2.1      1 of 1    copy is so",
        "warning: two alike",
        "warning: priscilla: db is the machine of `frodo`, too",
    ]


def test_a_terminal_gets_a_table_with_a_sign_a_check() -> None:
    out = Terminal()
    class_console.write(ClassResult("lab", "Week 10", (GRADE, PRISCILLA), RUN), out)

    told = out.getvalue()
    assert "\x1b[31m✗" in told
    assert "1/6" in told
    assert "7.2/10" in told


@pytest.mark.parametrize("out", [io.StringIO(), Terminal()])
def test_markup_in_names_and_notes_is_not_interpreted(out: io.StringIO) -> None:
    grade = Grade("[red]x[/red]", (), State.ERROR, "[/] :smile:")
    class_console.write(ClassResult("lab", "[b]T[/b]", (grade, grade)), out)

    for words in ("[red]x[/red]", "[/] :smile:", "[b]T[/b]"):
        assert words in out.getvalue()
    assert "the middle grade" not in out.getvalue()
