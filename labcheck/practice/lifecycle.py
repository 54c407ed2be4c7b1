"""A practice lab brought up, completed, put back and taken down.

An `up` that is interrupted or fails leaves the lab that was there before, or none. One command at a time changes a lab.
"""

import contextlib
import fcntl
import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from labcheck.errors import LabcheckError, UsageError
from labcheck.practice import credentials, engine, images, places, ports, progress
from labcheck.practice.complaints import last_lines
from labcheck.practice.engine import Engine, Tell
from labcheck.practice.images import HOSTS
from labcheck.practice.lab import PracticeLab, find, ports_of_all
from labcheck.practice.readiness import wait_until_ready

DEFAULT_STUDENT = "elvis"
# Accounts that Debian and Ubuntu, or a program of the lab, have already.
_TAKEN_NAMES = """
root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc nobody ubuntu agama
mysql mariadb sshd syslog messagebus polkitd systemd-network systemd-resolve systemd-timesync
"""
TAKEN = frozenset(_TAKEN_NAMES.split())
START_ATTEMPTS = 3
# In a container that was started this moment the supervisor does not listen yet.
RESTART_NGINX = "until s6-svok /etc/s6/nginx; do sleep 0.1; done; s6-svc -r /etc/s6/nginx"


def up(tell: Tell, *, student: str | None = None, database: str = "") -> PracticeLab:
    """Bring the lab up and return it when every service answers; a lab that is up is only completed.

    Raises `UsageError` for a name that is no account name or another student than the lab has, `LabcheckError`
    for everything that keeps a lab from coming up. An interrupted `up` leaves the lab that was there, or none.
    """
    with locked():
        name = account_name(DEFAULT_STUDENT if student is None else student)
        lab = find()
        if lab:
            return _complete(lab, student, database, tell)
        with _preparing_alone(tell):
            found = engine.find(install_with=tell)
            found, made = images.ensure(found, database, tell)
        return _start(found, made, name, tell)


def down(tell: Tell, *, with_images: bool = False, with_progress: bool = False) -> bool:
    """Take away the lab's containers, network, keys and data; return False when there was nothing to take away.

    What students have achieved is kept for the next `up`, unless it is to be forgotten `with_progress`.
    """
    with locked():
        folder = places.state_folder() / places.project()
        found = _engine_to_take_down()
        had = (folder / "lab.json").exists() or bool(_containers(found))
        if had:
            tell("Taking the lab down")
            _take_down(found)
        shutil.rmtree(folder, ignore_errors=True)
        if with_images:
            tell("Deleting the images")
            images.remove(found)
        if with_progress:
            progress.forget()
        _lock_file().unlink()
        return had


def _engine_to_take_down() -> Engine:
    """Return the engine of the lab; of a lab whose `lab.json` cannot be read, the one that answers."""
    try:
        lab = find()
    except LabcheckError:
        lab = None
    return engine_of(lab) if lab else engine.find()


def reset(lab: PracticeLab, tell: Tell) -> None:
    """Put every host and the data back to the start; a host that cannot be is made anew."""
    with locked():
        tell("Putting the hosts back to the start")
        found = engine_of(lab)
        names = _containers(found, running=True)
        with ThreadPoolExecutor(len(HOSTS)) as pool:
            resetting = {host: pool.submit(_succeeds, found, name, "lab-reset") for host, name in names.items()}
            # Now, not later: app cannot be reset before the hosts that it knows by name are there.
            _make_anew(found, lab, [host for host in HOSTS if host not in names], tell)
        _make_anew(found, lab, [host for host, done in resetting.items() if not done.result()], tell)
        wait_until_ready(lab, lambda _: None)
        progress.put_back(lab.student)
        shutil.rmtree(lab.until_reset, ignore_errors=True)


def _make_anew(found: Engine, lab: PracticeLab, hosts: Sequence[str], tell: Tell) -> None:
    if hosts:
        tell(f"Making anew: {', '.join(hosts)}")
        _compose(found, lab, "up", "--detach", "--force-recreate", *hosts)


