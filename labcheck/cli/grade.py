"""`labcheck grade`: run the checks over the hosts of one student or a class, and report."""

import contextlib
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from labcheck.cli.exit_codes import of_class
from labcheck.cli.report import CONSOLE, Formats, formats, tell
from labcheck.cli.students import roster_of, source_of
from labcheck.errors import UsageError
from labcheck.grading.policy import Policy, read_policy
from labcheck.grading.roster import Source
from labcheck.hosts.wire import knocked
from labcheck.labs import BACKUP_TOOLS, LABS
from labcheck.model import ClassResult, Drill, State

DRILLS = {None: frozenset[Drill](), Drill.RESTORE: frozenset({Drill.RESTORE}), Drill.CANARY: frozenset(Drill)}
ACCEPT = "--accept-new-host-keys"
LONGEST_SECONDS = 1_000_000


def _finite(seconds: float | None) -> float | None:
    if seconds is not None and not seconds <= LONGEST_SECONDS:
        raise typer.BadParameter(f"{seconds:g} is not a number of seconds up to {LONGEST_SECONDS}")
    return seconds


def grade(
    lab: Annotated[bool, typer.Option("--lab", help="Grade the practice lab of this machine.")] = False,
    roster: Annotated[
        Path | None,
        typer.Option(help="Grade the students of this file (labcheck roster init writes one).", metavar="FILE"),
    ] = None,
    inventory: Annotated[
        Path | None,
        typer.Option(help="Grade an Ansible inventory, or a folder of them, one a student.", metavar="PATH"),
    ] = None,
    extra: Annotated[
        list[str] | None,
        typer.Option(
            "-e", help="Set a variable of the inventory: ansible_port=2201; or @FILE, or JSON.", metavar="VAR=X"
        ),
    ] = None,
    student: Annotated[
        list[str] | None, typer.Option(help="Only this student; may be repeated.", metavar="NAME")
    ] = None,
    step: Annotated[
        list[str] | None, typer.Option(help="Only this step (1.2) or chapter (1); may be repeated.", metavar="ID")
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(
            help="Points, visibility, due time (labcheck.toml beside the roster unless told).", metavar="FILE"
        ),
    ] = None,
    drill: Annotated[
        Drill | None,
        typer.Option(
            help="Restore backups on db into a scratch database, and compare. `--drill=canary` also plants a row, runs "
            "the student's own jobs, loses the table, restores it, and puts everything back.",
            metavar="[=canary]",
        ),
    ] = None,
    sandbox: Annotated[
        bool,
        typer.Option(
            "--sandbox",
            help="Hold the restore drill in a throw-away container of this machine, without a network: no backup is "
            "restored on the student's host.",
        ),
    ] = False,
    jobs: Annotated[int, typer.Option(help="How many students at once.", min=1, max=1000)] = 64,
    timeout: Annotated[
        float,
        typer.Option(
            help="How long one student's hosts may take, all checks together.",
            metavar="SECONDS",
            min=1,
            callback=_finite,
        ),
    ] = 900,
    run_timeout: Annotated[
        float | None,
        typer.Option(help="When to stop; --resume goes on.", metavar="SECONDS", min=1, callback=_finite),
    ] = None,
    accept_new_host_keys: Annotated[
        bool, typer.Option(ACCEPT, help="Trust hosts never seen before, and pin what they show.")
    ] = False,
    scheduler: Annotated[
        str | None, typer.Option(help="Let a Dask cluster do it: tcp://HOST:8786.", metavar="ADDRESS")
    ] = None,
    report_formats: Formats = CONSOLE,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Keep results.json and every transcript in this folder (a class: grades-DATE).", metavar="DIR"
        ),
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(help="Go on with a run that was interrupted: do what is missing.", metavar="DIR")
    ] = None,
) -> None:
    """Check what is right on the hosts, and say what is not, with a hint for each.

    Exit: 0 all passed · 1 something failed · 2 something could not be graded, or wrong usage.

    Example: labcheck grade --lab --step 1

    Example: labcheck grade --lab --drill --sandbox --step 7

    Example: labcheck grade --roster roster.yaml --jobs 50 --out grades
    """
    if sum(bool(given) for given in (lab, roster, inventory, resume)) > 1:
        raise UsageError("choose one of --lab, --roster, --inventory and --resume")
    if resume and (student or step or policy or out or extra or drill or sandbox):
        raise UsageError("--resume goes on as the run began", f"Type: labcheck grade --resume {resume}")
    if sandbox:
        _must_fit_a_sandbox(drill, scheduler)
    began = datetime.now(UTC)
    folder = resume or out or (None if lab else Path(f"grades-{began:%Y-%m-%d-%H%M%S}"))
    chosen_formats = formats(report_formats, folder)
    with contextlib.ExitStack() as stack:
        if resume:
            from labcheck.cli.beginning import go_on

            beginning = go_on(resume)
        else:
            source = source_of(lab, roster, inventory, extra or [])
            agreed = _policy(policy, source)
            if step:
                _must_be_steps(step, drill)
            chosen = roster_of(source).only(student or [])
            # What signs in takes longer to load than all before it: meanwhile hosts get ready for us.
            stack.enter_context(knocked([] if scheduler else chosen.own_servers(jobs)))
            from labcheck.cli.beginning import begin

            beginning = begin(began, source, chosen, step or [], DRILLS[drill], agreed, timeout, sandboxed=sandbox)
        from labcheck.cli.grading import Means, carry_out

        means = Means(jobs, run_timeout, accept_new_host_keys, scheduler)
        result = carry_out(beginning, folder, means, goes_on=bool(resume))
    if beginning.source.kind == "lab":
        _note_progress(result)
    tell(result, chosen_formats, folder)
    _tell_who_is_left(result, folder)
    raise typer.Exit(of_class(result))


