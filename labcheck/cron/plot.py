"""A year of a schedule as a picture; the only module of the package that draws."""

from typing import TYPE_CHECKING

from labcheck.cron.calendar import day_grid
from labcheck.cron.phrases import MONTHS
from labcheck.cron.schedule import Schedule
from labcheck.cron.words import sentence
from labcheck.visible import visible

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def plot_calendar(schedule: Schedule, year: int) -> "Figure":
    """Draw one row a month and one square a day, filled where the job starts; returns the figure (12 by
    31)."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    axes = figure.subplots()
    for month, days in enumerate(day_grid(schedule, year), start=1):
        starts = [day for day, runs in enumerate(days, start=1) if runs]
        axes.scatter(range(1, len(days) + 1), [month] * len(days), marker="s", s=90, color="#e4e4e4")
        axes.scatter(starts, [month] * len(starts), marker="s", s=90, color="#2b6cb0")
    axes.set_yticks(range(1, 13), [name[:3] for name in MONTHS[1:]])
    axes.set_xticks(range(1, 32))
    axes.invert_yaxis()
    axes.set_title(f"{visible(schedule.text)} in {year}: {sentence(schedule)}", fontsize=9, wrap=True)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=8)
    return figure
