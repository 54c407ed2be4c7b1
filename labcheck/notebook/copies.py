"""3-2-1, counted on the hosts themselves: which copies of the data there are, where, how fresh, and how many versions.

A file counts when it is a whole dump; a directory of duplicity's when it has a chain that starts with a full backup.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from labcheck.facts import dump as dumps
from labcheck.facts import duplicity, files, mysql
from labcheck.hosts import Host, Site
from labcheck.labs.backup_tools.lab import DUMP, OFFSITE_DIRECTORY
from labcheck.notebook.display import template_of_table
from labcheck.rpo.durations import length

TABLE = template_of_table("""
<table class="labcheck-report">
<thead><tr>{% for name in names %}<th scope="col">{{ name }}</th>{% endfor %}</tr></thead>
{% for row in report.rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>{% endfor %}
</table>
<ul>{% for line in report.verdicts %}<li>{{ line }}</li>{% endfor %}</ul>
""")
NAMES = ("what", "machine", "place", "newest state", "versions")


@dataclass(frozen=True)
class Copy:
    """One copy of the data: what it is, on which machine, the newest state in it (None: now), and how many."""

    what: str
    host: str
    newest: datetime | None
    versions: int = 1

    @property
    def is_away(self) -> bool:
        """Say whether it lies in another place than the database."""
        return self.host == "offsite"


@dataclass(frozen=True)
class Copies:
    """All copies of one site, counted; a notebook shows them as a table."""

    found: tuple[Copy, ...]
    now: datetime

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """The lines of the table."""
        return [
            (one.what, one.host, "off-site" if one.is_away else "on-site", self._age(one), str(one.versions))
            for one in self.found
        ]

    @property
    def verdicts(self) -> list[str]:
        """What 3, 2 and 1 come to, a line each."""
        here = {one.host for one in self.found if not one.is_away}
        away = {one.host for one in self.found if one.is_away}
        return [
            _verdict(3, len(self.found), "copies, the live data among them"),
            _verdict(2, len(here), "machines on-site that hold one"),
            _verdict(1, len(away), "machines off-site that hold one"),
        ]

    def _age(self, one: Copy) -> str:
        if one.newest is None:
            return "now"
        return f"{length(max(0, int((self.now - one.newest).total_seconds())))} old"

    def _repr_html_(self) -> str:
        return TABLE.render(names=NAMES, report=self)

    def __repr__(self) -> str:
        lines = [NAMES, *self.rows]
        widths = [max(len(line[place]) for line in lines) for place in range(len(NAMES))]
        told = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines]
        return "\n".join([*told, *self.verdicts])


def _verdict(wanted: int, found: int, what: str) -> str:
    return f"{'✔' if found >= wanted else '✘'} {wanted}: {found} {what}"


def copies(site: Site) -> Copies:
    """Return the copies that there are now; raises `LabcheckError` when a host cannot be looked at."""
    home = f"/home/{site.student}"
    found = [
        *_live(site.db),
        *_file(site.db, DUMP),
        *_file(site.backup, f"{home}/agama.sql"),
        *_file(site.backup, f"{home}/agama.sql~"),
        *_chain(site.backup, home),
        *_chain(site.backup, f"{home}/mysql"),
        *_chain(site.offsite, OFFSITE_DIRECTORY),
    ]
    return Copies(tuple(found), datetime.now(UTC))


def _live(host: Host) -> Iterator[Copy]:
    if isinstance(mysql.rows(host, "agama", "item"), mysql.Rows):
        yield Copy("the table itself", host.name, None)


def _file(host: Host, path: str) -> Iterator[Copy]:
    if files.file_status(host, path) is not None and dumps.dump(host, path).completed:
        yield Copy(path, host.name, files.changed_at(host, path))


def _chain(host: Host, directory: str) -> Iterator[Copy]:
    sets = duplicity.collection(host, directory).sets
    if sets:
        yield Copy(f"duplicity in {directory}", host.name, max(one.end for one in sets), len(sets))
