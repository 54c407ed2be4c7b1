"""`labcheck lab`: the practice lab."""

import os
import sys
from typing import Annotated

import typer

from labcheck.cli import fast_forward
from labcheck.cli.lab_faults import break_lab, solve
from labcheck.cli.progress import telling
from labcheck.practice import lab as labs
from labcheck.practice import lifecycle

app = typer.Typer(
    name="lab",
    help="The practice lab: a MySQL host, two backup servers and an app, in containers on this machine.",
    no_args_is_help=True,
)


@app.command()
def up(
    student: Annotated[
        str | None,
        typer.Option(help="Name of the account on the backup servers (elvis unless told).", show_default=False),
    ] = None,
    db: Annotated[
        str, typer.Option(help="mysql or mariadb (MySQL unless told).", show_default=False, metavar="SERVER")
    ] = "",
) -> None:
    """Bring the lab up, and wait until every service answers.

    The first time it makes the images (a few minutes), and installs Podman where there is no container engine.
    A lab that is up is only completed: hosts that were stopped are started.

    Example: labcheck lab up --student yoda --db mariadb
    """
    if db not in {"", "mysql", "mariadb"}:
        raise typer.BadParameter(f"{db!r} is neither mysql nor mariadb", param_hint="--db")
    with telling() as tell:
        lab = lifecycle.up(tell, student=student, database=db)
    print(f"The lab is up for {lab.student}, on {lab.engine}. Agama: {lab.app_url}")
    print("Next: labcheck lab shell db · labcheck lab status · labcheck grade --lab")


@app.command()
def status() -> None:
    """Say what answers, in which version and on which port. Exit 1 when something does not answer."""
    from labcheck.cli.status_table import show

    raise typer.Exit(0 if show(labs.current()) else 1)


@app.command()
def down(
    images: Annotated[
        bool, typer.Option("--images", help="Delete the images too; the next up makes them again.")
    ] = False,
    progress: Annotated[bool, typer.Option("--progress", help="Forget which steps were ever done, too.")] = False,
) -> None:
    """Take the lab away: containers, network, keys and data.

    The images stay, so that the next up is quick, and so does the record of the steps that you have done.
    """
    with telling() as tell:
        had = lifecycle.down(tell, with_images=images, with_progress=progress)
    print("The lab is down." if had else "There was no lab.")


@app.command()
def reset() -> None:
    """Put every host and the data back to how a fresh lab looks. What was done in it is lost."""
    with telling() as tell:
        lifecycle.reset(labs.current(), tell)
    print("Every host is back at the start.")


@app.command()
def shell(
    host: Annotated[str, typer.Argument(help="db, backup, offsite or app.")],
    user: Annotated[
        str | None, typer.Option(help="Who to be: backup on db, the student on the backup servers, root on app.")
    ] = None,
) -> None:
    """Open a shell on a host, as the user who works there.

    Example: labcheck lab shell db --user root
    """
    lifecycle.known(host)
    lab = labs.current()
    engine = lifecycle.engine_of(lab)
    name = lifecycle.container(engine, lab, host)
    terminal = ["--tty"] if sys.stdin.isatty() else []
    words = [engine.name, "exec", "--interactive", *terminal, name, "su", "--login", user or lab.user_of(host)]
    sys.stdout.flush()
    os.execvpe(engine.name, words, engine.full_environment())  # noqa: S606 - a list of words, no shell of ours


app.command("fast-forward")(fast_forward.command)
app.command("journal")(fast_forward.show_journal)
app.command(name="break")(break_lab)
app.command()(solve)
