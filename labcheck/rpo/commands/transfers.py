"""scp, rsync, cp, mv, gzip and their like: files that are copied, renamed or packed."""

import re
from collections.abc import Sequence
from dataclasses import replace

from labcheck.rpo.commands.actions import Action, Copy, Harmless, Opaque
from labcheck.rpo.commands.filters import EVERYTHING, Filters, filters_of_rsync
from labcheck.rpo.commands.options import Grammar, Options, split
from labcheck.rpo.commands.places import Home, Place, of_rsync

SCP = Grammar(short="ciFJloPSXD")
RSYNC = Grammar(
    short="eTBfM",
    long=(
        "address backup-dir block-size bwlimit checksum-choice checksum-seed chmod chown compare-dest "
        "compress-choice compress-level copy-as copy-dest debug exclude exclude-from files-from filter groupmap "
        "iconv include include-from info link-dest log-file log-file-format max-alloc max-delete max-size min-size "
        "modify-window outbuf out-format partial-dir password-file port protocol read-batch remote-option rsh "
        "rsync-path skip-compress sockopts stop-after stop-at suffix temp-dir timeout usermap write-batch contimeout "
        "early-input only-write-batch stderr"
    ),
)
CP = Grammar(short="tS", long="target-directory suffix")
PACK = Grammar(short="S", long="suffix")
SUFFIXES = {
    "gzip": ".gz",
    "pigz": ".gz",
    "bzip2": ".bz2",
    "xz": ".xz",
    "zstd": ".zst",
    "lz4": ".lz4",
    "gpg": ".gpg",
}
FILTERS = (*SUFFIXES, "cat", "pv", "tee", "openssl", "lzop", "age", "sed", "grep", "zcat", "gunzip", "dd", "sponge")


def read_scp(words: Sequence[str], here: Home) -> Action:
    """Return what scp copies; it empties the target before it writes, so a reader may meet half a file."""
    options = split(words, SCP)
    if len(options.arguments) < 2:
        return Opaque(" ".join(("scp", *words)), "scp wants a source and a target")
    there = replace(here, user=_told_to_ssh(options.values.get("o", "")) or here.user)
    places = [of_rsync(word, there) for word in options.arguments]
    return _copy("scp", places, recursive=options.has("r"), partial=True, keeps_times=options.has("p"))


def read_rsync(words: Sequence[str], here: Home) -> Action:
    """Return what rsync copies; it writes under another name and renames, so the old file stays usable."""
    options = split(words, RSYNC)
    if len(options.arguments) < 2:
        if options.has("version", "help") or len(options.arguments) == 1:
            return Harmless("rsync")
        return Opaque(" ".join(("rsync", *words)), "rsync wants a source and a target")
    there = replace(here, user=_told_to_ssh(options.value("e", "rsh") or "") or here.user)
    places = [of_rsync(word, there) for word in options.arguments]
    return _copy(
        "rsync",
        places,
        recursive=options.has("a", "archive", "r", "recursive"),
        mirrors=any(name.startswith("del") for name in (*options.flags, *options.values)),
        moves=options.has("remove-source-files"),
        partial=options.has("inplace"),
        keeps=_kept(options),
        keeps_times=options.has("a", "archive", "t", "times"),
        contents_only=options.arguments[0].endswith("/"),
        dry_run=options.has("n", "dry-run", "list-only"),
        filters=filters_of_rsync(options),
    )


def _told_to_ssh(words: str) -> str:
    """Return who signs in, where options of ssh say so: `ssh -l elvis`, `-o User=elvis`."""
    found = re.search(r"(?:^|\s)-l\s*([\w.-]+)|\bUser[= ]\s*([\w.-]+)", words)
    return (found[1] or found[2]) if found else ""


def _kept(options: Options) -> int:
    """Count the older states that stay: one with `-b`; -1, without end, when each run names its own."""
    if not options.has("b", "backup", "backup-dir", "link-dest"):
        return 0
    names = (options.value("suffix") or "") + (options.value("backup-dir") or "")
    return -1 if "$" in names or options.has("link-dest") else 1


def read_copy(tool: str, words: Sequence[str], here: Home) -> Action:
    """Return what cp, mv, install or ln does; mv on one file system replaces its target in one step."""
    options = split(words, CP)
    target = options.value("t", "target-directory")
    arguments = (*options.arguments, target) if target else options.arguments
    if len(arguments) < 2:
        return Opaque(" ".join((tool, *words)), f"{tool} wants a source and a target")
    places = [here.local(word) for word in arguments]
    return _copy(
        tool,
        places,
        recursive=tool == "mv" or options.has("r", "R", "a", "recursive", "archive"),
        moves=tool == "mv",
        partial=tool != "mv",
        keeps=1 if options.has("b", "backup") else 0,
        filters=Filters((), "new", "-n") if tool in ("cp", "mv") and options.has("n", "no-clobber") else EVERYTHING,
    )


def read_pack(tool: str, words: Sequence[str], here: Home) -> Action:
    """Return what `gzip FILE` does: the file is replaced by FILE.gz, unless -k keeps it or -d unpacks."""
    options = split(words, PACK)
    if options.has("d", "decompress", "t", "test", "l", "c", "stdout") or not options.arguments:
        return Harmless(tool)
    source = here.local(options.arguments[0])
    target = Place(source.host, source.path + SUFFIXES.get(tool, ".gz"))
    return Copy(tool, (source,), target, moves=not options.has("k", "keep"), partial=True)


def _copy(
    tool: str,
    places: list[Place],
    *,
    recursive: bool = False,
    mirrors: bool = False,
    moves: bool = False,
    partial: bool = False,
    keeps: int = 0,
    keeps_times: bool = True,
    contents_only: bool = False,
    dry_run: bool = False,
    filters: Filters = EVERYTHING,
) -> Copy:
    sources, target = tuple(places[:-1]), places[-1]
    return Copy(
        tool, sources, target, recursive, mirrors, moves, partial, keeps, keeps_times, contents_only, dry_run, filters
    )  # fmt: skip
