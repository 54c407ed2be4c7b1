"""What a morning on call shows at its end: a row for each incident, against what was promised."""

from dataclasses import dataclass

from labcheck.notebook.display import template_of_table
from labcheck.practice.faults import faults
from labcheck.practice.on_call import Incident, Shift
from labcheck.rpo.durations import length

NOT_YET = "not yet"
REPORT = template_of_table("""
<style>
.labcheck-on-call { border-collapse: collapse; margin: .3em 0; }
.labcheck-on-call :is(td, th) { padding: .25em 1em .25em 0; vertical-align: top; }
.labcheck-on-call .late { color: light-dark(#b3261e, #ff9d94); font-weight: 600; }
[data-jp-theme-light="true"] .labcheck-on-call { color-scheme: light; }
[data-jp-theme-light="false"] .labcheck-on-call { color-scheme: dark; }
</style>
<table class="labcheck-on-call">
<caption>A morning on call (seed {{ report.shift.seed }}); promised: each repaired within {{ report.promise }}</caption>
<tr>{% for head in report.heads %}<th scope="col">{{ head }}</th>{% endfor %}</tr>
{% for row in report.rows %}
<tr>{% for cell in row.cells %}<td>{{ cell }}</td>{% endfor %}
<td{% if row.is_late %} class="late"{% endif %}>{{ row.kept }}</td></tr>
{% endfor %}
</table>
<p>{{ report.summary }}</p>
""")


@dataclass(frozen=True)
class Row:
    """One incident as the report tells it."""

    cells: tuple[str, ...]
    kept: str
    is_late: bool


@dataclass(frozen=True)
class ShiftReport:
    """How long noticing, diagnosing and repairing took, and what was lost, against what was promised."""

    shift: Shift

    heads = ("What it was", "Noticed", "Diagnosed", "Repaired", "Wrong guesses", "Rows lost", "Promise")

    @property
    def promise(self) -> str:
        """The promised recovery time in words."""
        return length(self.shift.promise_seconds)

    @property
    def rows(self) -> list[Row]:
        """A row for each incident."""
        return [self._row(incident) for incident in self.shift.incidents]

    def _row(self, incident: Incident) -> Row:
        moments = (incident.noticed, incident.diagnosed, incident.repaired)
        over = incident.repaired is not None
        title = faults()[incident.fault].title + " (given up)" * incident.given_up if over else "not over yet"
        took = incident.took(incident.repaired)
        is_late = took is not None and took > self.shift.promise_seconds
        kept = ("broken" if is_late else "kept") if over else NOT_YET
        lost = str(incident.rows_lost) if over else NOT_YET
        times = [told(incident.took(moment)) for moment in moments]
        return Row((title, *times, str(incident.wrong_causes), lost), kept, is_late)

    @property
    def summary(self) -> str:
        """One sentence over the whole shift."""
        over = [one for one in self.shift.incidents if one.repaired is not None]
        if not over:
            return "Nothing was repaired yet."
        longest = max(one.took(one.repaired) or 0.0 for one in over)
        lost = sum(one.rows_lost for one in over)
        of = f"{len(over)} of {len(self.shift.planned)} repaired"
        return f"{of}; the longest took {told(longest)} (the measured RTO), {lost} rows lost."

    def _repr_html_(self) -> str:
        return REPORT.render(report=self)

    def __repr__(self) -> str:
        lines = [" · ".join(self.heads), *(" · ".join((*row.cells, row.kept)) for row in self.rows), self.summary]
        return "\n".join(lines)


def told(seconds: float | None) -> str:
    """Return seconds in words, and what has not come yet as such."""
    return NOT_YET if seconds is None else length(round(seconds)) if seconds >= 1 else "under 1 s"
