import pytest

from labcheck.errors import CheckFailed, CommandTimedOut, HostUnreachable
from labcheck.grading.runner import run
from labcheck.hosts import Answer, Question, Site, site_of
from labcheck.model import Drill, Lab, Result, Status
from tests.fake_host import fake_site


def lab_of(trouble: Exception | None) -> Lab[Site]:
    """Return a lab of a check that raises this, and one that needs it, and one that needs that."""
    lab: Lab[Site] = Lab("lab", "Lab")

    @lab.check("1.1", points=2)
    def first(_: Site) -> None:
        """the first thing is so"""
        if trouble:
            raise trouble

    @lab.check("1.2", needs=[first])
    def second(_: Site) -> None:
        """the second thing is so"""

    @lab.check("1.3", needs=[second])
    def third(_: Site) -> None:
        """the third thing is so"""

    return lab


def results(trouble: Exception | None) -> list[Result]:
    return list(run(lab_of(trouble).checks, fake_site()))


def statuses(trouble: Exception | None) -> list[Status]:
    return [result.status for result in results(trouble)]


def test_checks_that_return_pass() -> None:
    first, *_ = results(None)

    assert statuses(None) == [Status.PASS] * 3
    assert (first.name, first.step, first.title, first.points) == ("first", "1.1", "the first thing is so", 2)
    assert (first.found, first.hint) == ("", "")


def test_a_failed_check_has_what_was_found_and_what_needs_it_is_skipped() -> None:
    first, second, third = results(CheckFailed("mode `0644`", "chmod 600 x"))

    assert (first.status, first.found, first.hint) == (Status.FAIL, "mode `0644`", "chmod 600 x")
    assert (second.status, second.found) == (Status.SKIP, "nothing to look at yet: step 1.1 comes first")
    assert (third.status, third.found) == (Status.SKIP, "nothing to look at yet: step 1.2 comes first")


def test_our_trouble_is_an_error_and_so_is_all_that_needs_it() -> None:
    first, second, third = results(HostUnreachable("cannot sign in to db", "labcheck lab status"))

    assert (first.status, first.found, first.hint) == (Status.ERROR, "cannot sign in to db", "labcheck lab status")
    assert (second.status, second.found) == (Status.ERROR, "nothing, as step 1.1 could not be graded")
    assert third.status is Status.ERROR


@pytest.mark.parametrize(
    "defect", [KeyError("x"), RecursionError("deep"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "bad")]
)
def test_a_defect_in_a_check_is_our_error_and_never_a_failure(defect: Exception) -> None:
    first, *_ = results(defect)

    assert first.status is Status.ERROR
    assert first.found.startswith(f"a defect of this check: {type(defect).__name__}: ")


def test_an_interrupt_is_not_a_result() -> None:
    lab: Lab[Site] = Lab("lab", "Lab")

    @lab.check("1.1")
    def interrupted(_: Site) -> None:
        """it is interrupted"""
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(run(lab.checks, fake_site()))


def test_a_result_comes_before_the_next_check_is_asked() -> None:
    coming = run(lab_of(CheckFailed("x")).checks, fake_site())
    assert next(coming).status is Status.FAIL


@pytest.mark.parametrize("trouble", [CheckFailed, HostUnreachable])
def test_hostile_text_is_shown_and_never_obeyed(trouble: type[CheckFailed] | type[HostUnreachable]) -> None:
    hostile = "a\x1b]0;root\x07b\u202ec\0d\ne\u200bf"
    first, *_ = results(trouble(hostile, hostile))

    assert first.found == first.hint == r"a\x1b]0;root\x07b\u202ec\x00d\ne\u200bf"


def asks(command: str, *, drill: Drill | None = None, times: int = 2) -> tuple[list[str], list[Result]]:
    """Return what a host was asked, and what came of checks that all ask the same."""
    lab: Lab[Site] = Lab("lab", "Lab")
    asked: list[str] = []

    def answer(question: Question) -> Answer:
        asked.append(question.command)
        if question.command == "down":
            raise CommandTimedOut("no answer")
        return Answer(0, f"{len(asked)}\n")

    def look(site: Site) -> str:
        """the host answers"""
        return site.db.output(command)

    for number in range(times):
        lab.check(f"1.{number}", drill=drill)(look)
    return asked, list(run([*lab.checks, *lab.drills], site_of("elvis", answer)))


def test_what_several_checks_want_to_know_is_asked_once_and_is_evidence_for_each() -> None:
    asked, results = asks("date")

    assert asked == ["date"]
    assert [result.found for result in results] == ["1\\n", "1\\n"]
    assert [one.asked for result in results for one in result.evidence] == ["date", "date"]


def test_a_drill_asks_for_itself() -> None:
    assert asks("date", drill=Drill.RESTORE)[0] == ["date", "date"]


def test_a_host_that_did_not_answer_is_asked_again_by_the_next_check() -> None:
    asked, results = asks("down")

    assert asked == ["down", "down"]
    assert {result.status for result in results} == {Status.ERROR}
