"""How many versions a store keeps, how far back they reach, and how many parts the newest one needs.

Retention is not the recovery point: it says how old a state one can choose, not how fresh the freshest one is.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from labcheck.rpo.commands.actions import Action, Backup, CleanUp, Copy, Dump, Remove
from labcheck.rpo.holdings import Holding
from labcheck.rpo.jobs import Step
from labcheck.rpo.links import Link
from labcheck.rpo.pipeline import Pipeline, removes
from labcheck.rpo.timeline import Run

YEAR = 366 * 86400


@dataclass(frozen=True)
class Version:
    """One version in a store: captured when, session begun when, usable when; `full` begins a chain."""

    capture: int
    session: int
    usable: int
    full: bool


@dataclass(frozen=True)
class Retention:
    """What a store keeps. Lengths in seconds; `unlimited` where nothing is ever taken away.

    After a clean-up the least is given that is guaranteed over the period, before one the most.
    """

    holding: Holding
    unlimited: bool
    versions_after: int | None = None
    versions_before: int | None = None
    look_back_after: int | None = None
    look_back_before: int | None = None
    longest_chain: int = 1
    thinned: bool = False
    """full backups stay for ever, the increments of older chains do not"""


def chain_versions(holding: Holding, links: Sequence[Link], runs: Sequence[Run]) -> list[Version]:
    """Return the versions that arrive in a repository, in order; an automatic backup begins a chain when it is due."""
    modes = {link.step.number: link.step.action for link in links if link.target.store == holding.store}
    found: list[Version] = []
    fills: dict[str | None, list[tuple[int, int]]] = {}
    for run in runs:
        action = modes.get(run.step)
        if run.writes == holding.store and action is not None:
            if run.reads not in fills:
                fills[run.reads] = _fill(run.reads, runs)
            found += _arrivals(run, isinstance(action, Backup) and action.mode == "full", fills[run.reads])
    found.sort(key=lambda version: version.session)
    every = next((a.full_every_seconds for a in modes.values() if isinstance(a, Backup) and a.full_every_seconds), None)
    return _with_due_fulls(found, every)


def _fill(store: str | None, runs: Sequence[Run]) -> list[tuple[int, int]]:
    """Return usable time and capture of what is in a store, for one that is filled by dumps."""
    feeding = [other for other in runs if other.writes == store and other.reads is None]
    return sorted((start + other.duration, start) for other in feeding for start in other.starts)


def _arrivals(run: Run, full: bool, filled: list[tuple[int, int]]) -> list[Version]:
    found = []
    for start in run.starts:
        at = bisect_left(filled, (start + 1, 0))
        capture = filled[at - 1][1] if at else start
        found.append(Version(capture if filled else start, start, start + run.duration, full))
    return found


def _with_due_fulls(versions: Sequence[Version], every: int | None) -> list[Version]:
    found: list[Version] = []
    last_full: int | None = None
    for version in versions:
        due = last_full is None or (every is not None and version.session - last_full > every)
        full = version.full or due
        if full:
            last_full = version.session
        found.append(Version(version.capture, version.session, version.usable, full))
    return found


def chains(versions: Sequence[Version]) -> list[list[Version]]:
    """Return the versions grouped into chains, each beginning with a full one."""
    found: list[list[Version]] = []
    for version in versions:
        if version.full or not found:
            found.append([])
        found[-1].append(version)
    return found


def cleaned(kept: list[list[Version]], rule: str, limit: int, now: int) -> list[list[Version]]:
    """Return the chains that a forced clean-up at `now` leaves; the newest chain always stays.

    duplicity(1): older-than takes a chain whose newest member is older than the limit; fulls keeps the newest
    `limit` chains; increments takes the increments of all older chains.
    """
    if rule == "older-than":
        return [chain for chain in kept[:-1] if chain[-1].session >= now - limit] + kept[-1:]
    if rule == "fulls":
        return kept[-limit:]
    return [chain[:1] for chain in kept[:-limit]] + kept[-limit:]


def repository_retention(
    holding: Holding, pipeline: Pipeline, clean_ups: Sequence[Step], since: int, until: int
) -> Retention:
    """Return what a repository keeps, by going through its versions and clean-ups in order of time.

    Two years of the period are enough for that.
    """
    soon = min(until, since + 2 * YEAR)
    clean_ups = [step for step in clean_ups if isinstance(step.action, CleanUp) and step.action.rule != "before-a-day"]
    runs = [replace(run, starts=run.starts[: bisect_left(run.starts, soon)]) for run in pipeline.runs]
    versions = chain_versions(holding, pipeline.links, runs)
    groups = chains(versions)
    longest = max((len(chain) for chain in groups), default=1)
    rules = [step.action for step in clean_ups if isinstance(step.action, CleanUp) and step.action.forced]
    moments = sorted(
        (start, place)
        for place, step in enumerate(clean_ups)
        if isinstance(step.action, CleanUp) and step.action.forced
        for start in step.job.starts
        if start < soon
    )
    if not rules or not any(since <= moment < until for moment, _ in moments):
        return Retention(holding, unlimited=True, longest_chain=longest)
    return _measured(holding, groups, moments, clean_ups, since)


Look = tuple[int, int]
"""how many versions there are, and how many seconds the oldest of them reaches back"""


def _measured(
    holding: Holding,
    groups: Sequence[list[Version]],
    moments: Sequence[tuple[int, int]],
    clean_ups: Sequence[Step],
    since: int,
) -> Retention:
    longest = max((len(chain) for chain in groups), default=1)
    actions = [step.action for step in clean_ups]
    before, after = _looks([version for chain in groups for version in chain], moments, actions, since)
    if not after or not before:
        thinned = any(isinstance(one, CleanUp) and one.rule == "increments" for one in actions)
        return Retention(holding, unlimited=True, longest_chain=longest, thinned=thinned)
    return Retention(
        holding,
        unlimited=False,
        versions_after=min(count for count, _ in after),
        versions_before=max(count for count, _ in before),
        look_back_after=min(back for _, back in after),
        look_back_before=max(back for _, back in before),
        longest_chain=longest,
    )


def _looks(
    versions: Sequence[Version], moments: Sequence[tuple[int, int]], actions: Sequence[Action], since: int
) -> tuple[list[Look], list[Look]]:
    """Go through all clean-ups; look just before and right after each, once the very first chain has gone."""
    kept: list[list[Version]] = []
    place = 0
    before: list[Look] = []
    after: list[Look] = []
    for moment, which in moments:
        while place < len(versions) and versions[place].usable <= moment:
            if versions[place].full or not kept:
                kept.append([])
            kept[-1].append(versions[place])
            place += 1
        action = actions[which]
        if not kept or not isinstance(action, CleanUp):
            continue
        left = cleaned(kept, action.rule, action.limit, moment)
        for chains_now, looks in ((kept, before), (left, after)):
            if chains_now[0][0] is not versions[0] and moment >= since:
                looks.append((sum(map(len, chains_now)), moment - chains_now[0][0].capture))
        kept = left
    return before, after


def copied_retention(holding: Holding, original: Retention, *, mirrors: bool) -> Retention:
    """Return what a copy of a repository keeps: as much as the original if deletions are followed, else all."""
    if mirrors:
        return replace(original, holding=holding)
    return Retention(holding, unlimited=True, longest_chain=original.longest_chain)


def look_back_needed(clean_ups: Sequence[Step]) -> int:
    """Return how many seconds before the period the versions must begin, so that the first clean-up finds them all."""
    return max(
        (
            step.action.limit if step.action.rule == "older-than" else 0
            for step in clean_ups
            if isinstance(step.action, CleanUp)
        ),
        default=0,
    )


def file_retention(holding: Holding, links: Sequence[Link], removals: Sequence[Step], period: int) -> Retention:
    """Return what a plain file keeps: one version, two with `rsync -b`, or as many as its dated names.

    `period` is the usual time between two versions, in seconds.
    """
    writers = [link.step.action for link in links if link.target.store == holding.store]
    kept = [action.keeps for action in writers if isinstance(action, Copy)]
    path = holding.place.path
    count = _names(path) if "$(" in path else 1
    if count == 1 and kept and any(kept):
        count = 0 if min(kept) < 0 else 2
    if any(isinstance(action, Dump) and action.appends for action in writers):
        count = 0
    age = _age_limit(holding, removals)
    if count == 0 and age is None:
        return Retention(holding, unlimited=True)
    if age is not None and count != 1:
        count = max(1, age // period) if period else 1
    back = (count - 1) * period
    return Retention(holding, False, count, count, back, back + period)


def _age_limit(holding: Holding, removals: Sequence[Step]) -> int | None:
    for step in removals:
        action = step.action
        if isinstance(action, Remove) and any(removes(place, holding, recursive=True) for place in action.places):
            return action.older_than_seconds
    return None


def _names(path: str) -> int:
    """Return how many different names `$(date …)` gives before they repeat; 0: they never do."""
    if any(mark in path for mark in ("%F", "%Y", "%s", "%D", "%j", "%m", "%c", "%x", "%T")):
        return 0
    for marks, count in ((("%d", "%e"), 31), (("%u", "%w", "%a", "%A"), 7), (("%H", "%k"), 24)):
        if any(mark in path for mark in marks):
            return count
    return 0
