"""Is a student's host the student's own? What each host is known by, and who has the same.

A mark is planted when a student's checks begin: who finds a mark of another student's grading is on that student's
machine, whatever name leads there, and whatever it says of itself.
"""

import contextlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from labcheck.errors import LabcheckError
from labcheck.facts import machine
from labcheck.hosts import Host

TOKEN_BYTES = 16
CLONES = "one machine, or copies of one image"


@dataclass(frozen=True)
class Identity:
    """What a host is known by: its host key, its machine-id, the mark that we planted and the marks that lay there."""

    host_key: str = ""
    machine_id: str = ""
    planted: str = ""
    found: tuple[str, ...] = ()


def plant(hosts: Iterable[Host]) -> dict[str, Identity]:
    """Plant a mark on each host, and return what it is known by; a host that cannot be asked is known by nothing."""
    known: dict[str, Identity] = {}
    for host in hosts:
        token = secrets.token_hex(TOKEN_BYTES)
        known[host.name] = Identity()
        with contextlib.suppress(LabcheckError):  # the checks that ask there say what is wrong
            machine_id, others = machine.mark(host, token)
            known[host.name] = Identity("", machine_id, token, tuple(sorted(others)))
    return known


def same_machines(identities: Mapping[str, Mapping[str, Identity]]) -> dict[str, tuple[str, ...]]:
    """Return by student what is said of hosts that are another student's too; identities are by student and host."""
    told: dict[str, dict[str, None]] = {student: {} for student in identities}
    planters = {
        identity.planted: (student, host)
        for student, hosts in identities.items()
        for host, identity in hosts.items()
        if identity.planted
    }
    for student, hosts in identities.items():
        for host, identity in hosts.items():
            for mark in identity.found:
                other, there = planters.get(mark, (student, host))
                if other != student:
                    told[student][f"{host} is the very machine that is {there} of {other}"] = None
                    told[other][f"{there} is the very machine that is {host} of {student}"] = None
    for what, word in (("host key", "host_key"), ("machine-id", "machine_id")):
        for sharing in _sharing(identities, word):
            for student in sharing:
                others = ", ".join(sorted(sharing - {student})[:5])
                told[student][f"the same {what} as {others}: {CLONES}"] = None
    return {student: tuple(lines) for student, lines in told.items() if lines}


def _sharing(identities: Mapping[str, Mapping[str, Identity]], word: str) -> list[set[str]]:
    owners: dict[str, set[str]] = {}
    for student, hosts in identities.items():
        for identity in hosts.values():
            if value := getattr(identity, word):
                owners.setdefault(value, set()).add(student)
    return [sharing for sharing in owners.values() if len(sharing) > 1]
