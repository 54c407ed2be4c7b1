"""How rsync finds in a new file the blocks of an old one, and so what it has to send (pure).

The receiver cuts its old file into blocks and sends two checksums of each. The sender slides a window over its new
file, byte by byte: the weak checksum rolls on with one addition and one subtraction a byte, and only where it is one
of the receiver's is the strong one computed (Tridgell, "Efficient Algorithms for Sorting and Synchronization", 1999,
chapter 3; match.c and generator.c of rsync). Where both agree the block is not sent, only its number.
"""

import hashlib
import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

SMALLEST_BLOCK_BYTES = 700
LARGEST_BLOCK_BYTES = 1 << 17
MODULUS = 1 << 16


@dataclass(frozen=True)
class Piece:
    """A stretch of the new file: block number `block` of the old one (from 0), or bytes that are sent (None)."""

    start: int
    length: int
    block: int | None = None


def block_size(file_size_bytes: int) -> int:
    """Return the length of rsync's blocks for an old file of this size: 700 bytes, larger ones above 490,000 bytes."""
    if file_size_bytes <= SMALLEST_BLOCK_BYTES**2:
        return SMALLEST_BLOCK_BYTES
    return min(max(math.isqrt(file_size_bytes) // 8 * 8, SMALLEST_BLOCK_BYTES), LARGEST_BLOCK_BYTES)


def pieces(old: bytes, new: bytes) -> tuple[Piece, ...]:
    """Return the new file as pieces, in order, as rsync would build it from blocks of the old one and sent bytes."""
    found: list[Piece] = []
    sent_from = 0
    for match in _matches(old, new, block_size(len(old))):
        if match.start > sent_from:
            found.append(Piece(sent_from, match.start - sent_from))
        found.append(match)
        sent_from = match.start + match.length
    if sent_from < len(new):
        found.append(Piece(sent_from, len(new) - sent_from))
    return tuple(found)


def sent_bytes(found: tuple[Piece, ...]) -> int:
    """Return how many bytes of the new file are sent as they are; rsync's `--stats` calls them literal data."""
    return sum(piece.length for piece in found if piece.block is None)


def _matches(old: bytes, new: bytes, size: int) -> Iterator[Piece]:
    """Yield the blocks of `old` that a window sliding over `new` meets. The last block may be short."""
    blocks = [old[start : start + size] for start in range(0, len(old), size)]
    known: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, block in enumerate(blocks):
        known[_weak(block)].append(number)
    strong = [_strong(block) for block in blocks]
    shortest = len(blocks[-1]) if blocks else 0
    start = 0
    rolling: tuple[int, int] | None = None
    while blocks and start + shortest <= len(new):
        window = new[start : start + size]
        weak = rolling or _weak(window)
        same = next((one for one in known.get(weak, ()) if strong[one] == _strong(window)), None)
        if same is not None:
            yield Piece(start, len(window), same)
            start, rolling = start + len(window), None
            continue
        rolling = _rolled(weak, len(window), new[start], new[start + size : start + size + 1])
        start += 1


def _weak(window: bytes) -> tuple[int, int]:
    """Return the sum of the bytes, and the sum of these sums as they grow, both modulo 65,536."""
    length = len(window)
    return sum(window) % MODULUS, sum((length - place) * byte for place, byte in enumerate(window)) % MODULUS


def _rolled(weak: tuple[int, int], length: int, gone: int, came: bytes) -> tuple[int, int]:
    """Return the weak checksum one byte further on; at the end of the file the window shrinks, as nothing comes."""
    first = (weak[0] - gone + (came[0] if came else 0)) % MODULUS
    return first, (weak[1] - length * gone + (first if came else 0)) % MODULUS


def _strong(window: bytes) -> bytes:
    return hashlib.sha256(window).digest()
