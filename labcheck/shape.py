"""JSON that becomes dataclasses of ours, and back; whatever it holds, it has their shape or is refused."""

import functools
from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar, cast

T = TypeVar("T")


def shaped(kind: type[T], told: Any) -> T:
    """Return a value of a kind, made of plain ones; raises `ValueError` with the first place that does not fit."""
    from pydantic import ValidationError

    try:
        value: T = _adapter(cast(Hashable, kind)).validate_python(told)
    except ValidationError as error:
        problem = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}") from error
    return value


@functools.cache
def _adapter(kind: Any) -> Any:
    from pydantic import TypeAdapter  # takes as long to load as all the rest of a run's start; writing needs none of it

    return TypeAdapter(kind)


def plain(value: Any) -> Any:
    """Return what `json.dumps` is to write instead of a dataclass, a path or a set: its `default`."""
    if isinstance(value, frozenset):
        return sorted(value)
    return str(value) if isinstance(value, Path) else vars(value)
