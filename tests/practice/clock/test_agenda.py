"""What cron will start, in order."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from labcheck.cron import read_crontab
from labcheck.practice.clock.agenda import agenda
from labcheck.practice.clock.installed import CronHost, Installed
from labcheck.practice.clock.period import Period, told

TALLINN = ZoneInfo("Europe/Tallinn")


def host(name: str, text: str, zone: tzinfo = UTC, why_not: str = "") -> CronHost:
    crontab = read_crontab(text.encode(), "x")
    installed = Installed(name, "/etc/cron.d/x", text, crontab.jobs, why_not)
    return CronHost(name, zone, str(zone), {}, {}, (installed,))


def at(*moment: int, zone: tzinfo = UTC) -> int:
    return int(datetime(*moment, tzinfo=zone).timestamp())  # type: ignore[misc, arg-type]


def starts(hosts: list[CronHost], since: int, until: int, zone: tzinfo = UTC) -> list[str]:
    found = agenda(hosts, Period(since, until))
    return [f"{told(start.instant, zone)[4:]} {start.host}:{start.job.line}" for start in found]


def test_starts_of_all_hosts_come_in_order_a_second_into_their_minute() -> None:
    hosts = [host("db", "11 0 * * * backup a\n"), host("backup", "30 1 * * * elvis b\n")]
    assert starts(hosts, at(2026, 11, 1), at(2026, 11, 3)) == [
        "2026-11-01 00:11:01 db:1",
        "2026-11-01 01:30:01 backup:1",
        "2026-11-02 00:11:01 db:1",
        "2026-11-02 01:30:01 backup:1",
    ]


def test_of_one_minute_the_last_line_of_a_file_starts_first() -> None:
    one = host("db", "11 0 * * * backup a\n11 0 * * * backup a\n11 0 * * * backup b\n")
    assert [line[-4:] for line in starts([one], at(2026, 11, 1), at(2026, 11, 2))] == ["db:3", "db:2", "db:1"]


def test_hosts_have_clocks_of_their_own() -> None:
    hosts = [host("db", "0 3 * * * root a\n", TALLINN), host("backup", "0 3 * * * root b\n")]
    assert starts(hosts, at(2026, 11, 1), at(2026, 11, 2)) == [
        "2026-11-01 01:00:01 db:1",
        "2026-11-01 03:00:01 backup:1",
    ]


def test_two_jobs_of_the_hour_that_is_left_out_start_ten_seconds_apart() -> None:
    one = host("db", "11 3 * * * backup dump\n12 3 * * * backup upload\n", TALLINN)
    found = starts([one], at(2026, 3, 29, zone=TALLINN), at(2026, 3, 30, zone=TALLINN), TALLINN)
    assert found == ["2026-03-29 04:00:01 db:1", "2026-03-29 04:00:11 db:2"]


def test_nothing_of_a_crontab_that_is_ignored_starts() -> None:
    assert starts([host("db", "* * * * * backup a\n", why_not="cron is down")], at(2026, 11, 1), at(2026, 11, 2)) == []
    assert starts([host("db", "* * * * * backup a")], at(2026, 11, 1), at(2026, 11, 2)) == []
