"""Week 10: backup tools. The modules are named in the order of the demo, which is the order of the checks."""

from labcheck.labs.backup_tools import (  # noqa: F401 - importing a module adds its checks
    canary_drill,
    chain,
    copy,
    dump,
    recovery,
    restore,
    restore_drill,
    schedule,
    setup,
)
from labcheck.labs.backup_tools.lab import LAB

__all__ = ["LAB"]
