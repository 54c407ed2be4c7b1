"""`labcheck rpo`: the recovery point of the backups that some crontabs make."""

import json
import re
import shutil
import sys
import textwrap
from datetime import UTC, date, tzinfo
from pathlib import Path
from typing import Annotated

import typer

from labcheck.cli import exit_codes
from labcheck.cli.moments import zone_of
from labcheck.errors import UsageError
from labcheck.rpo import Answer, CrontabFile, Disaster, Durations, NoAnswer, Period, Question, answer
from labcheck.rpo.document import document
from labcheck.rpo.durations import parse_duration
from labcheck.rpo.explain import report
from labcheck.rpo.targets import is_met
from labcheck.visible import visible

LABEL = re.compile(r"([A-Za-z0-9][\w.-]*)=(.+)", re.DOTALL)
JOB = re.compile(r"(?:(?P<label>[^:=]+):)?(?P<line>\d+)=(?P<length>.+)")
USUAL = ("table-dropped", "db-host-lost", "site-lost")
FIRST_HOST = "db"
LARGEST_BYTES = 4_000_000


def rpo(
    crontabs: Annotated[
        list[str],
        typer.Argument(
            metavar="[HOST=]CRONTAB…",
            help="Files as they lie in /etc/cron.d, each with its host. Without HOST the first is for the host `db`, "
            "another for a host called like the file.",
        ),
    ],
    *,
    transfer: Annotated[
        list[str],
        typer.Option(help="How long a transfer between hosts takes; `HOST:LINE=5m` or `LINE=5m` for one job."),
    ] = ["1m"],  # noqa: B006 - typer copies it
    dump: Annotated[
        list[str], typer.Option(help="How long a dump takes; `HOST:LINE=90s` or `LINE=90s` for one job.")
    ] = ["0s"],  # noqa: B006 - typer copies it
    zone: Annotated[
        list[str], typer.Option(metavar="[HOST=]ZONE", help="Time zone of a host, or of all. Usually UTC.")
    ] = [],  # noqa: B006 - typer copies it
    year: Annotated[
        int | None,
        typer.Option(help="The year to look at, clock changes included. Usually 365 days from today."),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="What was promised, such as 24h: met or not, and what to change.")
    ] = None,
    tolerance: Annotated[str, typer.Option(help="By how much the target may be missed.")] = "0s",
    failures: Annotated[int, typer.Option(min=0, max=9, help="How many failed runs in a row to look at.")] = 3,
    disaster: Annotated[
        list[str],
        typer.Option(
            metavar="NAME[=HOST,…]",
            help="Only this disaster: table-dropped, db-host-lost, site-lost, or a name and the hosts lost.",
        ),
    ] = [],  # noqa: B006 - typer copies it
    script: Annotated[
        list[str], typer.Option(metavar="PATH=FILE", help="The text of a script that a job calls by PATH.")
    ] = [],  # noqa: B006 - typer copies it
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Draw copies and losses into FILE.svg or FILE.png.")] = None,
) -> None:
    """Work out what these backups lose at worst: the recovery point, with its proof, and what is wrong with them.

    Exit code 0: answered, and the target, if there is one, is met **as things stand** (a fault that makes a copy
    worthless misses it); 1: the target is missed; 2: no answer is possible, or wrong usage. Without a target faults
    do not change the exit code. Nothing of the crontabs is ever run.

    Example: labcheck rpo db=mysql-backup backup=offsite --target 25h --plot lost.png
    """
    question = Question(
        crontabs=_crontabs(crontabs),
        period=_period(year),
        durations=_durations(dump, transfer),
        zones=dict(_zone(text) for text in zone),
        scripts=dict(_script(text) for text in script),
        disasters=tuple(_disaster(text) for text in disaster if "=" in text),
        only=tuple(_usual(text) for text in disaster if "=" not in text),
        failures=failures,
        target_seconds=parse_duration(target) if target else None,
        tolerance_seconds=parse_duration(tolerance),
    )
    if plot is not None and plot.suffix not in (".svg", ".png"):
        raise UsageError(f"`{plot}` is no picture that can be drawn", "End its name in .svg or .png.")
    try:
        found = answer(question)
    except NoAnswer as reason:  # it quotes the crontab
        raise NoAnswer(visible(reason.what), visible(reason.next_step)) from reason
    if plot is not None:
        _draw(found, plot)
    if as_json:
        typer.echo(json.dumps(document(found), indent=2))
    else:
        typer.echo("\n".join(_fitting(visible(line)) for line in report(found)))
    if not is_met(found):
        raise typer.Exit(exit_codes.FAILED)


def _fitting(line: str) -> str:
    """Return a line broken at the width of the terminal; into a file it goes as it is."""
    if not sys.stdout.isatty():
        return line
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    width = max(40, min(100, shutil.get_terminal_size().columns))
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def _draw(found: Answer, path: Path) -> None:
    from labcheck.rpo.plot import draw  # matplotlib is slow to load, and few need it

    try:
        draw(found, path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


def _crontabs(arguments: list[str]) -> tuple[CrontabFile, ...]:
    found: list[CrontabFile] = []
    for argument in arguments:
        labelled = None if Path(argument).exists() else LABEL.fullmatch(argument)
        path = Path(labelled[2] if labelled else argument)
        host = labelled[1].lower() if labelled else (path.stem if found else FIRST_HOST)
        found.append(CrontabFile(host, path.name, _text(path)))
    return tuple(found)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", "Name a crontab, as HOST=FILE or FILE.") from error
    if len(content) > LARGEST_BYTES:
        raise UsageError(f"{path} is larger than {LARGEST_BYTES} bytes, which no crontab is")
    return content.decode("utf-8", "surrogateescape")


def _period(year: int | None) -> Period:
    if year is None:
        return Period(date.today())
    if not 1971 <= year <= 2999:
        raise UsageError(f"year {year} is out of reach", "Choose one from 1971 to 2999.")
    return Period.of_year(year)


def _durations(dumps: list[str], transfers: list[str]) -> Durations:
    usual = {"dump": 0, "transfer": 60}
    jobs: dict[tuple[str, str, int], int] = {}
    for kind, texts in (("dump", dumps), ("transfer", transfers)):
        for text in texts:
            own = JOB.fullmatch(text)
            if own:
                jobs[(kind, own["label"] or "", int(own["line"]))] = parse_duration(own["length"])
            else:
                usual[kind] = parse_duration(text)
    return Durations(usual["dump"], usual["transfer"], jobs)


def _zone(text: str) -> tuple[str, tzinfo]:
    host, _, name = text.rpartition("=")
    return host.lower() or "*", zone_of(name) or UTC


def _script(text: str) -> tuple[str, str]:
    path, equals, file = text.partition("=")
    if not equals:
        raise UsageError(f"`{text}` is not PATH=FILE", "Write the path that the job calls, =, and the file to read.")
    return path, _text(Path(file))


def _disaster(text: str) -> Disaster:
    name, _, hosts = text.partition("=")
    lost = tuple(host.strip().lower() for host in hosts.split(",") if host.strip())
    if not name or not lost:
        raise UsageError(f"`{text}` names no host", "Write it like flood=db,backup.")
    return Disaster(name, f"lost: {', '.join(lost)}", lost)


def _usual(name: str) -> str:
    if name not in USUAL:
        raise UsageError(f"there is no disaster `{name}`", f"Choose from {', '.join(USUAL)}, or write NAME=HOST,HOST.")
    return name
