"""Findings about duplicity: encryption, chains, targets that two services share, and clean-ups."""

from collections.abc import Iterator, Sequence

from labcheck.rpo.commands.actions import Backup, CleanUp
from labcheck.rpo.commands.places import Place
from labcheck.rpo.durations import length
from labcheck.rpo.findings import FATAL, NOTE, WARNING, Finding, at_job
from labcheck.rpo.holdings import Holding
from labcheck.rpo.jobs import Job, Step

ENOUGH = 500
"""Runs of a job that show what is usual."""


def backups(jobs: Sequence[Job]) -> list[tuple[Step, Backup]]:
    """Return the steps that add to a repository."""
    return [(step, step.action) for job in jobs for step in job.steps if isinstance(step.action, Backup)]


def encryption(jobs: Sequence[Job]) -> Iterator[Finding]:
    """Neither --no-encryption nor a passphrase: under cron nobody answers the question (duplicity: exit 30)."""
    for step, action in backups(jobs):
        if action.encryption.state == "missing":
            yield at_job(
                "no-passphrase", FATAL, step.job,
                "duplicity asks for a passphrase, and under cron nobody is there to answer",
                "Set PASSPHRASE for the job (and keep a copy elsewhere), or add --no-encryption for an exercise.",
                effect="it ends with exit 30 and writes nothing, every time", breaks=(step.number,),
            )  # fmt: skip
        elif action.encryption.state == "unknown":
            yield at_job(
                "passphrase-not-seen", WARNING, step.job,
                "no passphrase for duplicity is seen here; a file that was not given has to set and export it",
                "Give that file with --script PATH=FILE.",
                effect="if it does not, duplicity ends with exit 30 and writes nothing",
            )  # fmt: skip
    for target, group in by_target(jobs).items():
        states = {action.encryption.state for _, action in group}
        if "off" in states and states - {"off"}:
            step = group[-1][0]
            yield at_job(
                "mixed-encryption", WARNING, step.job, f"some backups to {target} are encrypted and some are not",
                "Decide for one, and begin a new chain with a full backup.",
            )  # fmt: skip


def by_target(jobs: Sequence[Job]) -> dict[str, list[tuple[Step, Backup]]]:
    """Return the backup steps by the place that they write to."""
    found: dict[str, list[tuple[Step, Backup]]] = {}
    for step, action in backups(jobs):
        found.setdefault(f"{action.target}", []).append((step, action))
    return found


def chain(jobs: Sequence[Job]) -> Iterator[Finding]:
    """An incremental backup needs a full one; without, duplicity ends with a fatal error (exit 17)."""
    for target, group in by_target(jobs).items():
        modes = {action.mode for _, action in group}
        steps = tuple(step.number for step, action in group if action.mode == "incremental")
        first = next((step for step, action in group if action.mode == "incremental"), None)
        if first is None:
            if modes == {"automatic"} and not any(action.full_every_seconds for _, action in group):
                yield at_job(
                    "endless-chain", WARNING, group[0][0].job, f"no full backup to {target} is ever begun again",
                    "Add --full-if-older-than 7D.",
                    effect="one broken part makes every later version unreadable",
                )  # fmt: skip
            continue
        if modes == {"incremental"}:
            yield at_job(
                "chain-without-full", FATAL, first.job, f"nothing ever makes a full backup to {target}",
                "Add a full backup, for example weekly, or leave out `incremental` and add --full-if-older-than 7D.",
                effect="duplicity refuses: old signatures not found and incremental specified", breaks=steps,
            )  # fmt: skip
        elif "automatic" not in modes:
            yield at_job(
                "first-week", NOTE, first.job, "the incremental backup fails until the first full one was made",
                "Make the first full backup by hand, or use --full-if-older-than 7D without `incremental`.",
            )  # fmt: skip


def shared_targets(jobs: Sequence[Job]) -> Iterator[Finding]:
    """Two services in one repository: duplicity sees another source and refuses, or the chains get mixed up."""
    for target, group in by_target(jobs).items():
        first = group[0][1].source
        strangers = [
            (step, action)
            for step, action in group
            if (action.source.host, action.source.path) != (first.host, first.path) and not action.forces_mismatch
        ]
        for step, action in strangers:
            near = action.source.host == first.host
            one, other = (action.source.path, first.path) if near else (action.source, first)
            yield at_job(
                "shared-target", FATAL, step.job,
                f"{one} goes to {target}, which already holds the chain of {other}",
                "Give each service a directory of its own.",
                effect="duplicity stops because the source of the chain has changed", breaks=(step.number,),
            )  # fmt: skip


def at_once(jobs: Sequence[Job]) -> Iterator[Finding]:
    """Two backups to one target in one minute: duplicity locks its archive, and the second gives up."""
    for target, group in by_target(jobs).items():
        for place, (step, action) in enumerate(group):
            earlier = [one.job for one, other in group[:place] if other.source == action.source]
            same = next(
                (
                    job
                    for job in earlier
                    if job.key != step.job.key and not set(job.starts[:ENOUGH]).isdisjoint(step.job.starts)
                ),
                None,
            )
            if same is not None:
                yield at_job(
                    "backups-at-once", WARNING, step.job,
                    f"starts at times in the same minute as line {same.line} of {same.file}, also to {target}",
                    "Let them take turns, such as `* * 0` for the full backup and `* * 1-6` for the incremental one.",
                    effect="duplicity holds a lock: one of the two ends without a backup, and nobody knows which",
                )  # fmt: skip


def root_targets(jobs: Sequence[Job]) -> Iterator[Finding]:
    """`rsync://host` without a directory means the root of the file system, for duplicity."""
    for step, action in backups(jobs):
        if action.target.path == "/" and not action.target.is_cloud:
            yield at_job(
                "root-target", FATAL, step.job, "a duplicity URL without a directory means `/` on the other host",
                "Add a directory, or `/.` for the home.", effect="permission denied", breaks=(step.number,),
            )  # fmt: skip


def clean_ups(found: Sequence[tuple[Step, Holding | None]], jobs: Sequence[Job]) -> Iterator[Finding]:
    """A clean-up that only lists, or that looks where no backups are."""
    targets = [action.target for _, action in backups(jobs)]
    for step, holding in found:
        action = step.action
        if not isinstance(action, CleanUp):
            continue
        if not action.forced:
            yield at_job(
                "cleanup-only-lists", WARNING, step.job, "without --force the clean-up only lists what it would delete",
                "Add --force.", effect="nothing is ever deleted, and the disk fills",
            )  # fmt: skip
        if holding is None:
            others = ", ".join(dict.fromkeys(str(target) for target in targets)) or "nowhere"
            yield at_job(
                "cleanup-elsewhere", WARNING, step.job,
                f"the clean-up looks at {action.target}, where no backup goes; they go to {others}",
                "Use the very URL of the backups.", effect="nothing is ever deleted, and the disk fills",
            )  # fmt: skip
        elif action.rule == "before-a-day":
            yield at_job(
                "cleanup-of-a-day", WARNING, step.job,
                "deletes what is older than a certain day, and that day stays the same", "Give an age, such as 30D.",
                effect="what is backed up from now on is never deleted, and the disk fills",
            )  # fmt: skip
        elif action.forced and action.rule == "older-than":
            yield at_job(
                "whole-chains", NOTE, step.job,
                f"a chain goes only when its newest part is older than {length(action.limit)}, so more is kept",
            )  # fmt: skip


def is_same(one: Place, other: Place) -> bool:
    """Tell whether two URLs mean one place."""
    return one.path == other.path and one.host == other.host
