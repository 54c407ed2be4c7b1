"""The programs that are known, and who reads each of them."""

import posixpath
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from itertools import pairwise

from labcheck.rpo.commands.actions import Action, Copy, Harmless, Inspect, Opaque, Wait
from labcheck.rpo.commands.deletions import read_find, read_rm
from labcheck.rpo.commands.dumps import TOOLS, Dumped, read_dump
from labcheck.rpo.commands.duplicity import read_duplicity
from labcheck.rpo.commands.options import Grammar, split
from labcheck.rpo.commands.places import Home
from labcheck.rpo.commands.streams import DATABASE_CLIENTS, Stream, loaded, of_dump
from labcheck.rpo.commands.transfers import FILTERS, SUFFIXES, read_copy, read_pack, read_rsync, read_scp
from labcheck.rpo.commands.wrappers import SHELLS
from labcheck.rpo.durations import parse_duration

SSH = Grammar("bcDEeFIiJLlmOopQRSWw", permute=False)
LONG_NAMES = ("duplicity", "mysqldump", "mariadb-dump")
OTHER_PROGRAMS = ("mysqldumper", "mysqldumpslow")
NEARLY_THE_NAME = 0.85
UPLOADS = ("-T", "--upload-file")
NONE = re.compile("(?!)")
OUTPUT = {
    "zstd": re.compile(r"-\w*o"),
    "gpg": re.compile("-o|--output"),
    "age": re.compile("-o|--output"),
    "openssl": re.compile("-out"),
}
"""The option of a filter that names the file it writes."""
SLEEP = re.compile(r"\d+(?:\.\d+)?[smhd]")
TAR_LONG = "file directory exclude exclude-from files-from"
HARMLESS = (
    "echo printf logger date mkdir touch chmod chown true false test [ [[ : umask mail mailx sendmail curl "
    "wget which ls stat df du tail head wc read trap wait exit return systemctl service hostname whoami id sync "
    "mysqladmin mysqlcheck mount umount unset shift basename dirname mktemp md5sum sha256sum sha1sum diff cmp ping "
    "ssh-keyscan ssh-add ssh-keygen nc uptime env printenv kill pgrep mountpoint savelog logrotate apt apt-get shopt "
    "rmdir tty"
)


def read(
    name: str, words: Sequence[str], here: Home, environment: Mapping[str, str], stream: Stream | None
) -> Action | Stream:
    """Return what a program does: an action, or the data that it hands to the next one of the pipe."""
    if name in TOOLS:
        dumped = read_dump(name, words)
        return of_dump(name, dumped, here) if dumped else Harmless(name)
    if name == "duplicity":
        return read_duplicity(words, here, environment)
    if name in DATABASE_CLIENTS:
        return _database_client(name, words, stream, here)
    if name in FILTERS:
        return _filter(name, words, stream, here)
    if name == "tar":
        return _tar(words, stream, here)
    return _file_tool(name, words, here)


def _file_tool(name: str, words: Sequence[str], here: Home) -> Action:
    readers = {"scp": read_scp, "rsync": read_rsync, "rm": read_rm, "unlink": read_rm, "find": read_find}
    if name in readers:
        return readers[name](words, here)
    if name in ("cp", "mv", "install", "ln"):
        return read_copy(name, words, here)
    if name == "sleep":
        return _sleep(words)
    uploads = name == "curl" and any(word.startswith(UPLOADS) for word in words)
    if name in HARMLESS.split() and not uploads:
        return Harmless(name)
    slip = get_close_matches(name, LONG_NAMES, 1, NEARLY_THE_NAME) if name not in OTHER_PROGRAMS else []
    if slip:
        return Opaque(" ".join((name, *words)), f"there is no program `{name}`; `{slip[0]}` is meant", refused=True)
    return Opaque(" ".join((name, *words)), f"`{name}` is not a program that is known here")


def _sleep(words: Sequence[str]) -> Action:
    """sleep(1) adds its arguments up; a number alone means seconds."""
    lengths = [f"{word}s" if word[-1:].isdecimal() else word for word in words]
    if not lengths or not all(SLEEP.fullmatch(one) for one in lengths):
        return Opaque(" ".join(("sleep", *words)), "how long it sleeps cannot be told")
    return Wait(parse_duration(" ".join(lengths)))


