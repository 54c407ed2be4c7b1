"""A fault: one thing that goes wrong on a lab's hosts, and everything that is to be said about it."""

from dataclasses import dataclass
from typing import Any

from labcheck.practice.scenes import Scene, scenes


@dataclass(frozen=True)
class Fault:
    """One way to break a lab that was solved.

    `story` is what the one on call is told, `noticed` what a student would see first, `hints` three steps towards the
    cause. `fails` are the checks that FAIL while it is there, and no others do (what needs them is a SKIP). `plant`
    runs unseen; `repair` is typed by the reference solution. `difficulty` is 1 (seen at once) to 3 (needs thought).
    """

    name: str
    title: str
    difficulty: int
    story: str
    noticed: str
    hints: tuple[str, str, str]
    fails: tuple[str, ...]
    plant: tuple[Scene, ...]
    repair: tuple[Scene, ...]


def fault(name: str, written: dict[str, Any]) -> Fault:
    """Return a fault as its table writes it."""
    first, second, third = written["hints"]
    return Fault(
        name,
        written["title"],
        written["difficulty"],
        written["story"].strip(),
        written["noticed"].strip(),
        (first, second, third),
        tuple(written["fails"]),
        scenes(written["plant"]),
        scenes(written["repair"]),
    )
