"""What the schedule explorer shows for a line: a sentence, the fields, the next runs, a year, what cron says."""

from dataclasses import dataclass, replace
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
NEVER = "never: "
RUNS = 5
COMPLETED = " root true"
"""What makes a line of /etc/cron.d of a schedule."""
SQUARES = {kind: Markup('<i class="{}"></i>').format(kind) for kind in ("run", "weekend", "idle")}
NAMES = ("minute", "hour", "day of month", "month", "day of week")

SUMMARY = ENVIRONMENT.from_string("""
{% if never %}It <strong>never runs</strong>: {{ sentence | code }}
{% elif schedule %}It runs <strong>{{ sentence }}</strong>
{% elif empty %}Type a schedule: five fields, such as <code>11 0 * * *</code>, or a word such as <code>@daily</code>.
{% else %}<strong>Cron refuses it: {{ words }}.</strong>{% endif %}
""")
DETAILS = ENVIRONMENT.from_string("""
<dl class="fields">
{% for name, text, meaning in fields %}
<div data-field="{{ loop.index0 }}"><dt>{{ name }}</dt><dd>{{ text }}{{ " = " ~ meaning if meaning }}</dd></div>
{% endfor %}
</dl>
{% if joined %}<p>{{ joined }}</p>{% endif %}
{% if runs %}<p><strong>Next runs</strong> (by the clock of the server):</p>
<ol class="runs">{% for run in runs %}<li>{{ run }}</li>{% endfor %}</ol>{% endif %}
{% if year %}
<div class="year" role="img" aria-label="{{ year.told }}">
<span></span>{% for day in range(1, 32) %}
<span class="day{{ ' minor' if day % 5 and day > 1 }}">{{ "%02d" % day }}</span>{% endfor %}
{% for month, days in year.months %}<span class="month">{{ month }}</span>{{ days }}{% endfor %}
</div>
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
    """Each month's name and its 31 squares as HTML, and the same in words."""

    months: tuple[tuple[str, Markup], ...]
    told: str


def read(text: str) -> Reading:
    """Read a schedule, an @word, or a whole line; of several lines only the first."""
    line = (text.strip().splitlines() or [""])[0]
    count = len(line.split())
    is_whole = count > (1 if line.startswith("@") else len(NAMES)) or "=" in line
    content = f"{line}\n" if is_whole or not line else f"{line}{COMPLETED}\n"
    return Reading(line, read_crontab(content.encode("utf-8", "replace"), NAME), is_whole)


def summary(reading: Reading) -> str:
    """Return the answer in one sentence, as HTML."""
    schedule = reading.schedule
    told = sentence(schedule) if schedule else ""
    never = told.startswith(NEVER)
    return SUMMARY.render(
        schedule=schedule, never=never, sentence=told.removeprefix(NEVER), empty=not reading.text, words=reading.words
    )


def details(reading: Reading, now: datetime, year: int) -> str:
    """Return all the rest, as HTML; `now` is naive, by the server's clock."""
    schedule = reading.schedule
    runs = next_runs(schedule, now, RUNS) if schedule else []
    return DETAILS.render(
        fields=_fields(reading),
        joined=how_days_join(schedule) if schedule else "",
        runs=[f"{run:%A %-d %B %Y, %H:%M}" for run in runs],
        year=_year(schedule, year) if schedule and not schedule.reboot else None,
        log=[visible(line) for line in reading.crontab.log],
        verdict=_verdict(reading),
        findings=[_shown(one, reading) for one in find_hazards(reading.crontab)] if reading.text else [],
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


def _shown(finding: Finding, reading: Reading) -> Finding:
    """Return a finding safe to show; where only a schedule was typed, a correction is one, too, or is left out."""
    fix = finding.fix if reading.is_whole else finding.fix.removesuffix(COMPLETED) * finding.fix.endswith(COMPLETED)
    return replace(finding, message=visible(finding.message), fix=visible(fix))


def _year(schedule: Schedule, year: int) -> YearPicture:
    grid = day_grid(schedule, year)
    count = sum(map(sum, grid))
    runs = runs_in_year(schedule, year)
    days = "1 day" if count == 1 else f"{count} days"
    told = f"In {year} it runs on {days}, {'once' if runs == 1 else f'{runs:,} times'} in all"
    months = (
        (MONTHS[number][:3], _squares([_kind(year, number, day, runs) for day, runs in enumerate(days, start=1)]))
        for number, days in enumerate(grid, start=1)
    )
    return YearPicture(tuple(months), told)


def _kind(year: int, month: int, day: int, runs: bool) -> str:
    if runs:
        return "run"
    return "weekend" if datetime(year, month, day).weekday() >= 5 else "idle"


def _squares(kinds: list[str]) -> Markup:
    missing = Markup("<i></i>") * (31 - len(kinds))
    return Markup("").join(SQUARES[kind] for kind in kinds) + missing
