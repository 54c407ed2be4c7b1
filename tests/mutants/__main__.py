"""`make mutants`: make small mistakes in the checks, one at a time, and list those that no test notices.

Exit 1 when fewer than nine in ten are noticed.
"""

import argparse
import itertools
import sys
import time
from pathlib import Path

from tests.mutants.killing import ROOT, prepare, survivors
from tests.mutants.operators import Mutant, mutants

PYTEST = ("pytest", "hypothesis", "yaml", "rich.table")
TESTS = {
    "labs": ("tests/test_checks_page.py", "tests/labs"),
    "rpo": ("tests/rpo", "tests/cli/test_rpo.py"),
}
BELOW = {
    "labs": ("labcheck.rpo", "labcheck.hosts.ssh", "labcheck.facts.drill", "labcheck.facts.chain", "labcheck.cron"),
    "rpo": ("labcheck.cron", "matplotlib", "typer"),
}
WANTED = 0.9


def main() -> int:
    """Try the mutants of a part, of all its modules or of those that are named."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("part", nargs="?", default="labs", choices=TESTS)
    parser.add_argument("modules", nargs="*", help="only modules with these names, such as chain")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only each Nth mutant")
    parser.add_argument("--jobs", type=int, default=2)
    arguments = parser.parse_args()
    prepare((*PYTEST, *BELOW[arguments.part]))
    started, tried, alive, number = time.monotonic(), 0, 0, itertools.count()
    for path in sorted((ROOT / "labcheck" / arguments.part).rglob("[!_]*.py")):
        if arguments.modules and path.stem not in arguments.modules:
            continue
        module: Path = path.relative_to(ROOT)
        found = [one for one in mutants(path.read_text()) if next(number) % arguments.every == 0]
        as_it_is = [] if tried else [Mutant(0, "", "", path.read_text())]
        unnoticed = survivors(module, [*as_it_is, *found], TESTS[arguments.part], arguments.jobs)
        if unnoticed[: len(as_it_is)] != as_it_is:
            sys.exit(f"{module}: its tests fail without any mistake; mend that first")
        unnoticed = unnoticed[len(as_it_is) :]
        lines = [f"{module}:{one.line}: {one.before}  →  {one.after}" for one in unnoticed]
        tried, alive = tried + len(found), alive + len(lines)
        print(f"{module}: {len(found) - len(lines)} of {len(found)} noticed", *lines, sep="\n  ", flush=True)
    share = (tried - alive) / tried if tried else 1.0
    print(f"{arguments.part}: {tried - alive} of {tried} noticed ({share:.0%}) in {time.monotonic() - started:.0f} s")
    return 0 if share >= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
