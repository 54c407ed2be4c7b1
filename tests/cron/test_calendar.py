"""A year at a glance, as text and as a picture."""

from labcheck.cron.calendar import day_grid, runs_in_year, text_calendar
from labcheck.cron.plot import plot_calendar
from labcheck.cron.schedule import parse


def test_text() -> None:
    lines = text_calendar(parse("1 2 3 4 5"), 2027).splitlines()
    assert lines[0] == "2027: at 02:01 on the 3rd, and on every Friday, in April"
    assert lines[5] == "April     .#@.....#......#......#......#"
    assert lines[-1].startswith("6 days, 6 runs")
    assert len(lines) == 15


def test_counts() -> None:
    assert [runs_in_year(parse("1 2 3 4 5"), year) for year in (2026, 2027, 2028)] == [4, 6, 5]
    assert runs_in_year(parse("* * 3 4 *"), 2027) == 1440
    assert runs_in_year(parse("0 0 13 * 5"), 2027) == 64
    assert runs_in_year(parse("0 0 */2 * 1"), 2027) == 27
    assert runs_in_year(parse("0 0 30 2 *"), 2028) == runs_in_year(parse("@reboot"), 2028) == 0
    assert [len(days) for days in day_grid(parse("@daily"), 2028)][:3] == [31, 29, 31]


def test_plot() -> None:
    figure = plot_calendar(parse("0 0 13 * 5"), 2027)
    (axes,) = figure.axes
    assert "on the 13th of every month, and on every Friday" in axes.get_title()
    assert len(axes.collections) == 24
