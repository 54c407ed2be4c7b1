"""The whole rehearsal: files installed, weeks lived through, the host lost, the document followed, the rows counted."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC

from labcheck.errors import HostUnreachable, LabcheckError
from labcheck.hosts import Host
from labcheck.hosts.ssh import Connections
from labcheck.practice import lifecycle, places
from labcheck.practice.clock.fast_forward import Plan
from labcheck.practice.clock.period import told
from labcheck.practice.database import Item
from labcheck.practice.engine import Tell
from labcheck.practice.lab import PracticeLab
from labcheck.practice.rehearsal.following import Followed, Limits, follow
from labcheck.practice.rehearsal.isolation import isolate, plain_addresses, refuse_a_way_out
from labcheck.practice.rehearsal.stage import set_database_host, set_servers
from labcheck.practice.rehearsal.weeks import Lived, ignored, live_through
from labcheck.rpo.durations import hours, length
from labcheck.submissions.finding import NOTE, Finding, Place
from labcheck.submissions.judge import Judgement
from labcheck.submissions.scenario import Scenario
from labcheck.submissions.settings import Settings

Show = Callable[[Plan, float], None]


def rehearsed(judgement: Judgement, settings: Settings, tell: Tell, show: Show) -> Judgement:
    """Return a judgement with what a rehearsal finds, in a lab of its own, which is taken down afterwards.

    Raises `LabcheckError` when there can be no lab. Interrupted, it takes the lab down and raises `KeyboardInterrupt`.
    """
    played = judgement.scenario
    if played is None or played.obstacle:
        return judgement
    with places.beside("rehearsal"):
        lifecycle.down(lambda _: None, with_progress=True)
        try:
            lab = lifecycle.up(tell, student=_student(played))
            findings = [*played.notes, *play(lab, played, settings, tell, show)]
        finally:
            tell("Taking the lab away")
            lifecycle.down(lambda _: None, with_progress=True)
    judged = settings.rulebook.judged([*judgement.findings, *findings])
    return replace(judgement, findings=judged, was_played=True)


def _student(played: Scenario) -> str:
    """Return the account of the lab: the submission's first one that can be one."""
    for account in played.accounts:
        try:
            return lifecycle.account_name(account)
        except LabcheckError:
            continue
    return "student"


def play(lab: PracticeLab, played: Scenario, settings: Settings, tell: Tell, show: Show) -> list[Finding]:
    """Play a submission in a fresh lab, and return what was found."""
    with lab.connections() as connections:
        prepare(lab, connections, played, tell)
        refused = list(ignored(connections, played))
    if refused:
        return refused
    lived = live_through(lab, played, tell, show)
    if lived.is_over:
        return [*lived.findings, _story(played, lived, "nothing has left the host, so nothing could be restored")]
    with lab.connections() as connections:
        return [*lived.findings, *restored(lab, connections, played, lived, settings, tell)]


def prepare(lab: PracticeLab, connections: Connections, played: Scenario, tell: Tell) -> None:
    """Close a fresh lab, and install the submission in it."""
    tell("Closing the lab: no way leads out of it")
    isolate(lab, connections, plain_addresses(played.names))
    tell("Installing the crontab")
    set_servers(lab, connections, played)
    set_database_host(connections, played)


def restored(
    lab: PracticeLab, connections: Connections, played: Scenario, lived: Lived, settings: Settings, tell: Tell,
    limits: Limits | None = None,
) -> list[Finding]:  # fmt: skip
    """Lose the database host, follow the document on a new one, and compare; then lose the database once more."""
    _stop_cron(connections)
    tell("Losing the database host, and making a new one")
    host = Host("db", "root", connections)
    host.expect("env", f"STUDENT={lab.student}", "lab-reset", statuses={0}, timeout_seconds=60)
    set_database_host(connections, played)
    _stop_cron(connections)
    refuse_a_way_out(host)
    _lose(host)
    followed = follow(host, played, lived.newest, tell, limits)
    found = list(_compared(lab, played, lived, followed, settings))
    if any(one.severity != NOTE for one in found) or not played.is_repeatable:
        return found
    return [*found, *_again(host, lab, played, lived, tell, limits)]


def _stop_cron(connections: Connections) -> None:
    Host("db", "root", connections).expect("s6-svc", "-wd", "-T", "5000", "-d", "/etc/s6/cron", statuses={0})


def _lose(host: Host) -> None:
    """Take the data away: what is left is the empty database that a playbook makes."""
    host.expect("mysql", "--user=root", "-e", "DROP DATABASE IF EXISTS agama; CREATE DATABASE agama", statuses={0})


