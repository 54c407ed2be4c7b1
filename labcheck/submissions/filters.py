"""The filters and tests of Ansible that students' crontabs, paths and conditions use, in plain Python.

Whatever is not here gives an unknown value, never an error: no plug-in is ever loaded.
"""

import base64
import hashlib
import json
import posixpath
import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

import yaml
from jinja2 import Undefined
from jinja2.exceptions import FilterArgumentError

LONGEST = 100_000


def _text(value: Any) -> str:
    return str(value)[:LONGEST]


def _boolean(value: Any) -> bool:
    return value is True or str(value).strip().lower() in ("yes", "on", "1", "true", "y", "t")


def _ternary(value: Any, yes: Any, no: Any, none: Any = None) -> Any:
    if value is None and none is not None:
        return none
    return yes if value else no


def _combine(value: Any, *others: Any, **_: Any) -> dict[Any, Any]:
    found = dict(value) if isinstance(value, Mapping) else {}
    for other in others:
        found.update(other if isinstance(other, Mapping) else {})
    return found


def _replace(value: Any, pattern: str = "", replacement: str = "", **options: Any) -> str:
    flags = re.IGNORECASE if options.get("ignorecase") else 0
    return re.sub(_safe(pattern), replacement, _text(value), flags=flags)


def _safe(pattern: str) -> str:
    try:
        re.compile(str(pattern))
    except re.error as error:
        raise FilterArgumentError(f"`{pattern}` is no pattern: {error}") from error
    return str(pattern)


def _search(value: Any, pattern: str, *_: Any, **__: Any) -> str:
    found = re.search(_safe(pattern), _text(value))
    return found[0] if found else ""


def _flatten(value: Any, levels: int | None = None, **_: Any) -> list[Any]:
    found: list[Any] = []
    for one in value if isinstance(value, list | tuple) else [value]:
        deeper = isinstance(one, list | tuple) and (levels is None or levels > 0)
        found += _flatten(one, None if levels is None else levels - 1) if deeper else [one]
    return found


def _unique(values: Any, *_: Any, **__: Any) -> list[Any]:
    found: list[Any] = []
    for one in values:
        if one not in found:
            found.append(one)
    return found


def _to_yaml(value: Any, **_: Any) -> str:
    return yaml.safe_dump(json.loads(json.dumps(value, default=str)), default_flow_style=False)


def _extract(key: Any, container: Any, *_: Any) -> Any:
    return container[key] if key in container else Undefined(name=str(key))


def _mandatory(value: Any, *_: Any) -> Any:
    return value


def _hash(value: Any, kind: str = "sha1") -> str:
    return hashlib.new(kind if kind in hashlib.algorithms_guaranteed else "sha1", _text(value).encode()).hexdigest()


FILTERS: dict[str, Callable[..., Any]] = {
    "b64decode": lambda value: base64.b64decode(_text(value)).decode("utf-8", "replace"),
    "b64encode": lambda value: base64.b64encode(_text(value).encode()).decode(),
    "basename": lambda value: posixpath.basename(_text(value)),
    "bool": _boolean,
    "combine": _combine,
    "dict2items": lambda value, **_: [{"key": key, "value": one} for key, one in value.items()],
    "difference": lambda one, other: [value for value in one if value not in other],
    "dirname": lambda value: posixpath.dirname(_text(value)),
    "extract": _extract,
    "flatten": _flatten,
    "hash": _hash,
    "intersect": lambda one, other: [value for value in one if value in other],
    "items2dict": lambda values, **_: {one["key"]: one["value"] for one in values},
    "mandatory": _mandatory,
    "quote": lambda value: shlex.quote(_text(value)),
    "regex_replace": _replace,
    "regex_search": _search,
    "regex_escape": lambda value: re.escape(_text(value)),
    "splitext": lambda value: posixpath.splitext(_text(value)),
    "split": lambda value, separator=None: _text(value).split(separator),
    "ternary": _ternary,
    "to_json": lambda value, **_: json.dumps(value, default=str),
    "to_nice_json": lambda value, **_: json.dumps(value, default=str, indent=4),
    "to_nice_yaml": _to_yaml,
    "to_yaml": _to_yaml,
    "union": lambda one, other: _unique([*one, *other]),
    "unique": _unique,
}


def _version(value: Any) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", _text(value)))


def _is_version(value: Any, other: Any, operator: str = "==", **_: Any) -> bool:
    one, two = _version(value), _version(other)
    word = {"eq": "==", "ge": ">=", "le": "<=", "gt": ">", "lt": "<", "=": "==", "ne": "!="}.get(operator, operator)
    answers = {"==": one == two, "!=": one != two, ">=": one >= two, "<=": one <= two, ">": one > two, "<": one < two}
    return answers.get(word, False)


TESTS: dict[str, Callable[..., bool]] = {
    "contains": lambda value, one: one in value,
    "match": lambda value, pattern, **_: bool(re.match(_safe(pattern), _text(value))),
    "search": lambda value, pattern, **_: bool(re.search(_safe(pattern), _text(value))),
    "regex": lambda value, pattern, **_: bool(re.search(_safe(pattern), _text(value))),
    "version": _is_version,
    "truthy": lambda value, **_: bool(value),
    "falsy": lambda value, **_: not value,
}
