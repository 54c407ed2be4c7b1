"""What `%on_call` says, on the real lab."""

from collections.abc import Callable

import pytest

from labcheck.errors import UsageError
from labcheck.notebook import on_call
from labcheck.notebook.clock import Clock
from labcheck.notebook.on_call_report import ShiftReport
from labcheck.practice.lab import PracticeLab
from labcheck.practice.on_call import Incident, Shift

KEPT = Incident("empty-dump", 0.0, (), noticed=30.0, diagnosed=60.0, repaired=125.0)
LATE = Incident("truncated-dump", 0.0, (), noticed=30.0, diagnosed=60.0, repaired=700.0, rows_lost=2, given_up=True)
OPEN = Incident("second-version-gone", 0.0, (), noticed=0.2)


def test_a_report_says_what_was_kept_of_the_promise() -> None:
    report = ShiftReport(Shift(7, ("empty-dump", "truncated-dump", "second-version-gone"), 600, (KEPT, LATE, OPEN)))
    assert [row.kept for row in report.rows] == ["kept", "broken", "not yet"]
    assert report.rows[0].cells[1:] == ("30 s", "1 min", "2 min 5 s", "0", "0")
    assert report.rows[1].cells[0] == "The dump stops in the middle (given up)"
    assert report.rows[2].cells == ("not over yet", "under 1 s", "not yet", "not yet", "0", "not yet")
    assert report.summary == "2 of 3 repaired; the longest took 11 min 40 s (the measured RTO), 2 rows lost."
    assert 'class="late">broken' in report._repr_html_()
    assert "promised: each repaired within 10 min" in report._repr_html_()
    assert report.summary in repr(report)


def test_a_report_of_nothing_says_so() -> None:
    assert ShiftReport(Shift(7, ("empty-dump",), 600)).summary == "Nothing was repaired yet."


@pytest.mark.lab
@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "makes no sense"),
        ("sleep", "makes no sense"),
        ("begin seed=x", "are numbers"),
        ("begin 7", "takes seed, faults and promise"),
        ("begin colour=red", "takes seed, faults and promise"),
        ("begin promise=soon", "is not a length of time"),
        ("begin faults=0", "cannot come"),
        ("noticed", "one word was wanted"),
        ("cause 1 2", "one word was wanted"),
        ("cause one", "is no number"),
    ],
)
def test_words_that_make_no_sense_are_told(line: str, said: str, lab: PracticeLab) -> None:
    with lab.connections() as connections, pytest.raises(UsageError, match=said):
        on_call.answer(lab, connections, line.split())


@pytest.mark.lab
def test_a_morning_from_its_beginning_to_its_report(solved_lab: PracticeLab) -> None:
    with solved_lab.connections() as connections:
        live_through_a_morning(lambda line: on_call.answer(solved_lab, connections, line.split()))


def live_through_a_morning(asked: Callable[[str], on_call.Reply]) -> None:
    assert "You are on call (seed 5). 1 to come" in asked("begin seed=5 faults=1 promise=10m")[0]
    text, clock = asked("next")
    assert text.startswith("Incident 1 of 1\n\n")
    assert isinstance(clock, Clock)
    assert clock.until == 0
    assert "is well, or not the one" in asked("noticed 99")[0]
    assert asked("hint")[0] != asked("hint")[0]
    assert asked("repaired")[0] == "Not yet: this is what still fails."
    assert "The morning is over" in asked("solve")[0]
    assert clock.until > clock.since
    report = asked("report")[1]
    assert isinstance(report, ShiftReport)
    assert "1 of 1 repaired" in report.summary
