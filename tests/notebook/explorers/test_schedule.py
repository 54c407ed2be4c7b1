import re
import time
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.notebook.explorers.schedule import ScheduleExplorer, explore_schedule
from labcheck.notebook.explorers.schedule_page import details, read, summary

NOW = datetime(2026, 11, 23, 2, 0)


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def page_of(line: str, year: int = 2027) -> str:
    return words(details(read(line), NOW, year))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("1 2 3 4 5", "It runs at 02:01 on the 3rd, and on every Friday, in April"),
        ("@daily", "It runs at 00:00 every day"),
        ("12 0 * * 1-6 backup dump", "It runs at 00:12 on every day from Monday to Saturday"),
        ("0 0 31 2 *", "It never runs : February has no 31st"),
        ("61 * * * *", "Cron refuses it: bad minute."),
        ("1 2 3 4", "Cron refuses it: bad day-of-week."),
        ("11 0 * * * \nx", "It runs at 00:11 every day"),
        ("MAILTO=root", "Cron refuses it: there is no job in it."),
        ("", "Type a schedule: five fields, such as 11 0 * * * , or a word such as @daily ."),
    ],
)
def test_a_line_is_told_in_a_sentence(line: str, told: str) -> None:
    assert words(summary(read(line))) == told


def test_fields_runs_and_year_are_shown() -> None:
    page = page_of("1 2 3 4 5")
    assert "minute 1 = 1 hour 2 = 02 day of month 3 = 3 month 4 = April day of week 5 = Friday" in page
    assert "(OR)" in page
    assert "Friday 2 April 2027, 02:01 Saturday 3 April 2027, 02:01" in page
    assert "In 2027 it runs on 6 days, 6 times in all" in page
    assert details(read("1 2 3 4 5"), NOW, 2027).count('<i class="run">') == 6
    assert "It loads this line without a word." in page


def test_a_year_has_its_own_days() -> None:
    assert "In 2027 it runs on 0 days, 0 times in all" in page_of("0 0 29 2 *", 2027)
    assert "In 2028 it runs on 1 day, once in all" in page_of("0 0 29 2 *", 2028)


def test_what_cron_logs_is_shown_with_what_it_ignores() -> None:
    page = page_of("61 * * * *")
    assert "Error: bad minute; while reading /etc/cron.d/mysql-backup" in page
    assert "It ignores the whole file /etc/cron.d/mysql-backup" in page
    assert "Next runs" not in page


def test_a_correction_of_a_schedule_is_a_schedule() -> None:
    assert "Perhaps: 0 22-23,0-6 * * *" in page_of("0 22-6 * * *")
    assert "root" not in page_of("1 2 3 4 5")
    assert "Perhaps: MAILTO=" in page_of("MAILTO=")


def test_only_a_boot_has_no_times() -> None:
    page = page_of("@reboot")
    assert "Next runs" not in page
    assert "runs on" not in page


@given(st.text())
def test_any_text_has_a_page_without_markup_of_its_own(line: str) -> None:
    page = summary(read(line)) + details(read(line), NOW, 2027)
    assert "<script" not in page
    assert page.isprintable() or "\n" in page


def test_what_is_typed_changes_the_page_within_a_tenth_of_a_second() -> None:
    shown = explore_schedule("1 2 3 4 5")
    for line in ("* * * * *", "0 0 29 2 *", "61 * * * *", "x" * 100_000, "0 0 1-31/2 * 1"):
        started = time.process_time()
        shown.line = line
        assert time.process_time() - started < 0.1
    assert "bad minute" not in shown.told


@pytest.mark.parametrize("year", [-5, 0, 99999, 2028])
def test_a_year_out_of_reach_is_brought_near(year: int) -> None:
    shown = ScheduleExplorer("11 0 * * *", NOW)
    shown.year = year
    assert f"In {min(max(year, 1970), 2999)} it runs on 36" in shown.page
