"""Findings about habits that make a bad night worse, and about accounts and their homes."""

from collections.abc import Iterator, Sequence

from labcheck.cron.accounts import STOCK
from labcheck.rpo.commands.actions import Backup, Copy, Dump
from labcheck.rpo.commands.places import Place
from labcheck.rpo.findings import NOTE, WARNING, Finding, at_job
from labcheck.rpo.jobs import Job
from labcheck.rpo.links import Link
from labcheck.rpo.pipeline import Pipeline


def in_place(pipeline: Pipeline) -> Iterator[Finding]:
    """Habits that make a bad night worse: `>` straight onto the last good dump, uploads that do not wait."""
    for link in pipeline.links:
        action, job = link.step.action, link.step.job
        if isinstance(action, Dump) and action.empties_first and "$(" not in link.target.place.path:
            readers = [other for other in pipeline.links if other.source and other.source.store == link.target.store]
            moved = any(isinstance(other.step.action, Copy) and other.step.action.moves for other in readers)
            if not moved:
                yield at_job(
                    "dump-in-place", NOTE, job, "the last good dump is overwritten before the new one is complete",
                    "Dump to another name, then `mv` it into its place.",
                )  # fmt: skip
            if readers and all(other.step.job.key != job.key for other in readers) and not moved:
                yield at_job(
                    "not-chained", NOTE, job, "the upload is another job: it takes a failed or unfinished dump as well",
                    "Put dump and upload into one job, joined by `&&`.",
                )  # fmt: skip
        if link.crosses and _waits_for_nothing(link, pipeline):
            yield at_job(
                "not-chained", NOTE, job, "after `;` the upload takes a failed dump as well",
                "Join dump and upload by `&&`, or begin the script with `set -e`.",
            )  # fmt: skip
        overwrites = isinstance(action, Copy) and (action.tool == "scp" or action.partial)
        if overwrites and link.crosses and "$(" not in link.target.place.path:
            yield at_job(
                "overwrites-copy", WARNING, job, "the only copy over there is emptied before the new one is sent",
                "Use duplicity, or rsync, which renames the new file into its place when it is complete.",
                effect="a host lost during the transfer leaves nothing; that moment is not counted in the figures",
            )  # fmt: skip


def _waits_for_nothing(link: Link, pipeline: Pipeline) -> bool:
    """Tell whether a step follows the dump that it reads, in the same job, after a mere `;`."""
    step, source = link.step, link.source
    fed = any(
        source and other.target.store == source.store and other.source is None and other.step.number < step.number
        for other in pipeline.links
        if other.step.job.key == step.job.key
    )
    return fed and step.after == ";" and not step.conditional


def resent(pipeline: Pipeline) -> Iterator[Finding]:
    """A copy that does not keep the times of files, and so cannot see next time what has not changed."""
    for link in pipeline.links:
        action = link.step.action
        if isinstance(action, Copy) and action.tool == "rsync" and link.crosses and not action.keeps_times:
            yield at_job(
                "times-not-kept", NOTE, link.step.job, "without -t or -a rsync goes through all files again each time",
                "Add -a.",
            )  # fmt: skip


def stock_homes(jobs: Sequence[Job]) -> Iterator[Finding]:
    """A relative name of an account that comes with Debian: its home is not /home/NAME."""
    for job in jobs:
        home = STOCK.get(job.user)
        relative = [
            s for s in job.steps if isinstance(s.action, Dump) and s.action.target and _in_home(s.action.target, job)
        ]
        if home and job.user != "root" and relative and "HOME" not in job.environment:
            yield at_job(
                "stock-account", NOTE, job,
                f"a relative name begins in the home of `{job.user}`; Debian's own has {home}, not to be written",
                "Write the whole path, and look with `getent passwd`.",
            )  # fmt: skip


def _in_home(place: Place, job: Job) -> bool:
    return place.path.startswith(f"/home/{job.user}/") and f"/home/{job.user}" not in job.command


def foreign_homes(jobs: Sequence[Job]) -> Iterator[Finding]:
    """A job that reads another user's home, which is closed to others on a fresh Ubuntu."""
    for job in jobs:
        for step in job.steps:
            action = step.action
            sources = (
                (action.source,) if isinstance(action, Backup) else action.sources if isinstance(action, Copy) else ()
            )
            for source in sources:
                parts = source.path.split("/")
                local = source.host == job.host and parts[1:2] == ["home"] and len(parts) > 2
                if (
                    local
                    and parts[2] != job.user
                    and job.user != "root"
                    and job.environment.get("HOME") != "/".join(parts[:3])
                ):
                    yield at_job(
                        "foreign-home", WARNING, job, f"user `{job.user}` must be able to read {'/'.join(parts[:3])}",
                        "Run the job as the user to whom the home belongs, or open the directory to this one.",
                    )  # fmt: skip
