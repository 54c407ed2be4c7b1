"""rm and find: what is deleted, and how old it must be."""

from collections.abc import Sequence
from itertools import pairwise

from labcheck.rpo.commands.actions import Action, Harmless, Opaque, Remove
from labcheck.rpo.commands.options import Grammar, split
from labcheck.rpo.commands.places import Home

DAY = 86400
AGES = {"-mtime": DAY, "-ctime": DAY, "-mmin": 60, "-cmin": 60}
NAMES = ("-name", "-iname", "-path", "-wholename")


def read_rm(words: Sequence[str], here: Home) -> Action:
    """Return what rm deletes."""
    options = split(words, Grammar())
    places = tuple(here.local(word) for word in options.arguments)
    if not places:
        return Opaque(" ".join(("rm", *words)), "rm without a file")
    return Remove(places, recursive=options.has("r", "R", "recursive"))


def read_find(words: Sequence[str], here: Home) -> Action:
    """Return what `find DIR -name PATTERN -mtime +N -delete` deletes; a find that deletes nothing is harmless.

    find(1): `-mtime +N` counts whole days, rounded down, so a file goes when it is N+1 days old.
    """
    if "-delete" not in words and not _runs_rm(words):
        return Harmless("find")
    roots = []
    for word in words:
        if word.startswith(("-", "(", "!")):
            break
        roots.append(here.local(word))
    pattern = next((words[at + 1] for at, word in enumerate(words[:-1]) if word in NAMES), "*")
    places = tuple(root.inside(pattern) for root in roots or [here.local(".")])
    return Remove(places, recursive=True, older_than_seconds=_age(words))


def _runs_rm(words: Sequence[str]) -> bool:
    return any(word in ("-exec", "-execdir") and "rm" in following for word, following in pairwise(words))


def _age(words: Sequence[str]) -> int | None:
    for word, value in pairwise(words):
        if word in AGES and value.lstrip("+").isdecimal() and value.startswith("+"):
            return (int(value[1:]) + 1) * AGES[word]
    return None
