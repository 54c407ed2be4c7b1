"""duplicity's command line: what it backs up where, what it takes away, and how it encrypts."""

import re
from collections.abc import Mapping, Sequence

from labcheck.rpo.commands.actions import Action, Backup, CleanUp, Encryption, Harmless, Inspect, Opaque, Restore
from labcheck.rpo.commands.options import Grammar, Options, split
from labcheck.rpo.commands.places import Home, Place, of_duplicity
from labcheck.rpo.durations import duplicity_interval

GRAMMAR = Grammar(
    short="vtr",
    long=(
        "archive-dir backend-retry-delay cf-backend concurrency copy-blocksize current-time "
        "encrypt-key encrypt-secret-keyring encrypt-sign-key exclude exclude-filelist "
        "exclude-globbing-filelist exclude-if-present exclude-older-than exclude-regexp file-prefix "
        "file-prefix-archive file-prefix-jsonstat file-prefix-manifest file-prefix-signature file-to-restore "
        "files-from filter-globbing full-if-older-than gpg-binary gpg-options hidden-encrypt-key idr-fakeroot "
        "imap-mailbox include include-filelist include-globbing-filelist include-regexp log-fd log-file "
        "max-blocksize name num-retries par2-options par2-redundancy par2-volumes path-to-restore progress-rate "
        "restore-time rsync-options s3-endpoint-url s3-region-name s3-storage-class scp-command sftp-command "
        "sign-key ssh-options ssl-cacert-file ssl-cacert-path tempdir time time-separator timeout verbosity "
        "version-id volsize webdav-headers"
    ),
    pairs="rename",
)
PLAIN_FLAGS = {"no-encryption", "force", "allow-source-mismatch", "dry-run", "progress", "use-agent", "no-compression",
               "asynchronous-upload", "no-print-statistics"}  # fmt: skip
"""Options that surely take no value: what stands behind them is an argument."""
BACKUPS = {
    "full": "full",
    "incremental": "incremental",
    "inc": "incremental",
    "incr": "incremental",
    "backup": "automatic",
}
CLEANERS = {
    "remove-older-than": "older-than",
    "remove-all-but-n-full": "fulls",
    "remove-all-inc-of-but-n-full": "increments",
}
DAY = re.compile(r"\d+|\d{4}[/-]\d\d?[/-]\d\d?(T[\d:Z+-]+)?|\d\d?[/-]\d\d?[/-]\d{4}")
"""A moment, as duplicity(1) takes one in the place of an age; a number is seconds since 1970."""
LOOKS = ("verify", "collection-status", "list-current-files", "cleanup", "replicate")


def read_duplicity(words: Sequence[str], here: Home, environment: Mapping[str, str]) -> Action:
    """Return what one duplicity command does; options may stand anywhere."""
    options = split(words, GRAMMAR)
    verb, arguments = _verb(options.arguments)
    text = " ".join(("duplicity", *words))
    if options.has("help", "h", "version", "V"):
        return Harmless("duplicity")
    if verb in CLEANERS:
        return _clean_up(verb, arguments, options, here, text)
    if verb in LOOKS:
        return Inspect("duplicity", verb, _first_url(arguments, here), encryption_of(options, environment))
    if verb == "restore" or (verb == "" and len(arguments) == 2 and of_duplicity(arguments[0], here)):
        return _restore(arguments, here, text)
    if len(arguments) != 2:
        return _refused(text, f"duplicity wants a source and a target, here stand {len(arguments)} arguments", options)
    return _backup(BACKUPS.get(verb, "automatic"), arguments, options, here, environment)


def _verb(arguments: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    known = {*BACKUPS, *CLEANERS, *LOOKS, "restore"}
    if arguments and arguments[0] in known:
        return arguments[0], arguments[1:]
    return "", arguments


def _backup(
    mode: str, arguments: tuple[str, ...], options: Options, here: Home, environment: Mapping[str, str]
) -> Action:
    target = of_duplicity(arguments[1], here)
    if target is None:
        return _refused(
            f"duplicity {' '.join(arguments)}", f"`{arguments[1]}` is no URL that duplicity writes to", options
        )
    every = options.value("full-if-older-than")
    return Backup(
        "duplicity",
        mode,
        here.local(arguments[0]),
        target,
        encryption_of(options, environment),
        full_every_seconds=duplicity_interval(every) if every else None,
        forces_mismatch=options.has("allow-source-mismatch"),
        dry_run=options.has("dry-run"),
        written=arguments,
    )


def encryption_of(options: Options, environment: Mapping[str, str]) -> Encryption:
    """Tell how a backup command encrypts: duplicity(1) asks for a passphrase when nothing else is said.

    Without a terminal, as under cron, the question ends in EOFError and exit 30: state `missing`.
    """
    if options.has("no-encryption"):
        return Encryption("off")
    if environment.get("PASSPHRASE"):
        return Encryption("passphrase")
    if options.has("encrypt-key", "hidden-encrypt-key") and not options.has("sign-key"):
        return Encryption("key")
    if options.has("encrypt-sign-key", "sign-key") and {"SIGN_PASSPHRASE", "PASSPHRASE"} & environment.keys():
        return Encryption("key")  # an empty passphrase opens a key that has none
    if options.has("use-agent"):
        return Encryption("key")
    return Encryption("missing")


def _clean_up(verb: str, arguments: tuple[str, ...], options: Options, here: Home, text: str) -> Action:
    target = of_duplicity(arguments[1], here) if len(arguments) == 2 else None
    if target is None:
        return _refused(text, f"{verb} wants a limit and a target URL", options)
    limit = duplicity_interval(arguments[0]) if verb == "remove-older-than" else _count(arguments[0])
    if limit is None and verb == "remove-older-than" and DAY.fullmatch(arguments[0]):
        return CleanUp("duplicity", "before-a-day", 0, target, options.has("force"))
    if limit is None:
        return Opaque(text, f"`{arguments[0]}` is no limit that {verb} can be worked out with")
    return CleanUp("duplicity", CLEANERS[verb], limit, target, options.has("force"))


def _refused(text: str, why: str, options: Options) -> Opaque:
    """Return what duplicity does not take, unless a variable or an option that is not known may explain its words."""
    return Opaque(text, why, refused=options.flags <= PLAIN_FLAGS and not re.search(r"[$`{]", text))


def _count(text: str) -> int | None:
    return int(text) if text.isdecimal() and int(text) > 0 else None


def _restore(arguments: tuple[str, ...], here: Home, text: str) -> Action:
    source = of_duplicity(arguments[0], here) if arguments else None
    if source is None:
        return Opaque(text, "restore wants a target URL first")
    return Restore("duplicity", source, here.local(arguments[1]) if len(arguments) > 1 else None)


def _first_url(arguments: tuple[str, ...], here: Home) -> Place | None:
    return next((place for word in arguments if (place := of_duplicity(word, here))), None)
