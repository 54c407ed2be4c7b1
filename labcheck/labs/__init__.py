"""The labs, by name."""

from labcheck.hosts import Site
from labcheck.labs import backup_tools
from labcheck.model import Lab

LABS: dict[str, Lab[Site]] = {"backup-tools": backup_tools.LAB}
