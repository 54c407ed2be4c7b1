"""A submission is read and judged: the findings of all rules, and what they mean for each check."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from labcheck.model import Grade, Mark, Result, State, Status
from labcheck.submissions import agreement_rules, crontab_rules, restore_rules, secrets_rules
from labcheck.submissions.answers import answering, has_answers
from labcheck.submissions.backups import Backups, read_backups
from labcheck.submissions.finding import NOTE, TOP, Finding
from labcheck.submissions.rulebook import Question, rules
from labcheck.submissions.scenario import Scenario, scenario
from labcheck.submissions.settings import Settings
from labcheck.submissions.survey import Survey, named, survey
from labcheck.submissions.tree import Tree
from labcheck.visible import visible

NEEDS_BACKUPS = {"loads", "jobs", "backup", "targets", "deletes", "finish"}
"""Checks that have nothing to look at where no crontab is installed."""
REHEARSAL = "rehearsal"


@dataclass(frozen=True)
class Judgement:
    """All findings of a submission, in order, and whether there was a crontab, or anything at all, to judge."""

    name: str
    findings: tuple[Finding, ...]
    has_crontab: bool = True
    is_repository: bool = True
    traits: tuple[str, ...] = ()
    """what tells it from others: the words of its crontabs and documents, for finding copies"""
    has_answers: bool = False
    only: tuple[str, ...] = ()
    """the checks that can be asked; all if empty"""
    scenario: Scenario | None = None
    """what is to be played in a practice lab, where that is wanted"""
    was_played: bool = False


def judge(folder: Path, settings: Settings) -> Judgement:
    """Read and judge one submission. Nothing in it is run."""
    tree = Tree(folder)
    found = survey(tree)
    answered = settings.answer_judge is not None and (bool(settings.answers) or has_answers(tree))
    if answered and not _is_repository(found, settings):
        told = [*answering(tree, settings.answer_judge, settings.answers), *tree.findings]
        return Judgement(
            folder.name, settings.rulebook.judged(told), False, has_answers=True, only=("files", "answers")
        )
    if not _is_repository(found, settings):
        text = _nothing_in(tree)
        empty = Finding("not-a-repository", TOP, text, "Name the folder that holds infra.yaml: labcheck submission DIR")
        return Judgement(folder.name, settings.rulebook.judged([empty, *found.findings]), False, False)
    backups = read_backups(found, settings)
    findings = settings.rulebook.judged(_findings(found, backups, settings))
    traits = _traits(found, settings)
    played = scenario(found, backups, settings) if settings.simulate else None
    return Judgement(folder.name, findings, bool(backups.live), traits=traits, has_answers=answered, scenario=played)


def _nothing_in(tree: Tree) -> str:
    if not tree.root.is_dir():
        return "there is no such folder"
    if any(one.rule == "packed" for one in tree.findings):
        return f"only an archive, `{visible(tree.files[0])}`, which is never unpacked here: submit the files themselves"
    if tree.files and all(name.endswith(".ipynb") for name in tree.files):
        return "no answer in any notebook: answer, save, and hand them in again"
    return "no playbook, no role, and neither of the two documents" if tree.files else "an empty folder"


def _is_repository(found: Survey, settings: Settings) -> bool:
    documents = (named(found, settings.sla), named(found, settings.restore))
    return bool(found.playbooks or any(documents) or any("/roles/" in f"/{name}" for name in found.tree.files))


def _findings(found: Survey, backups: Backups, settings: Settings) -> Iterator[Finding]:
    parts = [
        crontab_rules.installation(found, backups), crontab_rules.loading(backups), crontab_rules.written(backups),
        crontab_rules.accounts(found, backups),
        crontab_rules.hazards(backups), crontab_rules.pipeline(backups), crontab_rules.several_hosts(backups),
        crontab_rules.deletions(found, backups, settings), crontab_rules.finish(backups, settings),
        agreement_rules.agreement(found, backups, settings), restore_rules.restoring(found, backups, settings),
        secrets_rules.plain_secrets(found.tree), answering(found.tree, settings.answer_judge, settings.answers),
    ]  # fmt: skip
    for part in parts:
        yield from part
    yield from found.findings
    yield from found.tree.findings


def _traits(found: Survey, settings: Settings) -> tuple[str, ...]:
    documents = (found.tree.text(name) or "" for name in (settings.sla, settings.restore))
    return tuple(text for text in (*(one.text for one in found.crontabs), *documents) if text.strip())


def grade(judgement: Judgement, settings: Settings, *, notes: bool = False) -> Grade:
    """Return the checks of a submission as results: PASS without a finding above a note, else FAIL.

    Where nothing could be judged there are no results, and the state says why.
    """
    book = settings.rulebook
    if not judgement.is_repository:
        first = judgement.findings[0] if judgement.findings else None
        why = f"{first.place}: {first.found}" if first else "every rule is off"
        return Grade(judgement.name, (), State.ERROR, why)
    left_out = {"finish"} if settings.finish_by is None else set()
    left_out |= set() if judgement.has_answers else {"answers"}
    left_out |= set() if judgement.scenario else {REHEARSAL}
    asked = [one for one in book.questions() if one.name in (judgement.only or {one.name}) and one.name not in left_out]
    if not asked:
        return Grade(judgement.name, (), State.ERROR, "every rule is off")
    return Grade(judgement.name, tuple(_result(one, judgement, notes=notes) for one in asked))


def _result(question: Question, judgement: Judgement, *, notes: bool) -> Result:
    name, step, title, points = question.name, question.step, question.title, question.points
    mine = [one for one in judgement.findings if rules()[one.rule].about == question.name]
    notes = notes or question.name == REHEARSAL  # they tell how it went
    marks = tuple(_mark(one) for one in mine if notes or one.severity != NOTE)
    broken = [one for one in mine if one.severity != NOTE]
    if broken:
        first, more = broken[0], len(broken) - 1
        found = f"{first.place}: {first.found}" + (f" (and {more} more)" if more else "")
        return Result(name, step, title, points, Status.FAIL, found, first.next_step, marks=marks)
    if question.name == REHEARSAL and not judgement.was_played:
        why = judgement.scenario.obstacle if judgement.scenario else ""
        status = Status.ERROR if judgement.scenario and judgement.scenario.is_blameless else Status.SKIP
        return Result(name, step, title, points, status, why or "nothing was played", marks=marks)
    if question.name in NEEDS_BACKUPS and not judgement.has_crontab:
        return Result(name, step, title, points, Status.SKIP, "no crontab is installed", marks=marks)
    return Result(name, step, title, points, Status.PASS, marks=marks)


def _mark(one: Finding) -> Mark:
    return Mark(one.place.file, one.place.line, one.severity, one.rule, one.found, one.next_step)
