"""What an instructor decides about a lab: points, who may see a check, when work is due, what being late costs.

It stands in a TOML file, `labcheck.toml`, and no part of it is needed. Late is who handed in later than that: when the
roster says `submitted`, else when the run began.

    due = 2026-11-30T23:59:00+02:00
    late_penalty_per_day = 0.1      # of the earned points, for each day that has begun
    late_penalty_most = 0.5
    grace_minutes = 15
    seed_file = "seed.secret"       # any text that students do not know; their own numbers are drawn with it

    [checks.4]                      # a chapter, a step (4.1) or a check by name; the nearest counts
    points = 2
    visibility = "after-due"        # shown, after-due or hidden
    bonus = true
"""

import difflib
import hashlib
import hmac
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from labcheck.errors import UsageError
from labcheck.hosts import Site
from labcheck.model import Check, Lab, Visibility
from labcheck.visible import visible

DAY_SECONDS = 86_400
MOST_POINTS = MOST_MINUTES = 1_000_000


@dataclass(frozen=True)
class Rule:
    """What is decided about the checks of a chapter, of a step, or of one name; None leaves it as the lab has it."""

    points: float | None = None
    visibility: Visibility | None = None
    bonus: bool | None = None


@dataclass(frozen=True)
class Policy:
    """The decisions; `due` is an ISO 8601 time with its zone, empty when there is none. The seed is never written."""

    due: str = ""
    late_penalty_per_day: float = 0.0
    late_penalty_most: float = 1.0
    grace_minutes: float = 0.0
    checks: dict[str, Rule] = field(default_factory=dict)
    seed_file: str = ""

    def applied(self, checks: Sequence[Check[Site]]) -> list[Check[Site]]:
        """Return the checks with what is decided about each."""
        return [self._ruled(check) for check in checks]

    def _ruled(self, check: Check[Site]) -> Check[Site]:
        for name in (check.step.split(".")[0], check.step, check.name):
            if rule := self.checks.get(name):
                decided = {word: value for word, value in vars(rule).items() if value is not None}
                check = replace(check, **decided)
        return check

    def late_penalty(self, handed_in: str) -> float:
        """Return the part of the points, 0 to 1, that work of this time loses."""
        if not (self.due and handed_in):
            return 0.0
        late = datetime.fromisoformat(handed_in) - datetime.fromisoformat(self.due)
        if late.total_seconds() <= self.grace_minutes * 60:
            return 0.0
        days = math.ceil(late.total_seconds() / DAY_SECONDS)
        return min(round(days * self.late_penalty_per_day, 6), self.late_penalty_most)

    def seed_of(self, student: str) -> bytes:
        """Return a student's share of the secret, from which no other's can be worked out; empty without a seed."""
        if not self.seed_file:
            return b""
        try:
            secret = Path(self.seed_file).read_bytes().strip()
        except OSError as error:
            raise UsageError(f"cannot read the seed {self.seed_file}: {error.strerror}") from error
        if not secret:
            raise UsageError(f"the seed {self.seed_file} is empty", "Fill it: openssl rand -hex 32")
        return hmac.digest(secret, student.encode(), hashlib.sha256)


def read_policy(path: Path, lab: Lab[Site]) -> Policy:
    """Return what a file decides about a lab; raises `UsageError` that names what is wrong and where."""
    import tomllib  # half of what this module takes to load, and most runs have no such file

    try:
        told = tomllib.loads(path.read_text())
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: {visible(str(error)[:200])}") from error
    try:
        return _policy(told, lab, path.absolute().parent)
    except ValueError as error:
        raise UsageError(f"{path}: {error}") from error


def _policy(told: dict[str, Any], lab: Lab[Site], folder: Path) -> Policy:
    _known(told, [known.name for known in fields(Policy)])
    rules = {name: _rule(name, rule) for name, rule in _table(told.pop("checks", {}), "checks").items()}
    steps = {check.step for check in lab.checks}
    _known(rules, [*sorted({step.split(".")[0] for step in steps} | steps), *(check.name for check in lab.checks)])
    due = told.pop("due", None)
    if due is not None and not (isinstance(due, datetime) and due.tzinfo):
        raise ValueError("due is a time with its zone: 2026-11-30T23:59:00+02:00")
    seed = told.pop("seed_file", "")
    if not isinstance(seed, str):
        raise ValueError("seed_file is the name of a file")  # noqa: TRY004 - all mistakes in a file are told alike
    numbers = {name: _number(name, value, 1 if "penalty" in name else MOST_MINUTES) for name, value in told.items()}
    seed_file = str(folder / Path(seed).expanduser()) if seed else ""
    return Policy(due.isoformat() if due else "", checks=rules, seed_file=seed_file, **numbers)


def _rule(name: str, told: Any) -> Rule:
    table = _table(told, f"checks.{name}")
    _known(table, [known.name for known in fields(Rule)])
    points = _number("points", table["points"], MOST_POINTS) if "points" in table else None
    bonus = table.get("bonus")
    if not (bonus is None or isinstance(bonus, bool)):
        raise ValueError(f"checks.{name}: bonus is true or false")
    try:
        visibility = Visibility(table["visibility"]) if "visibility" in table else None
    except ValueError as error:
        raise ValueError(f"checks.{name}: visibility is one of {', '.join(Visibility)}") from error
    return Rule(points, visibility, bonus)


def _table(told: Any, name: str) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise ValueError(f"{name} is a table: [{name}] and lines of name = value")  # noqa: TRY004 - as above
    return told


def _number(name: str, value: Any, most: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise ValueError(f"{name} is a number from 0 to {most:,}")
    return float(value)


def _known(told: dict[str, Any], known: Sequence[str]) -> None:
    for name in told:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise ValueError(f"nothing is called `{visible(name[:60])}`{f'; is `{near[0]}` meant?' if near else ''}")
