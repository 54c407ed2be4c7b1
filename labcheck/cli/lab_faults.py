"""`labcheck lab break` and `labcheck lab solve`: faults to repair, and solutions that type themselves."""

import random
import shutil
import sys
import time
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from labcheck.cli import exit_codes
from labcheck.cli.progress import telling
from labcheck.errors import UsageError
from labcheck.hosts.ssh import Connections
from labcheck.labs import BACKUP_TOOLS, LABS
from labcheck.model import Grade, Result, Status
from labcheck.practice import lab as labs
from labcheck.practice.faults import faults, present
from labcheck.practice.faults.fault import Fault
from labcheck.practice.lab import PracticeLab
from labcheck.practice.scenes import Watching, watch
from labcheck.practice.solutions import solve as solve_steps
from labcheck.practice.solutions import steps_of
from labcheck.reports import console

KEYSTROKE_SECONDS = 0.02
DIFFICULTIES = {1: "seen at once", 2: "needs a look", 3: "needs thought"}


def break_lab(
    fault: Annotated[
        str | None, typer.Argument(help="Which fault; one by chance when none is named.", metavar="[FAULT]")
    ] = None,
    list_faults: Annotated[bool, typer.Option("--list", help="List every fault.")] = False,
    hint: Annotated[bool, typer.Option("--hint", help="Give the next of three hints.")] = False,
    repaired: Annotated[bool, typer.Option("--repaired", help="You repaired it: let the checks judge.")] = False,
    give_up: Annotated[bool, typer.Option("--give-up", help="Say what it was, and undo it.")] = False,
    seed: Annotated[int | None, typer.Option(help="With the same number, chance chooses the same.")] = None,
) -> None:
    """Break the practice lab, so that you can find out what is wrong and repair it.

    A fault goes into a lab that works: `labcheck lab solve` makes it so. When you have repaired it, say so with
    `--repaired`; `labcheck lab solve` types the repair for you; `--give-up` undoes everything.

    Example: labcheck lab break · labcheck lab break --hint · labcheck lab break --repaired
    """
    if sum((bool(fault or seed is not None), list_faults, hint, repaired, give_up)) > 1:
        raise UsageError("these options do not go together", "One at a time: labcheck lab break --help")
    if list_faults:
        _list()
        return
    named = _named(fault) if fault else None
    lab = labs.current()
    with lab.connections() as connections:
        if not (hint or repaired or give_up):
            _break(lab, connections, named, seed)
            return
        now = present.find(lab)
        if now is None:
            raise UsageError("there is no fault in the lab", "Break it: labcheck lab break")
        if hint:
            print(present.next_hint(lab, now))
        elif repaired:
            raise typer.Exit(_judge(lab, connections, now))
        else:
            _give_up(lab, now)


def solve(
    step: Annotated[list[str] | None, typer.Argument(help="A step (1.2) or chapter (1).", metavar="[STEP]...")] = None,
) -> None:
    """Type the reference solution of a step, and of what it needs, into a real terminal that you can watch.

    Without a step: repair the fault that is in the lab (`labcheck lab break`), or solve every step where there is none.
    Exit: 0 when the checks pass afterwards, 1 when they do not.

    Example: labcheck lab solve 2.1
    """
    steps_of(step or [])
    lab = labs.current()
    now = present.find(lab)
    if now and step:
        raise UsageError("there is a fault in the lab", "Repair it first: labcheck lab solve, or lab break --give-up")
    with lab.connections() as connections:
        if now:
            watch(lab, connections, now.fault.repair, watching_stdout())
            raise typer.Exit(_judge(lab, connections, now))
        results = solve_steps(lab, connections, step or [], watching_stdout(), lambda text: print(f"\n── {text} ──"))
    raise typer.Exit(_told(lab, results))


def _break(lab: PracticeLab, connections: Connections, named: Fault | None, seed: int | None) -> None:
    with telling() as tell:
        chosen = named or present.choose(lab, connections, random.Random(seed))  # noqa: S311 - a game
        present.plant(lab, connections, chosen, tell, told=named is not None)
    print(f"{chosen.title if named else 'The lab is broken.'}\n\n{chosen.story}\n")
    print("Stuck? labcheck lab break --hint · Repaired? labcheck lab break --repaired")


def _named(name: str) -> Fault:
    if name not in faults():
        raise UsageError(f"there is no fault {name!r}", "See what there is: labcheck lab break --list")
    return faults()[name]


def _judge(lab: PracticeLab, connections: Connections, now: present.Present) -> int:
    results = present.judge(lab, connections, now)
    code = _told(lab, results)
    if code == exit_codes.ALL_PASSED:
        present.forget(lab)
        minutes, seconds = divmod(round(time.time() - now.planted_at), 60)
        print(f"Repaired after {minutes} min {seconds} s, with {now.hints_given} hints: {now.fault.title}")
    return code


def _give_up(lab: PracticeLab, now: present.Present) -> None:
    with telling() as tell:
        present.undo(lab, tell)
    print(f"It was {now.name}: {now.fault.title}\nIt shows in: {now.fault.noticed}\n\nThe repair would have been")
    for scene in now.fault.repair:
        print(f"  on {scene.host} as {scene.user or lab.user_of(scene.host)}:")
        for command in scene.commands:
            print("    " + command.replace("\n", "\n    "))
    print("\nThe lab is as it was before.")


def _told(lab: PracticeLab, results: Sequence[Result]) -> int:
    console.write(Grade(lab.student, tuple(results)), LABS[BACKUP_TOOLS].title, sys.stdout)
    if any(result.status is Status.ERROR for result in results):
        return exit_codes.TROUBLE
    passed = all(result.status is Status.PASS for result in results)
    return exit_codes.ALL_PASSED if passed else exit_codes.FAILED


def watching_stdout() -> Watching:
    """Return how typing is shown on standard output: as it is typed on a terminal, plain text elsewhere."""

    def show(text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()

    if sys.stdout.isatty():
        return Watching(show, "xterm-256color", shutil.get_terminal_size().columns, KEYSTROKE_SECONDS)
    return Watching(lambda text: show(text.replace("\r\n", "\n").replace("\r", "\n")), "dumb")


def _list() -> None:
    table = Table("Fault", "What is wrong", "How hard", box=None, pad_edge=False)
    for one in faults().values():
        table.add_row(one.name, one.title, DIFFICULTIES[one.difficulty])
    Console().print(table)
    print(f"\n{len(faults())} faults. Break the lab with one: labcheck lab break NAME; without a name it is not told.")
