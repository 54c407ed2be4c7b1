"""What is done on the hosts of a lab, as data: which commands, on which host, as whom.

A scene is typed into a terminal, so that it can be watched, or run unseen.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from labcheck.errors import LabcheckError
from labcheck.hosts.host import Host
from labcheck.hosts.ssh import Connections
from labcheck.hosts.terminal import Terminal
from labcheck.practice.lab import PracticeLab

LONGEST_COMMAND_SECONDS = 180.0


@dataclass(frozen=True)
class Scene:
    """Commands of one user on one host, in order; no user means the one who works there."""

    host: str
    user: str | None
    commands: tuple[str, ...]


@dataclass(frozen=True)
class Watching:
    """How typing is shown: where it goes, on what kind of terminal, at what pace."""

    show: Callable[[str], None]
    terminal: str = "vt100"
    columns: int = 200
    keystroke_seconds: float = 0.0


def scenes(written: Iterable[dict[str, list[str]]]) -> tuple[Scene, ...]:
    """Return scenes as the YAML tables write them: a list of `HOST: [COMMAND, ...]` or `USER@HOST: [...]`."""
    return tuple(_scene(place, commands) for one in written for place, commands in one.items())


def _scene(place: str, commands: list[str]) -> Scene:
    wrong = [command for command in commands if not isinstance(command, str)]
    if wrong:
        raise ValueError(f"{wrong[0]!r} is no command: put it in quotes")
    user, _, host = place.rpartition("@")
    return Scene(host, user or None, tuple(commands))


def watch(lab: PracticeLab, connections: Connections, played: Iterable[Scene], watching: Watching) -> None:
    """Type scenes through real terminals; raises `LabcheckError` at the first command that does not end with 0."""
    for scene in played:
        user = scene.user or lab.user_of(scene.host)
        client = connections.client(scene.host, user)
        with Terminal(client, watching.show, kind=watching.terminal, columns=watching.columns) as terminal:
            for command in scene.commands:
                status = terminal.type(
                    command,
                    keystroke_seconds=watching.keystroke_seconds,
                    timeout_seconds=LONGEST_COMMAND_SECONDS,
                )
                if status:
                    watching.show("\n")
                    told = f"`{command.splitlines()[0]}` ended with status {status} on {scene.host} as {user}"
                    raise LabcheckError(told, "See how the lab is: labcheck lab status")
            watching.show("\n")


def run_unseen(lab: PracticeLab, connections: Connections, played: Iterable[Scene]) -> None:
    """Run scenes in bash without showing them; raises `LabcheckError` at the first line that does not end with 0."""
    for scene in played:
        host = Host(scene.host, scene.user or lab.user_of(scene.host), connections)
        lines = "\n".join(scene.commands)
        student = f"export STUDENT={lab.student}\n"
        host.expect("bash", "-e", "-c", student + lines, statuses={0}, timeout_seconds=LONGEST_COMMAND_SECONDS)
