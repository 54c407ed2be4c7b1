"""What several checks ask first: is the file there, may its user read it, is what came back a whole dump."""

import shlex

from labcheck.errors import CheckFailed
from labcheck.facts import dump, files
from labcheck.hosts import Host

LONGEST_LINE = 100


def must_be_readable(host: Host, path: str, make_it: str) -> None:
    """Raise `CheckFailed` unless `path` is a file that the host's user may read.

    `make_it` is the hint where there is none. Other hints name the file as it is seen from the home directory.
    """
    seen = shlex.quote(path.removeprefix(f"/home/{host.user}/"))
    status = files.file_status(host, path)

    if status is None:
        raise CheckFailed(f"no file `{path}`", make_it)
    if status.kind not in {"regular file", "regular empty file"}:
        raise CheckFailed(f"a `{status.kind}`", f"Look at it: ls -ld {seen}")
    if not files.is_readable(host, path):
        raise CheckFailed(f"mode `{status.mode_text}`, owner `{status.owner}`", f"Look at it: ls -l {seen}")


def must_be_whole_dump(text: str, table: str, hint: str) -> None:
    """Raise `CheckFailed` unless what came back is a whole dump, in which there is this table."""
    found = dump.parse_dump(text)
    if not found.completed:
        raise CheckFailed(f"a dump that ends with `{found.last_line[:LONGEST_LINE]}`", hint)
    if table not in found.rows:
        tables = ", ".join(found.rows) or "none"
        raise CheckFailed(f"a dump without table `{table}` (its tables: `{tables}`)", hint)
