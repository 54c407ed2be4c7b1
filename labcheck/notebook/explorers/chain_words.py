"""What the chain explorer says of files, sets and losses (pure)."""

from collections.abc import Collection as Names
from typing import Final

from labcheck.facts.chain import BackupSet, Collection, backup_file, stamp

NEEDS_SIGNATURES: Final = (
    "The newest state can be restored. But without signatures nothing can be compared, so the next backup has to be "
    "a full one."
)


def set_title(one: BackupSet) -> str:
    """Return what a set is called."""
    return "Full backup" if one.is_full else "Increment"


def file_label(name: str, size_bytes: int | None) -> str:
    """Return what a file is, and its size where it is there: `volume 1, 868 bytes`."""
    file = backup_file(name)
    kind = f"volume {file.volume}" if file and file.volume else file.kind if file else name
    return kind if size_bytes is None else f"{kind}, {size_bytes:,} bytes"


def states_on(name: str, found: Collection) -> list[int]:
    """Return which recovery points cannot be restored without a file, by their numbers from 0."""
    left = found.points_after_losing({name})
    return [number for number, one in enumerate(found.sets) if one not in left]


def carried_by(name: str, found: Collection) -> str:
    """Return how many recovery points cannot be restored without a file, in words."""
    lost = len(states_on(name, found))
    return f"carries {lost} state{'' if lost == 1 else 's'}" if lost else "carries no state"


def told_after_losing(found: Collection, lost: Names[str]) -> str:
    """Return in a few sentences what is left without these files, and what duplicity does then."""
    points, left = found.sets, found.points_after_losing(lost)
    if not points:
        return "There is no chain yet: make a full backup."
    counted = f"{len(left)} of {len(points)} recovery points {'is' if len(left) == 1 else 'are'} left."
    if not left:
        return f"{counted} Nothing can be restored."
    if left[-1] is not points[-1]:
        return f"{counted} {_newest_is_lost(found, left, lost)}"
    unsigned = any(_is_unsigned(one, lost) for one in found.chains[-1].sets)
    return f"{counted} {NEEDS_SIGNATURES if unsigned else 'The newest state can be restored.'}"


def _newest_is_lost(found: Collection, left: tuple[BackupSet, ...], lost: Names[str]) -> str:
    newest = found.chains[-1]
    if newest.unbroken(lost) == newest.sets:
        return (
            f"Asked for the newest state, duplicity gives back the one of {stamp(left[-1].end)}, with a warning and "
            "status 0."
        )
    return (
        "A restore of the newest state fails. The newest that is left has to be asked for: "
        f"--time {stamp(left[-1].end)}"
    )


def _is_unsigned(one: BackupSet, lost: Names[str]) -> bool:
    return one.signatures is None or one.signatures.name in lost
