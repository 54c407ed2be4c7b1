"""The rules and the checks that they belong to: names, severities, points, and a page for each rule."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from labcheck.errors import UsageError
from labcheck.submissions.finding import SEVERITIES, Finding, in_order

OFF = "off"


@dataclass(frozen=True)
class Rule:
    """One rule. `sources` are the names under which labcheck.cron and labcheck.rpo tell the same."""

    name: str
    about: str
    severity: str
    title: str
    why: str
    wrong: str = ""
    right: str = ""
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """One check of a submission: it passes when no rule about it finds more than a note."""

    name: str
    step: str
    points: int
    title: str


def _table(name: str) -> dict[str, dict[str, Any]]:
    content = files("labcheck.submissions").joinpath(name).read_text("utf-8")
    loaded: dict[str, dict[str, Any]] = yaml.load(content, getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    return loaded


@cache
def rules() -> Mapping[str, Rule]:
    """Return all rules by name."""
    return {
        name: Rule(
            name, entry["about"], entry["severity"], entry["title"], entry["why"], entry.get("wrong", ""),
            entry.get("right", ""), tuple(entry.get("from", ())),
        )
        for name, entry in _table("rules.yaml").items()
    }  # fmt: skip


@cache
def questions() -> tuple[Question, ...]:
    """Return the checks of a submission, in order."""
    return tuple(
        Question(name, one["step"], one["points"], one["title"]) for name, one in _table("checks.yaml").items()
    )


@cache
def by_source() -> Mapping[str, str]:
    """Return the rule under which a finding of labcheck.cron or labcheck.rpo is told, by that one's name."""
    return {source: rule.name for rule in rules().values() for source in rule.sources}


@dataclass(frozen=True)
class Rulebook:
    """The rules as an instructor wants them: other severities (`off` for none), other points."""

    severities: Mapping[str, str] = field(default_factory=dict)
    points: Mapping[str, int] = field(default_factory=dict)

    def severity(self, rule: str) -> str:
        """Return how bad a rule's findings are."""
        return self.severities.get(rule, rules()[rule].severity)

    def judged(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """Return the findings with their severities, in order; those of rules that are off are left out."""
        kept = [replace(one, severity=one.severity or self.severity(one.rule)) for one in findings]
        capped = [replace(one, severity=self._capped(one)) for one in kept]
        return in_order(_once(one for one in capped if one.severity != OFF))

    def _capped(self, finding: Finding) -> str:
        """A finding may be milder than its rule, never worse."""
        limit = self.severity(finding.rule)
        if OFF in (limit, finding.severity):
            return OFF
        return max(limit, finding.severity, key=SEVERITIES.index)

    def questions(self) -> tuple[Question, ...]:
        """Return the checks that have any rule left, with this rulebook's points."""
        alive = {rule.about for name, rule in rules().items() if self.severity(name) != OFF}
        found = (replace(one, points=self.points.get(one.name, one.points)) for one in questions())
        return tuple(one for one in found if one.name in alive)


def _once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Leave out what is said twice: of one rule in one place, or in the same words of one file."""
    seen: set[tuple[object, ...]] = set()
    for one in findings:
        keys = {(one.rule, one.place), (one.rule, one.place.file, one.found)}
        if not keys & seen:
            yield one
        seen |= keys


def page(name: str) -> str:
    """Return the page of a rule, in Markdown."""
    rule = rules().get(name)
    if rule is None:
        raise UsageError(f"there is no rule `{name}`", "List them: labcheck submission --rules")
    check = next(one for one in questions() if one.name == rule.about)
    parts = [
        f"# {rule.name} ({rule.severity})",
        f"{rule.title}.",
        rule.why,
        f"Part of check {check.step}: {check.title}.",
    ]
    parts += [f"Not so:\n\n    {rule.wrong}"] if rule.wrong else []
    parts += [f"But so:\n\n    {rule.right}"] if rule.right else []
    parts.append(f'An instructor can change it in labcheck.toml: [rules] {rule.name} = "note", or "off".')
    return "\n\n".join(parts)


def listing() -> str:
    """Return all rules, by check, one a line."""
    lines: list[str] = []
    for check in questions():
        lines.append(f"{check.step:>2}  {check.title} ({check.points} point{'s' if check.points != 1 else ''})")
        mine = [rule for rule in rules().values() if rule.about == check.name]
        lines += [f"      {rule.severity:<8} {rule.name:<24} {rule.title}" for rule in mine]
    return "\n".join(lines)
