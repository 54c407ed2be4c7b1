"""A year of a schedule at a glance, as text: one row a month, one column a day."""

from datetime import datetime

from labcheck.cron.phrases import MONTHS
from labcheck.cron.schedule import Schedule
from labcheck.cron.times import days_of_month, ever_runs, month_length
from labcheck.cron.words import sentence


def day_grid(schedule: Schedule, year: int) -> list[list[bool]]:
    """For each month of a year, for each of its days: whether the job starts on it."""
    runs = not schedule.reboot and ever_runs(schedule)
    return [
        [
            runs and bool(days_of_month(schedule, year, month) >> day & 1)
            for day in range(1, month_length(year, month) + 1)
        ]
        for month in range(1, 13)
    ]


def runs_in_year(schedule: Schedule, year: int) -> int:
    """How many times the job starts in a year, by a clock that does not change."""
    days = sum(map(sum, day_grid(schedule, year)))
    return days * schedule.minutes.bit_count() * schedule.hours.bit_count()


def text_calendar(schedule: Schedule, year: int) -> str:
    """The year as text: `#` on a Monday to Friday with a run, `@` on a weekend day with one, `.` without."""
    grid = day_grid(schedule, year)
    lines = [f"{year}: {sentence(schedule)}", f"{'':10}{''.join(str(day % 10) for day in range(1, 32))}"]
    for number, days in enumerate(grid, start=1):
        marks = "".join(_mark(year, number, day, runs) for day, runs in enumerate(days, start=1))
        lines.append(f"{MONTHS[number]:10}{marks}")
    lines.append(f"{sum(map(sum, grid))} days, {runs_in_year(schedule, year)} runs (# run, @ run at a weekend, . none)")
    return "\n".join(lines)


def _mark(year: int, month: int, day: int, runs: bool) -> str:
    if not runs:
        return "."
    return "@" if datetime(year, month, day).weekday() >= 5 else "#"
