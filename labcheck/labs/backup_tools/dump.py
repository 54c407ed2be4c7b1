"""Chapter 1: the dump (section "Extract data from the existing database" of the demo)."""

import shlex

from labcheck.errors import CheckFailed
from labcheck.facts import dump as dumps
from labcheck.facts import files, mysql
from labcheck.hosts import Site
from labcheck.labs.backup_tools.lab import DUMP, HOME, LAB, TABLE
from labcheck.labs.backup_tools.plan import last_dump_due, plan
from labcheck.labs.backup_tools.presence import must_be_readable

MAKE_IT = "Make it, on db as backup: mysqldump agama > agama.sql"


@LAB.check("1.1")
def dump_exists(site: Site) -> None:
    """agama.sql is there, and backup may read it"""
    must_be_readable(site.db, DUMP, MAKE_IT)


@LAB.check("1.2", points=2, needs=[dump_exists])
def dump_is_complete(site: Site) -> None:
    """agama.sql holds a whole dump, down to its last line"""
    dump = dumps.dump(site.db, DUMP)

    if dump.size_bytes == 0:
        raise CheckFailed("an empty file", "What does mysqldump say? mysqldump agama > agama.sql; echo $?")
    if not dump.completed:
        raise CheckFailed(f"`{dump.last_line[:100]}` as its last line", "Look at its end: tail -1 agama.sql")
    if dump.rows.get(TABLE) and TABLE not in dump.created:
        raise CheckFailed(f"rows of table `{TABLE}`, and no CREATE TABLE before them", MAKE_IT)


@LAB.check("1.2", needs=[dump_is_complete])
def dump_is_in_words_of_this_server(site: Site) -> None:
    """agama.sql can be loaded by the client that is on db"""
    if dumps.begins_with_sandbox_line(site.db, DUMP) and not mysql.client_is_mariadb(site.db):
        found = "a first line of MariaDB's, `enable the sandbox mode`, which MySQL's client takes for a command"
        raise CheckFailed(found, "Look at it: head -1 agama.sql; leave it out with: tail -n +2 agama.sql")


@LAB.check("1.3", points=3, needs=[dump_is_complete])
def dump_holds_the_rows(site: Site) -> None:
    """agama.sql holds the rows of the database, as they are now or were when cron last made it"""
    dumped = dumps.dump(site.db, DUMP).rows
    now = mysql.rows(site.db, "agama", "item")

    if isinstance(now, mysql.Refused):
        raise CheckFailed(
            f"`{now.error}` when asking the database", "Ask it yourself: mysql -e 'SELECT * FROM agama.item'"
        )
    if "item" not in dumped:
        tables = ", ".join(dumped) or "none"
        raise CheckFailed(f"no table `item` in the dump (its tables: `{tables}`)", MAKE_IT)
    if set(now.rows) & set(dumped["item"]) and set(now.rows) != set(dumped["item"]) and _people_went_on(site):
        return
    missing = sorted(set(now.rows) - set(dumped["item"]))
    if missing:
        raise CheckFailed(f"a dump without the row `{' | '.join(missing[0])}`", f"It is older than the data. {MAKE_IT}")
    extra = sorted(set(dumped["item"]) - set(now.rows))
    if extra:
        found = f"a row in the dump that is no longer in the database: `{' | '.join(extra[0])}`"
        raise CheckFailed(found, f"It is older than the data. {MAKE_IT}")


def _people_went_on(site: Site) -> bool:
    """Say whether the table was written to since a dump that cron makes, and that is not overdue."""
    dumped, changed = files.changed_at(site.db, DUMP), mysql.changed_at(site.db, "agama", "item")
    if changed is not None and changed < dumped:
        return False
    found = plan(site)
    if not found.dumps:
        found.must_be_read()
    due = last_dump_due(site, found)
    return due is not None and dumped >= due


@LAB.check("1.4", needs=[dump_exists])
def no_password_lies_open(site: Site) -> None:
    """no file beside the dump shows a password to every user of db"""
    naming = files.open_files_naming_a_password(site.db, HOME)

    if naming:
        raise CheckFailed(
            f"a password in `{naming[0]}`, which anyone may read", f"Close it: chmod 600 {shlex.quote(naming[0])}"
        )
