"""`labcheck submission`: judge a repository, or a folder of them, offline; nothing in it is run."""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from labcheck.cli import exit_codes
from labcheck.cli.progress import telling
from labcheck.errors import UsageError
from labcheck.model import Grade, Status
from labcheck.submissions import report
from labcheck.submissions.journal import Journal
from labcheck.submissions.judge import Judgement, grade
from labcheck.submissions.likeness import Likeness, alike, runs_of
from labcheck.submissions.rulebook import listing, page
from labcheck.submissions.settings import Settings, clock, read_settings
from labcheck.submissions.worker import judged, judged_together
from labcheck.visible import visible


class Format(StrEnum):
    """How results can be told."""

    CONSOLE = "console"
    JSON = "json"


def submission(
    folder: Annotated[
        Path | None, typer.Argument(metavar="DIR", help="A repository; with --class a folder of them.")
    ] = None,
    whole_class: Annotated[
        bool, typer.Option("--class", help="Judge every repository in DIR, and point out copies.")
    ] = False,
    form: Annotated[
        Format, typer.Option("--format", help="console for people, json for programs (on standard output).")
    ] = Format.CONSOLE,
    config: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The instructor's labcheck.toml. One inside a submission is never read."),
    ] = None,
    finish_by: Annotated[
        str | None, typer.Option(metavar="HH:MM", help="When the hosts go away: backups must be complete before.")
    ] = None,
    notes: Annotated[bool, typer.Option("--notes", help="Show notes, too: habits that lose nothing.")] = False,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="With --class: keep results there, and go on from them.")
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, max=64, help="With --class: how many are judged at a time.")
    ] = os.cpu_count() or 1,
    explain: Annotated[str | None, typer.Option(metavar="RULE", help="Say what a rule means, and leave.")] = None,
    list_rules: Annotated[bool, typer.Option("--rules", help="List all checks and rules, and leave.")] = False,
) -> None:
    """Judge a submitted Ansible repository: would its crontab back up, keep its promise, and restore?

        labcheck submission ~/ica0002

        labcheck submission ~/ica0002 --finish-by 01:00 --format json

        labcheck submission --class submissions/ --config labcheck.toml --out results/

        labcheck submission --explain upload-in-dump-minute

    The repository is read as Ansible would read it and is never run; it needs no network and no Ansible.
    Exit: 0 nothing above a note was found · 1 something was · 2 nothing could be judged, or wrong usage.
    """
    if explain or list_rules:
        print(page(explain) if explain else listing())
        return
    settings = _settings(config, finish_by)
    if folder is None:
        raise UsageError("no repository was named", "Name its folder: labcheck submission DIR")
    if not folder.is_dir():
        what = "a file, not a folder" if folder.exists() else "not there"
        raise UsageError(
            f"{visible(str(folder))} is {what}", "Name the folder of a repository (unpack archives first)."
        )
    if whole_class:
        raise typer.Exit(_class(folder, settings, form, out, jobs))
    found = judged(folder.resolve(), settings)
    grades = grade(found, settings)
    if form is Format.JSON:
        print(json.dumps(report.document(found, grades), indent=2))
    else:
        print("\n".join(report.text(found, grades, notes=notes)))
    raise typer.Exit(_exit_code(grades))


def _settings(config: Path | None, finish_by: str | None) -> Settings:
    settings = read_settings(config)
    return replace(settings, finish_by=clock(finish_by)) if finish_by else settings


def _exit_code(grade: Grade) -> int:
    if not grade.results:
        return exit_codes.TROUBLE
    passed = all(result.status is Status.PASS for result in grade.results)
    return exit_codes.ALL_PASSED if passed else exit_codes.FAILED


def _class(folder: Path, settings: Settings, form: Format, out: Path | None, jobs: int) -> int:
    """Judge every folder in a folder; return the exit code of the worst."""
    folders = sorted(one for one in folder.resolve().iterdir() if one.is_dir() and not one.name.startswith("."))
    if not folders:
        raise UsageError(f"there is no folder in {visible(str(folder))}", "Put one repository into each folder of it.")
    judgements = list(_judgements(folders, settings, out, jobs))
    grades = [grade(one, settings) for one in judgements]
    pairs = alike({one.name: runs_of(one.traits) for one in judgements})
    if form is Format.JSON:
        documents = [report.document(one, own) for one, own in zip(judgements, grades, strict=True)]
        alike_ = [{"one": visible(pair.one), "other": visible(pair.other), "share": pair.share} for pair in pairs]
        print(json.dumps({"schema": "labcheck/submissions/1", "submissions": documents, "alike": alike_}, indent=2))
    else:
        print("\n".join(_table(judgements, grades, pairs)))
    return max((_exit_code(one) for one in grades), default=exit_codes.TROUBLE)


def _judgements(folders: Sequence[Path], settings: Settings, out: Path | None, jobs: int) -> Iterator[Judgement]:
    """Yield judgements in the order of the folders: those of the journal at once, the others as they come."""
    journal = Journal(out, settings) if out else None
    known = {one: found for one in folders if journal and (found := journal.find(one))}
    coming = judged_together([one for one in folders if one not in known], settings, jobs)
    with telling(quiet_elsewhere=True) as tell:
        for number, one in enumerate(folders, 1):
            tell(f"{number}/{len(folders)} {visible(one.name)}")
            if one in known:
                yield known[one]
                continue
            found = next(coming)
            if journal:
                journal.keep(one, found)
            yield found


def _table(judgements: Sequence[Judgement], grades: Sequence[Grade], pairs: Sequence[Likeness]) -> Iterator[str]:
    width = max(10, *(len(visible(one.name)) for one in judgements))
    yield f"{'submission':<{width}}  points  errors  warnings  checks that failed"
    for one, own in zip(judgements, grades, strict=True):
        counts = [sum(found.severity == severity for found in one.findings) for severity in ("error", "warning")]
        failed = ", ".join(result.name for result in own.results if result.status is Status.FAIL)
        points = f"{own.points:g}/{own.points_possible:g}" if own.results else "-"
        why = failed or ("" if own.results else f"not judged: {visible(one.findings[0].found)}" if one.findings else "")
        yield f"{visible(one.name):<{width}}  {points:>6}  {counts[0]:>6}  {counts[1]:>8}  {why}".rstrip()
    passed = sum(all(result.status is Status.PASS for result in own.results) and bool(own.results) for own in grades)
    yield f"{len(judgements)} submissions, {passed} without a finding above a note"
    for pair in pairs:
        both = f"{visible(pair.one)} and {visible(pair.other)}"
        yield f"alike: {both} share {pair.share:.0%} of their unusual words and times"
