"""Which line of a template a rendered line comes from."""

import re

from labcheck.submissions.finding import Place

HOLE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}")
REACH = 200
"""Lines of a template that are searched forwards; a loop leads back, which is searched from the top."""


def origins(name: str, template: str, rendered: str) -> tuple[Place, ...]:
    """Return, for each rendered line, the place in the template whose text it repeats best."""
    sources = template.replace("\r\n", "\n").split("\n")
    patterns = [_pattern(source) for source in sources]
    exact: dict[str, list[int]] = {}
    for number, source in enumerate(sources):
        exact.setdefault(source, []).append(number)
    found: list[Place] = []
    last = -1
    for line in rendered.split("\n"):
        last = _origin(line, last, sources, patterns, exact)
        found.append(Place(name, last + 1))
    return tuple(found)


def _pattern(source: str) -> re.Pattern[str] | None:
    """Return what a line with holes looks like when they are filled; None for a line that only holds a statement."""
    pieces = HOLE.split(source)
    if len(pieces) == 1 or len(pieces) > 12 or not "".join(pieces).strip():
        return None
    return re.compile(".*".join(map(re.escape, pieces)))


def _origin(
    line: str, last: int, sources: list[str], patterns: list[re.Pattern[str] | None], exact: dict[str, list[int]]
) -> int:
    same = exact.get(line, [])
    after: int | None = next((number for number in same if number > last), None)
    if after is not None and (line.strip() or after == last + 1):
        return after
    ahead = range(last + 1, min(len(sources), last + 1 + REACH))
    for number in (*ahead, *range(min(len(sources), REACH))):
        pattern = patterns[number]
        if pattern is not None and pattern.fullmatch(line[:2000]):
            return int(number)
    return same[0] if same else max(last, 0)
