"""What the schedule explorer shows for a line: a sentence, the fields, the next runs, a year, what cron says."""

from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from labcheck.cron import Crontab, Finding, Schedule, find_hazards, next_runs, read_crontab, runs_in_year, sentence
from labcheck.cron.calendar import day_grid
from labcheck.cron.phrases import MONTHS
from labcheck.cron.words import FieldMeaning, fields, how_days_join
from labcheck.notebook.display import ENVIRONMENT
from labcheck.visible import visible

NAME = "mysql-backup"
"""The file of /etc/cron.d that the line is taken to stand in."""
RUNS = 5
STEP, SIDE, LEFT, TOP = 20, 16, 34, 18
"""Of the year's picture: from square to square, a square, and the room for the names, in its own units."""
NAMES = ("minute", "hour", "day of month", "month", "day of week")

SUMMARY = ENVIRONMENT.from_string("""
{% if schedule %}It runs <strong>{{ sentence }}</strong>
{% elif empty %}Type a schedule: five fields, such as <code>11 0 * * *</code>, or a word such as <code>@daily</code>.
{% else %}<strong>Cron refuses it: {{ words }}.</strong>{% endif %}
""")
DETAILS = ENVIRONMENT.from_string("""
<dl class="fields">
{% for name, text, meaning in fields %}
<div data-field="{{ loop.index0 }}"><dt>{{ name }}</dt><dd><code>{{ text }}</code><span>{{ meaning }}</span></dd></div>
{% endfor %}
</dl>
{% if joined %}<p>{{ joined }}</p>{% endif %}
{% if runs %}<p><strong>Next runs</strong> (by the clock of the server):</p>
<ol class="runs">{% for run in runs %}<li>{{ run }}</li>{% endfor %}</ol>{% endif %}
{% if year %}
<svg class="year" viewBox="0 0 {{ width }} {{ height }}" role="img" aria-label="{{ year.told }}">
{% for x, day in year.days %}<text x="{{ x }}" y="12" text-anchor="middle">{{ day }}</text>{% endfor %}
{% for y, month in year.months %}<text x="0" y="{{ y }}">{{ month }}</text>{% endfor %}
<path class="idle" d="{{ year.idle }}"/><path class="weekend" d="{{ year.weekend }}"/>
<path class="run" d="{{ year.run }}"/>
</svg>
<p class="key"><span class="run"></span> it runs &ensp; <span class="weekend"></span> Saturday or Sunday without a run
&ensp; <span class="idle"></span> other day without a run. {{ year.told }}.</p>
{% endif %}
<h4>What Debian's cron says</h4>
{% for line in log %}<p class="log"><code>{{ line }}</code></p>{% endfor %}
<p>{{ verdict }}</p>
{% if findings %}<ul class="hazards">{% for one in findings %}<li>{{ one.message | code }}
{% if one.fix %}<br>Perhaps: <code>{{ one.fix }}</code>{% endif %}</li>{% endfor %}</ul>{% endif %}
""")


@dataclass(frozen=True)
class Reading:
    """A line that was typed, and what cron makes of a crontab with it; `is_whole`: with user and command."""

    text: str
    crontab: Crontab
    is_whole: bool

    @property
    def schedule(self) -> Schedule | None:
        """When it runs; None when cron refuses it, or nothing was typed."""
        return self.crontab.jobs[0].schedule if self.crontab.jobs else None

    @property
    def words(self) -> str:
        """What cron says when it refuses the line."""
        return self.crontab.refusals[0].words if self.crontab.refusals else "there is no job in it"


@dataclass(frozen=True)
class YearPicture:
    """The squares of a year as paths, with the places of the names of days and months, and the same in words."""

    days: tuple[tuple[int, int], ...]
    months: tuple[tuple[int, str], ...]
    idle: str
    weekend: str
    run: str
    told: str


def read(text: str) -> Reading:
    """Read a schedule, an @word, or a whole line; of several lines only the first."""
    line = (text.strip().splitlines() or [""])[0]
    count = len(line.split())
    is_whole = count > (1 if line.startswith("@") else len(NAMES)) or "=" in line
    content = f"{line}\n" if is_whole or not line else f"{line} root true\n"
    return Reading(line, read_crontab(content.encode("utf-8", "replace"), NAME), is_whole)


def summary(reading: Reading) -> str:
    """Return the answer in one sentence, as HTML."""
    schedule = reading.schedule
    told = sentence(schedule) if schedule else ""
    return SUMMARY.render(schedule=schedule, sentence=told, empty=not reading.text, words=reading.words)


def details(reading: Reading, now: datetime, year: int) -> str:
    """Return all the rest, as HTML; `now` is naive, by the server's clock."""
    schedule = reading.schedule
    runs = next_runs(schedule, now, RUNS) if schedule else []
    return DETAILS.render(
        fields=_fields(reading),
        joined=how_days_join(schedule) if schedule else "",
        runs=[f"{run:%A %-d %B %Y, %H:%M}" for run in runs],
        year=_year(schedule, year) if schedule and not schedule.reboot else None,
        width=LEFT + 31 * STEP,
        height=TOP + 12 * STEP,
        log=[visible(line) for line in reading.crontab.log],
        verdict=_verdict(reading),
        findings=[_shown(one) for one in find_hazards(reading.crontab)] if reading.text else [],
    )


def _fields(reading: Reading) -> list[tuple[str, str, str]]:
    schedule = reading.schedule
    if schedule:
        meanings: list[FieldMeaning] = fields(schedule)
        return [(name, visible(one.text), one.meaning) for name, one in zip(NAMES, meanings, strict=False)]
    texts = [*reading.text.split()[: len(NAMES)], *[""] * len(NAMES)]
    return (
        []
        if reading.text.startswith("@")
        else [(name, visible(text), "") for name, text in zip(NAMES, texts, strict=False)]
    )


def _verdict(reading: Reading) -> str:
    if not reading.text:
        return ""
    if not reading.crontab.loaded:
        return f"It ignores the whole file /etc/cron.d/{NAME}, with all other lines in it."
    if reading.schedule is None:
        return "It loads this, and there is no job in it."
    return "It loads this line without a word."


def _shown(finding: Finding) -> Finding:
    return Finding(
        finding.rule, finding.severity, finding.line, finding.column, visible(finding.message), visible(finding.fix)
    )


def _year(schedule: Schedule, year: int) -> YearPicture:
    grid = day_grid(schedule, year)
    paths: dict[str, list[str]] = {"idle": [], "weekend": [], "run": []}
    for month, days in enumerate(grid, start=1):
        for day, runs in enumerate(days, start=1):
            free = datetime(year, month, day).weekday() >= 5
            paths["run" if runs else "weekend" if free else "idle"].append(_square(month, day))
    count = sum(map(sum, grid))
    told = f"In {year} it runs on {count} day{'s' if count != 1 else ''}, {runs_in_year(schedule, year):,} times in all"
    idle, weekend, run = (Markup("".join(paths[kind])) for kind in ("idle", "weekend", "run"))  # noqa: S704 - numbers
    return YearPicture(
        tuple((LEFT + (day - 1) * STEP + SIDE // 2, day) for day in range(1, 32)),
        tuple((TOP + (month - 1) * STEP + 13, MONTHS[month][:3]) for month in range(1, 13)),
        idle,
        weekend,
        run,
        told,
    )


def _square(month: int, day: int) -> str:
    return f"M{LEFT + (day - 1) * STEP} {TOP + (month - 1) * STEP}h{SIDE}v{SIDE}h-{SIDE}z"
