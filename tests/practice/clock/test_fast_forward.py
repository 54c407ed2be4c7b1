"""Weeks in seconds, on the real hosts: what ran, what it left behind, and what comes back out of it."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from labcheck.facts import dump as dumps
from labcheck.hosts import Host, Site
from labcheck.practice import lifecycle
from labcheck.practice.clock import journal
from labcheck.practice.clock.fast_forward import Wish, fast_forward
from labcheck.practice.clock.measured import comparisons
from labcheck.practice.clock.period import Period
from labcheck.practice.clock.versions import versions
from labcheck.practice.lab import PracticeLab

pytestmark = pytest.mark.lab
CRONTABS = Path(__file__).parents[2] / "data" / "crontabs"
DAY = 86400
TALLINN = ZoneInfo("Europe/Tallinn")
FIRST = ["Frodo", "Samwise", "Merry", "Pippin"]
NIGHTS, SUNDAYS = 9, 2
RESTORES = 4
URL = "rsync://elvis@backup.foo.bar/mysql"
SUNDAY = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())


def install(lab: PracticeLab, host: str, name: str, text: str) -> None:
    """Write a file into a host's /etc/cron.d, as its administrator does."""
    with lab.connections() as connections:
        Host(host, "root", connections).output("sh", "-c", 'printf %s "$1" > "/etc/cron.d/$2"', "sh", text, name)


def run_through(
    lab: PracticeLab, since: int, until: int, *, limit_seconds: int = 60, zones: dict[str, tzinfo] | None = None
) -> list[journal.Entry]:
    """Run a stretch of time and return what the journal says of it."""
    wish = Wish(Period(since, until), zones or {}, limit_seconds=limit_seconds)
    fast_forward(lab, wish, print, lambda plan, instant: None)
    return journal.read(lab.until_reset)


def ran(entries: list[journal.Entry]) -> list[journal.Ran]:
    return [entry for entry in entries if isinstance(entry, journal.Ran)]


@pytest.fixture(scope="module")
def weeks(lab: PracticeLab) -> Iterator[list[journal.Entry]]:
    """The journal of a lab, solved as the notebooks have it, that has lived through some nights from a Sunday on."""
    lab = lifecycle.up(print)
    lifecycle.reset(lab, print)
    install(lab, "db", "mysql-backup", (CRONTABS / "mysql-backup").read_text())
    install(lab, "backup", "offsite", (CRONTABS / "offsite").read_text())
    yield run_through(lab, SUNDAY, SUNDAY + NIGHTS * DAY)
    lifecycle.reset(lab, print)


@pytest.fixture
def site(lab: PracticeLab) -> Iterator[Site]:
    with lab.connections() as connections:
        yield lab.site(connections)


def values_at(entries: list[journal.Entry], instant: float) -> list[str]:
    """Return what was in the table at an instant, by the rows that were added."""
    return FIRST + [entry.value for entry in entries if isinstance(entry, journal.Row) and entry.instant <= instant]


def test_every_night_ran_as_the_crontabs_say(weeks: list[journal.Entry]) -> None:
    found = [(one.host, one.line, one.status) for one in ran(weeks)]
    assert found.count(("db", 1, 0)) == found.count(("backup", 1, 0)) == NIGHTS
    assert found.count(("db", 2, 0)) == found.count(("db", 4, 0)) == SUNDAYS
    assert found.count(("db", 3, 0)) == NIGHTS - SUNDAYS
    assert len(found) == 2 * NIGHTS + NIGHTS + SUNDAYS
    assert all(0 <= one.started - one.due < 5 for one in ran(weeks))


def test_duplicity_tells_the_story_of_these_weeks(weeks: list[journal.Entry], site: Site) -> None:
    status = site.db.run("duplicity", "collection-status", URL).stdout
    for night in range(NIGHTS):
        kind = "Full" if night % 7 == 0 else "Incremental"
        day = datetime.fromtimestamp(SUNDAY + night * DAY, UTC)
        assert any(
            line.split()[:4] == [kind, f"{day:%a}", f"{day:%b}", str(day.day)] and " 00:12:0" in line
            for line in status.splitlines()
        ), (night, status)


def test_files_of_all_hosts_have_the_times_of_the_simulated_moments(weeks: list[journal.Entry], site: Site) -> None:
    last_night = SUNDAY + (NIGHTS - 1) * DAY
    dumped = int(site.db.output("stat", "-c", "%Y", "agama.sql"))
    assert dumped == last_night + 11 * 60 + 1
    assert site.db.output("tail", "-1", "agama.sql").startswith("-- Dump completed on 2026-11-09  0:11:0")
    for host, folder in ((site.backup, "mysql"), (site.offsite, "/srv/backup")):
        times = [float(word) for word in host.output("find", folder, "-type", "f", "-printf", "%T@ ").split()]
        assert len(times) == 3 * NIGHTS
        assert all(12 * 60 < (one - SUNDAY) % DAY < 13 * 60 for one in times)
        assert max(times) < SUNDAY + NIGHTS * DAY


