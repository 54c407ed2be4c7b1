"""Facts from a sandbox, a throw-away container with a server and duplicity: a backup that is restored there.

What a host keeps comes to us as text, base64, and goes on as such, into files whose names are ours.
"""

import base64
import re
from collections.abc import Sequence
from dataclasses import replace

from labcheck.errors import LabcheckError, UnreadableAnswer
from labcheck.facts import drill
from labcheck.facts.drill import BroughtBack, Order
from labcheck.hosts import Host

MIB = 1 << 20
LARGEST_BYTES = 8 * MIB
"""What the files of one restore may come to: all of it goes through our memory, and into the transcript."""
CHUNK = 96_000
"""Of base64, in one word of a command: whole groups of four, and less than the 128 KiB that Linux takes."""
TOLD = """
cd -- "$1" && shift || exit 2
for file; do base64 -w 0 < "$file" && echo || exit 2; done
"""
KEPT = 'printf %s "$1" | base64 -d >> "$2"'


def brought_back(
    box: Host, keeper: Host, directory: str, sizes: dict[str, int], here: str, order: Order
) -> BroughtBack:
    """Hold a restore drill in a sandbox, with files of a directory of the host that keeps them.

    `sizes` has their bytes by name, `here` what the database holds (`drill.looked`). Raises `LabcheckError` when there
    is too much of it, and `UnreadableAnswer`.
    """
    place = f"/tmp/{keeper.name}-{order.time}"  # noqa: S108 - in a container of our own
    box.output("install", "-d", f"{place}/files")
    for name, content in contents(keeper, directory, sizes).items():
        _keep(box, f"{place}/files/{name}", content)
    _keep(box, f"{place}/here", base64.b64encode(here.encode()).decode())
    return drill.brought_back(box, replace(order, url=f"file://{place}/files", here=f"{place}/here"))


def contents(keeper: Host, directory: str, sizes: dict[str, int]) -> dict[str, str]:
    """Return files of a directory in base64, by name; raises `LabcheckError` when they are too large."""
    total = sum(sizes.values())
    if total > LARGEST_BYTES:
        too_much = f"{total / MIB:.1f} MiB to restore from, and a sandbox is given {LARGEST_BYTES / MIB:.0f} at most"
        raise LabcheckError(too_much, "Hold the drill on the host itself: without --sandbox")
    words = ["sh", "-c", TOLD, "told", directory, *sizes]
    return dict(
        zip(sizes, parse_contents(keeper.output(*words, limit_bytes=2 * LARGEST_BYTES), len(sizes)), strict=True)
    )


def parse_contents(text: str, count: int) -> Sequence[str]:
    """Read so many lines of base64; raises `UnreadableAnswer`."""
    lines = text.split("\n")[:-1]
    if len(lines) != count or not all(re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", line, re.ASCII) for line in lines):
        raise UnreadableAnswer(f"base64 said {text[:100]!r}")
    return lines


def _keep(box: Host, path: str, content: str) -> None:
    for begin in range(0, len(content) or 1, CHUNK):
        box.output("sh", "-c", KEPT, "keep", content[begin : begin + CHUNK], path)
