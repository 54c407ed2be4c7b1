"""`labcheck cron`: what Debian's cron makes of a schedule or a crontab."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from labcheck.cli import cron_reports as reports
from labcheck.cli import exit_codes
from labcheck.cli.cron_comparison import comparison_record, comparison_text
from labcheck.cli.crontab_files import crontab_of
from labcheck.cli.moments import window, zone_of
from labcheck.cron import accounts as known
from labcheck.cron.calendar import text_calendar
from labcheck.cron.comparison import as_it_runs, compare_schedules
from labcheck.cron.hazards import find_hazards
from labcheck.cron.schedule import parse, verdict
from labcheck.cron.source import LONGEST_LINE
from labcheck.cron.words import sentence
from labcheck.errors import UsageError
from labcheck.visible import visible

if TYPE_CHECKING:
    from labcheck.cron.second_opinion import Opinion

ANY_WORD = {"ignore_unknown_options": True}
"""A schedule may begin with a minus sign, wrong as it is."""

app = typer.Typer(
    no_args_is_help=True,
    help="""Ask what Debian's cron makes of a schedule or a crontab.

    Cron is not what most libraries and web pages take it for: `0 22-6 * * *` never runs,
    `1/5 * * * *` makes it ignore the whole file, and `0 0 13 * 5` runs on every Friday. These commands follow
    Debian's own code.
    """,
)

Expression = Annotated[
    str,
    typer.Argument(
        metavar="SCHEDULE",
        help="Five fields or an @word, in quotes; `-` reads many from standard input, one a line.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs, one object a line.")]
Zone = Annotated[
    str | None,
    typer.Option(
        help="The zone of the server's clock, such as Europe/Tallinn. Times then carry their offset, and "
        "clock changes are applied. Default: UTC."
    ),
]
From = Annotated[
    str | None,
    typer.Option("--from", help="The moment to count from, in ISO 8601; without an offset in --zone. Default: now."),
]
Calendar = Annotated[int | None, typer.Option(min=1, max=9999, metavar="YEAR", help="Show a year, day by day, below.")]
Count = Annotated[
    int | None,
    typer.Option("-n", "--count", min=1, help="How many runs. Default: 5, or all that are before --until."),
]
Until = Annotated[
    str | None,
    typer.Option(help="List the runs before this moment; a run at --from itself is then one of them."),
]


@app.command(context_settings=ANY_WORD)
def explain(
    schedule: Expression,
    as_json: AsJson = False,
    zone: Zone = None,
    since: From = None,
    calendar: Calendar = None,
) -> None:
    """Say in words when a schedule runs, field by field, with its next five runs.

        labcheck cron explain "1 2 3 4 5"

        labcheck cron explain "0 0 13 * 5" --calendar 2027

        labcheck cron explain - --json < schedules.txt

    Exit code 1 if cron refuses the schedule. With `-` a refused line is answered like any other.
    """
    clock = zone_of(zone)
    asked = reports.Asked(clock, window(clock, since, None)[0])
    if schedule == "-":
        _each_line(asked, reports.explained if as_json else reports.one_line)
        return
    if as_json:
        print(json.dumps(reports.explained(schedule, asked)))
    elif verdict(schedule) == "ok":
        print(reports.explanation(schedule, asked))
        _print_calendar(schedule, calendar)
    else:
        print(f"{visible(schedule)}\n  {reports.refusal(schedule)}")
    _leave(schedule)


@app.command(name="next", context_settings=ANY_WORD)
def next_(
    schedule: Expression,
    count: Count = None,
    since: From = None,
    until: Until = None,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """List the next runs of a schedule: those after `--from`, or all from `--from` on and before `--until`.

    With `--zone`, a job that cron starts twice because the clock changes is listed twice.

        labcheck cron next "11 0 * * *" -n 3

        labcheck cron next "0,30 3 * * *" --zone Europe/Tallinn --from 2026-03-28 --until 2026-03-31

        labcheck cron next - --json -n 8 --from 2026-12-31T23:59 < schedules.txt

    Exit code 1 if cron refuses the schedule. With `-` a refused line is answered like any other.
    """
    clock = zone_of(zone)
    begin, end = window(clock, since, until)
    asked = reports.Asked(clock, begin, end, count)
    if schedule == "-":
        _each_line(asked, reports.record if as_json else reports.runs_line)
        return
    if as_json:
        print(json.dumps(reports.record(schedule, asked)))
    elif verdict(schedule) == "ok":
        _print_runs(schedule, asked)
    else:
        print(f"labcheck: {visible(schedule)}: {reports.refusal(schedule)}", file=sys.stderr)
    _leave(schedule)


@app.command()
def lint(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Crontabs; `-` reads standard input.")],
    user: Annotated[bool, typer.Option("--user", help="Users' own crontabs, which have no user column.")] = False,
    name: Annotated[str | None, typer.Option(help="The name that the file will have in /etc/cron.d.")] = None,
    accounts: Annotated[
        str | None,
        typer.Option(
            metavar="LIST",
            help="The users that exist: `root,backup`, or with homes `backup=/home/backup`. Default: any "
            "plausible name.",
        ),
    ] = None,
    debian: Annotated[int, typer.Option(min=11, max=13, help="The release of Debian that runs it.")] = 13,
    zone: Zone = None,
    as_json: AsJson = False,
) -> None:
    """Say whether cron will load a crontab, what it logs if not, and what in it is surely not meant.

        labcheck cron lint /etc/cron.d/mysql-backup

        labcheck cron lint draft.txt --name mysql-backup --accounts root,backup

        crontab -l | labcheck cron lint - --user

    Exit code 1 if anything is fatal: cron ignores the file, or a job in it can never run.
    """
    if name is not None and len(files) > 1:
        raise UsageError("--name is for one file")
    people = known.ANY if accounts is None else known.only(accounts)
    clock = zone_of(zone)
    failed = False
    for file in files:
        crontab = crontab_of(file, name, people, user=user)
        findings = find_hazards(crontab, debian=debian, zone=clock, year=datetime.now(UTC).year)
        failed |= reports.has_failed(crontab, findings)
        report = reports.lint_json if as_json else reports.lint_text
        sys.stdout.writelines(report(file, crontab, findings))
    if failed:
        raise typer.Exit(exit_codes.FAILED)


@app.command(context_settings=ANY_WORD)
def compare(
    one: Annotated[str, typer.Argument(metavar="SCHEDULE")],
    other: Annotated[str, typer.Argument(metavar="OTHER")],
    second_opinion: Annotated[
        bool,
        typer.Option("--second-opinion", help="Also ask the library croniter, and show where it differs."),
    ] = False,
    since: From = None,
    as_json: AsJson = False,
) -> None:
    """Say whether two schedules do the same, however they are written, and where they first differ.

        labcheck cron compare "0 0 * * 0" @weekly

        labcheck cron compare "0 0 13 * 5" "0 0 13 * *" --second-opinion

    Exit code 0 if they run in the same minutes, 1 if not. A schedule that cron refuses runs like one that
    never does.
    """
    after = window(None, since, None)[0].replace(second=0, microsecond=0)
    comparison = compare_schedules(as_it_runs(one), as_it_runs(other), after)
    opinions = _opinions([one, other], after) if second_opinion else []
    answer = comparison_record(comparison, opinions) if as_json else comparison_text(comparison, opinions)
    print(json.dumps(answer) if as_json else answer)
    if not comparison.same:
        raise typer.Exit(exit_codes.FAILED)


def _opinions(schedules: list[str], after: datetime) -> list[tuple[str, "Opinion"]]:
    from labcheck.cron.second_opinion import second_opinion

    return [(schedule, second_opinion(as_it_runs(schedule), after)) for schedule in schedules]


def _each_line(asked: reports.Asked, answer: Callable[[bytes, reports.Asked], dict[str, object] | str]) -> None:
    """Answer the schedules of standard input one by one, in order; of an endless line only the beginning."""
    is_rest = False
    while line := sys.stdin.buffer.readline(LONGEST_LINE):
        begins, is_rest = not is_rest, not line.endswith(b"\n")
        if not begins:
            continue
        found = answer(line.removesuffix(b"\n"), asked)
        print(found if isinstance(found, str) else json.dumps(found))


def _print_runs(schedule: str, asked: reports.Asked) -> None:
    found = False
    for run in asked.runs(parse(schedule)):
        found = True
        print(reports.written(run))
    if not found:
        print(f"no run: {sentence(parse(schedule))}", file=sys.stderr)


def _print_calendar(schedule: str, year: int | None) -> None:
    if year is not None:
        print(f"\n{text_calendar(parse(schedule), year)}")


def _leave(schedule: str) -> None:
    if verdict(schedule) != "ok":
        raise typer.Exit(exit_codes.FAILED)
