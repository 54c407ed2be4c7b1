"""What rsync sends, drawn: the blocks of one file, and bytes sent against file size."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from labcheck.notebook.display import Picture
from labcheck.notebook.rsync_blocks import Piece, block_size, pieces, sent_bytes
from labcheck.notebook.rsync_bytes import CHANGES, Upload
from labcheck.visible import visible

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KEPT, SENT, UNUSED = "#9dc3e6", "#e8834f", "#d5d5d5"
OLD_ROW, NEW_ROW, HALF = 1.0, 0.0, 0.16
MOST_LABELS = 24
WIDTH_CHARACTERS = 105
"""How many figures fit beside each other into the picture of blocks; a number too wide for its bar stands outside."""

MARKERS = dict(zip(CHANGES, ("o", "s", "^"), strict=True))
COLOURS = dict(zip(CHANGES, ("#2b6cb0", "#2f7d4f", SENT), strict=True))


def picture_of_blocks(name: str, old: bytes, new: bytes) -> Picture:
    """Draw the blocks of the old file above, the new file below, and where each block was found again."""
    from matplotlib.figure import Figure  # drawing is slow to import, and checks do not need it

    found = pieces(old, new)
    figure = Figure(figsize=(9.5, 3), layout="constrained")
    axes = figure.subplots()
    size = block_size(len(old))
    labels = len(old) <= MOST_LABELS * size
    used = {piece.block for piece in found}
    axes.set_xlim(0, max(len(old), len(new), 1))
    for number, start in enumerate(range(0, len(old), size)):
        colour = KEPT if number in used else UNUSED
        _bar(axes, OLD_ROW, start, min(size, len(old) - start), colour, str(number + 1) if labels else "")
    for piece in found:
        _draw_piece(axes, piece, size, labels)
    told = _told_blocks(name, found, len(new))
    _finish(axes, visible(name))
    return Picture(_png(figure), told)


def _draw_piece(axes: "Axes", piece: Piece, size: int, labels: bool) -> None:
    if piece.block is None:
        _bar(axes, NEW_ROW, piece.start, piece.length, SENT, f"{piece.length:,}" if labels else "")
        return
    _bar(axes, NEW_ROW, piece.start, piece.length, KEPT, str(piece.block + 1) if labels else "")
    origin, end = piece.block * size, piece.block * size + piece.length
    corners = [origin, end, piece.start + piece.length, piece.start]
    heights = [OLD_ROW - HALF, OLD_ROW - HALF, NEW_ROW + HALF, NEW_ROW + HALF]
    axes.fill(corners, heights, color=KEPT, alpha=0.35, linewidth=0)


def _bar(axes: "Axes", row: float, start: int, length: int, colour: str, label: str) -> None:
    is_wide = length / axes.get_xlim()[1] * WIDTH_CHARACTERS >= len(label)
    edge = "white" if is_wide else colour  # of a narrow bar a white edge would leave nothing
    axes.barh(row, length, left=start, height=2 * HALF, color=colour, edgecolor=edge, linewidth=0.8)
    height = row if is_wide else row + (1.6 if row == OLD_ROW else -1.6) * HALF
    axes.text(start + length / 2, height, label, ha="center", va="center", fontsize=9, color="black")


def _finish(axes: "Axes", name: str) -> None:
    from matplotlib.patches import Patch

    axes.set_yticks([OLD_ROW, NEW_ROW], [f"{name}\non backup, in blocks", f"{name}\non db, as it is now"])
    axes.set_ylim(NEW_ROW - 2.5 * HALF, OLD_ROW + 2.5 * HALF)
    axes.set_xlabel("bytes from the beginning of the file")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.spines[:].set_visible(False)
    axes.tick_params(axis="y", length=0)
    meanings = {KEPT: "in both: only its number travels", SENT: "sent", UNUSED: "of no use any more"}
    told = [Patch(color=colour, label=meaning) for colour, meaning in meanings.items()]
    axes.legend(handles=told, loc="upper center", bbox_to_anchor=(0.5, 1.22), ncols=3, frameon=False, fontsize=9)


def _told_blocks(name: str, found: Sequence[Piece], size_bytes: int) -> str:
    kept = sum(piece.block is not None for piece in found)
    sent = sent_bytes(tuple(found))
    blocks = "1 block is" if kept == 1 else f"{kept} blocks are"
    return f"{visible(name)}: {blocks} found again on backup; {sent:,} of {size_bytes:,} bytes have to be sent."


def picture_of_bytes(uploads: Sequence[Upload]) -> Picture:
    """Draw bytes sent against file size, a line for each change, and scp's line, which is the size itself."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 4.2), layout="constrained")
    axes = figure.subplots()
    sizes = sorted(upload.size_bytes for upload in uploads)
    axes.plot([sizes[0], sizes[-1]], [sizes[0], sizes[-1]], color="#555555", linestyle="dashed", label="scp: all of it")
    for change in reversed(CHANGES):
        points = [(upload.size_bytes, upload.sent_bytes) for upload in uploads if upload.change == change]
        axes.plot(*zip(*points, strict=True), marker=MARKERS[change], color=COLOURS[change], label=f"rsync: {change}")
    axes.set(xscale="log", yscale="log", xlabel="size of the dump in bytes", ylabel="bytes sent")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.grid(alpha=0.3)
    axes.legend(frameon=False, fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)
    return Picture(_png(figure), _told_bytes(uploads))


def _told_bytes(uploads: Sequence[Upload]) -> str:
    largest = [
        max((one for one in uploads if one.change == change), key=lambda one: one.size_bytes) for change in CHANGES
    ]
    told = "; ".join(f"{one.change}: {one.sent_bytes:,} bytes sent" for one in largest)
    return f"Of a dump of {largest[0].size_bytes:,} bytes: {told}."


def _png(figure: "Figure") -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    return file.getvalue()
