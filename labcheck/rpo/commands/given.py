"""What a script or function is given: `$1`, `$2`, … and `$@`."""

from collections.abc import Mapping, Sequence

from labcheck.rpo.commands.words import ELEMENT

POSITIONAL = frozenset("123456789@*")
"""What a function is given goes by these names while it runs."""


def given(words: Sequence[str]) -> dict[str, str]:
    """Return the variables that hold these words."""
    each = "".join(f"{ELEMENT.text}{word}" for word in words)
    return {str(number): word for number, word in enumerate(words[:9], 1)} | {"@": each, "*": " ".join(words)}


def own(variables: Mapping[str, str]) -> dict[str, str]:
    """Return variables without those that hold what was given."""
    return {name: text for name, text in variables.items() if name not in POSITIONAL}
