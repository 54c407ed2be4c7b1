"""A restore drill: a version brought back, loaded into a scratch database, and compared with what the server holds.

It is held where that server is; or elsewhere, with what `looked` said there of its tables.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from labcheck.facts.on_host.guard import place
from labcheck.facts.on_host.scratch import (
    Trouble,
    brought_back,
    loaded,
    remove_leftovers,
    scratch_database,
    sql,
    text_of,
)
from labcheck.facts.on_host.statements import read_dump

MOST_ROWS = 100_000
SETTLING_SECONDS = 5
DUMPED_BYTES_A_SECOND = 1 << 20
"""A dump is taken to have begun so long before its file was finished: what was written meanwhile may not be in it."""


def drilled(order: dict[str, Any]) -> dict[str, Any]:
    """Hold the drill and return what came of it."""
    database = order["database"]
    told: dict[str, Any] = {}
    with place(order["user"]) as (folder, _):
        path = brought_back(order, folder)
        text, told["sha256"] = text_of(path)
        told["bytes"], dumped_at = len(text), path.stat().st_mtime
        reading = read_dump(text, database)
        told |= {"completed": reading.completed, "refused": reading.refused[:5], "left_out": reading.left_out}
        if reading.refused or not reading.completed:
            return told
        scratch, settings = scratch_database(folder)
        loaded(reading.program, scratch, settings, order["seconds"])
        began = dumped_at - SETTLING_SECONDS - len(text) / DUMPED_BYTES_A_SECOND
        here = json.loads(Path(order["here"]).read_text())["tables"] if order["here"] else None
        names = tables(scratch) | (tables(database) if here is None else set(here))
        told["tables"] = {
            name: compared(table(database, name) if here is None else here.get(name), table(scratch, name), began)
            for name in names
        }
        return told


def looked(order: dict[str, Any]) -> dict[str, Any]:
    """Return which kind of server this is, and all that it holds of a database."""
    kind = "mariadb" if "MariaDB" in sql("SELECT VERSION()")[0][0] else "mysql"
    return {"server": kind, "tables": {name: table(order["database"], name) for name in tables(order["database"])}}


def tables(database: str) -> set[str]:
    """Return the names of a database's tables; views are none."""
    what = f"table_schema = '{database}' AND table_type = 'BASE TABLE'"
    return {row[0] for row in sql(f"SELECT table_name FROM information_schema.tables WHERE {what}")}


def table(database: str, name: str) -> dict[str, Any] | None:
    """Return a table's columns, its rows, and when the server last saw it change; None when there is no such table."""
    there = columns(database, name)
    if not there:
        return None
    return {"columns": there, "changed": changed(database, name), "rows": rows(database, name)}


def compared(here: dict[str, Any] | None, back: dict[str, Any] | None, dumped_at: float) -> dict[str, Any]:
    """Compare a table that came back with the one that is there now.

    `settled` says that it was not written to since the dump was made, so that both must be the same.
    """
    nothing: dict[str, Any] = {"columns": [], "rows": [], "changed": 0}
    now, then = here or nothing, back or nothing
    told: dict[str, Any] = {"is_here": bool(here), "came_back": bool(back)}
    told["settled"] = 0 < now["changed"] < dumped_at
    told["differs"] = [" ".join(one) for one in now["columns"] if one not in then["columns"]]
    before, after = set(now["rows"]), set(then["rows"])
    told |= {"rows": len(then["rows"]), "rows_here": len(now["rows"]), "common": len(before & after)}
    return told | {"missing": sorted(before - after)[:1], "extra": sorted(after - before)[:1]}


def columns(database: str, table: str) -> list[list[str]]:
    """Return name, type, nullability and key of each column, in order; none when there is no such table."""
    where = f"table_schema = '{database}' AND table_name = '{quoted(table)}' ORDER BY ordinal_position"
    what = "column_name, column_type, is_nullable, column_key"
    return sql(f"SELECT {what} FROM information_schema.columns WHERE {where}")


def rows(database: str, table: str) -> list[str]:
    """Return the rows as text, moments in UTC; raises `Trouble` for a table that is too large to be compared here."""
    name = table.replace("`", "``")
    found = sql(f"SET time_zone = '+00:00'; SELECT * FROM `{database}`.`{name}` LIMIT {MOST_ROWS + 1}")
    if len(found) > MOST_ROWS:
        raise Trouble(f"table {table} has more than {MOST_ROWS:,} rows")
    return ["\t".join(row) for row in found]


def changed(database: str, table: str) -> float:
    """Return when the server last saw a table made or written to, in seconds of Unix time; 0 when it does not know."""
    where = f"table_schema = '{database}' AND table_name = '{quoted(table)}'"
    unix = "COALESCE(UNIX_TIMESTAMP(update_time), 0), COALESCE(UNIX_TIMESTAMP(create_time), 0)"
    # Without this MySQL answers from what it knew up to a day ago; MariaDB does not know the word.
    fresh = "SET /*!80000 information_schema_stats_expiry = 0, */ @labcheck = 1"
    told = sql(f"{fresh}; SELECT {unix} FROM information_schema.tables WHERE {where}")
    updated, made = (float(word) for word in told[0])
    return max(updated, made) if updated else 0


def quoted(name: str) -> str:
    """Return a name for use between single quotes."""
    return name.replace("\\", "\\\\").replace("'", "''")


def cleared(work: dict[str, Any]) -> None:
    """Remove the scratch database."""
    remove_leftovers()