def _rows(lab: PracticeLab) -> list[Item]:
    try:
        return lab.agama().items_left()
    except HostUnreachable:
        return []


def _compared(
    lab: PracticeLab, played: Scenario, lived: Lived, followed: Followed, settings: Settings
) -> Iterator[Finding]:
    """Yield what was found, the data last; a command that stopped it all explains why the data is not back."""
    yield from followed.findings
    outcome = Outcome.of(lived, _rows(lab))
    if not followed.is_finished:
        yield _story(played, lived, f"the restore stopped; {outcome.told}")
        return
    end = _last_line(played)
    if not outcome.is_whole:
        failed = f", and line {followed.findings[0].place.line} had failed" if followed.findings else ""
        yield Finding(
            "lab-data-missing", Place(played.document, end), f"all commands were typed{failed}; {outcome.told}",
            "Follow it yourself on a host that has lost its data: labcheck lab reset",
        )  # fmt: skip
    elif played.promise is not None and outcome.lost_seconds > played.promise + settings.tolerance_seconds:
        yield Finding(
            "lab-rpo", played.promised_at, f"promises {length(played.promise)}; {outcome.told}",
            "Promise more hours, or make backups more often.",
        )  # fmt: skip
    promise = f"; {length(played.promise)} are promised" if played.promise is not None else ""
    yield _story(played, lived, f"{outcome.told}{promise}")


def _again(
    host: Host, lab: PracticeLab, played: Scenario, lived: Lived, tell: Tell,
    limits: Limits | None,
) -> Iterator[Finding]:  # fmt: skip
    """Follow the document once more, with all that the first time has left on the host."""
    tell("Losing the database once more, with what the first restore has left")
    _lose(host)
    followed = follow(host, played, lived.newest, tell, limits)
    stopped = [one for one in followed.findings if one.severity != NOTE]
    if stopped:
        yield second_time(stopped[0], played)
    elif not (outcome := Outcome.of(lived, _rows(lab))).is_whole:
        place = Place(played.document, _last_line(played))
        yield Finding(
            "lab-second-time", place, f"works once; the second time {outcome.told}", "Let it empty what it fills."
        )


def second_time(stopped: Finding, played: Scenario) -> Finding:
    """Return what stopped the document when it was followed again; a note where only duplicity 3.1 would stop."""
    typed = next((order.text for order in played.orders if order.line == stopped.place.line), "")
    forced = "Will not overwrite" in stopped.found and "--force" in typed
    older = "; with --force duplicity before 3.1 overwrites what is there" if forced else ""
    return Finding(
        "lab-second-time", stopped.place, f"works once; the second time {stopped.found}{older}",
        "Let it empty what it fills.", NOTE if forced else "",
    )  # fmt: skip


def _last_line(played: Scenario) -> int:
    """Return where the document fetches or loads data for the last time."""
    return max((order.line for order in played.orders if order.matters and not order.left_out), default=0)


@dataclass(frozen=True)
class Outcome:
    """How much came back: rows, and the age of the oldest lost one at the loss, in seconds (0 for none).

    `is_whole` says that everything is there up to some instant: no more is lost than what is newer than a backup.
    """

    rows: int
    rows_before: int
    lost_seconds: int
    is_whole: bool

    @classmethod
    def of(cls, lived: Lived, after: Sequence[Item]) -> "Outcome":
        """Compare the rows with those at the loss, by the instants at which they were added (0: before the weeks)."""
        there = {(key, value) for key, value, _ in after}
        added = [(lived.added.get(value, 0.0), (key, value) in there) for key, value, _ in lived.rows]
        lost = [instant for instant, is_back in added if not is_back]
        kept = [instant for instant, is_back in added if is_back]
        is_whole = bool(kept) and (not lost or min(lost) > max(kept))
        return cls(len(kept), len(lived.rows), round(lived.until - min(lost)) if lost else 0, is_whole)

    @property
    def told(self) -> str:
        """Return it in words."""
        rows = f"{self.rows} of {self.rows_before} rows are back"
        if not self.rows:
            return f"none of {self.rows_before} rows is back"
        if not self.is_whole:
            return f"{rows}, and some of the lost ones are older than some that are there"
        return f"{rows}; the loss reaches back {hours(self.lost_seconds)}" if self.lost_seconds else rows


def _story(played: Scenario, lived: Lived, outcome: str) -> Finding:
    what = f"{lived.days} days and {lived.runs} runs; the host was lost on {told(lived.until, UTC)} UTC; {outcome}"
    return Finding("lab-story", Place(played.document), what, severity=NOTE)
