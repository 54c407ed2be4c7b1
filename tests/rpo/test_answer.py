"""The lecture's question, its variants, and the two readings."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from labcheck.rpo import Answer, CrontabFile, NoAnswer, Period, Question, answer
from labcheck.rpo.recovery import Recovery
from tests.rpo.demo_pipeline import (
    AS_PRINTED,
    DATABASE,
    OFFSITE,
    OFFSITE_AS_PRINTED,
    RENAMED,
    ask,
    rpo,
    written,
)

TALLINN = {"*": "Europe/Tallinn"}


def site(found: Answer) -> Recovery:
    return next(one for one in found.paper if one.disaster.name == "site-lost")


def by_clock(instant: int | None, zone: str = "UTC") -> str:
    assert instant is not None
    return datetime.fromtimestamp(instant, ZoneInfo(zone)).strftime("%a %d %b %H:%M")


@pytest.mark.parametrize(
    ("database", "offsite"),
    [(DATABASE, OFFSITE), (AS_PRINTED, OFFSITE_AS_PRINTED)],
    ids=["repaired", "printed"],
)
def test_the_demo_on_paper(database: str, offsite: str) -> None:
    found = ask(database, offsite)
    assert rpo(found) == {"table-dropped": "24h00", "db-host-lost": "24h02", "site-lost": "25h20"}
    assert [written(one.mean_seconds) for one in found.paper] == ["12h00", "12h02", "13h20"]
    assert [one.best_seconds for one in found.paper] == [0, 120, 4800]
    assert [by_clock(one.just_before)[-5:] for one in found.paper] == ["00:11", "00:13", "01:31"]
    assert {by_clock(one.state_from)[-5:] for one in found.paper} == {"00:11"}
    assert [(one.just_before or 0) - (one.state_from or 0) for one in found.paper] == [86400, 86520, 91200]


def test_the_demo_as_printed_never_has_a_recovery_point_on_another_host() -> None:
    table, host, whole = ask(AS_PRINTED, OFFSITE_AS_PRINTED).as_it_stands
    assert table.rpo_seconds == 86400
    assert host.rpo_seconds is None
    assert "passphrase" in host.because
    assert whole.rpo_seconds is None
    assert "/home/user/duplicity*" in whole.because


def test_the_repaired_demo_stands() -> None:
    found = ask()
    assert [one.rpo_seconds for one in found.as_it_stands] == [86400, 86520, 91200]
    assert not [one for one in found.findings if one.severity == "fatal"]


def test_a_weekly_full_alone_counts_a_week() -> None:
    weekly = "\n".join(DATABASE.splitlines()[:2]) + "\n"
    assert rpo(ask(weekly)) == {"table-dropped": "24h00", "db-host-lost": "168h02", "site-lost": "169h20"}


@pytest.mark.parametrize("seconds", [1, 30, 59])
def test_a_dump_within_its_minute_changes_only_the_local_figure(seconds: int) -> None:
    table, host, whole = ask(dump=seconds).paper
    assert (table.rpo_seconds, host.rpo_seconds, whole.rpo_seconds) == (86400 + seconds, 86520, 91200)


def test_a_dump_of_exactly_a_minute_is_a_race() -> None:
    host = ask(dump=60).paper[1]
    assert host.rpo_seconds == 86520
    assert host.unlucky is not None
    assert host.unlucky.rpo_seconds is None


@pytest.mark.parametrize("seconds", [61, 90, 3600])
def test_a_dump_in_place_of_more_than_a_minute_is_never_uploaded_whole(seconds: int) -> None:
    found = ask(dump=seconds)
    assert [one.rpo_seconds for one in found.paper[1:]] == [None, None]
    assert "torn-dump" in {one.rule for one in found.findings}


@pytest.mark.parametrize("seconds", [61, 90, 3600])
def test_a_renamed_dump_of_more_than_a_minute_is_uploaded_a_day_late(seconds: int) -> None:
    found = ask(DATABASE.replace("mysqldump agama > agama.sql", RENAMED), dump=seconds)
    assert written(found.paper[1].rpo_seconds) == "48h02"
    assert written(found.paper[2].rpo_seconds) == "49h20"


@pytest.mark.parametrize(
    ("start", "worst"), [("14 0", "24h04"), ("12 0", "48h02"), ("30 1", "25h20"), ("0 0", "47h50")]
)
def test_the_off_site_copy_takes_what_is_there(start: str, worst: str) -> None:
    assert rpo(ask(offsite=OFFSITE.replace("30 1", start)))["site-lost"] == worst


def test_an_off_site_copy_in_the_moment_of_the_upload_s_end_is_a_race() -> None:
    found = ask(offsite=OFFSITE.replace("30 1", "13 0"))
    assert found.paper[1].unlucky is None
    assert written(site(found).rpo_seconds) == "24h03"
    assert site(found).unlucky is not None
    assert written(site(found).worst_seconds) == "48h03"
    assert "race" in {one.rule for one in found.findings}
    assert written(found.as_it_stands[2].rpo_seconds) == "48h03"


def test_hourly_dump_and_upload_with_a_daily_off_site_copy() -> None:
    hourly = (
        DATABASE.replace("11 0 * * *", "11 * * * *")
        .replace("12 0 * * 0", "12 * * * 0")
        .replace("12 0 * * 1-6", "12 * * * 1-6")
    )
    assert rpo(ask(hourly)) == {"table-dropped": "1h00", "db-host-lost": "1h02", "site-lost": "24h20"}


def test_a_year_in_tallinn() -> None:
    found = ask(zones=TALLINN)
    assert rpo(found) == {"table-dropped": "25h00", "db-host-lost": "25h02", "site-lost": "26h20"}
    assert by_clock(found.paper[1].just_before, "Europe/Tallinn") == "Mon 26 Oct 00:13"
    assert by_clock(site(found).just_before, "Europe/Tallinn") == "Mon 26 Oct 01:31"


@pytest.mark.parametrize(
    ("zones", "host", "whole"),
    [
        ({"db": "UTC", "backup": "Europe/Tallinn"}, "24h02", "47h20"),
        ({"db": "Europe/Tallinn", "backup": "UTC"}, "25h02", "28h20"),
        ({"db": "Europe/Tallinn", "backup": "America/New_York"}, "25h02", "32h20"),
        ({"db": "America/New_York", "backup": "Europe/Tallinn"}, "25h02", "43h20"),
        ({"db": "Europe/Tallinn", "backup": "Asia/Tokyo"}, "25h02", "43h20"),
    ],
)
def test_hosts_in_different_zones(zones: dict[str, str], host: str, whole: str) -> None:
    found = rpo(ask(zones=zones))
    assert (found["db-host-lost"], found["site-lost"]) == (host, whole)


def test_jobs_in_the_hour_that_is_skipped() -> None:
    shifted = DATABASE.replace("11 0", "11 3").replace("12 0", "12 3")
    found = rpo(ask(shifted, OFFSITE.replace("30 1", "30 4"), zones=TALLINN))
    assert (found["db-host-lost"], found["site-lost"]) == ("25h02", "26h20")


def test_in_the_spring_night_dump_and_upload_start_ten_seconds_apart() -> None:
    shifted = DATABASE.replace("11 0", "11 3").replace("12 0", "12 3")
    found = ask(shifted, OFFSITE.replace("30 1", "30 4"), zones=TALLINN, dump=30)
    assert written(found.paper[1].rpo_seconds) == "47h02"
    assert by_clock(found.paper[1].just_before, "Europe/Tallinn") == "Mon 30 Mar 03:13"
    dump, full, *_ = found.jobs
    spring = [start for job in (dump, full) for start in job.starts if by_clock(start).startswith("Sun 29 Mar")]
    assert spring[1] - spring[0] == 10


def test_a_wildcard_dump_is_not_caught_up_when_its_hour_is_skipped() -> None:
    shifted = DATABASE.replace("11 0 * * *", "*/15 3 * * *").replace("12 0", "12 4")
    found = ask(shifted, OFFSITE.replace("30 1", "30 4"), zones=TALLINN)
    assert (rpo(found)["db-host-lost"], rpo(found)["site-lost"]) == ("47h28", "47h46")


@pytest.mark.parametrize(
    ("name", "host", "whole"),
    [
        ("upload-fails-once", "48h02", "49h20"),
        ("upload-fails-twice", "72h02", "73h20"),
        ("upload-fails-3-times", "96h02", "97h20"),
        ("off-site-copy-fails-once", "24h02", "49h20"),
        ("off-site-copy-fails-twice", "24h02", "73h20"),
        ("upload-and-next-off-site-copy-fail", "48h02", "73h20"),
        ("slow-dump-in-place", None, None),
        ("slow-dump-renamed", "48h02", "49h20"),
    ],
)
def test_what_if(name: str, host: str | None, whole: str | None) -> None:
    found = ask(variants=True).services[0].variants
    losses = dict(next(one.losses for one in found if one.name == name))
    assert (written(losses["db-host-lost"]), written(losses["site-lost"])) == (host, whole)


def test_clock_changes_are_told_apart_from_ordinary_days() -> None:
    found = {one.name: dict(one.losses) for one in ask(zones=TALLINN, variants=True).services[0].variants}
    assert written(found["ordinary-days"]["db-host-lost"]) == "24h02"
    assert written(found["clock-change-2026-10-25"]["site-lost"]) == "26h20"
    assert written(found["clock-change-2026-03-29"]["site-lost"]) == "25h20"


def test_winter_and_summer_differ_between_zones() -> None:
    found = ask(zones={"db": "Europe/Tallinn", "backup": "UTC"}, variants=True).services[0].variants
    losses = {one.name: dict(one.losses) for one in found}
    assert written(losses["clock-change-2026-03-29"]["site-lost"]) == "28h20"


def test_a_chain_is_kept_until_its_saturday_is_old() -> None:
    repository = ask().services[0].retention[1]
    assert repository.look_back_after == 35 * 86400 - 120
    assert repository.look_back_before == 42 * 86400 - 120
    assert (repository.versions_after, repository.versions_before) == (35, 42)
    assert repository.longest_chain == 7


def test_the_clean_up_as_printed_keeps_everything() -> None:
    found = ask(AS_PRINTED, OFFSITE_AS_PRINTED)
    assert found.services[0].retention[1].unlimited
    assert {"cleanup-only-lists", "cleanup-elsewhere"} <= {one.rule for one in found.findings}


def test_nothing_that_moves_data_has_no_answer() -> None:
    with pytest.raises(NoAnswer, match="no job"):
        answer(Question((CrontabFile("db", "x", "1 2 * * * root echo hello\n"),), Period.of_year(2026)))


def test_an_upload_that_nobody_feeds_has_no_answer() -> None:
    with pytest.raises(NoAnswer, match=r"no job writes .*agama.sql"):
        ask("12 0 * * * backup scp agama.sql elvis@backup:\n", "")
