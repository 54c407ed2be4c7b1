"""The picture of an answer: what is copied when, and the saw-tooth of what would be lost. Only this module draws."""

from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from labcheck.rpo.answer import Answer, ServiceAnswer
from labcheck.rpo.durations import hours
from labcheck.rpo.explain import when
from labcheck.rpo.loss import Tooth, saw_teeth
from labcheck.rpo.recovery import Recovery
from labcheck.visible import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DAY, HOUR = 86400, 3600
COLOURS = ("#2b6cb0", "#dd8452", "#55a868", "#8172b3", "#c44e52")


def draw(answer: Answer, path: Path) -> None:
    """Write the picture of the first service as SVG or PNG, by the ending of `path`."""
    picture(answer.services[0], answer.question.clock).savefig(path, dpi=130)


def picture(service: ServiceAnswer, clock: tzinfo) -> "Figure":
    """Return a figure: one lane a store with its transfers, and below it one saw-tooth a disaster."""
    from matplotlib.figure import Figure  # drawing is slow to import, and words do not need it

    begin, end = window(service)
    drawn = [one for one in service.paper if one.rpo_seconds]
    figure = Figure(figsize=(11, 3 + 2 * len(drawn)), layout="constrained")
    lanes, *panels = figure.subplots(1 + len(drawn), 1, sharex=True, squeeze=False)[:, 0]
    _draw_lanes(lanes, service, begin, end)
    for axes, recovery in zip(panels, drawn, strict=True):
        _draw_loss(axes, service, recovery, (begin, end), clock)
    _draw_dates((lanes, *panels)[-1], begin, end, clock)
    figure.suptitle(
        f"What a disaster costs, by the moment at which it strikes: {visible(service.service)}", fontsize=11
    )
    return figure


def window(service: ServiceAnswer) -> tuple[int, int]:
    """Return the stretch to draw: a day or a week with the worst case in it, in seconds since 1970.

    A day is enough where a day shows several versions.
    """
    witnesses = [one for one in service.paper if one.just_before is not None]
    if not witnesses:
        return service.case.since, service.case.since + 7 * DAY
    worst = max(witnesses, key=lambda one: one.rpo_seconds or 0)
    span = DAY if (worst.rpo_seconds or 0) <= 6 * HOUR else 7 * DAY
    begin = (worst.just_before or 0) - span * 3 // 7
    return begin, begin + span


def _draw_lanes(axes: "Axes", service: ServiceAnswer, begin: int, end: int) -> None:
    """Draw each run as a bar from start to finish; a bar is never thinner than can be seen."""
    simulation = service.case.simulation
    names: list[str] = []
    thinnest = (end - begin) / 250
    for lane, holding in enumerate(service.case.holdings):
        names.append(visible(f"{holding.place.host}: {holding.place.name}"))
        for run in simulation.pipeline.runs:
            if run.writes != holding.store:
                continue
            shown = _days([start for start in run.starts if begin <= start < end])
            width = max(run.duration, thinnest) / DAY
            colour = COLOURS[lane % len(COLOURS)]
            axes.barh([lane] * len(shown), [width] * len(shown), left=shown, height=0.5, color=colour)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.invert_yaxis()
    axes.set_title("captures and transfers", fontsize=9, loc="left")
    axes.grid(axis="x", alpha=0.3)


def _draw_loss(axes: "Axes", service: ServiceAnswer, recovery: Recovery, span: tuple[int, int], clock: tzinfo) -> None:
    place = [one.name for one in service.case.disasters].index(recovery.disaster.name)
    stores, colour = service.case.groups[place], COLOURS[place % len(COLOURS)]
    teeth = [tooth for tooth in saw_teeth(service.case.simulation.lucky, stores, *span) if tooth.state >= 0]
    times, heights = outline(teeth)
    axes.plot(_days(times), heights, color=colour, linewidth=1.3)
    axes.fill_between(_days(times), heights, color=colour, alpha=0.15)
    title = f"{recovery.disaster.name}: at worst {hours(recovery.rpo_seconds or 0)}"
    if recovery.just_before is not None:
        title += f", just before {when(recovery.just_before, clock)}"
        top = (recovery.rpo_seconds or 0) / HOUR
        axes.plot(_days([recovery.just_before]), [top], "o", color="black")
        axes.axhline(top, color="black", linewidth=0.6, linestyle="dashed")
    axes.set_title(visible(title), fontsize=9, loc="left")
    axes.set_ylabel("hours lost", fontsize=8)
    axes.set_ylim(bottom=0, top=(recovery.rpo_seconds or HOUR) / HOUR * 1.12)
    axes.grid(alpha=0.3)


def outline(teeth: Sequence[Tooth]) -> tuple[list[int], list[float]]:
    """Return the corners of a saw-tooth: instants, and losses in hours."""
    times: list[int] = []
    heights: list[float] = []
    for tooth in teeth:
        times += [tooth.start, tooth.end]
        heights += [tooth.best / HOUR, tooth.worst / HOUR]
    return times, heights


def _draw_dates(axes: "Axes", begin: int, end: int, clock: tzinfo) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    axes.set_xlim(begin / DAY, end / DAY)
    locator = AutoDateLocator(tz=clock)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=clock))  # type: ignore[no-untyped-call]


def _days(instants: Sequence[int]) -> list[float]:
    """Return instants as matplotlib counts dates: in days since 1970."""
    return [instant / DAY for instant in instants]
