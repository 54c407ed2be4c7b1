"""Programs that write the state of a database: mysqldump and its relatives."""

from collections.abc import Sequence
from dataclasses import dataclass

from labcheck.rpo.commands.options import Grammar, Options, split

MYSQL = Grammar(
    short="uhPSrwT",
    attached="p#",
    long=(
        "user host port socket protocol result-file defaults-file defaults-extra-file defaults-group-suffix "
        "ignore-table where tab default-character-set max-allowed-packet net-buffer-length "
        "login-path plugin-dir ssl-ca ssl-cert ssl-key ssl-mode compatible"
    ),
)
POSTGRES = Grammar(
    short="dhpUftnTNjZFES",
    long="dbname host port username file table schema format jobs compress exclude-table role",
)
INFLUX = Grammar(
    long="host db database retention start end since bucket org token o t",
)
MONGO = Grammar(short="hdcopu", long="host db collection out port username password archive uri")
MYSQL_TOOLS = ("mysqldump", "mariadb-dump", "mysqlpump", "mydumper")
POSTGRES_TOOLS = ("pg_dump", "pg_dumpall")
TOOLS = (*MYSQL_TOOLS, *POSTGRES_TOOLS, "influxd", "influx", "mongodump", "mariabackup", "xtrabackup")
LEAVING_OUT = ("where", "w", "no-create-info", "t", "ignore-table")
LOCAL = ("", "localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Dumped:
    """What one dump command says: the databases, the host asked, and the file it names itself (or none).

    `tables` are those that it names, none where it takes all; `part` is an option that leaves tables or rows out.
    """

    service: str
    host: str = ""
    file: str | None = None
    directory: bool = False
    consistent: bool = False
    tables: tuple[str, ...] = ()
    part: str = ""


def read_dump(tool: str, words: Sequence[str]) -> Dumped | None:
    """Return what a dump program would write; None when these words write no dump (`--help`, `influx` queries)."""
    if tool in MYSQL_TOOLS:
        return _mysql(split(words, MYSQL))
    if tool in POSTGRES_TOOLS:
        return _postgres(tool, split(words, POSTGRES))
    if tool in ("influxd", "influx"):
        return _influx(words)
    if tool == "mongodump":
        options = split(words, MONGO)
        file = options.value("archive", "out", "o")
        return Dumped(options.value("db", "d") or "all", file=file or "dump", directory=not options.has("archive"))
    options = split(words, Grammar(long="target-dir user password datadir"))
    return Dumped("all", file=options.value("target-dir"), directory=True) if options.has("backup") else None


def _mysql(options: Options) -> Dumped | None:
    if options.has("help", "?", "version", "V", "no-data", "d"):
        return None
    names = options.arguments
    if options.has("all-databases", "A"):
        service = "all databases"
    elif options.has("databases", "B"):
        service = "+".join(names)
    else:
        service = names[0] if names else ""
    if not service:
        return None
    left_out = next((name for name in LEAVING_OUT if options.has(name)), "")
    return Dumped(
        service,
        host=_host(options),
        file=options.value("result-file", "r"),
        consistent=options.has("single-transaction"),
        tables=() if options.has("databases", "B", "all-databases", "A") else names[1:],
        part="=".join(filter(None, (left_out, options.value(left_out)))),
    )


def _postgres(tool: str, options: Options) -> Dumped:
    name = options.value("dbname", "d") or next(iter(options.arguments), "")
    service = "all databases" if tool == "pg_dumpall" else name or "postgres"
    return Dumped(service, host=_host(options), file=options.value("file", "f"), consistent=True)


def _influx(words: Sequence[str]) -> Dumped | None:
    if not words or words[0] != "backup":
        return None
    dashed = [f"--{word.lstrip('-')}" if word.startswith("-") else word for word in words[1:]]
    options = split(dashed, INFLUX)
    if not options.arguments:
        return None
    name = options.value("database", "db", "bucket") or "influxdb"
    return Dumped(name, file=options.arguments[-1], directory=True)


def _host(options: Options) -> str:
    host = options.value("host", "h") or ""
    return "" if host in LOCAL else host
