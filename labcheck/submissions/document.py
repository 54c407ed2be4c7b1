"""YAML with the places of its parts: plain values, but strings and mappings know their line.

A `!vault` value stays what it is, a secret: it is neither decrypted nor shown.
"""

from dataclasses import dataclass
from typing import Any

import yaml

from labcheck.submissions.finding import Finding, Place
from labcheck.submissions.tree import Tree

LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MOST_NODES = 100_000
DEEPEST = 200
DEEPEST_BRACKETS = 400
"""Nested brackets that libyaml is given; far deeper ones would exhaust its stack."""


class Text(str):
    """A string of a YAML file; `line` is where its text begins, `is_block` tells `|` and `>` from the rest."""

    line = 0
    is_block = False


class Secret(str):
    """A value that is encrypted in the repository; as text it is a mark."""

    line = 0


class Mapping(dict[Any, Any]):
    """A mapping of a YAML file; `line` is where it begins, `lines` where each of its keys stands."""

    line = 0

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[Any, int] = {}


@dataclass
class _Budget:
    nodes: int = MOST_NODES


class TooMuch(ValueError):  # noqa: N818 - a state of the document
    """The document is larger than anything that a person writes, for example by aliases of aliases."""


def read_yaml(tree: Tree, name: str, *, as_written: bool = False) -> Any:
    """Return the first document of a file as plain values; None, and a finding, when it is no YAML.

    `as_written` leaves every scalar the text that it is: to YAML `24:02` is the number 1442.
    """
    text = tree.text(name)
    if text is None or text.startswith("$ANSIBLE_VAULT"):
        return None
    try:
        if text.count("[") + text.count("{") > DEEPEST_BRACKETS and _depth(text) > DEEPEST_BRACKETS:
            raise TooMuch("brackets in brackets without end")
        loader = LOADER(text)
        try:
            node = loader.get_node() if loader.check_node() else None
            return None if node is None else _value(node, None if as_written else loader, _Budget(), 0)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        found = f"not YAML: {error.problem or error.context or 'it cannot be read'}"
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        line, found = 0, f"not YAML that can be read: {str(error)[:200]}"
    next_step = "Repair this line; look with: ansible-playbook --syntax-check"
    tree.findings.append(Finding("broken-yaml", Place(name, line), found, next_step))
    return None


def _depth(text: str) -> int:
    deepest = now = 0
    for character in text:
        now += (character in "[{") - (character in "]}")
        deepest = max(deepest, now)
    return deepest


def _value(node: Any, loader: Any, budget: _Budget, depth: int) -> Any:
    budget.nodes -= 1
    if budget.nodes < 0 or depth > DEEPEST:
        raise TooMuch("more values than anybody writes (aliases of aliases?)")
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, loader)
    if isinstance(node, yaml.SequenceNode):
        return [_value(child, loader, budget, depth + 1) for child in node.value]
    found = Mapping()
    found.line = node.start_mark.line + 1
    for key_node, value_node in node.value:
        if key_node.tag == "tag:yaml.org,2002:merge":
            merged = _value(value_node, loader, budget, depth + 1)
            for one in merged if isinstance(merged, list) else [merged]:
                found.update(one if isinstance(one, dict) else {})
            continue
        key = _value(key_node, loader, budget, depth + 1)
        if isinstance(key, list | dict):
            raise TooMuch("a key that is no word")
        found[key] = _value(value_node, loader, budget, depth + 1)
        found.lines[key] = key_node.start_mark.line + 1
    return found


def _scalar(node: Any, loader: Any) -> Any:
    line = node.start_mark.line + 1
    if node.tag in ("!vault", "!vault-encrypted"):
        secret = Secret("VAULT")
        secret.line = line
        return secret
    if node.tag.startswith("!") or node.tag == "tag:yaml.org,2002:str":
        text = Text(node.value)
        text.is_block = node.style in ("|", ">")
        text.line = line + text.is_block
        return text
    return loader.construct_object(node) if loader else node.value
