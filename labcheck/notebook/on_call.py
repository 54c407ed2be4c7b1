"""`%on_call`: what the magic says and shows of a morning on call."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from labcheck.errors import UsageError
from labcheck.hosts.ssh import Connections
from labcheck.model import Grade
from labcheck.notebook.clock import Clock
from labcheck.notebook.display import CheckReport
from labcheck.notebook.on_call_report import ShiftReport, told
from labcheck.practice import on_call
from labcheck.practice.faults import faults, present
from labcheck.practice.lab import PracticeLab
from labcheck.practice.on_call import Shift
from labcheck.rpo.durations import length, parse_duration

Reply = tuple[str, object | None]
"""A text to print, and something to display or None."""
_clocks: list[Clock] = []


@dataclass(frozen=True)
class Asked:
    """What was typed behind `%on_call WORD`, and the lab that it is about."""

    lab: PracticeLab
    connections: Connections
    rest: tuple[str, ...]

    @property
    def shift(self) -> Shift:
        """The shift that goes on in the lab; raises `UsageError` when nobody is on call."""
        return on_call.find(self.lab)

    @property
    def word(self) -> str:
        """The one word behind the first; raises `UsageError` when it is not one."""
        if len(self.rest) != 1:
            raise UsageError(
                f"one word was wanted, not `{' '.join(self.rest)}`", "%on_call noticed 1.2, %on_call cause 1"
            )
        return self.rest[0]


def answer(lab: PracticeLab, connections: Connections, words: Sequence[str]) -> Reply:
    """Do what `%on_call WORD ...` asks; raises `UsageError` for words that make no sense at this moment."""
    what, *rest = words or [""]
    if what not in ACTIONS:
        raise UsageError(f"`%on_call {what}` makes no sense", f"The words are {', '.join(ACTIONS)}.")
    return ACTIONS[what](Asked(lab, connections, tuple(rest)))


def _begin(asked: Asked) -> Reply:
    shift = on_call.begin(asked.lab, asked.connections, **_options(asked.rest), tell=print)
    come = f"{len(shift.planned)} to come, each to be repaired within {length(shift.promise_seconds)}."
    return f"You are on call (seed {shift.seed}). {come}\nLet the first one come: %on_call next", None


def _options(words: Sequence[str]) -> "dict[str, int]":
    named = dict(word.split("=", 1) for word in words if "=" in word)
    if len(named) != len(words) or not set(named) <= {"seed", "faults", "promise"}:
        raise UsageError("begin takes seed, faults and promise", "%on_call begin seed=7 faults=3 promise=15m")
    try:
        seed, count = int(named.get("seed", time.time())), int(named.get("faults", 3))
    except ValueError:
        raise UsageError("seed and faults are numbers", "%on_call begin seed=7 faults=3 promise=15m") from None
    promise = parse_duration(named["promise"]) if "promise" in named else on_call.RTO_SECONDS
    return {"seed": seed, "count": count, "promise_seconds": promise}


def _next(asked: Asked) -> Reply:
    shift = on_call.go_on(asked.lab, asked.connections, asked.shift, time.time)
    number = f"Incident {len(shift.incidents)} of {len(shift.planned)}"
    _clocks[:] = [Clock(f"{number}: broken for", shift.now.began)]
    return f"{number}\n\n{faults()[shift.now.fault].story}", _clocks[0]


def _noticed(asked: Asked) -> Reply:
    step = asked.word
    shift, is_there = on_call.notice(asked.lab, asked.shift, step, time.time())
    if not is_there:
        return f"Step {step} is well, or not the one. Look at all of them: %check", None
    causes = "\n".join(f"  {number}. {one.title}" for number, one in enumerate(on_call.candidates(shift), 1))
    after = told(shift.now.took(shift.now.noticed))
    return f"Noticed after {after}. What is the cause?\n{causes}\nSay: %on_call cause 1", None


def _cause(asked: Asked) -> Reply:
    if not asked.word.isdecimal():
        raise UsageError(f"{asked.word!r} is no number", "Choose one of the causes: %on_call cause 1")
    shift, is_true = on_call.diagnose(asked.lab, asked.shift, int(asked.word), time.time())
    if not is_true:
        return "That is not it. Look again, or take a hint: %on_call hint", None
    return f"Diagnosed after {told(shift.now.took(shift.now.diagnosed))}. Repair it, then: %on_call repaired", None


def _hint(asked: Asked) -> Reply:
    there = present.find(asked.lab)
    if there is None:
        raise UsageError("nothing is broken at this moment", "Go on: %on_call next")
    return present.next_hint(asked.lab, there), None


def _solve(asked: Asked) -> Reply:
    on_call.give_up(asked.lab, asked.connections, asked.shift, lambda text: print(text.replace("\r", ""), end=""))
    return _repaired(asked)


def _repaired(asked: Asked) -> Reply:
    shift, results = on_call.repair(asked.lab, asked.connections, asked.shift, time.time())
    last = shift.incidents[-1]
    report = CheckReport(Grade(asked.lab.student, tuple(results)))
    if last.repaired is None:
        return "Not yet: this is what still fails.", report
    for clock in _clocks:
        clock.until = last.repaired
    after = f"Repaired after {told(last.took(last.repaired))}, {last.rows_lost} rows lost."
    return f"{after} " + ("The morning is over: %on_call report" if shift.is_over else "Go on: %on_call next"), report


def _report(asked: Asked) -> Reply:
    return "", ShiftReport(asked.shift)


ACTIONS: dict[str, Callable[[Asked], Reply]] = {
    "begin": _begin,
    "next": _next,
    "noticed": _noticed,
    "hint": _hint,
    "cause": _cause,
    "repaired": _repaired,
    "solve": _solve,
    "report": _report,
}
