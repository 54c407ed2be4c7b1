"""Which steps are done, as a notebook shows it: those of its own chapter one by one, the others counted."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from labcheck.notebook.display import REPORT_STYLE, template_of_table
from labcheck.practice import progress
from labcheck.practice.progress import Progress

PAGE = template_of_table(
    REPORT_STYLE
    + """
<div class="labcheck-progress">
{% if report.rows %}
<table class="labcheck-report">
<tr><th scope="col">step</th><th scope="col">state</th><th scope="col">what should be so</th></tr>
{% for row in report.rows %}
<tr><td>{{ row.step }}</td>
<td class="status {{ row.style }}"><span aria-hidden="true">{{ row.sign }}</span> {{ row.word }}</td>
<td>{{ row.title }}{% if row.note %}<br>{{ row.note | code }}{% endif %}</td></tr>
{% endfor %}
</table>
{% endif %}
<p>{{ report.standing }} {{ report.chapters }}</p>
</div>
"""
)


@dataclass(frozen=True)
class Row:
    """One step of this notebook's chapter."""

    step: str
    title: str
    sign: str
    word: str
    style: str
    note: str


@dataclass(frozen=True)
class ProgressReport:
    """How far a student is; `chapter` is the notebook's own, None where it is not known. HTML or text."""

    progress: Progress
    chapter: int | None = None

    @property
    def rows(self) -> list[Row]:
        """The steps of the notebook's own chapter."""
        return [self._row(step) for step in progress.steps(self.chapter)] if self.chapter is not None else []

    def _row(self, name: str) -> Row:
        step, title = self.progress.step(name), progress.title(name)
        if step.achieved is None:
            return Row(name, title, "·", "not yet", "open", "")
        day = f"{step.achieved.astimezone():%-d %B at %H:%M}"
        if step.holds:
            return Row(name, title, "✔", "done", "pass", f"first on {day}")
        note = f"first on {day}; the hosts are not known to be so now: `%check {name}` looks again"
        return Row(name, title, "↺", "was done", "skip", note)

    @property
    def standing(self) -> str:
        """How many steps of the lab are done, in a sentence; before it, what is wrong with the record."""
        done, steps = len(self.progress.achieved()), len(progress.steps())
        return f"{self.progress.trouble} Done so far: {done} of {steps} steps.".strip()

    @property
    def chapters(self) -> str:
        """How many steps of each chapter are done."""
        counts = [
            f"{chapter}:\N{NO-BREAK SPACE}{len(self.progress.achieved(chapter))}/{len(progress.steps(chapter))}"
            for chapter in progress.chapters()
        ]
        return f"By chapter: {' · '.join(counts)}"

    def _repr_html_(self) -> str:
        return PAGE.render(report=self)

    def __repr__(self) -> str:
        rows = [f"{row.step:<5}{row.word:<10}{row.title} {row.note}".rstrip() for row in self.rows]
        return "\n".join([*rows, f"{self.standing} {self.chapters}"])


def own_chapter() -> int | None:
    """Return the chapter of the notebook that this kernel runs, by its number; None when it has no name we know."""
    number = re.match(r"\d+", Path(os.environ.get("JPY_SESSION_NAME", "")).name)
    return int(number[0]) if number else None
