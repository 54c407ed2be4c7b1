"""Findings about the pipeline: what is read where nothing lies, races, torn dumps, overlaps."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from itertools import pairwise

from labcheck.rpo.commands.actions import Copy, Dump, Remove
from labcheck.rpo.commands.places import Place
from labcheck.rpo.durations import length
from labcheck.rpo.findings import FATAL, NOTE, WARNING, Finding, at_job
from labcheck.rpo.holdings import Holding
from labcheck.rpo.jobs import Durations, Job, Step
from labcheck.rpo.joining import DATABASE_FILES, LEFT_OUT
from labcheck.rpo.links import Link
from labcheck.rpo.pipeline import Pipeline
from labcheck.rpo.timeline import TORN, Effect, Tie, Timeline

HOUR = 3600
ENOUGH = 500
"""Runs of a job that show what is usual."""


def guesses(pipeline: Pipeline) -> Iterator[Finding]:
    """A source that does not lie where the command looks, though it is clear what was meant."""
    for link in pipeline.links:
        if link.reason and link.source and link.read:
            if link.reason.startswith(LEFT_OUT):
                yield _left_out(link, link.source)
            elif "without -r" in link.reason:
                yield _skipped(link, link.read)
            else:
                yield _elsewhere(link, link.source, link.read)


def _left_out(link: Link, source: Holding) -> Finding:
    option = link.reason.removeprefix(LEFT_OUT).strip()
    return at_job(
        "left-out", FATAL, link.step.job, f"passes over what is new in `{source.place.path}`: {option}",
        "Leave that option out.",
        effect="no new backup comes to the other side", breaks=(link.step.number,),
    )  # fmt: skip


def _skipped(link: Link, read: Place) -> Finding:
    return at_job(
        "directory-skipped", FATAL, link.step.job, f"`{read.path}` {link.reason}", "Add -a.",
        effect="nothing is copied", breaks=(link.step.number,),
    )  # fmt: skip


def _elsewhere(link: Link, source: Holding, read: Place) -> Finding:
    names = "/duplicity*" if source.repository and read.is_glob else ""
    return at_job(
        "source-elsewhere", FATAL, link.step.job,
        f"reads `{read.path}` on {read.host}, but what it evidently means {link.reason}: {source.place}",
        f"Read `{source.place.path}{names}` on {source.place.host}.",
        effect="as written it finds nothing there, or something old", breaks=(link.step.number,),
    )  # fmt: skip


def loose_ends(pipeline: Pipeline) -> Iterator[Finding]:
    """A source that nothing fills."""
    read = {link.source.place for link in pipeline.links if link.source}
    busy = {link.step.number for link in pipeline.links}
    for loose in pipeline.loose:
        action, job = loose.step.action, loose.step.job
        if isinstance(action, Copy) and not action.crosses_network and action.target not in read:
            message = f"no job here writes `{loose.source.path}`, which is copied"
            yield at_job("unknown-file", NOTE, job, message)
            continue
        alone = loose.step.number not in busy  # what else the same command sends on goes its way all the same
        yield at_job(
            "nobody-writes-it", FATAL if alone else WARNING, job,
            f"no job writes {loose.source}, which this line sends on",
            "Name the file that the dump writes; a relative name begins in the home of the user.",
            effect="nothing new ever leaves this place", breaks=(loose.step.number,) if alone else (),
        )  # fmt: skip


def circles(pipeline: Pipeline) -> Iterator[Finding]:
    """Data that comes back to where it came from."""
    for circle in pipeline.circles:
        yield at_job(
            "circular-copy", WARNING, circle.step.job,
            f"copies data back to {circle.target.place}, where it came from",
            "Copy in one direction only: production, backup server, off-site.",
            effect="an old copy may overwrite a newer one",
        )  # fmt: skip


def live_files(pipeline: Pipeline) -> Iterator[Finding]:
    """Production files that are copied while they are in use."""
    for link in pipeline.links:
        if link.source is None and link.read is not None:
            raw = link.read.path.startswith(DATABASE_FILES)
            yield at_job(
                "raw-database-files" if raw else "reads-live-files", WARNING if raw else NOTE, link.step.job,
                f"reads `{link.read.path}` while it is in use; no job writes it, so it counts as production",
                "Dump the database and copy the dump." if raw else "",
            )  # fmt: skip


def races(ties: Sequence[Tie], steps: Mapping[int, Step], pipeline: Pipeline, clock: tzinfo) -> Iterator[Finding]:
    """Starts in the very second in which their source changes: nobody knows which comes first."""
    seen: set[tuple[int, str]] = set()
    feeders = {link.target.store: link.step for link in reversed(pipeline.links)}
    for tie in ties:
        if (tie.step, tie.store) in seen:
            continue
        seen.add((tie.step, tie.store))
        step, feeder = steps[tie.step], feeders[tie.store]
        when = datetime.fromtimestamp(tie.instant, clock).strftime("%a %d %b %Y %H:%M:%S")
        yield at_job(
            "race", WARNING, step.job,
            f"starts at the very moment at which line {feeder.job.line} of {feeder.job.file} ends (first on {when})",
            "Put both into one job, joined by `&&`, or leave more time between them.",
            effect="whether the new or the old version is taken is undetermined; both answers are given",
        )  # fmt: skip


def same_minute(pipeline: Pipeline) -> Iterator[Finding]:
    """An upload that cron starts together with its dump: they run side by side, the later line of a file first."""
    for link in pipeline.links:
        for feeder in _dumps_into(link, pipeline):
            mine = link.step.job.starts
            together = len(set(feeder.step.job.starts).intersection(mine))
            if feeder.step.job.key != link.step.job.key and together:
                always = together * 2 > len(mine)
                yield at_job(
                    "upload-in-dump-minute", FATAL if always else WARNING, link.step.job,
                    f"starts in the minute of the dump in line {feeder.step.job.line}, which has just emptied the file",
                    "Make one job of them: dump, then `&&`, then upload.",
                    effect="what is uploaded is an empty or half-written dump, unless the machine is lucky",
                    breaks=(link.step.number,) if always else (),
                )  # fmt: skip


def swept(jobs: Sequence[Job]) -> Iterator[Finding]:
    """A job that empties a directory in the very minute in which another one writes into it."""
    for job in jobs:
        emptied = [place for step in job.steps for place in _emptied(step)]
        others = (one for one in jobs if emptied and one.host == job.host and one.key != job.key)
        for other in others:
            hit = next((place for place in _written(other) if any(_takes(one, place) for one in emptied)), None)
            if hit and set(job.starts) & set(other.starts):
                yield at_job(
                    "race", WARNING, job,
                    f"deletes {hit} in the minute in which line {other.line} of {other.file} writes it",
                    "Put both into one job: delete, then write.",
                    effect="what has just been written may be gone before it is sent on",
                )  # fmt: skip
                break


def _emptied(step: Step) -> Sequence[Place]:
    action = step.action
    return action.places if isinstance(action, Remove) and action.older_than_seconds is None else ()


def _written(job: Job) -> list[Place]:
    actions = [step.action for step in job.steps]
    return [one.target for one in actions if isinstance(one, Dump | Copy) and one.target]


def _takes(removed: Place, written: Place) -> bool:
    return removed.matches(written) or removed.contains(written)


def stale_copies(pipeline: Pipeline) -> Iterator[Finding]:
    """A copy that starts shortly before its source is written anew: it mostly takes a state that is nearly replaced."""
    for link in pipeline.links:
        feeders = [other for other in pipeline.links if link.source and other.target.store == link.source.store]
        alone = sum(one.step == link.step and one.target.service == link.target.service for one in pipeline.links) == 1
        if not link.crosses or not alone or link.step.job.key in {feeder.step.job.key for feeder in feeders}:
            continue
        writes = sorted({start for one in feeders for start in one.step.job.starts[:ENOUGH]})
        waits = _waits(writes, link.step.job.starts[:ENOUGH])
        wait, left = max(set(waits), key=waits.count, default=(0, 0))
        if wait > left and wait > HOUR:
            job = feeders[0].step.job
            yield at_job(
                "copy-before-source", WARNING, link.step.job,
                f"starts {length(left)} before line {job.line} of {job.file} writes its source anew, and so takes what "
                f"was written {length(wait)} ago",
                "Start it after the other one: on one host in one job, joined by `&&`.",
                effect=f"these {length(wait)} are part of every loss",
            )  # fmt: skip


def _waits(writes: Sequence[int], copies: Sequence[int]) -> list[tuple[int, int]]:
    """Return for each copy between two writes how long ago the one was, and how soon the other comes, in seconds."""
    found = []
    for copy in copies:
        place = bisect_right(writes, copy)
        if 0 < place < len(writes):
            found.append((copy - writes[place - 1], writes[place] - copy))
    return found


def _dumps_into(link: Link, pipeline: Pipeline) -> list[Link]:
    return [
        other
        for other in pipeline.links
        if link.source and other.target.store == link.source.store and isinstance(other.step.action, Dump)
    ]


def torn(pipeline: Pipeline, lines: Mapping[str, Timeline], durations: Durations) -> Iterator[Finding]:
    """Uploads that read a file while the dump is still writing it."""
    for link in pipeline.links:
        if not link.source or link.source.store not in lines or isinstance(link.step.action, Remove):
            continue
        line = lines[link.source.store]
        starts = [run for run in pipeline.runs if run.step == link.step.number and run.writes == link.target.store]
        if starts and TORN in line.values and any(line.at(start) == TORN for start in starts[0].starts):
            dumps = _dumps_into(link, pipeline)
            takes = durations.of(dumps[0].step.action, dumps[0].step.job) if dumps else 0
            yield at_job(
                "torn-dump", WARNING, link.step.job,
                f"reads the dump while it is being written (the dump takes {length(takes)})",
                "Dump to another name and `mv` it when it is complete, and start the upload with `&&`.",
                effect="these versions cannot be restored",
            )  # fmt: skip


def shared_files(pipeline: Pipeline) -> Iterator[Finding]:
    """Two services that are copied onto one file: each overwrites the other."""
    first: dict[str, Link] = {}
    for link in pipeline.links:
        if link.target.repository or not link.source:
            continue
        other = first.setdefault(str(link.target.place), link)
        if other.target.service != link.target.service:
            yield at_job(
                "shared-target", FATAL, link.step.job,
                f"writes {link.target.place}, which line {other.step.job.line} of {other.step.job.file} writes as well",
                "Give each service a name of its own.",
                effect="each run overwrites the copy of the other service", breaks=(link.step.number,),
            )  # fmt: skip


def deletions(pipeline: Pipeline, steps: Mapping[int, Step]) -> Iterator[Finding]:
    """A job that deletes copies: until the next one arrives there is nothing."""
    for run in pipeline.runs:
        if run.effect is Effect.CLEAR:
            place = run.writes.partition("|")[2]
            yield at_job(
                "deletes-copies", WARNING, steps[run.step].job, f"deletes {place}",
                "Delete only what is old, or what duplicity itself calls old.",
                effect="from then on until the next copy nothing can be restored from there",
            )  # fmt: skip


def overlaps(jobs: Sequence[Job], durations: Durations) -> Iterator[Finding]:
    """Runs that begin before the one before them has finished."""
    for job in jobs:
        takes = sum(durations.of(step.action, job) for step in job.steps)
        gap = min((b - a for a, b in pairwise(job.starts)), default=takes)
        if takes and gap < takes:
            yield at_job(
                "overlap", WARNING, job, f"takes {length(takes)}, but starts again after {length(gap)}",
                "Run it less often, or hold others off with flock.",
                effect="two runs write to one place at once",
            )  # fmt: skip
