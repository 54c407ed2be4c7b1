"""What a command does to backups. Each action is a value; a reading is the list of them, in order."""

from dataclasses import dataclass, field

from labcheck.rpo.commands.filters import EVERYTHING, Filters
from labcheck.rpo.commands.places import Place, same_host


@dataclass(frozen=True)
class Dump:
    """A database is written to a file: `mysqldump agama > agama.sql`.

    `service` names what is dumped. `target` is None when the dump goes nowhere (to cron's mail).
    `empties_first` is true for `>`: the old file is gone when the new one begins. `tables` are those that are named,
    none where all are taken; `part` is an option that leaves tables or rows out, as `where=…`.
    """

    tool: str
    service: str
    host: str
    target: Place | None
    empties_first: bool = True
    appends: bool = False
    crosses_network: bool = False
    consistent: bool = False
    tables: tuple[str, ...] = ()
    part: str = ""


@dataclass(frozen=True)
class Encryption:
    """How a duplicity command gets at a passphrase: `off`, `passphrase`, `key`, or `missing`.

    `unknown`: a file that was not given may set the passphrase.
    """

    state: str


@dataclass(frozen=True)
class Backup:
    """A version is added to a repository: duplicity full, incremental, or automatic.

    `full_every_seconds` is the age at which an automatic backup starts a new chain; None: never by itself.
    `written` are source and target in the words of the command.
    """

    tool: str
    mode: str
    source: Place
    target: Place
    encryption: Encryption
    full_every_seconds: int | None = None
    forces_mismatch: bool = False
    dry_run: bool = False
    written: tuple[str, ...] = field(default=(), compare=False)

    @property
    def crosses_network(self) -> bool:
        """Tell whether the data goes from one host to another."""
        return not same_host(self.source.host, self.target.host)


@dataclass(frozen=True)
class Copy:
    """Files are copied: scp, rsync, cp, mv, gzip, `cat | ssh`.

    `keeps` counts the older states that stay beside the new one (1 for `rsync -b`); `mirrors` means that what is
    gone at the source goes at the target; `moves` that the source is gone afterwards; `partial` that a reader may
    meet a half-written target; `filters` say what is left out.
    """

    tool: str
    sources: tuple[Place, ...]
    target: Place
    recursive: bool = False
    mirrors: bool = False
    moves: bool = False
    partial: bool = False
    keeps: int = 0
    keeps_times: bool = True
    contents_only: bool = False
    dry_run: bool = False
    filters: Filters = EVERYTHING

    @property
    def crosses_network(self) -> bool:
        """Tell whether the data goes from one host to another."""
        return any(not same_host(source.host, self.target.host) for source in self.sources)


@dataclass(frozen=True)
class CleanUp:
    """Old versions are taken out of a repository. `rule` is older-than, fulls, increments or before-a-day.

    older-than: chains whose newest member is older than `limit` seconds; fulls: all but the newest `limit`
    chains; increments: the increments of all but the newest `limit` chains; before-a-day: what is older than a day that
    stays the same, so nothing that is still to come.
    """

    tool: str
    rule: str
    limit: int
    target: Place
    forced: bool


@dataclass(frozen=True)
class Remove:
    """Files are deleted: `rm`, or `find … -delete` of those older than `older_than_seconds`."""

    places: tuple[Place, ...]
    recursive: bool = False
    older_than_seconds: int | None = None


@dataclass(frozen=True)
class Restore:
    """Data is brought back; nothing of the backup changes."""

    tool: str
    source: Place | None
    target: Place | None = None


@dataclass(frozen=True)
class Inspect:
    """A look at the backup, which changes nothing: collection-status, verify, list-current-files."""

    tool: str
    what: str
    target: Place | None = None
    encryption: Encryption = Encryption("off")


@dataclass(frozen=True)
class Harmless:
    """A command that has nothing to do with backups: echo, mkdir, logger."""

    tool: str


@dataclass(frozen=True)
class Wait:
    """`sleep`: what follows begins that much later."""

    seconds: int


@dataclass(frozen=True)
class Opaque:
    """A command that could not be read, and why; what it does to the backups is not known.

    `refused` says that its program would not take it either, so that it does nothing. `script` is where a script lies
    whose text was not given; it is empty for one that the shell looks for in PATH.
    """

    text: str
    why: str
    refused: bool = False
    script: str = field(default="", compare=False)


DATA = (Dump, Backup, Copy, CleanUp)
"""What makes a backup, carries it on, or takes it away."""
Action = Dump | Backup | Copy | CleanUp | Remove | Restore | Inspect | Harmless | Wait | Opaque


@dataclass(frozen=True)
class Deed:
    """An action in its list: `after` is `;`, `&&` or `||`; it may be conditional, or run beside what follows."""

    action: Action
    after: str = ";"
    background: bool = False
    conditional: bool = False
