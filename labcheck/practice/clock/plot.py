"""The picture of a fast-forward: runs, chains, and what would have been lost. Only this module of the clock draws."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from labcheck.practice.clock.journal import Entry, Ran, Reached, Span
from labcheck.practice.clock.measured import MILLISECONDS, Comparison, comparisons, last_period
from labcheck.practice.clock.versions import Version, versions
from labcheck.rpo import NoAnswer
from labcheck.rpo.durations import hours
from labcheck.visible import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DAY, HOUR = 86400, 3600
WELL, FAILED = "#2b6cb0", "#c44e52"
CHAINS = ("#55a868", "#8172b3")
LOSSES = ("#dd8452", "#2b6cb0", "#8172b3")
LONGEST_LABEL = 46


def draw(entries: Sequence[Entry], path: Path) -> None:
    """Write the picture of the last fast-forward as SVG or PNG, by the ending of `path`."""
    picture(entries).savefig(path, dpi=130)


def picture(entries: Sequence[Entry]) -> "Figure":
    """Return a figure: a lane a job with its runs, a lane a repository with its chains, how many versions
    there were, a panel a disaster."""
    from matplotlib.figure import Figure

    period = last_period(entries)
    span = next(entry for entry in period if isinstance(entry, Span))
    until = next((entry.instant for entry in period if isinstance(entry, Reached)), span.until)
    try:
        losses = comparisons(entries)
    except NoAnswer:
        losses = []
    ran = [entry for entry in period if isinstance(entry, Ran)]
    repositories = versions(entries)
    lanes = len({(one.host, one.path, one.line) for one in ran})
    chains = max(3, sum(len({one.chain for one in found}) for found in repositories.values()))
    heights = [max(1.2, 0.4 * lanes + 0.6), 0.6 + 0.16 * chains, 1.6, *[1.6] * len(losses)]
    figure = Figure(figsize=(12, sum(heights) + 0.8), layout="constrained")
    panels = figure.subplots(len(heights), 1, sharex=True, squeeze=False, height_ratios=heights)[:, 0]
    _draw_runs(panels[0], ran)
    _draw_chains(panels[1], repositories, until)
    _draw_versions(panels[2], repositories, until)
    for axes, one, colour in zip(panels[3:], losses, LOSSES, strict=False):
        _draw_loss(axes, one, colour)
    _draw_dates(panels[-1], span.since, until, span)
    return figure


def _draw_runs(axes: "Axes", ran: Sequence[Ran]) -> None:
    names: dict[tuple[str, str, int], str] = {}
    for one in sorted(ran, key=lambda one: (one.host, one.path, one.line)):
        names.setdefault((one.host, one.path, one.line), _label(one))
    places = {key: lane for lane, key in enumerate(names)}
    for well, colour, marker in ((True, WELL, "|"), (False, FAILED, "x")):
        chosen = [one for one in ran if (one.status == 0) is well]
        axes.scatter(
            [one.started / DAY for one in chosen],
            [places[(one.host, one.path, one.line)] for one in chosen],
            marker=marker, color=colour, s=60, linewidths=1.6,
        )  # fmt: skip
    _lanes(axes, list(names.values()))
    failed = sum(one.status != 0 for one in ran)
    axes.set_title(f"{len(ran)} runs" + (f", {failed} failed (x)" if failed else ", all well"), fontsize=9, loc="left")


def _label(ran: Ran) -> str:
    text = visible(f"{ran.host}:{ran.line} {ran.command}")
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 1]}…"


def _lanes(axes: "Axes", names: list[str]) -> None:
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
    axes.grid(axis="x", alpha=0.3)


def _draw_chains(axes: "Axes", repositories: dict[str, list[Version]], until: float) -> None:
    """Draw each chain as a bar for as long as it can be restored from, with a mark where each version came."""
    for lane, found in enumerate(repositories.values()):
        chains: dict[str, list[Version]] = {}
        for version in found:
            chains.setdefault(version.chain, []).append(version)
        for number, chain in enumerate(chains.values()):
            begin, end = chain[0].since, max(one.until or until for one in chain)
            row, colour = lane - 0.4 + 0.8 * (number + 0.5) / len(chains), CHAINS[number % 2]
            axes.barh(row, (end - begin) / DAY, left=begin / DAY, height=0.6 / len(chains), color=colour, alpha=0.35)
            axes.scatter([one.since / DAY for one in chain], [row] * len(chain), marker="|", color=colour, s=30)
    _lanes(axes, [visible(place) for place in repositories])
    axes.set_title("chains, from their first version until they are deleted", fontsize=9, loc="left")


def _draw_versions(axes: "Axes", repositories: dict[str, list[Version]], until: float) -> None:
    """Draw how many versions each repository could restore at each moment."""
    for (place, found), colour in zip(repositories.items(), LOSSES, strict=False):
        changes = sorted([(one.since, 1) for one in found] + [(one.until, -1) for one in found if one.until])
        counts = [sum(step for _, step in changes[: place + 1]) for place in range(len(changes))]
        times = [instant / DAY for instant, _ in changes]
        axes.step([*times, until / DAY], [*counts, counts[-1]], where="post", color=colour, label=visible(place))
    axes.set_title("versions that could be restored", fontsize=9, loc="left")
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)
    if repositories:
        axes.legend(fontsize=8, loc="lower right")


def _draw_loss(axes: "Axes", one: Comparison, colour: str) -> None:
    teeth = [tooth for tooth in one.teeth if tooth.state >= 0]
    times = [instant / MILLISECONDS / DAY for tooth in teeth for instant in (tooth.start, tooth.end)]
    heights = [loss / MILLISECONDS / HOUR for tooth in teeth for loss in (tooth.best, tooth.worst)]
    axes.plot(times, heights, color=colour, linewidth=1.2)
    axes.fill_between(times, heights, color=colour, alpha=0.15)
    if one.paper_seconds is not None:
        axes.axhline(one.paper_seconds / HOUR, color="black", linewidth=0.8, linestyle="dashed")
    axes.set_title(visible(f"{one.name}: {_figures(one)}"), fontsize=9, loc="left")
    axes.set_ylabel("hours lost", fontsize=8)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.3)


def _figures(one: Comparison) -> str:
    measured = "nothing restorable" if one.measured_seconds is None else hours(round(one.measured_seconds))
    paper = "no recovery point" if one.paper_seconds is None else hours(one.paper_seconds)
    return f"measured {measured}, on paper {paper} (dashed): {one.why}"


def _draw_dates(axes: "Axes", begin: float, end: float, span: Span) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    clock = ZoneInfo(next(iter(span.zones.values()), "UTC"))
    axes.set_xlim(begin / DAY, end / DAY)
    locator = AutoDateLocator(tz=clock)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, tz=clock))  # type: ignore[no-untyped-call]
