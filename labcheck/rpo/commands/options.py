"""Options and arguments of a command line, in any order, as getopt_long(3) sorts them."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Grammar:
    """Which options of a program take a value: short letters, and long names without dashes, blanks between them.

    `pairs` take two values; the short options `attached` take one only in the same word, as in `-pSECRET`. Without
    `permute` the first argument ends the options.
    """

    short: str = ""
    long: str = ""
    pairs: str = ""
    attached: str = ""
    permute: bool = True


@dataclass(frozen=True)
class Options:
    """The flags that were given, the values of those that take one (the last wins), and the arguments.

    `given` are the options with a value, in their order, each with all of its values.
    """

    flags: frozenset[str]
    values: dict[str, str]
    arguments: tuple[str, ...]
    given: tuple[tuple[str, str], ...] = ()

    def has(self, *names: str) -> bool:
        """Tell whether any of these options was given, with or without a value."""
        return any(name in self.flags or name in self.values for name in names)

    def value(self, *names: str) -> str | None:
        """Return the value of the first of these options that has one."""
        return next((self.values[name] for name in names if name in self.values), None)


def split(words: Sequence[str], grammar: Grammar) -> Options:
    """Sort the words after a program's name; `--` ends the options.

    With `grammar.permute` off, the first argument ends them too, as in `sudo` or `ssh`.
    """
    flags: set[str] = set()
    given: list[tuple[str, str]] = []
    arguments: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            arguments += rest
            break
        if word.startswith("--"):
            _long(word[2:], rest, grammar, flags, given)
        elif word.startswith("-") and len(word) > 1:
            _short(word[1:], rest, grammar, flags, given)
        else:
            arguments.append(word)
            if not grammar.permute:
                arguments += rest
                break
    return Options(frozenset(flags), dict(given), tuple(arguments), tuple(given))


def _long(word: str, rest: list[str], grammar: Grammar, flags: set[str], given: list[tuple[str, str]]) -> None:
    name, equals, value = word.partition("=")
    if equals:
        given.append((name, value))
    elif name in grammar.pairs.split():
        given.append((name, " ".join(rest[:2])))
        del rest[:2]
    elif name in grammar.long.split():
        given.append((name, rest.pop(0) if rest else ""))
    else:
        flags.add(name)


def _short(cluster: str, rest: list[str], grammar: Grammar, flags: set[str], given: list[tuple[str, str]]) -> None:
    for place, letter in enumerate(cluster):
        if letter in grammar.short:
            attached = cluster[place + 1 :]
            given.append((letter, attached or (rest.pop(0) if rest else "")))
            return
        flags.add(letter)
        if letter in grammar.attached:
            return
