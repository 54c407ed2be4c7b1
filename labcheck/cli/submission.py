"""`labcheck submission`: judge a repository, or a folder of them, offline; nothing in it is run."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Annotated

import typer

from labcheck.cli import exit_codes
from labcheck.cli.progress import telling
from labcheck.cli.report import CONSOLE, Formats, formats, tell
from labcheck.errors import UsageError
from labcheck.model import ClassResult, Grade, Run, State, Status
from labcheck.submissions.journal import Journal
from labcheck.submissions.judge import Judgement, grade
from labcheck.submissions.likeness import alike, runs_of
from labcheck.submissions.rulebook import listing, page
from labcheck.submissions.settings import Settings, clock, read_settings
from labcheck.submissions.worker import judged, judged_together
from labcheck.visible import visible

LAB, TITLE = "submission", "A submitted repository"


def submission(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="A repository; with --class a folder of them.")
    ] = None,
    whole_class: Annotated[
        bool, typer.Option("--class", help="Judge every repository in DIR, and point out copies.")
    ] = False,
    report_formats: Formats = CONSOLE,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The instructor's labcheck.toml. One inside a submission is never read."),
    ] = None,
    finish_by: Annotated[
        str | None, typer.Option(metavar="HH:MM", help="When the hosts go away: backups must be complete before.")
    ] = None,
    notes: Annotated[bool, typer.Option("--notes", help="Show notes, too: habits that lose nothing.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write results.json and the files of --format there; with --class go on from what is there.",
        ),
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, max=64, help="With --class: how many are judged at a time.")
    ] = os.cpu_count() or 1,
    simulate: Annotated[
        bool,
        typer.Option(
            "--simulate",
            help="Also play it in a practice lab of its own: some weeks, the loss of the database, the restore.",
        ),
    ] = False,
    explain: Annotated[str | None, typer.Option(metavar="RULE", help="Say what a rule means, and leave.")] = None,
    list_rules: Annotated[bool, typer.Option("--rules", help="List all checks and rules, and leave.")] = False,
) -> None:
    """Judge a submitted Ansible repository: would its crontab back up, keep its promise, and restore?

        labcheck submission ~/infra

        labcheck submission ~/infra --finish-by 01:00 --format json

        labcheck submission ~/infra --simulate

        labcheck submission --class submissions/ --config labcheck.toml --out results/

        labcheck submission --explain upload-in-dump-minute

    The repository is read as Ansible would read it and is never run; it needs no network and no Ansible. With
    `--simulate` its crontab and its restore document do run: in containers that have no way out, for a minute or so.
    Exit: 0 nothing above a note was found · 1 something was · 2 nothing could be judged, or wrong usage.
    """
    if explain or list_rules:
        print(page(explain) if explain else listing())
        return
    chosen = formats(report_formats, out)
    settings = _settings(config, finish_by)
    if folder is None:
        raise UsageError("no repository was named", "Name its folder: labcheck submission DIR")
    if not folder.is_dir():
        what = "a file, not a folder" if folder.exists() else "not there"
        raise UsageError(
            f"{visible(str(folder))} is {what}", "Name the folder of a repository (unpack archives first)."
        )
    if whole_class and simulate:
        raise UsageError(
            "a lab plays one submission at a time", "Name one repository: labcheck submission DIR --simulate"
        )
    if whole_class:
        result = _class(folder, settings, out, jobs)
    else:
        found = judged(folder.resolve(), replace(settings, simulate=simulate))
        found = _played(found, settings) if simulate else found
        result = ClassResult(LAB, TITLE, (grade(found, settings, notes=notes),))
    tell(result, chosen if not out else [*dict.fromkeys((*chosen, "json"))], out)
    raise typer.Exit(_exit_code(result.grades))


def _settings(config: Path | None, finish_by: str | None) -> Settings:
    settings = replace(read_settings(config), answer_judge=_judge_answer)
    return replace(settings, finish_by=clock(finish_by)) if finish_by else settings


def _judge_answer(name: str, text: str) -> tuple[bool | None, str] | None:
    """Judge an answer; what notebooks need is loaded for a submission that has answers only."""
    from labcheck.notebook.answer_key import judge

    return judge(name, text)


def _played(found: Judgement, settings: Settings) -> Judgement:
    """Play a submission in a lab, and show on a terminal how far it is."""
    from labcheck.practice.clock.fast_forward import Plan
    from labcheck.practice.clock.period import told
    from labcheck.practice.clock.workload import DAY
    from labcheck.practice.rehearsal.rehearsal import rehearsed

    with telling() as tell:

        def show(plan: Plan, instant: float) -> None:
            tell(f"Living through {round(plan.wish.period.seconds / DAY)} days: {told(instant, UTC)}")

        return rehearsed(found, settings, tell, show)


def _exit_code(grades: Sequence[Grade]) -> int:
    if not grades or any(one.state is not State.GRADED for one in grades):
        return exit_codes.TROUBLE
    passed = all(result.status is Status.PASS for one in grades for result in one.results)
    return exit_codes.ALL_PASSED if passed else exit_codes.FAILED


def _class(folder: Path, settings: Settings, out: Path | None, jobs: int) -> ClassResult:
    """Judge every folder in a folder; pairs that are alike become warnings to the instructor."""
    folders = sorted(one for one in folder.resolve().iterdir() if one.is_dir() and not one.name.startswith("."))
    if not folders:
        raise UsageError(f"there is no folder in {visible(str(folder))}", "Put one repository into each folder of it.")
    if any((folder / name).exists() for name in ("roles", "infra.yaml", "ansible.cfg")):
        raise UsageError(
            f"{visible(str(folder))} is one repository, not a folder of them", "Leave --class out, or name its parent."
        )
    judgements = list(_judgements(folders, settings, out, jobs))
    pairs = alike({one.name: runs_of(one.traits) for one in judgements})
    warnings = tuple(
        f"{one.one} and {one.other} are alike: they share {one.share:.0%} of their unusual words and times"
        for one in pairs
    )
    return ClassResult(LAB, TITLE, tuple(grade(one, settings) for one in judgements), Run(warnings=warnings))


def _judgements(folders: Sequence[Path], settings: Settings, out: Path | None, jobs: int) -> Iterator[Judgement]:
    """Yield judgements in the order of the folders: those of the journal at once, the others as they come."""
    journal = Journal(out, settings) if out else None
    known = {one: found for one in folders if journal and (found := journal.find(one))}
    coming = judged_together([one for one in folders if one not in known], settings, jobs)
    with telling(quiet_elsewhere=True) as tell_progress:
        for number, one in enumerate(folders, 1):
            tell_progress(f"{number}/{len(folders)} {visible(one.name)}")
            if one in known:
                yield known[one]
                continue
            found = next(coming)
            if journal:
                journal.keep(one, found)
            yield found
