"""The schedule explorer: type five fields, and see when cron runs them, what each means, and what cron says."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from labcheck.notebook.explorers.schedule_page import Reading, details, read, summary

HERE = Path(__file__).parent
LONGEST_LINE = 1200
YEARS = (1970, 2999)


class ScheduleExplorer(anywidget.AnyWidget):
    """The explorer in a notebook: `line` and `year` are typed, `told` and `page` follow from them."""

    _esm = HERE / "schedule.js"
    _css = HERE / "schedule.css"
    line = traitlets.Unicode().tag(sync=True)
    year = traitlets.Int().tag(sync=True)
    told = traitlets.Unicode().tag(sync=True)
    page = traitlets.Unicode().tag(sync=True)

    def __init__(self, line: str, now: datetime) -> None:
        super().__init__()
        self._now = now
        self.line, self.year = line, now.year
        self.observe(self._typed, ["line", "year"])
        self._typed()

    def _typed(self, _: dict[str, Any] | None = None) -> None:
        reading: Reading = read(self.line[:LONGEST_LINE])
        year = min(max(self.year, YEARS[0]), YEARS[1])
        with self.hold_sync():
            self.told = summary(reading)
            self.page = details(reading, self._now, year)


def explore_schedule(line: str = "11 0 * * *") -> ScheduleExplorer:
    """Show the explorer, to begin with a schedule, an @word or a whole line of /etc/cron.d."""
    return ScheduleExplorer(line, datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0))
