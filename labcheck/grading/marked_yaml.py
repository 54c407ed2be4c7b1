"""YAML that remembers its lines: what is read and what is wrong with it, each with file and line."""

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from labcheck.errors import LabcheckError
from labcheck.visible import visible

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MERGE = "<<"
NULLS = {"", "~", "null", "Null", "NULL"}
LONGEST_SHOWN = 60
MOST_MISTAKES = 200
LARGEST_BYTES = 16 << 20
DEEPEST = 200
NOT_BEGUN = "found character that cannot start any token"
PLAINLY = "nothing in YAML begins with a tab, `@`, `%` or a backtick: set lines in with spaces, quote texts"


class _Loader(LOADER):  # type: ignore[misc, valid-type] # which of the two it is depends on the machine
    """Reads scalars as the texts that they are: which of them are numbers or dates is asked for nowhere, and slow."""

    def resolve(self, kind: type[yaml.Node], value: Any, implicit: Any) -> str:
        if kind is not yaml.ScalarNode:
            return str(super().resolve(kind, value, implicit))
        return f"tag:yaml.org,2002:{'null' if implicit[0] and value in NULLS else 'str'}"


@dataclass(frozen=True)
class Mistake:
    """Something in a file that cannot be meant so."""

    file: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{visible(str(self.file))}:{self.line}: {self.what}"


class MistakesFound(LabcheckError):  # noqa: N818 - a state of the file
    """A file has mistakes; all of them are told at once."""

    def __init__(self, mistakes: Collection[Mistake]) -> None:
        told = [str(mistake) for mistake in sorted(dict.fromkeys(mistakes), key=lambda one: (str(one.file), one.line))]
        self.count = len(told)
        more = [f"… and {len(told) - MOST_MISTAKES} more"] if len(told) > MOST_MISTAKES else []
        super().__init__("\n".join([f"{len(told)} mistake{'s'[: len(told) != 1]}", *told[:MOST_MISTAKES], *more]))


@dataclass
class Reader:
    """Reads nodes of one file; each mistake is noted, and reading goes on."""

    file: Path
    mistakes: list[Mistake] = field(default_factory=list)

    def note(self, node: yaml.Node, what: str) -> None:
        """Note a mistake at a node."""
        self.mistakes.append(Mistake(self.file, line_of(node), what))

    def root(self) -> yaml.Node | None:
        """Return the whole file as a node, None when it is empty or no YAML."""
        try:
            with self.file.open("rb") as file:
                data = file.read(LARGEST_BYTES + 1)
        except OSError as error:
            raise LabcheckError(f"cannot read {visible(str(self.file))}: {error.strerror}") from error
        if len(data) > LARGEST_BYTES:
            raise LabcheckError(f"{visible(str(self.file))} has more than the {LARGEST_BYTES:,} bytes that are read")
        return self.root_of(data)

    def root_of(self, data: bytes) -> yaml.Node | None:
        """Return what a text says as a node, None when it is empty or no YAML."""
        try:
            text = data.decode()
            _measure_depth(text)
            return yaml.compose(text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = PLAINLY if error.problem == NOT_BEGUN else visible(error.problem or "is no YAML")
            self.mistakes.append(Mistake(self.file, mark.line + 1 if mark else 1, problem))
        except (UnicodeDecodeError, yaml.YAMLError, RecursionError) as error:
            self.mistakes.append(Mistake(self.file, 1, visible(f"no YAML: {error}"[:200]).replace("\\n", " ")))
        return None

    def fields(self, node: yaml.Node | None, known: Collection[str] = ()) -> dict[str, yaml.Node]:
        """Return a mapping's values by key; keys that come twice, or that are not `known`, are mistakes."""
        found: dict[str, yaml.Node] = {}
        for key, value in self.pairs(node):
            name = self.text(key)
            if name in found:
                self.note(key, f"{shown(name)} is here twice; first at line {line_of(found[name])}")
            elif known and name not in known:
                self.note(key, f"nothing is called {shown(name)}{_nearest(name, known)}")
            else:
                found[name] = value
        return found

    def pairs(self, node: yaml.Node | None) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """Yield a mapping's keys and values, those of a merge key `<<` among them; none for nothing."""
        if node is None or (isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null")):
            return
        if not isinstance(node, yaml.MappingNode):
            self.note(node, "a mapping belongs here: lines of `name: value`, set in under it")
            return
        merged: list[yaml.Node] = []
        for key, value in node.value:
            if key.value == MERGE:
                merged.append(value)
            else:
                yield key, value
        if merged:
            yield from self._inherited(node, merged)

    def _inherited(self, node: yaml.MappingNode, waiting: list[yaml.Node]) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """Yield what merge keys bring that is not here too: of each mapping once, the first that is named first."""
        named = {key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)}
        seen = {id(node)}
        while waiting:
            one = waiting.pop(0)
            if isinstance(one, yaml.SequenceNode):
                waiting[:0] = [each for each in one.value if id(each) not in seen]
            elif not isinstance(one, yaml.MappingNode):
                self.note(one, "a merge key `<<` takes a mapping: an alias such as *name")
            elif id(one) not in seen:
                seen.add(id(one))
                waiting[:0] = [value for key, value in one.value if key.value == MERGE]
                new = [(key, value) for key, value in one.value if str(key.value) not in named and key.value != MERGE]
                named |= {str(key.value) for key, _ in new}
                yield from new

    def text(self, node: yaml.Node) -> str:
        """Return a scalar's text as it was written; anything else is a mistake."""
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        self.note(node, "a single value belongs here")
        return ""

    def flag(self, node: yaml.Node) -> bool:
        """Return true or false."""
        text = self.text(node).lower()
        if text not in {"true", "false", "yes", "no"}:
            self.note(node, f"true or false belongs here, not {shown(text)}")
        return text in {"true", "yes"}

    def checked(self, node: yaml.Node, wrong: str, what: str) -> None:
        """Note a mistake of a value when something is `wrong` with it."""
        if wrong:
            self.note(node, f"{what} {shown(self.text(node))}: {wrong}")


def _measure_depth(text: str) -> None:
    """Raise `yaml.YAMLError` for what is nested deeply: libyaml's composer ends the process there."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise yaml.YAMLError(f"more than {DEEPEST} levels, one in another")


def line_of(node: yaml.Node) -> int:
    """Return the line on which a node begins; the first is 1."""
    return int(node.start_mark.line) + 1


def shown(text: str) -> str:
    """Return a text from a file as it may be told: visible, short and quoted."""
    return f"`{visible(text[:LONGEST_SHOWN])}{'…' if len(text) > LONGEST_SHOWN else ''}`"


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"; is `{near[0]}` meant?" if near else f"; here go {', '.join(sorted(known))}"
