"""What flows through a pipe: the text of a dump, or of a file; and what becomes of it where it is written."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from labcheck.rpo.commands.actions import Action, Copy, Dump, Restore
from labcheck.rpo.commands.dumps import Dumped
from labcheck.rpo.commands.places import Home, Place

DATABASE_CLIENTS = ("mysql", "mariadb", "psql", "pg_restore", "mongorestore", "sqlite3")
NOWHERE = "/dev/null"


@dataclass(frozen=True)
class Stream:
    """Data on its way: a dump (`dump` is set, taken on `host`) or the content of a file at `place`."""

    dump: Dumped | None = None
    tool: str = "cat"
    host: str = ""
    place: Place | None = None
    crossed: bool = False
    saved: bool = False
    """`tee` has written it to a file already; it need not be written again"""

    def over_network(self) -> "Stream":
        """Return the same data after it went through ssh."""
        return replace(self, crossed=True)

    def written(self, target: Place | None, *, appends: bool = False) -> Action:
        """Return the action of writing it to a file; None is a place where nothing keeps it."""
        if self.dump is not None:
            return Dump(
                self.tool,
                self.dump.service,
                self.dump.host or self.host,
                target,
                empties_first=not appends,
                appends=appends,
                crosses_network=self.crossed,
                consistent=self.dump.consistent,
                tables=self.dump.tables,
                part=self.dump.part,
            )
        source = self.place or Place(self.host, "/dev/stdin")
        return Copy(self.tool, (source,), target or source, recursive=self.tool == "tar", partial=True)


def of_dump(tool: str, dumped: Dumped, here: Home) -> Stream | Dump:
    """Return what a dump program gives: a stream, or at once a dump in the file that it names itself."""
    if dumped.file is None or dumped.file == "-":
        return Stream(dumped, tool, here.host)
    place = here.local(dumped.file)
    target = replace(place, directory=place.directory or dumped.directory)
    host = dumped.host or here.host
    return Dump(
        tool, dumped.service, host, target, consistent=dumped.consistent, tables=dumped.tables, part=dumped.part
    )


def loaded(tool: str, words: Sequence[str], stream: Stream | None, here: Home) -> Action | None:
    """Return the restore that a database client does when a dump flows into it; None for a plain query."""
    if tool not in DATABASE_CLIENTS:
        return None
    if stream is not None and stream.place is not None:
        return Restore(tool, stream.place)
    files = [word for word in words if word.endswith((".sql", ".dump"))]
    reads = tool in ("pg_restore", "mongorestore") or (tool == "psql" and {"-f", "--file"} & set(words))
    return Restore(tool, here.local(files[-1])) if files and reads else None