def _database_client(name: str, words: Sequence[str], stream: Stream | None, here: Home) -> Action | Stream:
    restore = loaded(name, words, stream, here)
    if restore is not None:
        return restore
    if name == "sqlite3" and any(word.startswith(".dump") for word in words):
        return Stream(Dumped(posixpath.basename(words[0])), name, here.host)
    return Inspect(name, "query")


def _filter(name: str, words: Sequence[str], stream: Stream | None, here: Home) -> Action | Stream:
    """Return the stream that goes on, the file that begins one, or the file that is packed where it lies."""
    files = [word for word in words if not word.startswith("-")]
    if stream is not None:
        target = _own_target(name, words)
        return stream.written(here.local(target)) if target else stream
    to_output = name in ("cat", "pv", "zcat", "sed", "grep") or any(
        word in ("-c", "--stdout", "-dc", "-cd") or (word.startswith("-") and not word.startswith("--") and "c" in word)
        for word in words
    )
    if files and to_output and name not in ("sed", "grep"):
        return Stream(place=here.local(files[0]), tool=name, host=here.host)
    if files and name in SUFFIXES and name != "gpg":
        return read_pack(name, words, here)
    return Harmless(name)


def _own_target(name: str, words: Sequence[str]) -> str:
    """Return the file that a filter itself writes what it reads to; empty where it hands it on."""
    files = [word for word in words if not word.startswith("-")]
    if name in ("tee", "sponge"):
        return next(iter(files), "")
    if name == "lz4":
        return files[-1] if files else ""
    if name == "dd":
        return next((word[3:] for word in files if word.startswith("of=")), "")
    named = [file for word, file in pairwise(words) if OUTPUT.get(name, NONE).fullmatch(word)]
    return next(iter(named), "")


def _tar(words: Sequence[str], stream: Stream | None, here: Home) -> Action | Stream:
    """Return what tar packs, into its file or the pipe, and what it unpacks of the pipe: that is a copy."""
    dashed = [f"-{words[0]}", *words[1:]] if words and not words[0].startswith("-") else list(words)
    options = split(dashed, Grammar("fCXTb", TAR_LONG))
    there = options.value("C", "directory")
    start = replace(here, directory=here.local(there).path) if there else here
    if options.has("x", "extract", "get") and stream and stream.tool == "tar" and stream.place:
        source, whole = stream.place, stream.place.directory or options.has("strip-components")
        return Copy("tar", (source,), start.local("."), recursive=True, partial=True, contents_only=whole)
    if not options.has("c", "create"):
        return stream or Harmless("tar")
    sources = tuple(start.local(word) for word in options.arguments)
    if not sources:
        return Opaque(" ".join(("tar", *words)), "tar packs nothing that is named")
    file = options.value("f", "file") or "-"
    if file == "-":
        return Stream(place=sources[0], tool="tar", host=here.host)
    return Copy("tar", sources, here.local(file), recursive=True, partial=True)


def ssh_target(words: Sequence[str], here: Home) -> tuple[Home, str] | None:
    """Return where ssh signs in, and the line that it runs there; None when no host is named."""
    options = split(words, SSH)
    if not options.arguments:
        return None
    target = options.arguments[0].removeprefix("ssh://")
    user, _, host = target.rpartition("@")
    place = here.remote(user or options.value("l") or "", host, "")
    name = user or options.value("l") or here.account(host).rpartition("@")[0] or here.user
    return Home(place.host, name, place.path, place.path), " ".join(options.arguments[1:])


def looks_like_script(word: str) -> bool:
    """Tell whether a command is somebody's script rather than a known program: by its path or ending."""
    if word.endswith((".sh", ".bash", ".py", ".pl")):
        return True
    name = posixpath.basename(word)
    known = (
        *TOOLS,
        *FILTERS,
        *HARMLESS.split(),
        *DATABASE_CLIENTS,
        "duplicity",
        "scp",
        "rsync",
        "rm",
        "find",
        "cp",
        "mv",
        "tar",
        "install",
        "ln",
        "unlink",
        "sleep",
    )
    return "/" in word and name not in known


def is_shell(first_line: str) -> bool:
    """Tell whether `#!…` names a shell."""
    return any(posixpath.basename(word) in SHELLS for word in first_line[2:].split())
