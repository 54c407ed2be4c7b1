"""Programs that run another: sudo, nice, flock, timeout, env, `sh -c`. What they change is kept."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from labcheck.rpo.commands.options import Grammar, Options, split

SHELLS = ("sh", "bash", "dash", "zsh", "ksh", "ash")
ASSIGNMENT = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*\+?=", re.DOTALL)
WRAPPERS = {
    "sudo": Grammar("ugphCcrRTtUD", "user group chdir host prompt", permute=False),
    "doas": Grammar("uC", permute=False),
    "nice": Grammar("n", "adjustment", permute=False),
    "ionice": Grammar("cnp", "class classdata", permute=False),
    "timeout": Grammar("ks", "kill-after signal", permute=False),
    "flock": Grammar("wEc", "wait timeout conflict-exit-code command", permute=False),
    "env": Grammar("uSC", "unset chdir split-string", permute=False),
    "time": Grammar("fo", permute=False),
    "stdbuf": Grammar("ioe", permute=False),
    "chrt": Grammar("", permute=False),
    "systemd-cat": Grammar("tp", "identifier priority", permute=False),
    "systemd-run": Grammar("pu", "unit property", permute=False),
    "ssh-agent": Grammar("", permute=False),
    "runuser": Grammar("ucg", "user command", permute=False),
    "su": Grammar("cgs", "command shell"),
    "chpst": Grammar("uUbeEPnlLmdofptrc/", permute=False),
    "systemd-inhibit": Grammar("", "what who why mode", permute=False),
    "cpulimit": Grammar("lpe", "limit pid exe", permute=False),
} | {
    name: Grammar("", permute=False)
    for name in (
        "nohup",
        "chronic",
        "cronic",
        "setsid",
        "exec",
        "command",
        "builtin",
        "run-one",
        "eatmydata",
        "unbuffer",
    )
}
EATEN = {"timeout": 1, "flock": 1, "chrt": 1}


@dataclass(frozen=True)
class Wrapped:
    """What stays after the wrapper: the inner words, or a shell line; a user and assignments that it sets.

    A `sourced` script runs in this very shell and may set its variables.
    """

    words: tuple[str, ...] = ()
    line: str | None = None
    script: str | None = None
    sourced: bool = False
    user: str | None = None
    directory: str | None = None
    assignments: dict[str, str] = field(default_factory=dict)


def unwrap(words: Sequence[str]) -> Wrapped | None:
    """Return what a wrapper runs; None when the first word is no wrapper."""
    name = posixpath.basename(words[0])
    if name in SHELLS:
        return _shell(words[1:])
    if name in (".", "source"):
        return Wrapped(script=words[1] if len(words) > 1 else "", sourced=True)
    if name not in WRAPPERS:
        return None
    rest = words[1:]
    if name == "nice" and re.fullmatch(r"--?\d+", "".join(rest[:1])):
        rest = rest[1:]
    if name == "runuser" and not any(word.startswith(("-u", "--user")) for word in rest):
        return _inner(name, split(rest, WRAPPERS["su"]))  # runuser(1): without -u it takes its words as su does
    return _inner(name, split(rest, WRAPPERS[name]))


def _inner(name: str, options: Options) -> Wrapped:
    user = options.value("u", "user") if name in ("sudo", "doas", "runuser") else None
    directory = options.value("D", "chdir") if name in ("sudo", "env") else None
    if name == "sudo" and options.has("i", "login"):
        directory = "~"
    arguments = list(options.arguments)
    line = options.value("c", "command") if name in ("flock", "su", "runuser") else None
    if name in ("su", "runuser") and line is not None:
        named = [word for word in arguments if word != "-"]
        signs_in = len(named) < len(arguments) or options.has("l", "login")
        return Wrapped(line=line, user=user or (named[0] if named else "root"), directory="~" if signs_in else None)
    del arguments[: EATEN.get(name, 0)]
    if name == "flock" and line is None and arguments[:1] in (["-c"], ["--command"]):
        line = " ".join(arguments[1:2])
    assignments: dict[str, str] = {}
    while arguments and name in ("env", "sudo", "systemd-run") and ASSIGNMENT.match(arguments[0]):
        key, _, value = arguments.pop(0).partition("=")
        assignments[key] = value
    if line is not None:
        return Wrapped(line=line)
    return Wrapped(tuple(arguments), user=user, directory=directory, assignments=assignments)


def _shell(words: Sequence[str]) -> Wrapped:
    """Read `sh -c 'line'` (also `-ec`, `-lc`, `-o pipefail -c`) and `sh script`; `sh -n` runs nothing."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        is_short = word.startswith("-") and not word.startswith("--")
        if not word.startswith(("-", "+")):
            return Wrapped(script=word)
        if is_short and "n" in word:
            break
        if is_short and word.endswith("c"):
            return Wrapped(line=rest[0] if rest else "")
        if word[-1:] in ("o", "O") and not word.startswith("--"):
            del rest[:1]
    return Wrapped()
