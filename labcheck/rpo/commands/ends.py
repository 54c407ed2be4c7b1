"""How commands end, and what they print, where their words alone say so."""

from labcheck.rpo.commands.lists import Item, Simple, parse
from labcheck.rpo.commands.words import UnreadableShell, Word

TESTS = ("[", "[[", "test")
QUESTIONS = (*TESTS, "pgrep", "mountpoint", "grep")
"""Commands that end with a failure where the answer is no."""
TELLING = {("echo",), ("command", "-v"), ("which",)}


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
    """Return the words that `$(test … && echo one || echo two)` may print; nothing where that cannot be told.

    `$(command -v one || which two)` is taken for the names of the programs.
    """
    if not text.startswith("$(") or text.startswith("$(("):
        return ()
    try:
        items = parse(text[2:-1])
    except UnreadableShell:
        return ()
    said: list[str] = []
    for item in items:
        words = item.pipe[0].words if len(item.pipe) == 1 and isinstance(item.pipe[0], Simple) else ()
        texts = [word.text() for word in words]
        if len(texts) > 1 and tuple(texts[:-1]) in TELLING and _is_known(words[-1]):
            said.append(texts[-1])
        elif not texts or texts[0] not in TESTS:
            return ()
    return tuple(dict.fromkeys(said))


def question(item: Item) -> tuple[Word, ...]:
    """Return the words of a command that only asks something; none where it does more.

    What follows `||` then is no repair of what has failed, but what is done where the answer is no.
    """
    words = item.pipe[0].words if len(item.pipe) == 1 and isinstance(item.pipe[0], Simple) else ()
    return words if words and words[0].text() in QUESTIONS else ()


def run_without(asked: tuple[Word, ...], after: str, *, conditional: bool) -> tuple[Word, ...]:
    """Return what a command behind a question runs without: FILE in `[ -s FILE ] || …` and `[ ! -e FILE ] && …`."""
    when_not = after == "||" or "!" in [word.text() for word in asked]
    return asked if when_not and (after in ("&&", "||") or conditional) else ()


def _is_known(word: Word) -> bool:
    return all(part.kind in ("plain", "quoted") for part in word.parts)
