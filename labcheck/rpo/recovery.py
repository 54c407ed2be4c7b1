"""The recovery point of each disaster: the worst case, its witness, mean and best."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from labcheck.rpo.disasters import spares_production, survivors
from labcheck.rpo.holdings import Holding
from labcheck.rpo.loss import Losses, losses
from labcheck.rpo.pipeline import Pipeline
from labcheck.rpo.question import Disaster
from labcheck.rpo.timeline import NOTHING, TORN, Tie, Timeline, timelines


@dataclass(frozen=True)
class Recovery:
    """What a disaster costs at worst, for one service. Times are seconds since 1970, lengths are seconds.

    `rpo_seconds` is None when nothing can be restored at some instant; `because` then says why.
    `unlucky` is the same answer with every tie decided the wrong way; it is set only where it differs.
    """

    disaster: Disaster
    service: str
    production: str
    holding: Holding | None
    rpo_seconds: int | None
    just_before: int | None = None
    state_from: int | None = None
    mean_seconds: int | None = None
    best_seconds: int | None = None
    next_state: int | None = None
    because: str = ""
    gap: tuple[int, int] | None = None
    """a stretch in which nothing can be restored, if there is one"""
    unlucky: "Recovery | None" = None
    torn: bool = field(default=False, repr=False)

    @property
    def interval_seconds(self) -> int | None:
        """Return the time from the state that comes back to the next one: the first part of the loss."""
        if self.next_state is None or self.state_from is None or self.next_state < 0:
            return None
        return self.next_state - self.state_from

    @property
    def delay_seconds(self) -> int | None:
        """Return how long that next state needs until it is usable: the second part of the loss."""
        if self.interval_seconds is None or self.rpo_seconds is None:
            return None
        return self.rpo_seconds - self.interval_seconds

    @property
    def worst_seconds(self) -> int | None:
        """Return the loss that can be guaranteed not to be exceeded, whichever way ties fall."""
        return self.unlucky.rpo_seconds if self.unlucky else self.rpo_seconds


@dataclass(frozen=True)
class Simulation:
    """The timelines of all stores, with lucky and with unlucky ties, and the ties that there were."""

    pipeline: Pipeline
    lucky: Mapping[str, Timeline]
    unlucky: Mapping[str, Timeline]
    ties: tuple[Tie, ...]


def simulate(pipeline: Pipeline) -> Simulation:
    """Work out the timelines of a pipeline."""
    ties: list[Tie] = []
    lucky = timelines(pipeline.runs, unlucky=False, ties=ties)
    real = [tie for tie in ties if tie.oldest != tie.newest]
    unlucky = timelines(pipeline.runs, unlucky=True) if real else lucky
    return Simulation(pipeline, lucky, unlucky, tuple(real))


def recover(
    simulation: Simulation, holdings: Sequence[Holding], disaster: Disaster, since: int, until: int
) -> Recovery:
    """Return the recovery point of one service after one disaster, over a period."""
    found = _recover(simulation, simulation.lucky, holdings, disaster, since, until)
    if simulation.lucky is simulation.unlucky:
        return found
    other = _recover(simulation, simulation.unlucky, holdings, disaster, since, until)
    if other.rpo_seconds == found.rpo_seconds:
        return found
    return Recovery(**{**found.__dict__, "unlucky": other})


def _recover(
    simulation: Simulation,
    lines: Mapping[str, Timeline],
    holdings: Sequence[Holding],
    disaster: Disaster,
    since: int,
    until: int,
) -> Recovery:
    service, production = holdings[0].service, holdings[0].production
    if spares_production(disaster, production):
        why = f"production on {production} lives on: nothing is lost but the history"
        return Recovery(disaster, service, production, None, 0, mean_seconds=0, best_seconds=0, because=why)
    left = survivors(disaster, holdings)
    if not left:
        why = "no copy is left: every copy lies on what is lost"
        return Recovery(disaster, service, production, None, None, because=why)
    found = losses(lines, [holding.store for holding in left], since, until)
    if found.rpo_seconds is None or found.worst is None:
        why, torn = _why_nothing(found, left, simulation, lines, (since, until))
        gap = (found.gap.start, found.gap.end) if found.gap else None
        return Recovery(disaster, service, production, left[0], None, because=why, gap=gap, torn=torn)
    holder = next(holding for holding in left if holding.store == found.worst.store)
    worst = found.worst
    return Recovery(
        disaster, service, production, holder, worst.worst, worst.end, worst.state,
        found.mean_seconds, found.best_seconds, found.next_state,
    )  # fmt: skip


def _why_nothing(
    found: Losses, left: Sequence[Holding], simulation: Simulation, lines: Mapping[str, Timeline], span: tuple[int, int]
) -> tuple[str, bool]:
    torn = any(TORN in lines.get(holding.store, NOTHING).values for holding in left)
    where = " or ".join(dict.fromkeys(holding.place.host for holding in left))
    if found.gap and (found.gap.start, found.gap.end) != span:
        return f"at times {where} holds nothing that can be restored", torn
    needed = {store for holding in left for store in (holding.store, *holding.lineage)}
    runs = [run for run in simulation.pipeline.runs if run.writes in needed]
    if any(run.reads is None and not run.starts for run in runs):
        return f"no version ever arrives on {where}: the dump never runs at a set time", torn
    if torn or any(run.reads is None and run.duration for run in runs):
        return f"no usable version ever arrives on {where}: the dump is not finished when it is read", torn
    return f"no version ever arrives on {where}", torn
