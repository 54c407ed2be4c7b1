"""The crontabs that cron has loaded on some hosts, as `labcheck.rpo` reads them."""

from labcheck.facts import cron
from labcheck.hosts import Host
from labcheck.rpo import CrontabFile


def crontab_files(*hosts: Host) -> tuple[CrontabFile, ...]:
    """Return the system's crontabs that cron has loaded; raises `LabcheckError` when they cannot be looked at."""
    return tuple(
        CrontabFile(host.name, one.path.rpartition("/")[2], one.text)
        for host in hosts
        for one in cron.installation(host.as_user("root")).crontabs
        if one.crontab.loaded and one.crontab.user is None
    )
