"""`labcheck lab status` for people: one row a host."""

import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from labcheck.practice import progress
from labcheck.practice.lab import PracticeLab
from labcheck.practice.state import HostState, of_hosts
from labcheck.visible import visible

PLAIN_WIDTH = 140


def show(lab: PracticeLab) -> bool:
    """Print how each host is doing; return whether all is well."""
    states = of_hosts(lab)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else PLAIN_WIDTH)
    table = Table(box=None if not console.is_terminal else Table().box, pad_edge=console.is_terminal)
    for name in ("host", "state", "on 127.0.0.1", "services", "versions"):
        table.add_column(name, overflow="fold")
    for state in states:
        table.add_row(*_row(state))
    console.print(
        f"Lab {lab.project}: student {lab.student}, {lab.database}, {lab.engine}, from {lab.base}", markup=False
    )
    console.print(table)
    console.print(f"Agama: {lab.app_url}", markup=False)
    done = progress.of(lab.student)
    console.print(f"Steps done so far: {len(done.achieved())} of {len(progress.steps())} {done.trouble}", markup=False)
    well = all(state.is_well for state in states)
    if not well:
        console.print(
            "Not everything answers. Start what is down: labcheck lab up · or begin afresh: labcheck lab reset"
        )
    return well


def _row(state: HostState) -> list[Text]:
    ports = "\n".join(f"{name} {port}" for name, port in sorted(state.ports.items()))
    services = "\n".join(f"{name} {'up' if up else 'DOWN'}" for name, up in sorted(state.services.items()))
    versions = "\n".join(f"{visible(name)} {visible(version)}" for name, version in sorted(state.versions.items()))
    well = Text("up", "green") if state.is_well else Text("not well" if state.services else "down", "red")
    return [Text(state.name), well, Text(ports), Text(services or visible(state.trouble)), Text(versions)]
