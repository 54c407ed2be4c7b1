"""What came of the fleet: for each check how often it was right, and every host that it was wrong about."""

from collections.abc import Mapping, Sequence

from rich.table import Table

from labcheck.model import Lab, SiteT
from tests.fleet.grading import Graded
from tests.fleet.members import Member

COLUMNS = ("check", "passed", "failed", "false pass", "false failure", "could not be asked")


def confusion(lab: Lab[SiteT], fleet: Sequence[Member], graded: Mapping[str, Graded]) -> tuple[Table, list[str]]:
    """Return a row for each check, and one line for every time that a check was wrong or a host could not be made."""
    table = Table(*COLUMNS, box=None)
    wrong = [f"{name}: {one.trouble}" for name, one in graded.items() if one.trouble]
    whole = [one for one in fleet if not graded[one.name].trouble]
    for check in (*lab.checks, *lab.drills):
        held = [one for one in whole if check.drill is None or check.drill in one.drills]
        must = {one.name for one in whole if check.name in one.fails}
        did = {one.name for one in whole if check.name in graded[one.name].failed}
        unread = {one.name for one in whole if check.name in one.not_covered}
        errors = {one.name: said[check.name] for one in whole if check.name in (said := graded[one.name].errors)}
        lost = {name: reason for name, reason in errors.items() if name not in unread}
        false_pass, false_failure = must - did - lost.keys(), did - must
        right = (len(held) - len(must | did | errors.keys()), len(must & did))
        table.add_row(check.name, *map(str, (*right, len(false_pass), len(false_failure), len(lost))))
        wrong += [f"{name}: {check.name} did not fail" for name in sorted(false_pass)]
        wrong += [f"{name}: {check.name} failed: {graded[name].failed[check.name]}" for name in sorted(false_failure)]
        wrong += [f"{name}: {check.name} spoke of what it cannot read" for name in sorted(unread - errors.keys())]
        wrong += [f"{name}: {check.name} could not be asked: {reason}" for name, reason in lost.items()]
    return table, wrong
