"""The machine's own apt: installing what is missing, and the mirror and proxy that it is set to."""

import os
import shutil
import subprocess
from dataclasses import dataclass, replace

from labcheck.errors import LabcheckError
from labcheck.practice.complaints import last_lines


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


def proxy_lines() -> list[str]:
    """Return the lines of apt's settings that name its proxy, for a system that is made here."""
    said = subprocess.run(["apt-config", "dump", "Acquire::http::Proxy"], capture_output=True, text=True, check=False)
    return [line for line in said.stdout.splitlines() if line.startswith('Acquire::http::Proxy "http')]


@dataclass(frozen=True)
class Mirror:
    """An apt mirror; `suite` is empty for Debian, where the lab chooses it."""

    uri: str
    suite: str = ""


def own_mirror() -> Mirror | None:
    """Return the mirror that this machine's apt uses, None when it knows none of Debian or Ubuntu."""
    said = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(ORIGIN) $(CODENAME) $(REPO_URI)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        check=False,
    )
    return parse_mirror(said.stdout)


def parse_mirror(targets: str) -> Mirror | None:
    """Choose from apt's index targets, each `ORIGIN CODENAME URI`: the main archive, not security or updates."""
    for line in targets.splitlines():
        origin, codename, uri = [*line.split(" "), "", ""][:3]
        if origin not in {"Debian", "Ubuntu"} or not uri or "security" in uri or "-" in codename:
            continue
        mirror = Mirror(uri.rstrip("/"), codename)
        return replace(mirror, suite="") if origin == "Debian" else mirror
    return None
