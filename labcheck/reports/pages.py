"""What the pages of a class and of a student share: templates in which everything is escaped, and their words.

The pages have no scripts and load nothing; their content security policy keeps it so even where an escape would fail.
"""

import re
from datetime import datetime
from html import escape
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from labcheck.model import Evidence, Grade, Result, Run, Status, Visibility
from labcheck.reports.console import points

WORDS: Final = {"pass": "passed", "part": "partly", "fail": "failed", "skip": "skipped", "error": "not graded"}
TAGS: Final = {Visibility.AFTER_DUE: "shown after the due time", Visibility.HIDDEN: "hidden"}
ENVIRONMENT: Final = Environment(
    loader=PackageLoader("labcheck.reports"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def with_code(text: str) -> Markup:
    """Return text as HTML, escaped, with what stands in backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text)))  # noqa: S704 - escaped just here


def kind_of(result: Result) -> str:
    """Return the kind of a result that colours and signs follow: `part` is a failed check with partial credit."""
    return "part" if result.status is Status.FAIL and result.earned else result.status.value


def ending_of(evidence: Evidence) -> Markup:
    """Return how a command ended, on a line of its own; nothing when it ended well."""
    if evidence.status == 0:
        return Markup()
    ended = "no answer" if evidence.status is None else f"exit status {evidence.status}"
    return Markup("\n<i>{}</i>").format(ended)


ENVIRONMENT.filters |= {"code": with_code, "kind": kind_of, "points": points, "ending": ending_of}


def render(template: str, **values: Any) -> str:
    """Return a page made of a template and these values."""
    css, _, _ = ENVIRONMENT.loader.get_source(ENVIRONMENT, "page.css")  # type: ignore[union-attr]  # there is a loader
    page = ENVIRONMENT.get_template(template)
    return page.render(**values, css=Markup(css), words=WORDS, tags=TAGS)  # noqa: S704 - our own style sheet


def moment(stamp: str) -> str:
    """Return a time as people read it: `23 November 2026, 14:03 UTC`; a stamp that is none stays as it is."""
    try:
        time = datetime.fromisoformat(stamp)
    except ValueError:
        return stamp
    return f"{time.day} {time:%B %Y, %H:%M} {time.tzname() or 'UTC'}"


def circumstances(run: Run) -> str:
    """Return when and how results came about, in one line; empty when nothing is known of it."""
    told = [
        run.began and f"graded {moment(run.began)}",
        run.regraded and "judged again from transcripts",
        run.due and f"due {moment(run.due)}",
        run.version and f"labcheck {run.version}",
    ]
    return " · ".join(word for word in told if word)


def lateness(grade: Grade) -> list[str]:
    """Return the sentence about a late penalty, if there is one."""
    if not grade.late_penalty:
        return []
    return [f"Handed in late: {grade.late_penalty:.0%} of the points are taken off."]
