"""`labcheck lab fast-forward` and `labcheck lab journal`: weeks in seconds, and what came of them."""

from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Annotated

import typer

from labcheck.cli.moments import moment_of, zone_of
from labcheck.cli.progress import telling
from labcheck.errors import UsageError
from labcheck.practice import lab as labs
from labcheck.practice.clock.fast_forward import DEFAULT_LIMIT_SECONDS, Wish, fast_forward
from labcheck.practice.clock.period import Period, period_of
from labcheck.practice.images import HOSTS
from labcheck.rpo.durations import parse_duration

JsonOption = Annotated[bool, typer.Option("--json", help="Print the journal as one JSON document.")]
PlotOption = Annotated[Path | None, typer.Option(help="Draw it, as SVG or PNG by the ending.", metavar="FILE")]


def command(
    length: Annotated[str, typer.Argument(help="How long: 6w, 10d, 12h.", show_default=False)] = "",
    since: Annotated[str | None, typer.Option("--from", help="Where it begins: 2026-03-28, 2026-03-28T23:30.")] = None,
    until: Annotated[str | None, typer.Option(help="Where it ends: now, unless told.")] = None,
    zone: Annotated[
        list[str] | None, typer.Option(help="The hosts' time zone, or HOST=ZONE for one. Their own, unless told.")
    ] = None,
    workload: Annotated[int, typer.Option(help="Rows a day that Agama's users add.")] = 1,
    limit: Annotated[int, typer.Option(help="Seconds after which a job is ended.", min=1)] = DEFAULT_LIMIT_SECONDS,
    plot: PlotOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run the crontabs of the lab's hosts through weeks, in seconds.

        labcheck lab fast-forward 6w

    The real mysqldump, duplicity and rsync run as cron would start them, at simulated times, and Agama's users add
    rows meanwhile. The weeks end now: what is on the hosts already becomes that much older first.
    """
    lab = labs.current()
    zones = zones_of(zone or [])
    wish = Wish(_period(length, since, until, zones.get("db", UTC)), zones, workload, limit)
    with telling(quiet_elsewhere=as_json) as tell:
        plan = fast_forward(lab, wish, tell, lambda plan, instant: None)


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
