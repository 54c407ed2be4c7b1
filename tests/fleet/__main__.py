"""`make fleet`: change a lab in every known way, grade it, and say where a check was wrong.

Exit 1 when any check passed or failed falsely, or could not be asked.
"""

import argparse
import sys
import time

from rich.console import Console

from tests.fleet.grading import LAB, graded
from tests.fleet.members import members
from tests.fleet.report import confusion


def main() -> int:
    """Run the fleet, or the members whose names begin with one of the words."""
    parser = argparse.ArgumentParser(prog="make fleet", description=__doc__)
    parser.add_argument("names", nargs="*", help="only members whose names begin so")
    wanted = parser.parse_args().names
    fleet = [one for one in members() if not wanted or one.name.startswith(tuple(wanted))]
    if not fleet:
        parser.error(f"no member's name begins with {' or '.join(wanted)}")
    started = time.monotonic()
    done = {}
    by_name = {one.name: one for one in fleet}
    for number, one in enumerate(graded(fleet), 1):
        done[one.member] = one
        wrong = confusion(LAB, [by_name[one.member]], {one.member: one})[1]
        print(f"{number}/{len(fleet)} {one.member} ({one.seconds:.1f} s)", *wrong, sep="\n    ", flush=True)
    table, wrong = confusion(LAB, fleet, done)
    Console(width=140).print(table)
    print("\n".join(wrong))
    print(f"{len(fleet)} hosts in {time.monotonic() - started:.0f} s, {len(wrong)} times wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
