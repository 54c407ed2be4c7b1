"""The container engine: Docker when its daemon answers, else Podman; neither, and Podman is installed with apt.

Podman is the one to install because it has no daemon: nothing to start, to keep running or to be a member of.
Docker comes first where it already runs, as it is what its user knows.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from labcheck.errors import LabcheckError
from labcheck.practice.places import state_folder

Tell = Callable[[str], None]
PODMAN_PACKAGES = ["podman", "crun", "runc", "netavark", "aardvark-dns", "uidmap", "slirp4netns", "iptables"]
PODMAN_NARROW = "containers.conf"
LAST_LINES = 12


@dataclass(frozen=True)
class Engine:
    """A container engine that answers, how its compose is called, and what to set in its environment."""

    name: str
    compose: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, *words: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the engine with these words and return what it said; a failure raises `LabcheckError`."""
        return self._run([self.name, *words], check, environment)

    def run_compose(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run compose with these words and return what it said; a failure raises `LabcheckError`."""
        return self._run([*self.compose, *words], True, environment)

    def full_environment(self) -> dict[str, str]:
        """Return the environment that the engine's own commands are started with."""
        return os.environ | dict(self.environment)

    def _run(self, words: list[str], check: bool, more: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            words,
            env=self.full_environment() | dict(more),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="backslashreplace",
            check=False,
            start_new_session=True,  # Ctrl-C is ours to handle: an engine cut off in the middle leaves halves behind
        )
        if check and done.returncode != 0:
            raise LabcheckError(f"`{' '.join(words[:4])} …` failed:\n{last_lines(done.stderr + done.stdout)}")
        return done


def last_lines(text: str) -> str:
    """Return the last lines of a program's complaint, indented."""
    lines = [line for line in text.splitlines() if line.strip() and "CNI config" not in line]
    return "\n".join(f"    {line}" for line in lines[-LAST_LINES:])


def find(*, only: str = "", install_with: Tell | None = None) -> Engine:
    """Return the engine to use: `only` or `LABCHECK_ENGINE` if set, else Docker, else Podman.

    With `install_with`, Podman is installed with apt where there is neither, and that is told. Raises `LabcheckError`
    with what to install, or what keeps an engine that is there from working.
    """
    wanted = only or os.environ.get("LABCHECK_ENGINE", "")
    if wanted not in {"", "docker", "podman"}:
        raise LabcheckError(f"LABCHECK_ENGINE is {wanted!r}", "Set it to docker or podman, or unset it.")
    reasons: list[str] = []
    for name, look in {"docker": _docker, "podman": _podman}.items():
        if wanted in {"", name}:
            found = look()
            if isinstance(found, Engine):
                return found
            reasons.append(found)
    if install_with and wanted in {"", "podman"} and not shutil.which("podman"):
        return _install_podman(install_with, reasons)
    raise LabcheckError("no container engine answers: " + "; ".join(reasons), _how_to_install())


def _docker() -> Engine | str:
    if not shutil.which("docker"):
        return "docker is not installed"
    said = _output(["docker", "info", "--format", "{{json .ServerVersion}}"])
    if said.returncode != 0 or said.stdout.strip() in {"", '""'}:
        if "permission denied" in said.stderr.lower():
            return "docker does not let this user in (sudo usermod -aG docker $USER, then sign in again)"
        return "docker is there but its daemon does not answer (sudo systemctl start docker)"
    for words in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(words[0]) and _output([*words, "version"]).returncode == 0:
            return Engine("docker", tuple(words))
    return "docker answers but has no compose (package docker-compose-v2, docker-compose-plugin or docker-compose)"


def _podman() -> Engine | str:
    if not shutil.which("podman"):
        return "podman is not installed"
    said = _output(["podman", "info", "--format", "json"])
    if said.returncode != 0:
        return f"podman does not work:\n{last_lines(said.stderr)}\n"
    return known("podman", (sys.executable, "-m", "podman_compose"))


def known(name: str, compose: Sequence[str]) -> Engine:
    """Return an engine that was found before, without asking it again."""
    narrow = state_folder() / PODMAN_NARROW
    environment = {"CONTAINERS_CONF": str(narrow)} if name == "podman" and narrow.exists() else {}
    return Engine(name, tuple(compose), environment)


def _output(words: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(words, capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(words, 1, "", str(error))


def _install_podman(tell: Tell, reasons: list[str]) -> Engine:
    if not shutil.which("apt-get"):
        raise LabcheckError("no container engine answers: " + "; ".join(reasons), _how_to_install())
    tell("Installing Podman with apt-get")
    apt_install(PODMAN_PACKAGES)
    found = _podman()
    if isinstance(found, str):
        raise LabcheckError(found)
    return found


def apt_install(packages: list[str]) -> None:
    """Install Debian packages, as root or with sudo; raises `LabcheckError` with the command to type instead."""
    as_root = [] if os.geteuid() == 0 else ["sudo"]
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    if as_root and not shutil.which("sudo"):
        raise LabcheckError(f"{packages[0]} is missing and only root can install it", f"As root: {' '.join(command)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for words in (["apt-get", "update"], command):
        done = subprocess.run([*as_root, *words], capture_output=True, text=True, check=False, env=environment)
    if done.returncode != 0:
        raise LabcheckError(
            f"apt-get could not install {packages[0]}:\n{last_lines(done.stdout + done.stderr)}",
            f"See for yourself: {' '.join([*as_root, *command])}",
        )


def _how_to_install() -> str:
    if shutil.which("apt-get"):
        return f"Install one, as root: apt-get install --no-install-recommends {' '.join(PODMAN_PACKAGES)}"
    if sys.platform == "darwin":
        return "Install one: package podman (brew install podman, then podman machine init --now), or Docker Desktop"
    return "Install the package podman of your system (dnf install podman, pacman -S podman …) and try again."


def make_runnable(engine: Engine, image: str, tell: Tell) -> Engine:
    """Return the engine as it can start containers of this image here.

    Some machines (containers and small virtual machines themselves) let Podman neither use its default runtime nor
    raise limits. There runc is used, with the limits that this process has; `tell` says so. Raises `LabcheckError`
    when that does not help either.
    """
    probe = ["run", "--rm", "--network", "none", "--entrypoint", "/bin/true", image]
    first = engine.run(*probe, check=False)
    if first.returncode == 0 or engine.name != "podman" or engine.environment:
        if first.returncode != 0:
            raise LabcheckError(f"{engine.name} cannot start a container:\n{last_lines(first.stderr)}")
        return engine
    narrow = state_folder() / PODMAN_NARROW
    narrow.parent.mkdir(parents=True, exist_ok=True)
    narrow.write_text(_narrow_settings())
    engine = Engine(engine.name, engine.compose, {"CONTAINERS_CONF": str(narrow)})
    second = engine.run(*probe, check=False)
    if second.returncode != 0:
        narrow.unlink()
        raise LabcheckError(f"podman cannot start a container:\n{last_lines(first.stderr + second.stderr)}")
    tell(f"Podman's defaults do not work on this machine; runc and this process's limits do ({narrow})")
    return engine


def _narrow_settings() -> str:
    limits = [f"nofile=1024:{_allowed(resource.RLIMIT_NOFILE, 20_000)}"]
    processes = _allowed(resource.RLIMIT_NPROC, 4096)
    limits.append(f"nproc={processes}:{processes}")
    return f'[engine]\nruntime = "runc"\n[containers]\ndefault_ulimits = {json.dumps(limits)}\n'


def _allowed(limit: int, wanted: int) -> int:
    hard = resource.getrlimit(limit)[1]
    return wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
