"""Reports: results as a person or a program reads them. A new one is a module in this table."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from labcheck.model import ClassResult
from labcheck.reports import canvas, gradescope, html, json, junit, moodle, spreadsheet
from labcheck.reports.document import Document
from labcheck.reports.github import runner as github
from labcheck.reports.shown import readable, revealed


@dataclass(frozen=True)
class Report:
    """One way to tell results: what it is for, and the documents it makes of them.

    They are made of results that are safe to show, unless a program wants them `as_they_are`.
    """

    about: str
    make: Callable[[ClassResult], Iterable[Document]]
    as_they_are: bool = False

    def documents(self, result: ClassResult, now: datetime) -> list[Document]:
        """Return the documents; what a student may read is decided by the moment `now`."""
        return list(self.make(result if self.as_they_are else readable(revealed(result, now))))


REPORTS = {
    "json": Report("results.json, for programs", json.documents, as_they_are=True),
    "html": Report("one page for the whole class", html.documents),
    "csv": Report("a row a student, for a spreadsheet", spreadsheet.documents),
    "moodle": Report("grades for Moodle's import", moodle.documents),
    "canvas": Report("grades for Canvas's import", canvas.documents),
    "gradescope": Report("results.json of an autograder", gradescope.documents),
    "junit": Report("JUnit XML, for CI systems", junit.documents),
    "github": Report("annotations, job summary, Classroom", github.documents),
}
