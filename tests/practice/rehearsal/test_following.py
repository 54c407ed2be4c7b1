"""What is made of a command that was typed, and of the rows that came back; no host is needed for either."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.errors import CommandTimedOut, HostUnreachable, LabcheckError
from labcheck.hosts import Answer, Host, Question
from labcheck.practice.rehearsal.following import Followed, follow
from labcheck.practice.rehearsal.rehearsal import Outcome, second_time
from labcheck.practice.rehearsal.weeks import Lived
from labcheck.submissions.finding import NOTE, Finding, Place
from labcheck.submissions.scenario import Scenario
from labcheck.submissions.script import Order

TYPED = "runuser"
LOSS = 1_790_000_000.0


def host_that_says(answers: list[Answer | LabcheckError], heard: list[str]) -> Host:
    """Return a host whose typed commands end as listed; all else succeeds."""

    def ask(question: Question) -> Answer:
        if TYPED not in question.command:
            return Answer(0)
        heard.append(question.command)
        said = answers[len(heard) - 1]
        if isinstance(said, LabcheckError):
            raise said
        return said

    return Host("db", "root", ask)


def followed(answers: list[Answer | LabcheckError], *orders: Order) -> Followed:
    played = Scenario(document="backup_restore.md", orders=orders)
    return follow(host_that_says(answers, []), played, LOSS, lambda _: None)


def test_a_document_that_works_has_no_findings() -> None:
    assert followed([Answer(0), Answer(0)], Order(3, "ls"), Order(4, "true")) == Followed((), 2, True)


@pytest.mark.parametrize(
    ("answer", "rule", "words"),
    [
        (Answer(11, "Restore 'r' is not empty"), "lab-command-failed", "ends with status 11: Restore 'r' is not empty"),
        (Answer(30, "GnuPG passphrase for decryption:\nEOFError"), "lab-asks", "GnuPG passphrase for decryption:"),
        (Answer(1, "x\x1b[31m"), "lab-command-failed", "x\\x1b[31m"),
        (Answer(1), "lab-command-failed", "it printed nothing"),
        (Answer(124, stderr="ended\n"), "lab-hangs", "had not ended after 40 seconds"),
        (CommandTimedOut("db did not finish"), "lab-host-lost", "does not answer any more"),
        (HostUnreachable("gone"), "lab-host-lost", "does not answer any more"),
    ],
)
def test_what_goes_wrong_stops_it_with_a_finding_at_the_line(
    answer: Answer | LabcheckError, rule: str, words: str
) -> None:
    found = followed([answer], Order(7, "duplicity restore …", "backup", matters=True), Order(8, "never typed"))
    assert (found.typed, found.is_finished) == (1, False)
    assert [(one.rule, one.place.line) for one in found.findings] == [(rule, 7)]
    assert words in found.findings[0].found


def test_a_failure_that_need_not_matter_is_a_note() -> None:
    found = followed([Answer(1, "No such file"), Answer(0)], Order(7, "rm r/*", "backup"), Order(8, "true"))
    assert found.is_finished
    assert [one.severity for one in found.findings] == [NOTE]


def test_a_second_way_to_load_need_not_work() -> None:
    loads = [Order(line, "mysql agama < x.sql", matters=True, loads=True) for line in (7, 9)]
    found = followed([Answer(0), Answer(1, "No such file")], *loads)
    assert (found.is_finished, [one.severity for one in found.findings]) == (True, [NOTE])
    assert not followed([Answer(1, "No such file")], *loads).is_finished


def test_who_types_is_told_where_the_command_asks_for_it() -> None:
    order = Order(7, "duplicity restore rsync://$USER@h/m r", "backup", matters=True)
    assert (
        followed([Answer(50, "Permission denied")], order).findings[0].next_step
        == "$USER is `backup` there: write the name."
    )


def test_nothing_is_typed_from_a_gap_on() -> None:
    found = followed(
        [Answer(0)], Order(3, "ls"), Order(4, "mysql agama < agama-<date>.sql", gap="<date>"), Order(5, "ls")
    )
    assert (found.typed, found.is_finished) == (1, False)
    assert [(one.rule, one.place.line) for one in found.findings] == [("lab-gap", 4)]


def test_a_pattern_below_the_load_is_a_note() -> None:
    orders = (Order(3, "mysql agama < x.sql", matters=True, loads=True), Order(5, "less <file>", gap="<file>"))
    found = followed([Answer(0)], *orders)
    assert (found.is_finished, [(one.rule, one.severity) for one in found.findings]) == (True, [("lab-gap", NOTE)])


def test_a_date_is_that_of_the_newest_backup() -> None:
    heard: list[str] = []
    orders = (Order(3, "mysql agama < agama-2024-05-06.sql"), Order(4, "ls dump.20240506"), Order(5, "ls 20240506123"))
    follow(host_that_says([Answer(0)] * 3, heard), Scenario(orders=orders), LOSS, lambda _: None)
    typed = [base64.b64decode(command.split(" bash ")[-1].split()[0]).decode() for command in heard]
    assert typed == ["mysql agama < agama-2026-09-21.sql", "ls dump.20260921", "ls 20240506123"]


@pytest.mark.parametrize(
    ("command", "severity"), [("duplicity --force restore u r", NOTE), ("duplicity restore u r", "")]
)
def test_a_forced_restore_that_only_a_new_duplicity_refuses_is_a_note(command: str, severity: str) -> None:
    stopped = Finding("lab-command-failed", Place("backup_restore.md", 7), "ends with status 11: Will not overwrite.")
    found = second_time(stopped, Scenario(orders=(Order(7, command, matters=True),)))
    assert (found.rule, found.place, found.severity) == ("lab-second-time", stopped.place, severity)


def lived(*instants: float) -> Lived:
    rows = tuple((number, f"row {number}", 0) for number in range(len(instants)))
    return Lived(LOSS, 7, 20, rows, {f"row {number}": instant for number, instant in enumerate(instants)}, ())


def test_the_loss_reaches_back_to_the_oldest_row_that_is_gone() -> None:
    story = lived(0, LOSS - 9000, LOSS - 5000, LOSS - 100)
    assert Outcome.of(story, story.rows[:2]) == Outcome(2, 4, 5000, True)
    assert Outcome.of(story, story.rows).told == "4 of 4 rows are back"


def test_a_hole_is_no_recovery_point() -> None:
    story = lived(0, LOSS - 9000, LOSS - 5000)
    assert not Outcome.of(story, (story.rows[0], story.rows[2])).is_whole
    assert Outcome.of(story, ()).told == "none of 3 rows is back"


@given(st.lists(st.floats(0, LOSS - 1), min_size=1, max_size=30, unique=True), st.integers(0, 30))
def test_what_is_back_up_to_an_instant_is_whole(instants: list[float], count: int) -> None:
    story = lived(*sorted(instants))
    found = Outcome.of(story, story.rows[:count])
    assert found.is_whole == (count > 0)
    assert found.rows == min(count, len(instants))
    assert found.lost_seconds == (0 if count >= len(instants) else round(LOSS - sorted(instants)[count]))
