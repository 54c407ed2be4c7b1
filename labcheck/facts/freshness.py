"""Facts about a student's own freshness check: what it says of backups that are new, old, and not there."""

import re
from dataclasses import dataclass

from labcheck.errors import UnreadableAnswer
from labcheck.hosts import Host

NO_SUCH_PROGRAM = 3
# Asks `~/fresh DIRECTORY HOURS` about the real backups, and about two directories that are gone at the end, however it
# ends: one with the names of a full backup of a week ago, one with nothing. They are called as the real one is, and it
# has a dot behind it, so that a check which goes by the name of the directory errs. Each status is told in a line.
SCRIPT = rf"""
[ -f ~/fresh ] && [ -x ~/fresh ] || exit {NO_SUCH_PROGRAM}
scratch=$(mktemp -d) || exit 2
trap 'rm -rf -- "$scratch"' EXIT
trap 'exit 143' HUP INT TERM
name=$(basename "$1"); old=$scratch/old/$name none=$scratch/none/$name
mkdir -p "$old" "$none" || exit 2
stamp=$(date --utc --date '7 days ago' +%Y%m%dT%H%M%SZ)
for file in duplicity-full.$stamp.manifest duplicity-full.$stamp.vol1.difftar.gz \
        duplicity-full-signatures.$stamp.sigtar.gz; do
    touch -d '7 days ago' "$old/$file" || exit 2
done
cd || exit 2
for directory in "$1/." "$old" "$none"; do
    timeout 5 ./fresh "$directory" "$2" > /dev/null 2>&1 < /dev/null
    echo $?
done
"""


@dataclass(frozen=True)
class Verdicts:
    """What the check said: is it green for the real backups, red for old ones, and red where there are none."""

    green: bool
    red_for_old: bool
    red_for_none: bool


def verdicts(host: Host, directory: str, hours: int) -> Verdicts | None:
    """Run the host's user's `~/fresh` on three directories; None when there is no such program."""
    words = ["sh", "-c", SCRIPT, "fresh", directory, str(hours)]
    answer = host.expect(*words, statuses={0, NO_SUCH_PROGRAM})
    return parse_verdicts(answer.stdout) if answer.status == 0 else None


def parse_verdicts(text: str) -> Verdicts:
    """Read three exit statuses, a line each; raises `UnreadableAnswer`."""
    lines = text.splitlines()
    if len(lines) != 3 or not all(re.fullmatch(r"[0-9]{1,3}", line) for line in lines):
        raise UnreadableAnswer(f"the freshness check was run three times, and the answer was {text[:100]!r}")
    real, old, none = (int(line) for line in lines)
    return Verdicts(real == 0, old != 0, none != 0)
