"""`labcheck roster`: write a roster to begin with, and check one before any host is touched."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from labcheck.errors import UsageError
from labcheck.grading.inventory_roster import read_inventories
from labcheck.grading.roster import HOSTS, Roster
from labcheck.grading.roster_file import EXAMPLE, read_roster

app = typer.Typer(name="roster", help="Who is graded, and where their hosts are.", no_args_is_help=True)


@app.command()
def init(
    file: Annotated[Path, typer.Argument(help="Where to write it.")] = Path("roster.yaml"),
) -> None:
    """Write an example roster, with what each line means. A file that is there stays as it is.

    Example: labcheck roster init autumn.yaml
    """
    try:
        with file.open("x") as new:
            new.write(EXAMPLE)
    except FileExistsError as error:
        raise UsageError(f"{file} is there already", "Name another file: labcheck roster init other.yaml") from error
    print(f"{file} is an example: put your students into it.\nNext: labcheck roster check {file}")


@app.command()
def check(
    file: Annotated[
        Path, typer.Argument(help="A roster in YAML; with --inventory an Ansible inventory or a folder of them.")
    ] = Path("roster.yaml"),
    inventory: Annotated[bool, typer.Option("--inventory", help="It is an Ansible inventory.")] = False,
    extra: Annotated[
        list[str] | None,
        typer.Option(
            "-e", help="Set a variable of the inventory: ansible_port=2201; or @FILE, or JSON.", metavar="VAR=X"
        ),
    ] = None,
    show: Annotated[
        bool, typer.Option("--show", help="Also list each student's hosts as they were understood.")
    ] = False,
) -> None:
    """Say every mistake in a roster with its file and line; no host is touched.

    Exit: 0 none · 2 mistakes.

    Example: labcheck roster check roster.yaml --show
    """
    roster = read_inventories(file, extra or []) if inventory or file.is_dir() else read_roster(file)
    if show:
        _show(roster)
    for warning in roster.warnings:
        print(f"look: {warning}", file=sys.stderr)
    print(f"{file}: {len(roster.students)} student{'s'[: len(roster.students) != 1]}, no mistakes")


def _show(roster: Roster) -> None:
    for student in roster.students:
        print(student.name if student.account == student.name else f"{student.name} (account {student.account})")
        for host in HOSTS:
            if address := student.addresses.get(host):
                who = f"{address.user or 'whoever is asked'}{', then sudo' if address.become else ''}"
                shared = ", shared" if host in roster.shared else ""
                print(f"  {host:<8}{address.address}:{address.port}  {who}{shared}")