def run_everywhere(lab: PracticeLab, *words: str) -> None:
    """Run a command as root on every host at once, past sshd; raises `LabcheckError` naming a host where it failed."""
    found = engine_of(lab)
    names = _containers(found, running=True)
    if down := [host for host in HOSTS if host not in names]:
        raise LabcheckError(f"{', '.join(down)} is down", "Bring it back: labcheck lab up")
    with ThreadPoolExecutor(len(HOSTS)) as pool:
        succeeds = {host: pool.submit(_succeeds, found, name, *words) for host, name in names.items()}
    failed = [host for host in HOSTS if not succeeds[host].result()]
    if failed:
        raise LabcheckError(f"`{' '.join(words)}` failed on {', '.join(failed)}", "Look at it: labcheck lab status")


def known(host: str) -> str:
    """Return the name of a host that the lab has; raises `UsageError` for any other."""
    if host not in HOSTS:
        raise UsageError(f"the lab has no host {host!r}", f"Its hosts are {', '.join(HOSTS)}.")
    return host


def container(found: Engine, lab: PracticeLab, host: str) -> str:
    """Return the name of a host's container; raises `LabcheckError` for a host that the lab does not have."""
    known(host)
    names = _containers(found)
    if host not in names:
        raise LabcheckError(f"{host} has no container any more", "Complete the lab: labcheck lab up")
    return names[host]


def engine_of(lab: PracticeLab) -> Engine:
    """Return the engine that runs this lab, as it was found when the lab was made."""
    return engine.known(lab.engine, lab.compose)


def _succeeds(found: Engine, name: str, *words: str) -> bool:
    return found.run("exec", name, *words, check=False).returncode == 0


def _complete(lab: PracticeLab, student: str | None, database: str, tell: Tell) -> PracticeLab:
    if student not in {None, lab.student}:
        raise UsageError(f"the lab is up for {lab.student}", "For another student: labcheck lab down, then up again")
    if database not in {"", lab.database}:
        raise UsageError(f"the lab is up with {lab.database}", "For another server: labcheck lab down, then up again")
    found = engine_of(lab)
    if set(_containers(found, running=True)) != set(HOSTS):
        tell("Starting the hosts that are down")
        try:
            _compose(found, lab, "up", "--detach")
        except LabcheckError as error:
            raise LabcheckError(error.what, _way_on(error.what, lab)) from error
        # A host that starts again may have another address, which nginx knows only after a look.
        found.run("exec", container(found, lab, "app"), "timeout", "20", "sh", "-c", RESTART_NGINX)
    for host, name in _containers(found, running=True).items():
        try:
            found.run("exec", name, "lab-ready", "--start")
        except LabcheckError as error:  # Podman takes a host for running whose keeper was killed with it
            raise LabcheckError(f"{host} does not come up: {error.what}", "Make it anew: labcheck lab reset") from error
    wait_until_ready(lab, tell)
    return lab


def _way_on(complaint: str, lab: PracticeLab) -> str:
    taken = [port for port in lab.ports.values() if f":{port}" in complaint and "already" in complaint]
    if taken:
        return f"Another program has port {taken[0]}: find it (ss -ltnp 'sport = :{taken[0]}'), end it, labcheck lab up"
    return "Begin afresh: labcheck lab down, then labcheck lab up"


def _start(found: Engine, made: images.Images, student: str, tell: Tell) -> PracticeLab:
    try:
        _take_down(found)  # what an `up` that was killed may have left
        lab = _start_containers(found, made, student, tell)
        wait_until_ready(lab, tell)
        progress.put_back(student)
        lab.save()
    except BaseException as error:
        said = _last_words(found) if isinstance(error, LabcheckError) else ""
        tell("Taking away what was begun")
        _take_down(found)
        shutil.rmtree(places.state_folder() / places.project(), ignore_errors=True)
        if isinstance(error, LabcheckError) and said:
            raise LabcheckError(f"{error.what}\n{said}", error.next_step) from error
        raise
    return lab


