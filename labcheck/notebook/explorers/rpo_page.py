"""What the RPO explorer shows for an answer: the worst case in words, its saw-tooth, and who runs when."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from markupsafe import Markup

from labcheck.notebook.display import ENVIRONMENT
from labcheck.notebook.explorers.rpo_settings import told
from labcheck.rpo import Answer, CrontabFile
from labcheck.rpo.answer import ServiceAnswer
from labcheck.rpo.explain import loss_sentence, rpo_words
from labcheck.rpo.findings import FATAL
from labcheck.rpo.loss import Tooth, saw_teeth
from labcheck.rpo.recovery import Recovery
from labcheck.visible import visible

HOUR, DAY = 3600, 86400
WIDTH, HEIGHT = 1000, 200
SPANS = ((6 * HOUR, DAY), (60 * HOUR, 7 * DAY), (1 << 40, 28 * DAY))
"""A worst case of up to so many seconds is drawn in a picture of so many."""
TOPS = (1, 2, 4, 8, 12, 16, 24, 32, 48, 72, 96, 168, 192, 240, 336, 504, 672)
"""Hours that the levels of a picture may end at; what is up to a twelfth higher still fits."""
MOST_FAULTS = 3

PAGE = ENVIRONMENT.from_string("""
<div role="status">
<p><strong class="figure">{{ figure }}</strong> {{ title | code }}</p>
<p>{{ sentence | code }}</p>
{% if bad_luck %}<p><strong>A race decides.</strong> With bad luck: {{ bad_luck | code }}</p>{% endif %}
{% if stands %}<p><strong>As they stand these crontabs do not get there:</strong> {{ stands | code }}</p>{% endif %}
</div>
{% if picture %}
<div class="picture" role="img" aria-label="{{ picture.told }}">
<div class="plot">
<svg viewBox="0 0 {{ width }} {{ height }}" preserveAspectRatio="none" aria-hidden="true">
{% for _, y in picture.levels %}<line class="grid" x1="0" x2="{{ width }}" y1="{{ y }}" y2="{{ y }}"/>{% endfor %}
<polygon class="area" points="{{ picture.area }}"/><polyline class="saw" points="{{ picture.saw }}"/>
<line class="worst" x1="0" x2="{{ width }}" y1="{{ picture.worst_y }}" y2="{{ picture.worst_y }}"/>
</svg>
{% for text, y in picture.levels %}
<span class="level" style="top: {{ y / height * 100 }}%">{{ text }}</span>
{% endfor %}
<span class="dot" style="left: {{ picture.worst_x }}%; top: {{ picture.worst_y / height * 100 }}%"></span>
<span class="mark {{ 'left' if picture.worst_x > 50 }}" style="left: {{ picture.worst_x }}%">{{ picture.mark }}</span>
</div>
<div class="days">{% for text, x in picture.days %}<span style="left: {{ x }}%">{{ text }}</span>{% endfor %}</div>
{% for lane in picture.lanes %}
<div class="lane"><span>{{ lane.name }}</span><div>
{% for x, wide in lane.bars %}<i style="left: {{ x }}%; width: {{ wide }}%"></i>{% endfor %}</div></div>
{% endfor %}
</div>
{% endif %}
{% for file in files %}
<p class="file"><code>{{ file.name }}</code> on {{ file.host }}</p><pre>{{ file.text }}</pre>
{% endfor %}
""")


@dataclass(frozen=True)
class Lane:
    """What fills one store: its name, and each run as its left end and its width in per cent of the picture."""

    name: str
    bars: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Drawing:
    """The saw-tooth of one disaster in a box of WIDTH by HEIGHT; places along the time are in per cent of its width."""

    saw: str
    area: str
    levels: tuple[tuple[str, float], ...]
    days: tuple[tuple[str, float], ...]
    worst_x: float
    worst_y: float
    mark: str
    lanes: tuple[Lane, ...]
    told: str


def page(answer: Answer, disaster: str) -> str:
    """Return the HTML for one disaster: nothing of what the crontabs say gets into it as markup."""
    service = answer.services[0]
    recovery = _seen(service, next(one for one in service.paper if one.disaster.name == disaster), answer)
    clock = answer.question.clock
    standing = next(one for one in service.as_it_stands if one.disaster.name == disaster)
    broken = standing.rpo_seconds is None and recovery.rpo_seconds is not None
    faults = [one.message for one in answer.findings if one.severity == FATAL][:MOST_FAULTS]
    return PAGE.render(
        figure=_figure(recovery),
        title=f"at worst, when {recovery.disaster.title}.",
        sentence=_sentence(loss_sentence(recovery, clock)),
        bad_luck=_sentence(loss_sentence(recovery.unlucky, clock)) if recovery.unlucky else "",
        stands=_sentence("; ".join(faults)) if broken and faults else "",
        picture=drawing(service, recovery, answer),
        files=_files(answer, service),
        width=WIDTH,
        height=HEIGHT,
    )


def _files(answer: Answer, service: ServiceAnswer) -> list[CrontabFile]:
    """Return the crontabs that have to do with it: a system has others."""
    used = {(link.step.job.host, link.step.job.file) for link in service.case.simulation.pipeline.links}
    return [one for one in answer.question.crontabs if (one.host, one.name) in used]


def _figure(recovery: Recovery) -> str:
    if recovery.rpo_seconds is None:
        return "Everything is lost"
    return f"{rpo_words(recovery)} are lost" if recovery.rpo_seconds else "Nothing is lost"


def _seen(service: ServiceAnswer, recovery: Recovery, answer: Answer) -> Recovery:
    """Return the same worst case, told of the day on which it shows best: the one nearest to the middle."""
    if not recovery.rpo_seconds or recovery.just_before is None:
        return recovery
    middle = (answer.since + answer.until) // 2
    stores = _survivors(service, recovery)
    teeth = saw_teeth(service.case.simulation.lucky, stores, answer.since, answer.until)
    equal = [one for one in teeth if one.worst == recovery.rpo_seconds and one.end < answer.until]
    best = min(equal, key=lambda one: abs(one.end - middle), default=None)
    if best is None:
        return recovery
    later = best.end - recovery.just_before
    coming = None if recovery.next_state is None else recovery.next_state + later
    return replace(recovery, just_before=best.end, state_from=best.state, next_state=coming)


def _survivors(service: ServiceAnswer, recovery: Recovery) -> list[str]:
    names = [one.name for one in service.case.disasters]
    return service.case.groups[names.index(recovery.disaster.name)]


def _sentence(text: str) -> str:
    return visible(text[:1].upper() + text[1:]) + "."


def drawing(service: ServiceAnswer, recovery: Recovery, answer: Answer) -> Drawing | None:
    """Return the picture of a disaster that costs something and is survived; None for any other."""
    if not recovery.rpo_seconds or recovery.just_before is None:
        return None
    span = min(next(span for limit, span in SPANS if recovery.rpo_seconds <= limit), answer.until - answer.since)
    begin = max(answer.since, min(recovery.just_before - span * 3 // 7, answer.until - span))
    stores = _survivors(service, recovery)
    teeth = [one for one in saw_teeth(service.case.simulation.lucky, stores, begin, begin + span) if one.state >= 0]
    top = next((hours for hours in TOPS if hours * HOUR * 13 / 12 >= recovery.rpo_seconds), recovery.rpo_seconds / HOUR)
    saw = [(_x(time, begin, span) * WIDTH / 100, _y(height, top)) for time, height in _corners(teeth)]
    edges = [(saw[0][0], HEIGHT), *saw, (saw[-1][0], HEIGHT)]
    return Drawing(
        _points(saw),
        _points(edges),
        tuple((told(round(top * part / 4 * HOUR)), _y(top * part / 4 * HOUR, top)) for part in range(1, 5)),
        _days(begin, span),
        _x(recovery.just_before, begin, span),
        _y(recovery.rpo_seconds, top),
        f"{rpo_words(recovery)}, just before {_clock(recovery.just_before)}",
        _lanes(service, begin, span),
        f"What would be lost, by the moment of the disaster: it grows with the clock and falls when a newer version "
        f"is usable; {rpo_words(recovery)} at its highest.",
    )


def _x(instant: int, begin: int, span: int) -> float:
    return round((instant - begin) / span * 100, 3)


def _y(seconds: float, top: float) -> float:
    return round(HEIGHT - seconds / HOUR / top * HEIGHT * 0.92, 2)


def _corners(teeth: Sequence[Tooth]) -> list[tuple[int, int]]:
    return [corner for one in teeth for corner in ((one.start, one.best), (one.end, one.worst))]


def _points(corners: Sequence[tuple[float, float]]) -> Markup:
    return Markup(" ".join(f"{x:.1f},{y:.1f}" for x, y in corners))  # noqa: S704 - numbers


def _days(begin: int, span: int) -> tuple[tuple[str, float], ...]:
    """Return where the labels of the time stand: every few hours of a day, every day of a week, every week."""
    step = 6 * HOUR if span <= DAY else DAY if span <= 8 * DAY else 7 * DAY
    first = begin + -begin % step
    return tuple((_label(one, step), _x(one, begin, span)) for one in range(first, begin + span, step))


def _label(instant: int, step: int) -> str:
    moment = datetime.fromtimestamp(instant, UTC)
    return f"{moment:%H:%M}" if step < DAY else f"{moment:%a}" if step == DAY else f"{moment:%d %b}"


def _clock(instant: int) -> str:
    return f"{datetime.fromtimestamp(instant, UTC):%a %H:%M}"


def _lanes(service: ServiceAnswer, begin: int, span: int) -> tuple[Lane, ...]:
    """Return a lane for each store; a run that is too short to be seen is drawn as wide as can be."""
    found = []
    for holding in service.case.holdings:
        runs = [run for run in service.case.simulation.pipeline.runs if run.writes == holding.store]
        bars = [
            (_x(start, begin, span), max(0.4, round(run.duration / span * 100, 3)))
            for run in runs
            for start in run.starts
            if begin <= start < begin + span
        ]
        what = "dump on" if not holding.lineage else "copy to"
        found.append(Lane(visible(f"{what} {holding.place.host.split('.')[0]}"), tuple(bars)))
    return tuple(found)
