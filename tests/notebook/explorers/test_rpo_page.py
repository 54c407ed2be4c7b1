import html
import re

import pytest

from labcheck.notebook.explorers.rpo_page import drawing, page
from labcheck.notebook.explorers.rpo_settings import Settings, crontabs, question
from labcheck.rpo import Answer, CrontabFile, answer


def answered(settings: Settings) -> Answer:
    return answer(question(crontabs(settings, "elvis"), settings), variants=False)


def words(text: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def test_the_worst_case_is_told_with_its_sum() -> None:
    told = words(page(answered(Settings()), "site-lost"))
    assert "25h 20m are lost at worst, when the whole site is lost: db, backup.foo.bar." in told
    assert "24h 00m from that dump to the next, plus 1 h 20 min until the next is usable there, makes 25h 20m." in told
    assert "30 1 * * * elvis rsync -a mysql/ elvis@offsite.foo.bar:/srv/backup" in told


@pytest.mark.parametrize(
    ("disaster", "figure"), [("backup-server-lost", "Nothing is lost"), ("everything-lost", "Everything is lost")]
)
def test_a_disaster_that_costs_nothing_or_all_has_no_picture(disaster: str, figure: str) -> None:
    shown = page(answered(Settings()), disaster)
    assert figure in words(shown)
    assert "<svg" not in shown


def test_a_race_is_told_with_both_ends() -> None:
    told = words(page(answered(Settings(upload_after=0)), "db-host-lost"))
    assert "24h 01m or 48h 01m are lost" in told
    assert "A race decides. With bad luck: Just before" in told


def test_what_breaks_the_crontabs_is_told_beside_the_figure_on_paper() -> None:
    text = (
        "11 0 * * * backup mysqldump agama > agama.sql\n12 0 * * * backup duplicity agama.sql rsync://e@backup/mysql\n"
    )
    told = words(page(answer(question([CrontabFile("db", "a", text)], Settings()), variants=False), "db-host-lost"))
    assert "24h 02m are lost" in told
    assert "As they stand these crontabs do not get there:" in told


def test_a_crontab_that_has_nothing_to_do_with_it_is_not_shown() -> None:
    files = [
        *crontabs(Settings(), "elvis"),
        CrontabFile("db", "crontab", "17 * * * * root run-parts /etc/cron.hourly\n"),
    ]
    told = words(page(answer(question(files, Settings()), variants=False), "db-host-lost"))
    assert "mysql-backup on db" in told
    assert "run-parts" not in told


def test_a_crontab_s_markup_stays_text() -> None:
    text = "11 0 * * * backup mysqldump agama > '<script>alert(1)</script>.sql'\n"
    shown = page(answer(question([CrontabFile("db", "<b>", text)], Settings()), variants=False), "table-dropped")
    assert "<script" not in shown
    assert "<b>" not in shown


@pytest.mark.parametrize("settings", [Settings(), Settings(dump_every=15), Settings(dump_every=7 * 1440)])
def test_the_picture_reaches_its_mark_and_stays_in_its_box(settings: Settings) -> None:
    found = answered(settings)
    service = found.services[0]
    recovery = next(one for one in service.paper if one.disaster.name == "db-host-lost")
    picture = drawing(service, recovery, found)
    assert picture
    corners = [tuple(map(float, corner.split(","))) for corner in picture.saw.split()]
    assert all(0 <= x <= 1000 and 0 <= y <= 200 for x, y in corners)
    assert min(y for _, y in corners) == pytest.approx(picture.worst_y, abs=0.1)
    assert 0 < picture.worst_x < 100
    assert [lane.name for lane in picture.lanes] == ["dump on db", "copy to backup", "copy to offsite"]
    assert all(lane.bars for lane in picture.lanes)