def _last_words(found: Engine) -> str:
    """Return the last lines of the hosts that have ended, each behind its name."""
    ended = _containers(found).keys() - _containers(found, running=True).keys()
    logs = {host: found.run("logs", "--tail", "3", _containers(found)[host], check=False) for host in sorted(ended)}
    return "\n".join(f"{host} ended:\n{last_lines(log.stdout + log.stderr)}" for host, log in logs.items())


def _start_containers(found: Engine, made: images.Images, student: str, tell: Tell) -> PracticeLab:
    for attempt in range(1, START_ATTEMPTS + 1):
        chosen = ports.choose(ports_of_all())
        lab = PracticeLab(
            places.project(),
            student,
            found.name,
            found.compose,
            made.database,
            made.base,
            made.by_host,
            chosen,
            secrets.token_hex(8),
        )
        for name, port in chosen.items():
            if port != ports.USUAL[name]:
                tell(f"Port {ports.USUAL[name]} is taken: {name.replace('_', ' ')} gets {port}")
        credentials.write(lab.folder, student, chosen)
        tell("Starting the hosts")
        try:
            _compose(found, lab, "up", "--detach")
        except LabcheckError as error:
            _take_down(found)
            if attempt == START_ATTEMPTS or not re.search("already (in use|allocated)", error.what):
                raise
        else:
            return lab
    raise AssertionError("the last attempt returns or raises")


def _compose(found: Engine, lab: PracticeLab, *words: str) -> None:
    variables = {f"{name.upper()}_PORT": str(port) for name, port in lab.ports.items()}
    variables |= {f"LABCHECK_{host.upper()}_IMAGE": image for host, image in lab.images.items()}
    variables |= {"LABCHECK_SECRETS": str(lab.folder), "LABCHECK_STUDENT": lab.student}
    file = places.fixtures() / "compose.yaml"
    found.run_compose(
        "--file", str(file), "--project-name", lab.project, *words, **variables, COMPOSE_PROJECT_NAME=lab.project
    )


def _take_down(found: Engine) -> None:
    """Remove containers and networks by their label, so that it works whatever state they are in."""
    names = _containers(found)
    if names:
        at_once = ["--time", "0"] if found.name == "podman" else []  # Docker does not wait, either
        found.run("rm", "--force", *at_once, "--volumes", *names.values())
    label = "label=com.docker.compose.project" if found.name == "docker" else "label=io.podman.compose.project"
    networks = found.run("network", "ls", "--quiet", "--filter", f"{label}={places.project()}").stdout.split()
    if networks:
        found.run("network", "rm", *networks)


def _containers(found: Engine, *, running: bool = False) -> dict[str, str]:
    """Return the containers of the lab: host to name."""
    label = f"label=labcheck.project={places.project()}"
    every = [] if running else ["--all"]
    listed = found.run("ps", *every, "--filter", label, "--format", "{{.Names}}").stdout.split()
    return {host: name for name in listed for host in HOSTS if re.search(rf"[-_]{host}[-_]\d+$", name)}


def account_name(student: str) -> str:
    """Return the name; raises `UsageError` for one that the lab cannot give to an account."""
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,30}", student) or student in TAKEN:
        raise UsageError(
            f"{student!r} cannot be the name of an account",
            "A name starts with a letter and has only a-z, 0-9, - and _: labcheck lab up --student elvis",
        )
    return student


def _lock_file() -> Path:
    return places.state_folder() / f"{places.project()}.lock"


@contextlib.contextmanager
def _preparing_alone(tell: Tell) -> Iterator[None]:
    """Let one lab at a time install an engine and make images, which are everybody's: another lab waits for them."""
    with (places.state_folder() / "preparing.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell("Waiting for another lab, which is making the images")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Let one command at a time change the lab."""
    places.state_folder().mkdir(parents=True, exist_ok=True)
    with _lock_file().open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LabcheckError(
                "another command is changing the lab right now", "Wait until it is done, then look: labcheck lab status"
            ) from error
        yield