def _tell_who_is_left(result: ClassResult, folder: Path | None) -> None:
    left = [one for one in result.grades if one.state is not State.GRADED]
    if left and folder:
        many = "1 student was" if len(left) == 1 else f"{len(left)} students were"
        # Where a host was never seen before, the hint of its checks says so.
        unseen = any(ACCEPT in check.hint for one in left for check in one.results)
        way = f"labcheck grade --resume {folder}{f' {ACCEPT}' if unseen else ''}"
        print(f"{many} not graded. Ask their hosts again: {way}", file=sys.stderr)


def _must_fit_a_sandbox(drill: Drill | None, scheduler: str | None) -> None:
    if drill is not Drill.RESTORE:
        what = "--sandbox says where the restore drill is held" + (", and a canary is planted on db" if drill else "")
        raise UsageError(what, "Type: labcheck grade … --drill --sandbox")
    if scheduler:
        raise UsageError("--sandbox and --scheduler do not go together: the containers are of this machine")


def _must_be_steps(steps: Sequence[str], drill: Drill | None) -> None:
    lab = LABS[BACKUP_TOOLS]
    try:
        lab.select(steps, DRILLS[drill])
    except KeyError as error:
        missing = error.args[0]
        if missing in {part for one in lab.drills for part in (one.step, one.step.split(".")[0])}:
            drilled = f"step {missing!r} is a drill, and drills are held only when they are asked for"
            raise UsageError(drilled, f"Ask for it: --drill{'=canary' if drill else ''}") from error
        raise UsageError(f"no step {missing!r}", f"The steps are {', '.join(lab.steps)}.") from error


def _note_progress(result: ClassResult) -> None:
    """Take down which steps of the practice lab are done, as `%check` does in a notebook."""
    from labcheck.practice import progress

    for one in result.grades:
        trouble = progress.record(one.student, one.results).trouble
        if trouble:
            print(trouble, file=sys.stderr)


def _policy(path: Path | None, source: Source) -> Policy:
    usual = Path(source.path).parent / "labcheck.toml"
    if path is None and source.path and usual.exists():
        path = usual
    return read_policy(path, LABS[BACKUP_TOOLS]) if path else Policy()
