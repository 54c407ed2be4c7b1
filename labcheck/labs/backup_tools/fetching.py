"""What the backup server fetches by itself, so that no job of db has to bring it there."""

from labcheck.hosts import Site
from labcheck.labs.backup_tools.installed import crontab_files
from labcheck.labs.backup_tools.lab import backup_server
from labcheck.rpo import Question
from labcheck.rpo.commands.actions import Action, Copy, Dump
from labcheck.rpo.commands.places import same_host
from labcheck.rpo.crontabs import load
from labcheck.rpo.demo import WEEK


def fetched(site: Site) -> str:
    """Return a job of the backup server that gets something from another host, and where it stands; empty without one.

    Raises `LabcheckError` when its crontabs cannot be looked at.
    """
    here = backup_server(site)
    jobs = (job for one in load(Question(crontab_files({here: site.backup}), WEEK)) for job in one.jobs)
    found = (job for job in jobs if any(_fetches(step.action, here) for step in job.steps))
    return next((f"line {job.line} of {job.file} on the backup server: `{job.command}`" for job in found), "")


def _fetches(action: Action, here: str) -> bool:
    hosts = [place.host for place in action.sources] if isinstance(action, Copy) else []
    hosts += [action.host] if isinstance(action, Dump) else []
    return any(not same_host(host, here) for host in hosts)
