"""When a lab is ready: when every service answers, asked as its users ask it."""

import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

from labcheck.errors import HostUnreachable, LabcheckError
from labcheck.hosts import Host
from labcheck.hosts.sign_in import sign_in
from labcheck.practice.engine import Tell
from labcheck.practice.images import HOSTS
from labcheck.practice.lab import PracticeLab

PATIENCE_SECONDS = 60.0
PAUSE_SECONDS = 0.1
FORBIDDEN = 403


def wait_until_ready(lab: PracticeLab, tell: Tell) -> None:
    """Return when every service has answered; raises `LabcheckError` that names those that have not in time."""
    tell("Waiting until every service answers")
    probes = services(lab)
    deadline = time.monotonic() + PATIENCE_SECONDS
    given_up = Event()
    with ThreadPoolExecutor(len(probes)) as pool:
        waits = {name: pool.submit(_answers_before, deadline, given_up, probe) for name, probe in probes.items()}
        try:
            silent = {name: reason for name, wait in waits.items() if (reason := wait.result())}
        finally:
            given_up.set()
    if silent:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in silent.items())
        raise LabcheckError(
            f"not everything answers after {PATIENCE_SECONDS:g} seconds: {reasons}", "Try again: labcheck lab up"
        )


def services(lab: PracticeLab) -> dict[str, Callable[[], object]]:
    """Return what must answer, by name: each probe returns when it does and raises `HostUnreachable` when not."""
    probes: dict[str, Callable[[], object]] = {f"{host} ssh": partial(_sign_in, lab, host) for host in HOSTS}
    return probes | {"db mysql": lab.agama().version, "app http": partial(_open_page, lab)}


def _answers_before(deadline: float, given_up: Event, probe: Callable[[], object]) -> str:
    """Return nothing once the probe succeeds, or its last complaint when time runs out."""
    while True:
        try:
            probe()
        except HostUnreachable as error:
            if time.monotonic() > deadline or given_up.wait(PAUSE_SECONDS):
                return error.what
        else:
            return ""


def _sign_in(lab: PracticeLab, host: str) -> None:
    sign_in(host, lab.user_of(host), lab.connections().address(host)).close()


def _open_page(lab: PracticeLab) -> None:
    """Open Agama's page as the student's browser does; where nginx refuses it, let nginx know its address.

    Which address a browser on this machine has for a container differs between engines, and rootless ones most.
    """
    word = secrets.token_hex(8)
    try:
        with urllib.request.urlopen(f"{lab.app_url}/?{word}", timeout=3) as page:  # noqa: S310 - the lab's own page
            page.read()
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == FORBIDDEN:
            with lab.connections() as connections:
                Host("app", "root", connections).output("allow-own", "--admit", word)
        raise HostUnreachable(f"{lab.app_url} answers with HTTP status {error.code}") from error
    except OSError as error:
        raise HostUnreachable(f"{lab.app_url}: {error}") from error
