"""paramiko without the package `invoke`, a third of its time to load, for a word of ssh_config that nobody reads.

paramiko does without where it is not installed, so for as long as paramiko is loaded it is not there.
"""

import sys

_IS_ABSENT = "invoke" not in sys.modules
if _IS_ABSENT:
    sys.modules["invoke"] = None  # type: ignore[assignment] # what `import` takes for "there is none"
try:
    import paramiko
finally:
    if _IS_ABSENT:
        del sys.modules["invoke"]

__all__ = ["paramiko"]
