"""Running checks over a site: one result for each, in order, within the time that each and all may take."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from labcheck.errors import CheckFailed, CommandTimedOut, LabcheckError, UnreadableAnswer
from labcheck.hosts import Answer, Ask, Question, Site
from labcheck.hosts.transcript import Entry, Transcript
from labcheck.model import Check, Evidence, Result, Status
from labcheck.visible import visible

LONGEST_TEXT = 400
MOST_EVIDENCE = 8
LONGEST_EVIDENCE = 300


@dataclass(frozen=True)
class Limits:
    """How long hosts may take to answer, in seconds: for one check, for all checks of a student; and how much they say.

    What counts is the hosts' own time: a check that waits for its turn at a busy server loses none of it, and a
    transcript takes as long as the hosts did. What they say is kept in memory until the student is done.
    """

    check_seconds: float = 180.0
    student_seconds: float = 900.0
    student_bytes: float = 64 << 20


class _Patience:
    """What is left of the time for one check and for all, and of the bytes; `limit` makes questions keep to it."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._check_left = limits.check_seconds
        self._left = limits.student_seconds
        self._bytes_left = limits.student_bytes

    def begin_check(self) -> None:
        self._check_left = self._limits.check_seconds

    def limit(self, ask: Ask) -> Ask:
        def asked(question: Question) -> Answer:
            left = min(self._check_left, self._left)
            if left <= 0:
                raise CommandTimedOut(self._told())
            if self._bytes_left < 0:
                most = f"{self._limits.student_bytes / (1 << 20):g} MiB"
                raise UnreadableAnswer(f"the hosts said more than {most} for all checks together")
            spent = min(question.timeout_seconds, left)
            try:
                answer = ask(question if question.timeout_seconds <= left else replace(question, timeout_seconds=left))
                spent = answer.seconds
            except CommandTimedOut:
                raise
            except LabcheckError:
                spent = 0.0
                raise
            finally:
                self._check_left -= spent
                self._left -= spent
            self._bytes_left -= len(answer.stdout) + len(answer.stderr)
            return answer

        return asked

    def _told(self) -> str:
        if self._left <= 0:
            return f"the hosts took more than {self._limits.student_seconds:g} seconds for all checks together"
        return f"the hosts took more than {self._limits.check_seconds:g} seconds for this check"


NO_LIMITS = Limits(math.inf, math.inf, math.inf)


def run(checks: Sequence[Check[Site]], site: Site, limits: Limits = NO_LIMITS) -> Iterator[Result]:
    """Yield the result of each check as it comes.

    A check whose needs did not all pass is a SKIP that names the first of them, or an ERROR when that one is. Whatever
    a check raises that is not `CheckFailed` is our trouble: an ERROR, and the next check runs.

    What several checks want to know a host is asked once, so that all judge the same state; drills, which change
    something or time it, ask for themselves.
    """
    done: dict[str, Status] = {}
    patience = _Patience(limits)
    known: dict[Question, Answer] = {}
    for check in checks:
        unmet = next((needed for needed in check.needs if done[needed.name] is not Status.PASS), None)
        patience.begin_check()
        way = patience.limit if check.drill else lambda ask: _once(patience.limit(ask), known)
        result = _left_out(check, unmet, done[unmet.name]) if unmet else _run_one(check, site, way)
        done[check.name] = result.status
        yield result


def _left_out(check: Check[Site], unmet: Check[Site], because: Status) -> Result:
    if because is Status.ERROR:
        return _result(check, Status.ERROR, f"nothing, as step {unmet.step} could not be graded")
    return _result(check, Status.SKIP, f"nothing to look at yet: step {unmet.step} comes first")


def _run_one(check: Check[Site], site: Site, way: Callable[[Ask], Ask]) -> Result:
    heard = Transcript()
    started = time.monotonic()
    result = _judged(check, site.asked_through(lambda ask: heard.listen(way(ask))))
    seconds = round(time.monotonic() - started, 3)
    return replace(result, seconds=seconds, evidence=tuple(map(_evidence, heard.entries[-MOST_EVIDENCE:])))


def _once(ask: Ask, known: dict[Question, Answer]) -> Ask:
    """Return a way of asking that remembers answers; troubles are nothing that a host said, and asked about again."""

    def asked(question: Question) -> Answer:
        if question not in known:
            known[question] = ask(question)
        return known[question]

    return asked


def _judged(check: Check[Site], site: Site) -> Result:
    try:
        measured = check.function(site)
    except CheckFailed as failure:
        credit = min(max(failure.credit, 0.0), 1.0)
        return replace(_result(check, Status.FAIL, failure.found, failure.hint), credit=credit)
    except LabcheckError as trouble:
        return _result(check, Status.ERROR, trouble.what, trouble.next_step)
    except Exception as trouble:
        return _result(check, Status.ERROR, f"a defect of this check: {type(trouble).__name__}: {trouble}")
    return _result(check, Status.PASS, measured or "")


def _result(check: Check[Site], status: Status, found: str = "", hint: str = "") -> Result:
    return Result(
        check.name,
        check.step,
        check.title,
        check.points,
        status,
        visible(found[:LONGEST_TEXT]),
        visible(hint[:LONGEST_TEXT]),
        visibility=check.visibility,
        bonus=check.bonus,
        basis=check.basis,
    )


def _evidence(entry: Entry) -> Evidence:
    question, said = entry
    if isinstance(said, Answer):
        status, text = said.status, said.stdout + said.stderr
    else:
        status, text = None, said.what
    asked, shown = visible(question.command[:LONGEST_EVIDENCE]), visible(text[:LONGEST_EVIDENCE].rstrip("\n"))
    return Evidence(question.host, question.user, asked, status, shown)
