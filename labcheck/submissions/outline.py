"""The lines of an agreement, each with what stands above it: headings, labels, what leads to a list."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labcheck.submissions.markdown import HEADING

COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
TAG = re.compile(r"</?[a-z][a-z0-9]*\s*/?>", re.IGNORECASE)
LABEL = re.compile(r"\w[\w /()'&,-]{1,60}:")
LABEL_WORDS, SHORT_WORDS = 3, 12
"""A line of so few words that ends with a colon is about all below it; one with more, about short lines."""
TITLE_WORDS = 5
"""A line of so few words, by itself and without an end, is a title whatever it looks like."""
TITLE = re.compile(r"(?!.*\b(?:hour|day|week|month|minute)s?\b)[A-Za-z][\w /()'&,-]*")
ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s")
BULLET = re.compile(r"^(?:[-+]|\d+[.)])\s+")
NUMBERED = re.compile(r"\d+[.)]\s")
RULE = re.compile(r"[-=]{3,}")


@dataclass(frozen=True)
class Line:
    """A line of a document with its number, the heading above it and the sentence that leads to its list.

    `label` is a title that is no heading (`InfluxDB` on a line of its own), `above` the headings over `heading`, the
    nearest first, without the title of the document.
    """

    number: int
    text: str
    heading: str
    lead: str = ""
    label: str = ""
    above: tuple[str, ...] = ()


def lines_of(text: str) -> Iterator[Line]:
    """Yield the lines of a Markdown document that say something, tables row by row."""
    return _Reader(COMMENT.sub(lambda found: "\n" * found[0].count("\n"), text).splitlines()).lines()


class _Reader:
    def __init__(self, rows: Sequence[str]) -> None:
        self.rows = rows
        self.headings: dict[int, str] = {}
        self.title = self.lead = self.label = ""
        self.columns: list[str] = []

    def lines(self) -> Iterator[Line]:
        for number, raw in enumerate(self.rows, 1):
            marked = HEADING.fullmatch(raw.strip())
            plain = _plain(raw)
            if RULE.fullmatch(plain) or not plain:
                self.columns = []
            elif marked or self._is_underlined(number, raw):
                yield self._heading(number, raw, plain.strip("# ="))
            elif plain.startswith("|"):
                yield from self._row(number, plain)
            else:
                yield from self._line(number, raw, plain)

    def _is_underlined(self, number: int, raw: str) -> bool:
        """Tell whether the next line makes this one a heading: `===` or `---` below it."""
        below = self.rows[number].strip() if number < len(self.rows) else ""
        return bool(RULE.fullmatch(below)) and not ITEM.match(raw) and not raw.strip().startswith("|")

    def _heading(self, number: int, raw: str, plain: str) -> Line:
        below = self.rows[number].strip() if number < len(self.rows) else ""
        level = len(raw.strip()) - len(raw.strip().lstrip("#")) or (2 if below.startswith("-") else 1)
        self.headings = {one: words for one, words in self.headings.items() if one < level}
        self.headings[level] = plain
        self.title = self.title or plain
        self.lead = self.label = ""
        return self._at(number, plain)

    def _at(self, number: int, text: str, lead: str = "") -> Line:
        nearest, *above = [*reversed(self.headings.values()), ""]
        inherited = tuple(one for one in above if one and one != self.title)
        return Line(number, text, nearest, lead, self.label, inherited)

    def _row(self, number: int, plain: str) -> Iterator[Line]:
        cells = [cell.strip() for cell in plain.strip("|").split("|")]
        if all(re.fullmatch(r":?-*:?", cell) for cell in cells):
            return
        if not self.columns:
            self.columns = cells
            return
        for name, cell in zip(self.columns[1:], cells[1:], strict=False):
            yield self._at(number, f"{cells[0]}: {name}: {cell}")

    def _line(self, number: int, raw: str, plain: str) -> Iterator[Line]:
        is_item = bool(ITEM.match(raw)) or raw[:1] in " \t"
        bare = BULLET.sub("", plain)
        above = _plain(self.rows[number - 2]) if number > 1 else ""
        if _is_title(bare) and (not is_item or (NUMBERED.match(raw) and not above)):
            self.label = bare
        yield self._at(number, bare, self.lead)
        self.lead = self._next_lead(number, raw, plain, is_item=is_item)

    def _next_lead(self, number: int, raw: str, plain: str, *, is_item: bool) -> str:
        """Return what leads to the lines below: this line if it ends with a colon or begins a list, or its own."""
        bare = BULLET.sub("", plain)
        if plain.endswith(":") and (not is_item or LABEL.fullmatch(bare)):
            return bare
        below = self.rows[number] if number < len(self.rows) else ""
        if ITEM.match(below) and not ITEM.match(raw) and TITLE.fullmatch(plain) and len(plain.split()) <= TITLE_WORDS:
            return plain
        is_label = bool(LABEL.fullmatch(self.lead)) and len(self.lead.split()) <= LABEL_WORDS
        return self.lead if is_item or is_label or len(plain.split()) <= SHORT_WORDS else ""


def _plain(raw: str) -> str:
    return re.sub(r"[*`]|(?<!_)_(?!_)", "", TAG.sub(" ", raw)).strip()


def _is_title(plain: str) -> bool:
    return bool(TITLE.fullmatch(plain)) and len(plain.split()) <= TITLE_WORDS and plain[:1].isupper()
