"""Which files a copy leaves out: the filter rules of rsync(1), and options that only copy what is, or is not, there."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import NamedTuple

from labcheck.rpo.commands.options import Options

KINDS = {"include": True, "exclude": False, "+": True, "-": False}


class Rule(NamedTuple):
    """One rule: whether it lets files through, and the pattern of their names."""

    lets_through: bool
    pattern: str

    @property
    def written(self) -> str:
        """Return it as an option of rsync."""
        return f"--{'include' if self.lets_through else 'exclude'}={self.pattern}"


@dataclass(frozen=True)
class Filters:
    """The rules of a copy in their order, and whether it writes only files that are there, or only those that are not.

    `only` is `existing`, `new` or empty, `option` the one that says so.
    """

    rules: tuple[Rule, ...] = ()
    only: str = ""
    option: str = ""

    def leaves_out(self, path: str) -> str:
        """Return the option by which a file is left out, empty where none is.

        `path` begins with the entry that the command names, or behind it where a slash ends that name. As rsync(1)
        says, every directory on the way is tried before the file, and the first rule that matches counts.
        """
        parts = path.split("/")
        for length in range(1, len(parts) + 1):
            here, is_directory = "/".join(parts[:length]), length < len(parts)
            first = next((rule for rule in self.rules if _matches(rule.pattern, here, is_directory)), None)
            if first and not first.lets_through:
                return first.written
        return ""


EVERYTHING = Filters()


def filters_of_rsync(options: Options) -> Filters:
    """Return what options of rsync let through; rules that stand in files, or say more than a pattern, are left out."""
    rules = tuple(rule for name, value in options.given if (rule := _rule(name, value)))
    for names, only in ((("existing", "ignore-non-existing"), "existing"), (("ignore-existing",), "new")):
        for name in names:
            if options.has(name):
                return Filters(rules, only, f"--{name}")
    return Filters(rules)


def _rule(name: str, value: str) -> Rule | None:
    if name in ("filter", "f"):
        name, _, value = value.strip().partition(" ")
    return Rule(KINDS[name], value.strip()) if name in KINDS and value.strip() else None


def _matches(pattern: str, path: str, is_directory: bool) -> bool:
    if pattern.endswith("/") and not is_directory:
        return False
    bare = pattern.rstrip("/")
    if bare.endswith("/***"):
        return _matches(f"{bare[:-4]}/", path, is_directory) or _matches(bare[:-1], path, is_directory)
    if bare.startswith("/"):
        return _glob(bare[1:], path)
    if "/" not in bare and "**" not in bare:
        return _glob(bare, posixpath.basename(path))
    tails: Sequence[str] = [path, *(path[place.end() :] for place in re.finditer("/", path))]
    return any(_glob(bare, tail) for tail in tails)


def _glob(pattern: str, path: str) -> bool:
    """Match as rsync does: `*` stops at a slash, `**` does not."""
    anything, some = "\0", "\1"
    marked = pattern.replace("**", anything).replace("*", some)
    return bool(re.fullmatch(translate(marked).replace(anything, ".*").replace(some, "[^/]*"), path))