def test_what_is_restored_is_what_was_computed(weeks: list[journal.Entry], site: Site) -> None:
    dumped = [one for one in ran(weeks) if one.line == 1 and one.host == "db"]
    uploaded = [one for one in ran(weeks) if one.line in {2, 3}]
    chance = random.Random(6)  # noqa: S311 - the same instants each time
    for _ in range(RESTORES):
        instant = int(chance.uniform(uploaded[0].ended, SUNDAY + NIGHTS * DAY))
        version = max((one.started for one in uploaded if one.started <= instant), default=0)
        captured = max(one.started for one in dumped if one.started <= version)
        moment = datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        site.db.output("rm", "-rf", "restored")
        site.db.expect(
            "duplicity",
            "--no-encryption",
            "--time",
            moment,
            "restore",
            URL,
            "restored",
            statuses={0},
            timeout_seconds=60,
        )
        rows = dumps.dump(site.db, "restored").rows["item"]
        assert [row[1] for row in rows] == values_at(weeks, captured), moment


def test_versions_and_losses_agree_with_the_paper(weeks: list[journal.Entry]) -> None:
    found = versions(weeks)
    assert {place: len(there) for place, there in found.items()} == {
        "backup:/home/elvis/mysql": NIGHTS,
        "offsite:/srv/backup": NIGHTS,
    }
    for one in comparisons(weeks):
        assert one.agrees, one
    assert [one.paper_seconds for one in comparisons(weeks)] == [86400, 86520, 91200]


def test_cron_runs_again_and_nothing_of_ours_is_left(weeks: list[journal.Entry], lab: PracticeLab) -> None:
    with lab.connections() as connections:
        for name in ("db", "backup", "offsite", "app"):
            host = Host(name, "root", connections)
            assert "cron up" in host.output("lab-ready")
            left = host.output("find", "/run", "/etc/ssh", "-maxdepth", "2", "-name", "*labcheck-clock*")
            assert left + host.output("find", "/dev/shm", "-name", "*faketime*") == ""


def test_a_second_run_goes_on_where_the_first_ended(weeks: list[journal.Entry], lab: PracticeLab, site: Site) -> None:
    now = int(time.time())
    entries = run_through(lab, now - 2 * DAY, now)
    status = site.db.run("duplicity", "collection-status", URL).stdout
    assert "Number of contained backup sets" in status
    assert sum(len(there) for place, there in versions(entries).items() if place.startswith("backup")) == NIGHTS + 2
    assert all(one.status == 0 for one in ran(entries))
    assert min(one.started for one in ran(entries)) < SUNDAY - 2 * DAY + 3600


def test_the_next_job_waits_for_the_end_or_overlaps_through_the_change_to_summer_time(fresh_lab: PracticeLab) -> None:
    """The minutes that the clock leaves out start ten seconds apart; the last pair is a minute apart as ever."""
    crontab = "11 3 * * * backup sleep 12\n12 3 * * * backup date\n0 5 * * * backup sleep 1\n1 5 * * * backup date\n"
    install(fresh_lab, "db", "jobs", crontab)
    since = int(datetime(2026, 3, 29, tzinfo=TALLINN).timestamp())
    entries = run_through(fresh_lab, since, since + 6 * 3600, zones={"db": TALLINN})
    slow, beside, quick, after = sorted(ran(entries), key=lambda one: one.due)
    assert (slow.line, beside.line) == (1, 2)
    assert (slow.due, beside.due) == (since + 3 * 3600 + 1, since + 3 * 3600 + 11)
    assert slow.started < beside.started < slow.ended
    assert beside.output.startswith("Sun Mar 29 04:00:1")
    assert 0 <= beside.started - beside.due < 2
    assert 50 < after.started - quick.ended < 60
    assert after.output.startswith("Sun Mar 29 05:01:0")


def test_a_job_is_started_as_cron_starts_it(fresh_lab: PracticeLab) -> None:
    crontab = (
        "COLOUR = 'pale blue'\n"
        "0 1 * * * backup pwd; id -un; id -Gn; env | sort; date +\\%F\n"
        "0 2 * * * backup cat; echo $0%one%two\\%\n"
        "0 3 * * * backup [[ a == a ]]\n"
        "SHELL = /bin/bash\n"
        "0 4 * * * backup [[ a == a ]] && echo $BASH_VERSION >&2\n"
        'MAILTO = ""\n'
        "0 5 * * * backup no-such-program\n"
    )
    install(fresh_lab, "db", "jobs", crontab)
    found = {one.line: one for one in ran(run_through(fresh_lab, SUNDAY, SUNDAY + DAY))}
    lines = found[2].output.splitlines()
    assert lines[:3] == ["/home/backup", "backup", "backup adm"]
    assert {"HOME=/home/backup", "LOGNAME=backup", "PATH=/usr/bin:/bin", "SHELL=/bin/sh", "COLOUR=pale blue"} <= {
        *lines
    }
    assert "STUDENT=elvis" in lines  # PAM reads /etc/environment for a job
    assert lines[-1] == "2026-11-01"
    assert found[3].output == "one\ntwo%\n/bin/sh\n"
    assert (found[4].status, found[4].mail_to) == (127, "backup")
    assert "[[: not found" in found[4].output
    assert found[6].status == 0
    assert found[6].output
    assert (found[8].status, found[8].mail_to) == (127, "")


