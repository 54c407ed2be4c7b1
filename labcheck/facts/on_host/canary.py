"""A canary drill: a row planted, the owner's own jobs run, the table lost and restored, and everything put back.

The table is never deleted: it is lost by being renamed, and comes back in one statement.
"""

from __future__ import annotations

import base64
import contextlib
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from labcheck.facts.on_host.guard import Guard, place
from labcheck.facts.on_host.restoring import rows
from labcheck.facts.on_host.scratch import Complaint, Trouble, as_user, brought_back, run, sql, text_of
from labcheck.facts.on_host.statements import read_dump

LOST, RESTORED = "labcheck_lost_", "labcheck_restored_"
NOTES = Path("/var/lib/labcheck-drill")
JOB_OUTPUT_BYTES = 2000


def canary_drilled(order: dict[str, Any]) -> dict[str, Any]:
    """Hold the drill and return what came of it."""
    database, table = order["database"], order["table"]
    told: dict[str, Any] = {}
    with place(order["user"]) as (folder, guard):
        if left := next(NOTES.glob("*/README"), None):
            raise Trouble(f"an earlier drill was cut off on this host before all was put back: cat {left}")
        before = rows(database, table)
        guard.note(**kept(order))
        try:
            sql(f"INSERT INTO `{database}`.`{table}` (`{order['column']}`) VALUES ('{order['canary']}')")
            told["jobs"] = [started(job, guard) for job in order["jobs"]]
            if not any(job["status"] for job in told["jobs"]):
                returned(order, folder, before, told)
        except Complaint as complaint:
            told["complaint"] = str(complaint)[-4000:]
        finally:
            is_back = guard.end()
        if not is_back:
            raise Trouble(f"not everything could be put back; what to type stands in {NOTES}/{order['nonce']}/README")
        after = rows(database, table)
        told["gone"] = sorted(set(before) - set(after))[:1]
        told["left"] = sorted(row for row in after if order["canary"] in row)[:1]
    return told


def started(job: dict[str, Any], guard: Guard) -> dict[str, Any]:
    """Start a job as cron would, wait for its end, and return its status and the end of its output."""
    words = [word.encode("latin-1") for word in job["words"]]
    began = time.monotonic()
    with subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd="/",
        start_new_session=True,
    ) as process:
        guard.note(job=process.pid)
        try:
            said, _ = process.communicate(base64.b64decode(job["stdin"]))
        except Trouble:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    text = said[-JOB_OUTPUT_BYTES:].decode("utf-8", "backslashreplace")
    return {"status": process.returncode, "said": text, "seconds": time.monotonic() - began}


def returned(order: dict[str, Any], folder: Path, before: list[str], told: dict[str, Any]) -> None:
    """Look for the canary in what comes back and, if it is there, lose the table and restore it."""
    database, table = order["database"], order["table"]
    reading = read_dump(text_of(brought_back(order, folder))[0], database, table)
    told |= {"refused": reading.refused[:5], "seen": order["canary"] in reading.program}
    if not told["seen"]:
        return
    lost_at = time.monotonic()
    sql(f"RENAME TABLE `{database}`.`{table}` TO `{database}`.`{LOST}{table}`")
    again = read_dump(text_of(brought_back(order, folder))[0], database, table)
    client = ["mysql", "--binary-mode", "--local-infile=0", "--default-character-set=utf8mb4", database]
    done = run(as_user(order["user"], *client), order["seconds"], input=again.program)
    if done.returncode:
        raise Complaint(f"mysql: {done.stderr.strip()[-300:]}")
    told["rto_seconds"] = time.monotonic() - lost_at
    swap(database, table)  # at once: what people write meanwhile should be written into their own table
    wanted = set(before) & set(rows(database, table))
    told["missing"] = sorted(wanted - set(rows(database, f"{RESTORED}{table}")))[:1]


def kept(order: dict[str, Any]) -> dict[str, Any]:
    """Keep what the drill will write over, note how to undo it by hand, and return the same for the guard."""
    database, table = order["database"], order["table"]
    made = sql(f"SHOW CREATE TABLE `{database}`.`{table}`")[0][1]
    saved = NOTES / order["nonce"]
    saved.mkdir(mode=0o700, parents=True)
    work = {name: order[name] for name in ("database", "table", "column", "canary")}
    work |= {"auto_increment": made.partition(" AUTO_INCREMENT=")[2].split(" ")[0], "saved": str(saved), "files": {}}
    for number, path in enumerate(order["files"]):
        work["files"][path] = ""  # there was none
        if Path(path).is_file():
            work["files"][path] = str(saved / str(number))
            copied(path, work["files"][path])
    (saved / "README").write_text(by_hand(work))
    return work


def put_back(work: dict[str, Any]) -> None:
    """Undo what was done, as far as it was; may be done twice."""
    if "table" not in work:
        return
    database, table = work["database"], work["table"]
    swap(database, table)
    sql(f"DROP TABLE IF EXISTS `{database}`.`{RESTORED}{table}`")
    sql(f"DELETE FROM `{database}`.`{table}` WHERE `{work['column']}` = '{work['canary']}'")
    if work["auto_increment"]:
        sql(f"ALTER TABLE `{database}`.`{table}` AUTO_INCREMENT = {int(work['auto_increment'])}")
    for path, copy in work["files"].items():
        if copy:
            copied(copy, path)
        else:
            Path(path).unlink(missing_ok=True)
    shutil.rmtree(work["saved"])
    with contextlib.suppress(OSError):
        NOTES.rmdir()


def swap(database: str, table: str) -> None:
    """Put a lost table back, in one statement; what stands in its place steps aside."""
    where = f"table_schema = '{database}' AND table_name IN ('{table}', '{LOST}{table}', '{RESTORED}{table}')"
    there = {row[0] for row in sql(f"SELECT table_name FROM information_schema.tables WHERE {where}")}
    if f"{LOST}{table}" in there:
        aside = f"`{database}`.`{table}` TO `{database}`.`{RESTORED}{table}`, " if table in there else ""
        sql(f"RENAME TABLE {aside}`{database}`.`{LOST}{table}` TO `{database}`.`{table}`")


def copied(source: str, target: str) -> None:
    """Copy a file with its owner, mode and times; raises `Trouble`."""
    done = run(["cp", "-p", "--", source, target], 30)
    if done.returncode:
        raise Trouble(done.stderr.strip())


def by_hand(work: dict[str, Any]) -> str:
    """Return what a person types, as root, should nobody have put everything back."""
    database, table, lost = work["database"], work["table"], f"{LOST}{work['table']}"
    files = [f"cp -p {copy} {path}" if copy else f"rm -f {path}" for path, copy in work["files"].items()]
    lines = [
        "# A drill was cut off on this host, and nobody cleared up after it. Type these lines, as root. The first two",
        f"# only where there is a table {lost} (mysql {database} -e 'SHOW TABLES'): that is {table}.",
        f"mysql {database} -e 'RENAME TABLE {table} TO {table}_meanwhile'",
        f"mysql {database} -e 'RENAME TABLE {lost} TO {table}'",
        f"mysql {database} -e \"DELETE FROM {table} WHERE {work['column']} = '{work['canary']}'\"",
    ]
    return "\n".join([*lines, *files, f"rm -r {work['saved']}", ""])
