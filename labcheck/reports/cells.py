"""Rows of comma-separated values that no spreadsheet takes for a formula: RFC 4180, text quoted, numbers as numbers."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

Cell = str | float | None
SIGNS: Final = r"[=+\-@＝＋－＠]"  # noqa: RUF001 - Excel reads the wide signs alike
BEGINS: Final = re.compile(rf"\s*{SIGNS}|[\t\r\n]")
"""What a formula, or something that spreadsheets skip before one, begins with."""
BEGINS_AGAIN: Final = re.compile(rf"([;\t\r\n]\s*)({SIGNS})")
"""The same after what a spreadsheet of another country takes for a separator."""
NO_GRADE: Final = "-"
"""What gradebooks read as "there is no grade", and spreadsheets as the text that it is."""


def text(rows: Iterable[Sequence[Cell]]) -> str:
    """Return the rows, each ended by CR LF; None is an empty cell."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_cell(cell) for cell in row])
    return out.getvalue()


def _cell(cell: Cell) -> str | int | float:
    if cell is None:
        return ""
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else cell
    return cell if isinstance(cell, int) else harmless(cell)


def harmless(cell: str) -> str:
    """Return a text with an apostrophe before what would begin a formula, which spreadsheets then show as text."""
    if cell == NO_GRADE:
        return cell
    inner = BEGINS_AGAIN.sub(r"\1'\2", cell)
    return f"'{inner}" if BEGINS.match(cell) else inner
