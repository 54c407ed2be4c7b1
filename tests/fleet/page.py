"""`docs/checks.md`: every check with its points and what they rest on, and every host that the checks are tried on."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from labcheck.hosts import Site
from labcheck.labs import LABS
from labcheck.model import Check, Drill, Lab
from tests.fleet.members import Member, members

PAGE = Path(__file__).parents[2] / "docs" / "checks.md"
FOREWORD = """\
# Checks, points, and the hosts that they are tried on

Made from the code by `make docs`; do not edit.

A check passes, fails, is skipped when one that it needs did not pass, or ends as ERROR, which costs nothing.
Points weigh most where the student's host cannot make the answer up: what comes back from a backup, above what a server
says, above what the host says of itself.
"""
FLEET = """\
## The fleet

`make fleet` makes each of these hosts out of the lab, solved or untouched, and grades it. Exactly the checks named must
fail; all others must pass, but for those that need one of them. Drills are held where the table says so.
"""


def write() -> None:
    """Write the page anew."""
    PAGE.write_text(page(LABS["backup-tools"], members()))


def page(lab: Lab[Site], fleet: Sequence[Member]) -> str:
    """Return the page as Markdown."""
    everything = [*lab.checks, *lab.drills]
    chapters = groupby(everything, key=lambda check: check.step.partition(".")[0])
    told = [_chapter(number, list(checks), fleet) for number, checks in chapters]
    total = sum(check.points for check in lab.checks)
    sums = f"{len(lab.checks)} checks give {total:g} points; {len(lab.drills)} more are asked where a drill is held.\n"
    return "\n".join([FOREWORD, sums, *told, _fleet(fleet)])


def _chapter(number: str, checks: Sequence[Check[Site]], fleet: Sequence[Member]) -> str:
    rows = [
        (
            check.step,
            f"`{check.name}`{_drill(check)}<br>{check.title}",
            f"{check.points:g}",
            str(check.basis),
            "<br>".join(f"`{needed.name}`" for needed in check.needs),
            str(sum(check.name in one.fails for one in fleet)),
        )
        for check in checks
    ]
    return f"## Chapter {number}\n\n" + _table(("step", "check", "points", "rests on", "needs", "hosts to fail"), rows)


def _drill(check: Check[Site]) -> str:
    return {None: "", Drill.RESTORE: " (`--drill`)", Drill.CANARY: " (`--drill=canary`)"}[check.drill]


def _fleet(fleet: Sequence[Member]) -> str:
    rows = [
        (
            one.name,
            one.story,
            f"{one.base}{', drills' if one.drills else ''}",
            _expected(one),
        )
        for one in fleet
    ]
    right = sum(not one.fails for one in fleet)
    sums = f"{len(fleet)} hosts: {right} are right, and {len(fleet) - right} are wrong.\n"
    return f"{FLEET}\n{sums}\n" + _table(("host", "what it is", "made of", "must fail"), rows)


def _expected(one: Member) -> str:
    failing = [f"`{name}`" for name in sorted(one.fails)]
    return "<br>".join([*failing, *(f"`{name}` (not covered)" for name in sorted(one.not_covered))]) or "none"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
