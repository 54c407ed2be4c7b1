"""The members of the fleet: a lab, solved or untouched, a small change, and exactly the checks that must fail then."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from labcheck.model import Drill
from labcheck.practice.faults import faults
from labcheck.practice.scenes import Scene, scenes

TABLES = Path(__file__).parent / "tables"


@dataclass(frozen=True)
class Member:
    """One host-to-be: what is changed (`story`), from which base, by which scenes, and the checks that FAIL then.

    Every other check passes, but for those that need one of these: they are skipped. `drills` are held on it. Checks
    that are `not_covered` end as ERROR, because what the host does is right, perhaps, and nothing that they can read.
    """

    name: str
    story: str
    base: str
    change: tuple[Scene, ...]
    fails: frozenset[str]
    drills: tuple[Drill, ...] = ()
    not_covered: frozenset[str] = frozenset()


def members() -> list[Member]:
    """Return the whole fleet: every fault of the lab, then the tables of this folder, in order."""
    broken = [
        Member(f"fault-{one.name}", one.title, "solved", one.plant, frozenset(one.fails)) for one in faults().values()
    ]
    written = [_member(name, fields) for path in sorted(TABLES.glob("*.yaml")) for name, fields in _read(path).items()]
    return broken + written


def _read(path: Path) -> dict[str, dict[str, Any]]:
    return yaml.safe_load(path.read_text()) or {}


def _member(name: str, fields: dict[str, Any]) -> Member:
    if not fields.keys() <= {"story", "base", "change", "fails", "drill", "not covered"}:
        raise ValueError(f"{name}: what is {', '.join(fields)}?")
    return Member(
        name,
        fields["story"],
        {"solved": "solved", "fresh": "fresh"}[fields.get("base", "solved")],
        scenes(fields.get("change", [])),
        frozenset(fields.get("fails", [])),
        {None: (), "restore": (Drill.RESTORE,), "canary": tuple(Drill)}[fields.get("drill")],
        frozenset(fields.get("not covered", [])),
    )