def test_what_cron_ignores_does_not_run_and_says_why(fresh_lab: PracticeLab) -> None:
    install(fresh_lab, "db", "bad-hour", "* 25 * * * backup echo never\n* * * * * backup echo nor this\n")
    install(fresh_lab, "db", "with.dot", "* * * * * backup echo never\n")
    install(fresh_lab, "db", "no-newline", "* * * * * backup echo never")
    install(fresh_lab, "db", "unknown-user", "* * * * * nobody-here echo never\n")
    install(fresh_lab, "backup", "stopped", "* * * * * elvis echo never\n")
    with fresh_lab.connections() as connections:
        Host("db", "root", connections).output("chmod", "666", "/etc/cron.d/unknown-user")
        Host("backup", "root", connections).output("s6-svc", "-wd", "-T", "5000", "-d", "/etc/s6/cron")
    entries = run_through(fresh_lab, SUNDAY, SUNDAY + 600)
    span = next(entry for entry in entries if isinstance(entry, journal.Span))
    why = {one["path"].rpartition("/")[2]: one["why"] for one in span.ignored}
    assert ran(entries) == []
    assert "bad hour" in why["bad-hour"]
    assert "such a name" in why["with.dot"]
    assert "Missing newline before EOF" in why["no-newline"]
    assert "INSECURE MODE" in why["unknown-user"]
    assert why["stopped"] == "cron is not running on this host"
    with fresh_lab.connections() as connections:
        assert "cron down" in Host("backup", "root", connections).output("lab-ready")


def test_a_job_that_runs_for_ever_is_ended_and_the_next_ones_go_on(fresh_lab: PracticeLab) -> None:
    install(fresh_lab, "db", "jobs", "0 1 * * * backup echo begun; sleep 1000\n1 2 * * * backup echo next\n")
    endless, following = ran(run_through(fresh_lab, SUNDAY, SUNDAY + 3 * 3600, limit_seconds=1))
    assert (endless.limited, endless.status, endless.output) == (True, 124, "begun\n")
    assert (following.limited, following.output) == (False, "next\n")


def test_a_host_that_is_down_runs_nothing_and_the_others_go_on(fresh_lab: PracticeLab) -> None:
    install(fresh_lab, "db", "mysql-backup", (CRONTABS / "mysql-backup").read_text())
    install(fresh_lab, "backup", "offsite", (CRONTABS / "offsite").read_text())
    engine = lifecycle.engine_of(fresh_lab)
    engine.run("stop", "--time", "0", lifecycle.container(engine, fresh_lab, "backup"))
    entries = run_through(fresh_lab, SUNDAY, SUNDAY + DAY, limit_seconds=4)  # duplicity would try again for minutes
    lifecycle.up(print)
    span = next(entry for entry in entries if isinstance(entry, journal.Span))
    assert [(one["host"], one["why"][:16]) for one in span.ignored] == [("backup", "the host is down")]
    statuses = {one.line: one.status for one in ran(entries)}
    assert statuses.keys() == {1, 2, 4}
    assert statuses[1] == 0
    assert statuses[2] != 0


def test_an_interruption_leaves_the_lab_usable_and_says_how_far_it_got(fresh_lab: PracticeLab) -> None:
    install(fresh_lab, "db", "jobs", "* * * * * backup sleep 0.2\n")

    def interrupt(plan: object, instant: float) -> None:
        if instant > SUNDAY + 600:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fast_forward(fresh_lab, Wish(Period(SUNDAY, SUNDAY + DAY), {}), print, interrupt)
    reached = journal.read(fresh_lab.until_reset)[-1]
    assert isinstance(reached, journal.Reached)
    assert reached.interrupted
    assert 600 < reached.instant - SUNDAY < 700
    with fresh_lab.connections() as connections:
        host = Host("db", "root", connections)
        assert "cron up" in host.output("lab-ready")
        assert not host.test("pgrep", "-u", "backup")


def test_reset_forgets_the_journal(fresh_lab: PracticeLab) -> None:
    run_through(fresh_lab, SUNDAY, SUNDAY + DAY)
    assert journal.read(fresh_lab.until_reset)
    lifecycle.reset(fresh_lab, print)
    assert journal.read(fresh_lab.until_reset) == []
