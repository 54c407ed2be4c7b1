"""Where a practice lab keeps its files: its folder, by the name of its project, and the fixtures that it is made of."""

import contextlib
import getpass
import os
import re
from collections.abc import Iterator
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


@contextlib.contextmanager
def beside(name: str) -> Iterator[None]:
    """Work with another lab of this user's, beside the usual one, for a while."""
    known = os.environ.get("LABCHECK_PROJECT")
    os.environ["LABCHECK_PROJECT"] = f"{project()[: 40 - len(name)]}-{name}"
    try:
        yield
    finally:
        if known is None:
            del os.environ["LABCHECK_PROJECT"]
        else:
            os.environ["LABCHECK_PROJECT"] = known


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
