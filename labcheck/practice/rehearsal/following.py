"""A restore document followed to the letter: what fails, where, and whether the data is back in the end."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from labcheck.hosts import Host
from labcheck.practice.rehearsal.typing import Typed, prepare, type_order
from labcheck.submissions.finding import NOTE, Finding, Place
from labcheck.submissions.scenario import Scenario
from labcheck.submissions.script import Order
from labcheck.visible import visible

COMMAND_SECONDS = 40.0
DOCUMENT_SECONDS = 100.0
SHOWN = 80
DATE = re.compile(r"(?<!\d)20\d\d(?P<dash>-?)(?:0[1-9]|1[0-2])(?P=dash)(?:0[1-9]|[12]\d|3[01])(?!\d)")
OF_WHO_TYPES = re.compile(r"\$\{?(?:USER|LOGNAME)\b|\$\(whoami\)|\$\(id -un\)")


@dataclass(frozen=True)
class Limits:
    """How long one command, and the whole document, may take, in seconds."""

    command: float = COMMAND_SECONDS
    document: float = DOCUMENT_SECONDS


@dataclass(frozen=True)
class Followed:
    """What came of it: findings, how far it went, and whether the end was reached."""

    findings: tuple[Finding, ...]
    typed: int
    is_finished: bool


def follow(
    host: Host, played: Scenario, moment: float, tell: Callable[[str], None], limits: Limits | None = None
) -> Followed:
    """Type the commands of the document on a host (asked as root), until one that matters fails.

    `moment` is the time of the newest backup: a date that stands in the document is taken for its date.
    """
    prepare(host)
    limits = limits or Limits()
    findings: list[Finding] = []
    orders = [one for one in played.orders if not one.left_out]
    deadline = time.monotonic() + limits.document
    is_loaded = False
    for number, order in enumerate(orders):
        if order.gap and is_loaded:  # a pattern beside what was needed; the rows will tell
            findings.append(replace(_gap(played, order), severity=NOTE))
            continue
        if order.gap:
            return Followed((*findings, _gap(played, order)), number, False)
        tell(f"Following {played.document}: line {order.line}")
        seconds = max(1.0, min(limits.command, deadline - time.monotonic()))
        typed = type_order(host, _dated(order, moment), played.sign_in, seconds)
        found = _judged(played, typed, seconds)
        if found and found.rule == "lab-command-failed" and order.loads and is_loaded:
            found = replace(found, severity=NOTE)  # another way than the one that worked; the rows will tell
        is_loaded |= order.loads and not found
        findings += [found] if found else []
        if found and found.severity != NOTE:
            return Followed(tuple(findings), number + 1, False)
    return Followed(tuple(findings), len(orders), True)


def _dated(order: Order, moment: float) -> Order:
    day = datetime.fromtimestamp(moment, UTC)
    return replace(order, text=DATE.sub(lambda found: day.strftime("%Y{0}%m{0}%d".format(found["dash"])), order.text))


def _gap(played: Scenario, order: Order) -> Finding:
    what = f"`{visible(order.gap)}` in `{_shown(order)}` cannot be typed: the document does not say what it stands for"
    return Finding("lab-gap", Place(played.document, order.line), what, "Write the command as it is typed.")


def _judged(played: Scenario, typed: Typed, seconds: float) -> Finding | None:
    """Return what is wrong with a command that was typed; a failure that need not matter is a note."""
    order, place = typed.order, Place(played.document, typed.order.line)
    if typed.trouble:
        rule, why, next_step = _TROUBLES[typed.trouble]
        return Finding(rule, place, f"`{_shown(order)}` {why.format(seconds=seconds)}", next_step)
    if typed.status == 0:
        return None
    severity = "" if order.matters else NOTE
    if typed.asked:
        what = f"`{_shown(order)}` asks, and nobody can answer: {typed.question}"
        return Finding("lab-asks", place, what, "Say in the document what to answer, or keep it from asking.", severity)
    what = f"`{_shown(order)}`, typed by `{visible(typed.user)}`, ends with status {typed.status}: {typed.last_words}"
    next_step = "Try it on a host on which nothing was typed before: labcheck lab reset, then labcheck lab shell db"
    if OF_WHO_TYPES.search(order.text):
        next_step = f"$USER is `{visible(typed.user)}` there: write the name."
    return Finding("lab-command-failed", place, what, next_step, severity)


_TROUBLES: Mapping[str, tuple[str, str, str]] = {
    "hangs": ("lab-hangs", "had not ended after {seconds:.0f} seconds, and was ended", "Let it end by itself."),
    "host-lost": ("lab-host-lost", "was the last that the host heard: it does not answer any more", "Take it out."),
}


def _shown(order: Order) -> str:
    return visible(order.text if len(order.text) <= SHOWN else f"{order.text[: SHOWN - 1]}…")
