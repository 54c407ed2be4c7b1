import pytest

from labcheck.cron import parse
from labcheck.notebook.explorers.rpo_settings import PERIODS, Settings, crontabs, nearest, question, schedule, told
from labcheck.rpo import CrontabFile, answer


@pytest.mark.parametrize(
    ("every", "at", "fields"),
    [
        (15, 11, "11,26,41,56 * * * *"),
        (30, 45, "15,45 * * * *"),
        (60, 11, "11 * * * *"),
        (60, 71, "11 * * * *"),
        (360, 90, "30 1,7,13,19 * * *"),
        (1440, 11, "11 0 * * *"),
        (1440, 1445, "5 0 * * *"),
        (7 * 1440, 90, "30 1 * * 0"),
        (7 * 1440, 1450, "10 0 * * 1"),
    ],
)
def test_a_period_is_written_as_cron_reads_it(every: int, at: int, fields: str) -> None:
    assert schedule(every, at) == fields


@pytest.mark.parametrize("every", PERIODS)
def test_every_period_and_time_is_a_schedule(every: int) -> None:
    for at in range(0, 3000, 7):
        parse(schedule(every, at))


def losses(settings: Settings) -> dict[str, int | None]:
    found = answer(question(crontabs(settings, "elvis"), settings), variants=False)
    return {one.disaster.name: one.rpo_seconds for one in found.paper}


def test_the_lecture_s_settings_give_the_lecture_s_answer() -> None:
    assert losses(Settings()) == {
        "table-dropped": 24 * 3600,
        "db-host-lost": 24 * 3600 + 120,
        "site-lost": 25 * 3600 + 1200,
        "backup-server-lost": 0,
        "off-site-lost": 0,
        "everything-lost": None,
    }


@pytest.mark.parametrize(
    ("settings", "db_host", "site"),
    [
        (Settings(transfer=10), 24 * 60 + 11, 25 * 60 + 29),
        (Settings(dump_every=60), 62, 24 * 60 + 20),
        (Settings(dump_takes=5, upload_after=6), 24 * 60 + 7, 25 * 60 + 20),
        (Settings(offsite_at=12), 24 * 60 + 2, 48 * 60 + 2),
    ],
)
def test_a_slider_that_moves_changes_what_hangs_on_it(settings: Settings, db_host: int, site: int) -> None:
    found = losses(settings)
    assert (found["db-host-lost"], found["site-lost"]) == (db_host * 60, site * 60)


def test_an_upload_of_an_unfinished_dump_leaves_nothing() -> None:
    assert losses(Settings(dump_takes=2))["db-host-lost"] is None


@pytest.mark.parametrize(
    "settings",
    [
        Settings(),
        Settings(dump_every=60, upload_after=7, offsite_every=360, offsite_at=125),
        Settings(first_dump=600, upload_after=90, transfer=30),
        Settings(dump_every=7 * 1440),
    ],
)
def test_settings_are_found_again_in_their_crontabs(settings: Settings) -> None:
    found = answer(question(crontabs(settings, "elvis"), settings), variants=False)
    assert nearest(found, settings) == settings


def test_a_full_backup_a_week_and_increments_between_are_one_upload_a_day() -> None:
    text = (
        "11 0 * * * backup mysqldump agama > agama.sql\n"
        "12 0 * * 0 backup duplicity --no-encryption full agama.sql rsync://e@backup.foo.bar/mysql\n"
        "12 0 * * 1-6 backup duplicity --no-encryption incremental agama.sql rsync://e@backup.foo.bar/mysql\n"
    )
    found = answer(question([CrontabFile("db", "mysql-backup", text)], Settings()), variants=False)
    assert nearest(found, Settings(offsite_at=300)) == Settings(offsite_at=300)


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "no time"), (90 * 60, "1 h 30 min"), (86400, "24 h"), (7 * 86400, "7 d")]
)
def test_lengths_are_told_in_hours_up_to_two_days(seconds: int, words: str) -> None:
    assert told(seconds) == words
