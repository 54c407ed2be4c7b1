"""Where the students of a run come from, as its options say: the practice lab, a roster or an inventory."""

from collections.abc import Sequence
from pathlib import Path

from labcheck.errors import UsageError
from labcheck.grading.roster import Roster, Source, Student
from labcheck.grading.roster_file import read_roster

NOTHING_NAMED = "Grade the practice lab: labcheck grade --lab · or a class: labcheck grade --roster roster.yaml"


def source_of(lab: bool, roster: Path | None, inventory: Path | None, extra: Sequence[str]) -> Source:
    """Return what the options name; raises `UsageError` when they name nothing."""
    if extra and not inventory:
        raise UsageError("-e sets variables of an inventory", "Name it: --inventory PATH")
    if lab:
        return Source("lab")
    if roster:
        return Source("roster", str(roster.absolute()))
    if inventory:
        return Source("inventory", str(inventory.absolute()), tuple(map(_from_anywhere, extra)))
    raise UsageError("nothing to grade was named", NOTHING_NAMED)


def _from_anywhere(extra: str) -> str:
    return f"@{Path(extra[1:]).expanduser().absolute()}" if extra.startswith("@") else extra


def roster_of(source: Source) -> Roster:
    """Return the students of a source, as it has them today; raises `LabcheckError`."""
    if source.kind == "roster":
        return read_roster(Path(source.path))
    if source.kind == "inventory":
        from labcheck.grading.inventory_roster import read_inventories  # most run with a roster

        return read_inventories(Path(source.path), source.extra)
    from labcheck.practice import lab as labs

    practice = labs.current()
    return Roster((Student(practice.student, practice.student, practice.addresses),))
