"""Programs that run on a student's host, told as text to its Python: they import nothing but its standard library.

They are modules here, so that they can be read, typed and tested; `source` makes one program of several.
"""

import re
from importlib.resources import files

OWN_IMPORT = re.compile(r"^from (?:labcheck[\w.]*|__future__) import (?:\([^)]*\)|[^\n]*)\n", re.MULTILINE)


def source(*names: str) -> str:
    """Return modules of this folder as one program, in which each finds the names of those before it."""
    texts = (files(__package__).joinpath(f"{name}.py").read_text() for name in names)
    return "\n".join(["from __future__ import annotations", *(OWN_IMPORT.sub("", text) for text in texts)])
