"""Running checks over a site: one result for each, in order."""

import time
from collections.abc import Iterator, Sequence

from labcheck.errors import CheckFailed, LabcheckError
from labcheck.hosts import Site
from labcheck.model import Check, Result, Status
from labcheck.visible import visible


def run(checks: Sequence[Check[Site]], site: Site) -> Iterator[Result]:
    """Yield the result of each check as it comes.

    A check whose needs did not all pass is a SKIP that names the first of them, or an ERROR when that one is. Whatever
    a check raises that is not `CheckFailed` is our trouble: an ERROR, and the next check runs.
    """
    done: dict[str, Status] = {}
    for check in checks:
        unmet = next((needed for needed in check.needs if done[needed.name] is not Status.PASS), None)
        result = _left_out(check, unmet, done[unmet.name]) if unmet else _run_one(check, site)
        done[check.name] = result.status
        yield result


def _left_out(check: Check[Site], unmet: Check[Site], because: Status) -> Result:
    if because is Status.ERROR:
        return _result(check, Status.ERROR, f"nothing, as step {unmet.step} could not be graded")
    return _result(check, Status.SKIP, f"nothing to look at yet: step {unmet.step} comes first")


def _run_one(check: Check[Site], site: Site) -> Result:
    started = time.monotonic()
    try:
        check.function(site)
    except CheckFailed as failure:
        return _result(check, Status.FAIL, failure.found, failure.hint, time.monotonic() - started)
    except LabcheckError as trouble:
        return _result(check, Status.ERROR, trouble.what, trouble.next_step, time.monotonic() - started)
    except Exception as trouble:
        found = f"a defect of this check: {type(trouble).__name__}: {trouble}"
        return _result(check, Status.ERROR, found, "", time.monotonic() - started)
    return _result(check, Status.PASS, seconds=time.monotonic() - started)


def _result(check: Check[Site], status: Status, found: str = "", hint: str = "", seconds: float = 0.0) -> Result:
    shown = visible(found), visible(hint)
    return Result(check.name, check.step, check.title, check.points, status, *shown, round(seconds, 3))
