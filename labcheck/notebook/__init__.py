"""What a notebook cell calls: `%load_ext labcheck.notebook` gives the magics and `quiz`."""

from labcheck.notebook.magics import load_ipython_extension
from labcheck.notebook.quiz import quiz

__all__ = ["load_ipython_extension", "quiz"]
