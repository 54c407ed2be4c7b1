"""Where a practice lab keeps its files: its folder, by the name of its project, and the fixtures that it is made of."""

import getpass
import os
import re
from pathlib import Path

import labcheck
from labcheck.errors import LabcheckError

FIXTURES = Path(labcheck.__file__).resolve().parent.parent / "fixtures"


def project() -> str:
    """Return the name of this user's lab: `labcheck-USER`, or what `LABCHECK_PROJECT` says for a second one."""
    name = os.environ.get("LABCHECK_PROJECT") or f"labcheck-{getpass.getuser().lower()}"
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,40}", name):
        name = re.sub(r"[^a-z0-9_-]+", "-", name.lower()).strip("-_")[:40] or "labcheck"
    return name


def state_folder() -> Path:
    """Return the folder for what must survive between two commands (XDG Base Directory specification)."""
    state_home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state_home) / "labcheck"


def fixtures() -> Path:
    """Return the folder with the compose file; raises `LabcheckError` when it was not installed along."""
    if not (FIXTURES / "compose.yaml").exists():
        raise LabcheckError(
            f"the practice lab's description is not at {FIXTURES}",
            "Install labcheck from its repository: git clone, then make lab",
        )
    return FIXTURES
