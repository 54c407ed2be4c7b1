"""`labcheck lab fast-forward` and `labcheck lab journal`: weeks in seconds, and what came of them."""

import contextlib
import json
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from labcheck.cli import journal_report
from labcheck.cli.moments import moment_of, zone_of
from labcheck.cli.progress import telling
from labcheck.errors import LabcheckError, UsageError
from labcheck.practice import lab as labs
from labcheck.practice.clock import journal
from labcheck.practice.clock.fast_forward import DEFAULT_LIMIT_SECONDS, Plan, Wish, fast_forward
from labcheck.practice.clock.period import Period, period_of, told
from labcheck.practice.clock.workload import MOST_A_DAY
from labcheck.practice.images import HOSTS
from labcheck.rpo.durations import parse_duration
from labcheck.visible import visible

PICTURES = (".svg", ".png")
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]
PlotOption = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Draw runs, chains and losses into FILE.svg or FILE.png.")
]


def command(
    length: Annotated[str, typer.Argument(metavar="[LENGTH]", help="How long: 6w, 10d, 12h.", show_default=False)] = "",
    *,
    since: Annotated[
        str | None, typer.Option("--from", metavar="MOMENT", help="Where it begins: 2026-03-28 or 2026-03-28T23:30.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="MOMENT", help="Where it ends: now, unless told, and never later.")
    ] = None,
    zone: Annotated[
        list[str] | None,
        typer.Option(metavar="[HOST=]ZONE", help="Time zone of all hosts, or of one. Usually their own."),
    ] = None,
    workload: Annotated[
        int, typer.Option(min=0, max=MOST_A_DAY, metavar="ROWS", help="Rows that Agama's users add in a day.")
    ] = 1,
    limit: Annotated[
        int, typer.Option(min=1, metavar="SECONDS", help="A job that runs longer is ended.")
    ] = DEFAULT_LIMIT_SECONDS,
    plot: PlotOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run the crontabs of the lab's hosts through weeks, in seconds: `labcheck lab fast-forward 6w`

    The real mysqldump, duplicity and rsync run, as cron would start them, and Agama's users add rows meanwhile. The
    weeks end now; what is on the hosts already becomes that much older first. While a job runs, simulated time passes
    as real time does; in between it jumps to the next start. Leave the hosts alone until it is done.

    `labcheck lab journal` tells later what ran, and `labcheck lab reset` forgets it all.
    """
    _refuse_no_picture(plot)
    zones = zones_of(zone or [])
    wish = Wish(_period(length, since, until, zones.get("db", UTC)), zones, workload, limit)
    lab = labs.current()
    with telling(quiet_elsewhere=as_json) as tell, _progress() as show:
        try:
            fast_forward(lab, wish, tell, show)
        except KeyboardInterrupt:
            show.stop()
            _say_how_far(lab.until_reset)
            raise
    _show(lab.until_reset, plot, as_json=as_json)


def show_journal(
    *,
    plot: PlotOption = None,
    as_json: JsonOption = False,
    runs: Annotated[bool, typer.Option("--runs", help="Every run, with its output.")] = False,
) -> None:
    """Tell what ran in the last fast-forward, what can be restored, and what would have been lost.

    Example: labcheck lab journal --plot weeks.png

    With `--json` every run of every fast-forward since the lab was put back: start, end, exit status and output.
    """
    _refuse_no_picture(plot)
    _show(labs.current().until_reset, plot, as_json=as_json, runs=runs)


def _show(folder: Path, plot: Path | None, *, as_json: bool, runs: bool = False) -> None:
    entries = journal.read(folder)
    if not entries:
        raise LabcheckError("nothing was run yet", "Run some weeks: labcheck lab fast-forward 6w")
    if as_json:
        print(json.dumps(journal_report.document(entries), indent=2))
    else:
        for line in journal_report.report(entries, runs=runs):
            print(visible(line))
    if plot is not None:
        from labcheck.practice.clock.plot import draw  # drawing is slow to import

        draw(entries, plot)


def _refuse_no_picture(plot: Path | None) -> None:
    if plot is not None and plot.suffix not in PICTURES:
        raise UsageError(f"`{plot}` is no picture that can be drawn", "End its name in .svg or .png.")
    if plot is not None and not plot.parent.is_dir():
        raise UsageError(f"there is no folder `{plot.parent}` to draw into", f"Make it: mkdir -p {plot.parent}")


def zones_of(words: list[str]) -> dict[str, tzinfo]:
    """Return zones by host, of `Europe/Tallinn` for all hosts and `backup=America/New_York` for one."""
    found: dict[str, tzinfo] = {}
    for word in words:
        host, equals, name = word.rpartition("=")
        if equals and host not in HOSTS:
            raise UsageError(f"the lab has no host {host!a}", f"Its hosts are {', '.join(HOSTS)}.")
        zone = zone_of(name)
        found |= dict.fromkeys([host] if equals else HOSTS, zone) if zone else {}
    return found


def _period(length: str, since: str | None, until: str | None, zone: tzinfo) -> Period:
    now = datetime.now(UTC)

    def instant(text: str | None) -> int | None:
        return int(moment_of(text, zone, now).timestamp()) if text else None

    return period_of(parse_duration(length) if length else None, instant(since), instant(until), int(now.timestamp()))


def _say_how_far(folder: Path) -> None:
    reached = [entry for entry in journal.read(folder) if isinstance(entry, journal.Reached)]
    if reached:
        print(f"Got as far as {told(reached[-1].instant, UTC)} UTC. The lab is usable; cron runs again.", flush=True)
        print("What ran: labcheck lab journal · begin afresh: labcheck lab reset", flush=True)


class _Bar:
    """The simulated date and how far it is; calling it moves it on."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=None, visible=False)

    def __call__(self, plan: Plan, instant: float) -> None:
        period, zone = plan.wish.period, plan.hosts[0].zone
        self._progress.update(
            self._task,
            visible=True,
            total=period.seconds,
            completed=instant - period.since,
            description=told(instant, zone),
        )

    def stop(self) -> None:
        """Leave the screen to others."""
        self._progress.stop()


@contextlib.contextmanager
def _progress() -> Iterator[_Bar]:
    """Give what shows the simulated date: on a terminal only, on standard error."""
    console = Console(stderr=True, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:>3.0f}%"))
    progress = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    bar = _Bar(progress)
    try:
        yield bar
    finally:
        bar.stop()
