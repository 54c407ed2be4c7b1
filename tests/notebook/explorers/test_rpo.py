import gc
import time

import pytest

from labcheck.errors import LabcheckError
from labcheck.notebook.explorers.rpo import DISASTERS, SLIDERS, RpoExplorer
from labcheck.notebook.explorers.rpo_settings import Settings, crontabs
from labcheck.rpo import CrontabFile

HOURLY = Settings(dump_every=60, first_dump=5, upload_after=3)


def explorer(*files: CrontabFile) -> RpoExplorer:
    return RpoExplorer("elvis", lambda: files)


def set_to(shown: RpoExplorer, **minutes: int) -> None:
    shown.values = {**shown.values, **{name: SLIDERS[name][1].index(value) for name, value in minutes.items()}}


def press(shown: RpoExplorer, button: str) -> None:
    shown._handle_custom_msg({"pressed": button}, [])


def test_it_begins_with_the_lecture_s_times() -> None:
    assert "24h 02m are lost" in explorer().page


def test_a_slider_changes_the_answer_and_the_crontab() -> None:
    shown = explorer()
    set_to(shown, transfer=5, dump_every=720)
    assert "12h 06m are lost" in shown.page
    assert "11 0,12 * * * backup mysqldump" in shown.page


def test_every_disaster_has_its_page() -> None:
    shown = explorer()
    pages = set()
    for place in range(len(DISASTERS)):
        shown.values = {**shown.values, "disaster": place}
        pages.add(shown.page)
    assert len(pages) == len(DISASTERS)


def test_installed_crontabs_are_shown_until_a_schedule_is_moved() -> None:
    shown = explorer(*crontabs(HOURLY, "frodo"))
    press(shown, "lab")
    assert "1h 04m are lost" in shown.page
    assert "frodo@offsite" in shown.page
    set_to(shown, transfer=2)
    assert "1h 05m are lost" in shown.page
    assert "frodo@offsite" in shown.page
    set_to(shown, upload_after=10)
    assert "elvis@offsite" in shown.page
    assert "5 * * * * backup mysqldump" in shown.page
    press(shown, "lecture")
    assert "24h 02m are lost" in shown.page


def test_installed_crontabs_that_back_up_nothing_are_told_as_they_are() -> None:
    shown = explorer(CrontabFile("db", "mysql-backup", "* * * * * root echo '<hello>'\n"))
    press(shown, "lab")
    assert 'role="alert"' in shown.page
    assert "<hello>" not in shown.page


def test_a_lab_that_is_down_is_told_and_the_sliders_still_work() -> None:
    def down() -> tuple[CrontabFile, ...]:
        raise LabcheckError("the lab is not up", "Bring it up: labcheck lab up")

    shown = RpoExplorer("elvis", down)
    press(shown, "lab")
    assert "Bring it up" in shown.page
    set_to(shown, transfer=5)
    assert "24h 06m are lost" in shown.page


@pytest.mark.parametrize("name", SLIDERS)
def test_each_change_is_answered_within_a_tenth_of_a_second(name: str) -> None:
    shown = explorer()
    places = len(SLIDERS[name][1])
    slowest = 0.0
    gc.disable()  # the search goes through the memory of all tests, whichever of them is at it
    try:
        for place in range(0, places, max(1, places // 10)):
            begun = time.process_time()
            shown.values = {**shown.values, name: place}
            slowest = max(slowest, time.process_time() - begun)
    finally:
        gc.enable()
    assert slowest < 0.1
