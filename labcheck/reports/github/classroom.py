"""What GitHub Classroom's reporter reads: a runner's results, with one test for each point item.

The reporter adds up the scores of the tests for the grade, but in its table it counts passed tests. Both come to the
same only when every test is worth the same, so a check of 3 points is three tests of one.
"""

import json
from collections.abc import Iterator
from math import gcd
from typing import Any, Final

from labcheck.model import Grade, Result, State, Status, Visibility
from labcheck.reports.shown import verdict

MOST_TESTS: Final = 400
"""With more items a check is one test, and its partial credit is in its score alone."""


def text(grade: Grade) -> str:
    """Return the document; the reporter reads it from the step output `result`, in Base64."""
    return json.dumps(runner_results(grade), indent=2) + "\n"


def runner_results(grade: Grade) -> dict[str, Any]:
    """Return the results: `max_score` is the points that could be graded, the scores add up to the points earned."""
    counted = [one for one in grade.results if one.status is not Status.ERROR and _worth(one)]
    if grade.state is not State.GRADED or not grade.points_possible:
        lost = {"name": "the hosts can be graded", "status": "error", "score": 0, "message": verdict(grade)}
        return {"version": 1, "status": "error", "max_score": 0, "tests": [lost]}
    tests = [test for one in counted for test in _tests(one, _item(counted))]
    if lost_points := round(grade.points - grade.points_before_penalty, 2):
        tests.append({"name": "handed in late", "status": "fail", "score": lost_points, "message": verdict(grade)})
    passed = all(test["status"] == "pass" for test in tests)
    status = "pass" if passed else "fail"
    return {"version": 1, "status": status, "max_score": grade.points_possible, "tests": tests}


def _worth(result: Result) -> float:
    """What a check adds to the tests: its points, or those that a bonus really gave."""
    return result.earned if result.bonus else result.points


def _item(results: list[Result]) -> int:
    """The largest part of a point, in hundredths, that all points and partial credits are whole numbers of."""
    hundredths = [round(100 * points) for one in results for points in (_worth(one), one.earned)]
    item = gcd(*hundredths)
    total = sum(round(100 * _worth(one)) for one in results)
    return item if item and total // item <= MOST_TESTS else 0


def _tests(result: Result, item: int) -> Iterator[dict[str, Any]]:
    shown = result.visibility is Visibility.SHOWN
    name = f"{result.step} {result.title}" if shown else "a check that is not shown yet"
    message = f"found {result.found}\n{result.hint}".strip() if shown and result.found else ""
    if not item:
        status = "pass" if result.status is Status.PASS else "fail"
        yield {"name": name, "status": status, "score": result.earned, "message": message}
        return
    count, earned = (round(100 * points) // item for points in (_worth(result), result.earned))
    for number in range(count):
        passed = number < earned
        which = f" ({number + 1} of {count})" if count > 1 else ""
        outcome = {"status": "pass", "score": item / 100} if passed else {"status": "fail", "score": 0}
        yield {"name": name + which, **outcome, "message": "" if passed else message}
