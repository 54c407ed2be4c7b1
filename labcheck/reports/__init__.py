"""Reports: results as a person or a program reads them. A new one is a module in this table."""

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from labcheck.model import ClassResult
from labcheck.reports.document import Document
from labcheck.reports.shown import readable, revealed


@dataclass(frozen=True)
class Report:
    """One way to tell results: what it is for, and the module of this folder whose `documents` makes them.

    They are made of results that are safe to show, unless a program wants them `as_they_are`. The module is imported
    when it is asked: most runs want none of them, and some take long to import.
    """

    about: str
    module: str
    as_they_are: bool = False

    def documents(self, result: ClassResult, now: datetime) -> list[Document]:
        """Return the documents; what a student may read is decided by the moment `now`."""
        made: Iterable[Document] = importlib.import_module(f"{__name__}.{self.module}").documents(
            result if self.as_they_are else readable(revealed(result, now))
        )
        return list(made)


REPORTS = {
    "json": Report("results.json, for programs", "json", as_they_are=True),
    "html": Report("one page for the whole class", "html"),
    "csv": Report("a row a student, for a spreadsheet", "spreadsheet"),
    "moodle": Report("grades for Moodle's import", "moodle"),
    "canvas": Report("grades for Canvas's import", "canvas"),
    "gradescope": Report("results.json of an autograder", "gradescope"),
    "junit": Report("JUnit XML, for CI systems", "junit"),
    "github": Report("annotations, job summary, Classroom", "github.runner"),
}
