"""What the names of hosts in the jobs' commands stand for, where ssh or the host itself gives names of its own."""

import re
from collections.abc import Iterator, Mapping, Sequence

from labcheck.facts import ssh
from labcheck.hosts import Host
from labcheck.rpo import Question
from labcheck.rpo.commands.actions import Action
from labcheck.rpo.commands.places import Accounts, Place, home_of, same_host
from labcheck.rpo.crontabs import load
from labcheck.rpo.jobs import Job

MOST_NAMES = 8
NAME = re.compile(r"\w[\w.-]{0,252}", re.ASCII)


def accounts(question: Question, hosts: Mapping[str, Host], known: Sequence[str]) -> Accounts:
    """Return what the names stand for that are none of the known hosts', or that no user is told for.

    `hosts` are those of the question, by its names, each with the user whose jobs root may start. A name with the
    address of a known host stands for that host.
    """
    found: dict[tuple[str, str, str], str] = {}
    for (host, user), names in _unclear(question, hosts, known).items():
        told = ssh.accounts(hosts[host].as_user("root"), user, [*names, *known])
        addresses = {one.address: name for one, name in zip(told[len(names) :], known, strict=True) if one.address}
        for name, one in zip(names, told, strict=False):
            if one.host:
                found[host, user, name] = f"{one.user}@{addresses.get(one.address, one.host)}"
    return found


def _unclear(
    question: Question, hosts: Mapping[str, Host], known: Sequence[str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the names to ask about, by host and user, at most so many of each."""
    wanted: dict[tuple[str, str], set[str]] = {}
    for job in (job for one in load(question) for job in one.jobs):
        users = {job.user, hosts[job.host].user} if job.user == "root" else {job.user}
        for place in (place for step in job.steps for place in _places(step.action)):
            for user in users:
                if _is_unclear(place, job, user, known):
                    wanted.setdefault((job.host, user), set()).add(place.host)
    return {asked: tuple(sorted(names)[:MOST_NAMES]) for asked, names in wanted.items()}


def _is_unclear(place: Place, job: Job, user: str, known: Sequence[str]) -> bool:
    if place.is_cloud or same_host(place.host, job.host) or not NAME.fullmatch(place.host):
        return False
    # Where no user is told, a path begins in the home of the one who asks, until ssh says that it is another's.
    is_named = any(same_host(place.host, one) for one in known)
    return not is_named or f"{place.path}/".startswith(f"{home_of(user)}/")


def _places(action: Action) -> Iterator[Place]:
    for value in vars(action).values():
        yield from (one for one in (value if isinstance(value, tuple) else (value,)) if isinstance(one, Place))
