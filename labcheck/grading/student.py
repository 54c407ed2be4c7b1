"""Grading one student: signing in, running the checks, and saying what was in the way if something was."""

import contextlib
import functools
import hmac
import pickle
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from labcheck.errors import HostKeyChanged, HostUnreachable, LabcheckError
from labcheck.grading.identity import Identity, plant
from labcheck.grading.policy import Policy
from labcheck.grading.roster import Student
from labcheck.grading.runner import Limits, run
from labcheck.hosts import Answer, Ask, Question, Site, site_of
from labcheck.hosts.address import Address
from labcheck.hosts.ssh import Connections
from labcheck.hosts.transcript import Entry, Transcript, replay
from labcheck.hosts.trust import Trust
from labcheck.labs import LABS
from labcheck.model import Check, Drill, Grade, Result, State, Status
from labcheck.visible import visible

LONGEST_NOTE = 300
Tell = Callable[[int, Check[Site]], None]
Beside = Callable[[Ask], AbstractContextManager[Ask]]


@dataclass(frozen=True)
class Plan:
    """What is graded, and how; the same for all students. It can be written down, and sent to another machine.

    `secret` is made for the run: with it the values are made up that drills look for in what comes back. Where it is
    `sandboxed`, restore drills are held in throw-away containers. `began` is when the run did, an ISO 8601 time: who is
    asked last in a long run, or after a crash, handed in no later than who was asked first.
    """

    lab: str
    steps: tuple[str, ...] = ()
    policy: Policy = field(default_factory=Policy)
    limits: Limits = field(default_factory=Limits)
    shared: frozenset[str] = frozenset()
    questions_at_once: int = 8
    drills: frozenset[Drill] = frozenset()
    secret: str = ""
    sandboxed: bool = False
    began: str = ""

    def checks(self) -> list[Check[Site]]:
        """Return the checks, in order, with the instructor's points; raises `KeyError` for a step without any."""
        return self.policy.applied(LABS[self.lab].select(self.steps, self.drills))

    def site(self, student: Student, ask: Ask, began: datetime) -> Site:
        """Return a student's hosts, asked this way. Their nonce is new each time, and the same when judged again."""
        site = site_of(student.account, ask, student.variables, self.policy.seed_of(student.name))
        said = f"{student.name} {began.isoformat(timespec='seconds')}"
        nonce = hmac.digest(self.secret.encode(), said.encode(), "sha256").hex()[:32]
        return replace(site, nonce=nonce, sandboxed=self.sandboxed)


@dataclass(frozen=True)
class Graded:
    """A grade with what it rests on: everything that was asked and said, and what each host is known by."""

    grade: Grade
    entries: Sequence[Entry]
    identities: Mapping[str, Identity] = field(default_factory=dict)


class Grader:
    """Grades students, several at once: it holds our keys, and no server is asked too much at a time."""

    def __init__(self, plan: Plan, trust: Trust | None = None, beside: Beside = contextlib.nullcontext) -> None:
        """`beside` gives a way of asking that knows a student's sandboxes, too, until the student is graded."""
        self.plan = plan
        self._beside = beside
        self._checks = plan.checks()
        self._trust = trust or Trust()
        self._turns: dict[tuple[str, int], threading.BoundedSemaphore] = {}
        self._lock = threading.Lock()
        self._open: set[Connections] = set()

    def grade(self, student: Student, tell: Tell | None = None) -> Graded:
        """Ask the student's hosts, and judge; whatever the hosts do, this returns."""
        began = datetime.now(UTC)
        transcript = Transcript()
        connections = Connections(student.addresses, self._trust)
        with self._lock:
            self._open.add(connections)
        try:
            with connections, self._beside(self._polite(student.addresses, connections)) as polite:
                own = [host for host in site_of(student.account, polite).hosts if self._is_own(host.name, student)]
                known = plant(own)
                site = self.plan.site(student, transcript.listen(polite), began)
                results = self._results(site, tell)
                keys = connections.host_keys()
                identities = {name: replace(one, host_key=keys.get(name, "")) for name, one in known.items()}
        finally:
            with self._lock:
                self._open.discard(connections)
        grade = judged(student, results, transcript.entries, began, self.plan)
        return Graded(grade, transcript.entries, identities)

    def _results(self, site: Site, tell: Tell | None) -> list[Result]:
        results = []
        coming = run(self._checks, site, self.plan.limits)
        for number, check in enumerate(self._checks, 1):
            if tell:
                tell(number, check)
            results.append(next(coming))
        return results

    def _is_own(self, host: str, student: Student) -> bool:
        return host in student.addresses and host not in self.plan.shared

    def _polite(self, addresses: Mapping[str, Address], ask: Ask) -> Ask:
        """Return a way of asking on which a question waits for its turn at its server."""

        def asked(question: Question) -> Answer:
            address = addresses.get(question.host)
            if address is None:
                return ask(question)  # it says that nobody named that host
            with self._turn((address.address, address.port)):
                return ask(question)

        return asked

    def _turn(self, server: tuple[str, int]) -> threading.BoundedSemaphore:
        with self._lock:
            return self._turns.setdefault(server, threading.BoundedSemaphore(self.plan.questions_at_once))

    def stop(self) -> None:
        """Close every connection; what is being graded ends soon, and its results are worth nothing."""
        with self._lock:
            for connections in self._open:
                connections.close()


def judged(student: Student, results: Iterable[Result], entries: Iterable[Entry], began: datetime, plan: Plan) -> Grade:
    """Return the grade that results make, with the student's state and what being late costs."""
    results, started = tuple(results), began.isoformat(timespec="seconds")
    state, note = _state(results, entries)
    return Grade(
        student.name,
        results,
        state,
        visible(note[:LONGEST_NOTE]),
        started,
        round(sum(result.seconds for result in results), 3),
        plan.policy.late_penalty(student.submitted or plan.began or started),
        person=student.person,
    )


def _state(results: Sequence[Result], entries: Iterable[Entry]) -> tuple[State, str]:
    troubled = [result for result in results if result.status is Status.ERROR]
    if not results:
        return State.ERROR, "no check was run"
    if not troubled:
        return State.GRADED, ""
    troubles = [said for _, said in entries if isinstance(said, LabcheckError)]
    for state, kind in ((State.HOST_KEY_CHANGED, HostKeyChanged), (State.UNREACHABLE, HostUnreachable)):
        for trouble in troubles:
            if isinstance(trouble, kind):
                return state, trouble.what
    return State.ERROR, f"step {troubled[0].step}: {troubled[0].found}"


def judge_again(plan: Plan, student: Student, entries: Iterable[Entry], began: datetime) -> Grade:
    """Return the grade that a transcript makes today; no host is asked."""
    heard = Transcript()
    site = plan.site(student, heard.listen(replay(entries)), began)
    return judged(student, run(plan.checks(), site, plan.limits), heard.entries, began, plan)


@functools.lru_cache(maxsize=2)
def _grader_of(packed_plan: bytes) -> Grader:
    return Grader(pickle.loads(packed_plan))  # noqa: S301 - our own, from the scheduler that we were told to trust


def grade_there(packed_plan: bytes, student: Student) -> Graded:
    """Grade a student on another machine, with one grader a process; keys are read there, and none is accepted new."""
    return _grader_of(packed_plan).grade(student)
