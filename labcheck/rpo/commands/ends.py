"""How commands end, and what they print, where their words alone say so."""

from labcheck.rpo.commands.lists import Simple, parse
from labcheck.rpo.commands.words import UnreadableShell, Word

TESTS = ("[", "[[", "test")


def ended_by(before: bool | None, after: str, certain: bool | None) -> bool | None:
    """Return how a list has ended so far, None where that is not certain.

    `before` is how it had ended before a command behind `after`, which runs and ends as `certain` says.
    """
    if after == "&&" and certain is not False:
        return certain if before else None
    if after == "||" and certain is not True:
        return certain if before is False else None
    return certain


def may_print(text: str) -> tuple[str, ...]:
    """Return the words that `$(test … && echo one || echo two)` may print; nothing where that cannot be told."""
    if not text.startswith("$(") or text.startswith("$(("):
        return ()
    try:
        items = parse(text[2:-1])
    except UnreadableShell:
        return ()
    said: list[str] = []
    for item in items:
        words = item.pipe[0].words if len(item.pipe) == 1 and isinstance(item.pipe[0], Simple) else ()
        if len(words) == 2 and words[0].text() == "echo" and _is_known(words[1]):
            said.append(words[1].text())
        elif not words or words[0].text() not in TESTS:
            return ()
    return tuple(dict.fromkeys(said))


def _is_known(word: Word) -> bool:
    return all(part.kind in ("plain", "quoted") for part in word.parts)
