"""The crontabs that are installed on hosts, as `labcheck.rpo` reads them."""

import re
from collections.abc import Mapping

from labcheck.cron import Job, Refusal
from labcheck.cron.schedule import as_people_see
from labcheck.facts import cron
from labcheck.hosts import Host
from labcheck.rpo import CrontabFile


def crontab_files(hosts: Mapping[str, Host]) -> tuple[CrontabFile, ...]:
    """Return the crontabs that cron has loaded, of hosts by what commands call them.

    Raises `LabcheckError` when they cannot be looked at.
    """
    return tuple(
        as_file(name, one)
        for name, host in hosts.items()
        for one in cron.installation(host.as_user("root")).crontabs
        if one.crontab.loaded
    )


def name_of(one: cron.InstalledCrontab) -> str:
    """Return a name that no other crontab has, and that cron would look at in /etc/cron.d."""
    name = one.path.rpartition("/")[2]
    return name if one.crontab.user is None else f"crontab-of-{re.sub('[^A-Za-z0-9_-]', '-', name)}"


def as_file(host: str, one: cron.InstalledCrontab) -> CrontabFile:
    """Return a crontab as one of /etc/cron.d: a user's own gets the column of the user, each line in its place."""
    if one.crontab.user is None:
        return CrontabFile(host, name_of(one), one.text)
    lines = [""] * (max((item.line for item in one.crontab.items), default=0) + 1)
    for item in one.crontab.items:
        if isinstance(item, Job):
            lines[item.line] = f"{item.schedule} {item.user} {item.raw}"
        elif not isinstance(item, Refusal):
            lines[item.line] = item.text
    text = as_people_see("".join(f"{line}\n" for line in lines[1:]))
    return CrontabFile(host, name_of(one), text)
