"""The labs, by name. A lab's checks are imported when it is asked for."""

import importlib

from labcheck.hosts import Site
from labcheck.model import Lab

BACKUP_TOOLS = "backup-tools"
MODULES = {BACKUP_TOOLS: "backup_tools"}
"""The name of each lab, and the module of this folder that has it."""


class _Labs(dict[str, Lab[Site]]):
    def __missing__(self, name: str) -> Lab[Site]:
        lab: Lab[Site] = importlib.import_module(f"{__name__}.{MODULES[name]}").LAB
        return self.setdefault(name, lab)


LABS = _Labs()
