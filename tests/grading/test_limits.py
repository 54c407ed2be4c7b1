"""Time is bounded for a check and for a student, by the hosts' own time; evidence is kept short."""

import pytest

from labcheck.errors import CheckFailed, CommandTimedOut
from labcheck.grading.runner import LONGEST_EVIDENCE, MOST_EVIDENCE, Limits, run
from labcheck.hosts import Answer, Question, Site, site_of
from labcheck.model import Lab, Result, Status

asked: list[Question] = []


def slow(question: Question) -> Answer:
    """A host that takes three seconds for everything, or less when it is given less."""
    asked.append(question)
    if question.timeout_seconds < 3:
        raise CommandTimedOut(f"did not finish in {question.timeout_seconds:g} seconds")
    return Answer(0, "x" * 1000 + "\x1b", seconds=3.0)


def results(limits: Limits, questions: int = 2) -> list[Result]:
    lab: Lab[Site] = Lab("lab", "Lab")
    for name in ("first", "second", "third"):

        def check(site: Site, words: tuple[str, ...] = () if name == "first" else (name,)) -> None:
            """it is so"""
            for number in range(questions):
                site.db.run("ask", str(number), *words)

        check.__name__ = name
        lab.check("1.1")(check)
    asked.clear()
    return list(run(lab.checks, site_of("elvis", slow), limits))


@pytest.mark.parametrize(
    ("limits", "statuses"),
    [
        (Limits(6, 18), ["pass", "pass", "pass"]),
        (Limits(5, 100), ["error", "error", "error"]),
        (Limits(100, 12), ["pass", "pass", "error"]),
        (Limits(100, 10), ["pass", "error", "error"]),
    ],
)
def test_a_check_and_a_student_have_so_much_time_and_the_others_still_count(
    limits: Limits, statuses: list[str]
) -> None:
    assert [result.status for result in results(limits)] == statuses


def test_a_question_is_given_what_is_left_and_none_is_asked_after_that() -> None:
    *_, last = results(Limits(100, 10))

    assert [question.timeout_seconds for question in asked] == [10, 7, 4, 1]
    assert last.found == "the hosts took more than 10 seconds for all checks together"
    assert results(Limits(3, 100), 3)[0].found == "the hosts took more than 3 seconds for this check"


def test_hosts_that_have_said_too_much_are_asked_no_more() -> None:
    first, second, third = results(Limits(student_bytes=2500))

    assert (first.status, second.status, third.status) == (Status.PASS, Status.ERROR, Status.ERROR)
    assert second.found == third.found == "the hosts said more than 0.00238419 MiB for all checks together"
    assert len(asked) == 3


def test_evidence_is_the_last_questions_short_and_visible() -> None:
    evidence = results(Limits(), questions=12)[0].evidence

    assert [one.asked for one in evidence] == [f"ask {number}" for number in range(12 - MOST_EVIDENCE, 12)]
    assert {len(one.said) for one in evidence} == {LONGEST_EVIDENCE}
    assert (evidence[0].host, evidence[0].user, evidence[0].status) == ("db", "backup", 0)


@pytest.mark.parametrize(("credit", "earned"), [(0.5, 2), (7, 4), (-1, 0), (0, 0)])
def test_a_failed_check_earns_its_credit_and_no_more(credit: float, earned: float) -> None:
    lab: Lab[Site] = Lab("lab", "Lab")

    @lab.check("1.1", points=4)
    def half(_: Site) -> None:
        """it is half so"""
        raise CheckFailed("half", credit=credit)

    (result,) = run(lab.checks, site_of("elvis", slow))
    assert (result.status, result.earned) == (Status.FAIL, earned)
