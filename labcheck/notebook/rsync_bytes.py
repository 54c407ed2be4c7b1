"""What rsync sends, measured in the lab: dumps of several sizes, after no change, one new row, and many."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from labcheck.errors import UnexpectedStatus, UnreadableAnswer
from labcheck.hosts import Site

BACKUP_SERVER = "backup.foo.bar"
ROW_COUNTS = (100, 400, 1600, 6400)
CHANGES = ("no change", "one new row", "a new row after every 20th")
TIMEOUT_SECONDS = 60.0
# A table of its own, so that Agama's stays as it is; gone again at the end, however it ends. Its rows have even
# numbers, so that there is room between them. `touch` makes rsync look at a file that was made in the same second.
SCRIPT = """
set -e
account=$1 rows=$2
file=$(mktemp -d)/crowd.sql
trap 'mysql agama -e "DROP TABLE IF EXISTS crowd"; rm -r "${file%/*}"; ssh "$account" rm -f crowd.sql' EXIT
insert() { (echo 'INSERT INTO crowd VALUES'; seq -s, -f "(%.0f,'a hobbit of the Shire')" "$@") | mysql agama; }
upload() { mysqldump --skip-dump-date agama crowd > "$file"; touch -d "$1" "$file"; stat -c 'size %s' "$file"
           rsync -v "$file" "$account:" </dev/null | grep ^sent; }
mysql agama -e 'DROP TABLE IF EXISTS crowd; CREATE TABLE crowd (id INT PRIMARY KEY, value VARCHAR(40))'
insert 2 2 $((rows * 2))
upload 2001-01-01 > /dev/null
upload 2001-01-02
insert $((rows + 1)) $((rows + 1)); upload 2001-01-03
insert 9 40 $((rows * 2)); upload 2001-01-04
"""
UPLOAD = re.compile(r"size (\d+)\nsent ([\d,]+) bytes .*\n")


@dataclass(frozen=True)
class Upload:
    """One upload by rsync: what had changed since the one before, the file's size, and the bytes sent for it."""

    change: str
    size_bytes: int
    sent_bytes: int


def measured(site: Site) -> list[Upload]:
    """Measure on `db`, with uploads to the backup server, for each size and change; raises `LabcheckError`."""
    return [upload for rows in ROW_COUNTS for upload in _uploads(site, rows)]


def _uploads(site: Site, rows: int) -> Iterator[Upload]:
    words = ["sh", "-c", SCRIPT, "sh", f"{site.student}@{BACKUP_SERVER}", str(rows)]
    answer = site.db.run(*words, timeout_seconds=TIMEOUT_SECONDS)
    if answer.status != 0:
        last = (answer.stderr.strip().splitlines() or ["no message"])[-1]
        raise UnexpectedStatus(f"the measurement on db ended with status {answer.status}: {last}")
    return parse_uploads(answer.stdout)


def parse_uploads(text: str) -> Iterator[Upload]:
    """Read `size N` and rsync's `sent N bytes` for each change, in turn; raises `UnreadableAnswer`."""
    found = UPLOAD.findall(text)
    if len(found) != len(CHANGES) or UPLOAD.sub("", text):
        raise UnreadableAnswer(f"the measurement printed {text[-200:]!r}")
    for change, (size, sent) in zip(CHANGES, found, strict=True):
        yield Upload(change, int(size), int(sent.replace(",", "")))
