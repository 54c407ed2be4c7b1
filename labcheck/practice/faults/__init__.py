"""The ways to break a lab, in tables that are named here: each fault with its story, its hints and its repair."""

from functools import cache
from pathlib import Path

import yaml

from labcheck.practice.faults.fault import Fault, fault

TABLES = ("access", "dump", "copy", "chain", "schedule", "offsite")


@cache
def faults() -> dict[str, Fault]:
    """Return every fault by its name, in the order of the tables."""
    found: dict[str, Fault] = {}
    for table in TABLES:
        written = yaml.safe_load(Path(__file__).with_name(f"{table}.yaml").read_text()) or {}
        found |= {name: fault(name, fields) for name, fields in written.items()}
    return found
