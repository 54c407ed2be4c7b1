"""JUnit XML, as Jenkins, GitLab and others show it: a suite a student, a case a check."""

import io
from collections.abc import Iterator

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from labcheck.model import ClassResult, Grade, Result, State, Status
from labcheck.reports.document import Document

KINDS = {Status.FAIL: Failure, Status.ERROR: Error, Status.SKIP: Skipped}


def documents(result: ClassResult) -> Iterator[Document]:
    """Yield `junit.xml`. Its text was made visible before, which leaves no character that XML forbids."""
    whole = JUnitXml(result.title)
    for grade in result.grades:
        whole.append(_suite(grade, result.lab))
    whole.update_statistics()
    out = io.BytesIO()
    whole.write(out)
    yield Document("junit.xml", out.getvalue().decode())


def _suite(grade: Grade, lab: str) -> TestSuite:
    suite = TestSuite(grade.student)
    points = {"points": grade.points, "points_possible": grade.points_possible, "late_penalty": grade.late_penalty}
    for name, value in {"state": grade.state.value, **points}.items():
        suite.add_property(name, f"{value:g}" if isinstance(value, float | int) else value)
    cases = [_case(one, grade, lab) for one in grade.results]
    if grade.state is not State.GRADED:
        trouble = Result("hosts", "", "the hosts can be graded", 0, Status.ERROR, grade.note or grade.state.value)
        cases.insert(0, _case(trouble, grade, lab))
    suite.add_testcases(cases)
    return suite


def _case(result: Result, grade: Grade, lab: str) -> TestCase:
    case = TestCase(f"{result.step} {result.title}".strip(), f"{lab}.{grade.student}", round(result.seconds, 3))
    if kind := KINDS.get(result.status):
        outcome = kind(result.found, result.status.value)
        outcome.text = "\n".join(filter(None, (f"found {result.found}", result.hint, _points(result))))
        case.result = [outcome]
    return case


def _points(result: Result) -> str:
    return f"{result.earned:g} of {result.points:g} points"
