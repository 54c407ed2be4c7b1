import time

import pytest

from labcheck.notebook.questions import Option, Question, questions, verdict_on

RPO = Question(
    "rpo",
    "What is lost?",
    (Option("24h 2m", "Yes.", right=True), Option("24h", "It forgets the upload."), Option("2m", "That is the best.")),
    "duration",
    "When is it lost?",
)
WEEKDAYS = questions()["every-night-but-sunday"]


@pytest.mark.parametrize(
    "text", ["24 h 2 min", "24h02", "24:02", "24:02:00", "1442 min", "1,442 minutes", "1 day and 2 minutes", "1D 2M",
             "86520s", "24 hours, 2 minutes", "  24 h\t02 ", "24.03 h", "24,03 h", "1 day + 2 min", "PT24H2M", "P1DT2M",
             "1 442 min", "a day and two minutes", "twenty-four hours & two min.", "1 day, 0:02:00", "~24 h : 2 min",
             "About 24 hours plus 2 minutes."],
)  # fmt: skip
def test_any_notation_of_a_length_of_time_is_that_length(text: str) -> None:
    assert verdict_on(RPO, text).right is True


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a day", "It forgets the upload."),
        ("1440 min", "It forgets the upload."),
        ("120 s", "That is the best."),
        ("24h 3m", "That is 1 d 3 min. When is it lost?"),
    ],
)
def test_a_wrong_length_of_time_is_told_why(text: str, why: str) -> None:
    verdict = verdict_on(RPO, text)
    assert (verdict.right, verdict.why) == (False, why)


@pytest.mark.parametrize("text", ["24", "P1M", "-2h", "9" * 5000 + "h", "2 h x", "1.5.5h"])
def test_what_is_no_length_of_time_is_no_answer(text: str) -> None:
    verdict = verdict_on(RPO, text)
    assert verdict.right is None
    assert "is not a length of time. Write it like 90s, 1h30m, 24:02 or 7 days." in verdict.why


@pytest.mark.parametrize(
    "text",
    [
        "12 0 * * 1-6",
        "12 00 * * mon-sat",
        "12 0 * * 1,2,3,4,5,6",
        "12 0 */1 * 1-6,1",
        "`12 0 * * 1-6`",
        "12\t0 * jan-dec 1-6",
    ],
)
def test_any_schedule_with_the_same_runs_is_right(text: str) -> None:
    assert verdict_on(WEEKDAYS, text).right is True


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("@daily", "`@daily` runs at 00:00 every day. It "),
        ("12 0 * * 0", "`12 0 * * 0` runs at 00:12 on every Sunday. It"),
        ("12 0 1-31 * 6", "That has Sundays in it, too."),
        (
            "@reboot",
            "`@reboot` runs once, when the machine starts (not when only cron is restarted). It does not run on",
        ),
    ],
)
def test_a_wrong_schedule_is_told_why_or_when_it_differs(text: str, why: str) -> None:
    verdict = verdict_on(WEEKDAYS, text)
    assert verdict.right is False
    assert why in verdict.why


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("60 0 * * *", "bad minute."),
        ("12 0 * *", "bad day-of-week."),
        ("12 0 * * 1-6 x", "bad username. Type five fields, and nothing behind them."),
    ],
)
def test_what_cron_refuses_is_no_answer(text: str, words: str) -> None:
    verdict = verdict_on(WEEKDAYS, text)
    assert verdict.right is None
    assert verdict.why == f"Cron refuses `{text}`: {words}"


@pytest.mark.parametrize("text", ["12 0 * * 1-6", "0 0 29 2 *", "* * * * *", "@reboot", "0 0 31 2 *", "1/5 * * * *"])
def test_an_answer_is_judged_at_once(text: str) -> None:
    spent = []
    for _ in range(3):
        started = time.process_time()
        verdict_on(WEEKDAYS, text)
        spent.append(time.process_time() - started)
    assert min(spent) < 0.1
