"""Reads a shell line, as a cron job or a script holds it, into what it does to backups.

Nothing is executed. What cannot be read becomes `Opaque`, with the reason; it is never left out in silence.
"""

import functools
import itertools
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from labcheck.rpo.commands import programs
from labcheck.rpo.commands.actions import (
    DATA,
    Action,
    Backup,
    Deed,
    Dump,
    Encryption,
    Harmless,
    Inspect,
    Opaque,
    Remove,
)
from labcheck.rpo.commands.ends import ended_by, may_print, question, run_without
from labcheck.rpo.commands.given import POSITIONAL, given, own
from labcheck.rpo.commands.lists import CERTAIN, Command, Function, Group, Item, Loop, Simple, parse
from labcheck.rpo.commands.places import Home, home_of, tilde
from labcheck.rpo.commands.script_place import with_its_place
from labcheck.rpo.commands.streams import NOWHERE, Stream
from labcheck.rpo.commands.surroundings import Surroundings
from labcheck.rpo.commands.transfers import FILTERS
from labcheck.rpo.commands.words import ELEMENT, UnreadableShell, Word
from labcheck.rpo.commands.wrappers import ASSIGNMENT, Wrapped, unwrap

DEEPEST = 12
Pairs = tuple[tuple[str, str], ...]
Named = tuple[str, str, str]
MOST_COMMANDS = 500
"""What a script may come to, with its loops gone through and its functions called."""
UNKNOWN = re.compile("[$`]")
BUILTINS = ("cd", "export", "set", "readonly", "declare", "local", "exit", "read")


class _Endless(Exception):  # noqa: N818 - a state of the line
    """The line comes to more commands than anybody means."""


def read_command(line: str, around: Surroundings) -> tuple[Deed, ...]:
    """Return what a shell line does, in order; a line that is not complete shell is one `Opaque`."""
    environment, scripts = tuple(around.environment.items()), tuple(around.scripts.items())
    return _read(line, around.host, around.user, environment, scripts, tuple(around.accounts.items()))


@functools.lru_cache(maxsize=2048)  # many questions are asked about the same crontabs, and a line may be long
def _read(
    line: str, host: str, user: str, environment: Pairs, scripts: Pairs, accounts: tuple[tuple[Named, str], ...]
) -> tuple[Deed, ...]:
    settings = dict(environment)
    home = settings.get("HOME") or home_of(user)
    try:
        return _Reader(Home(host, user, home, home, dict(accounts)), settings, dict(scripts)).line(line)
    except _Endless:
        return (Deed(Opaque(line, f"more than {MOST_COMMANDS:,} commands, with its loops and functions")),)


class _Reader:
    """Walks through the lists of a line; `cd` and assignments change it on the way."""

    def __init__(self, here: Home, environment: dict[str, str], scripts: Mapping[str, str], depth: int = 0) -> None:
        self.here = here
        self.environment = environment
        self.variables = {"HOME": here.home, "USER": here.user, "LOGNAME": here.user, **environment}
        self.scripts = scripts
        self.alternatives: dict[str, tuple[str, ...]] = {}
        self.in_doubt = False
        self.functions: dict[str, Group] = {}
        self.read = itertools.count()
        self.depth = depth
        self.stops_on_error = False
        self.exports_all = False
        self.has_ended = False
        self.unread_settings = False
        self.stream: Stream | None = None

    def line(self, text: str) -> tuple[Deed, ...]:
        try:
            items = parse(text)
        except UnreadableShell as reason:
            return (Deed(Opaque(text, f"not complete shell: {reason}")),)
        if self.depth > DEEPEST:
            return (Deed(Opaque(text, "scripts that call each other without end")),)
        return tuple(self._items(items))

    def copy(self) -> "_Reader":
        twin = _Reader(self.here, dict(self.environment), self.scripts, self.depth)
        twin.variables = dict(self.variables)
        twin.alternatives = dict(self.alternatives)
        twin.functions = dict(self.functions)
        twin.read = self.read
        twin.stops_on_error = self.stops_on_error
        twin.exports_all = self.exports_all
        twin.unread_settings = self.unread_settings
        return twin

    def _items(self, items: tuple[Item, ...]) -> Iterator[Deed]:
        ended: bool | None = None
        asked: tuple[Word, ...] = ()
        for item in items:
            after = "&&" if self.stops_on_error and item.after == ";" and not item.conditional else item.after
            if ended is {"&&": False, "||": True}.get(after, "anyhow"):
                continue
            is_sure = ended is not None and item.after != ";"
            ended = ended_by(ended, after, item.certain)
            wanting = run_without(asked, after, conditional=item.conditional)
            missing = [self.here.local(word.text(self.variables)) for word in wanting]
            after = "&&" if after == "||" and asked else after
            asked = question(item) or (asked if item.conditional else ())
            reader = self.copy() if item.background else self
            reader.in_doubt = item.conditional or item.after in ("&&", "||")
            for place, deed in enumerate(reader._pipe(item)):
                first = after if place == 0 else deed.after
                if isinstance(deed.action, Dump) and deed.action.target in missing:
                    first = "||"
                yield replace(
                    deed,
                    after=first,
                    background=item.background or deed.background,
                    conditional=item.conditional or deed.conditional,
                )
            if self.has_ended and (item.after == ";" or is_sure) and not item.conditional:
                return
            self.has_ended = False

    def _pipe(self, item: Item) -> list[Deed]:
        found: list[Deed] = []
        stream = self.stream
        for command in item.pipe:
            reader = self if len(item.pipe) == 1 else self.copy()
            reader.stream = stream
            found += reader._command(command)
            stream = reader.stream
        self.stream = None
        if stream is not None and self.depth == 0 and not stream.saved:
            found.append(Deed(stream.written(None) if stream.dump else Harmless(stream.tool)))
        elif stream is not None:
            self.stream = stream
        return found

    def _command(self, command: Command) -> list[Deed]:
        if next(self.read) >= MOST_COMMANDS:
            raise _Endless
        if isinstance(command, Group):
            return self._group(command)
        if isinstance(command, Function):
            self.functions[command.name] = command.body
            return []
        return self._loop(command) if isinstance(command, Loop) else self._simple(command)

    def _group(self, group: Group) -> list[Deed]:
        reader = self.copy() if group.subshell else self
        reader.stream = self.stream
        reader.depth += 1
        found = list(reader._items(group.items))
        reader.depth -= 1
        self.stream = reader.stream
        return found + self._written(Simple((), group.redirections))

    def _loop(self, loop: Loop) -> list[Deed]:
        found: list[Deed] = []
        for word in loop.words:
            for value in self._expand(word):
                self.variables[loop.name] = value
                found += self._items(loop.items)
        return found

    def _simple(self, command: Simple) -> list[Deed]:
        written = [*command.words, *(one.target for one in command.redirections)]
        names = [part.text.strip("${}") for word in written for part in word.parts if part.kind == "variable"]
        if name := next((name for name in names if name in self.alternatives), ""):
            return self._each(name, command)
        asked = [deed for word in command.words for deed in self._asked(word)]
        words = [text for word in command.words for text in self._expand(word)]
        own: dict[str, str] = {}
        while words and ASSIGNMENT.match(words[0]):
            name, _, value = words.pop(0).partition("=")
            own[name.rstrip("+")] = self.variables.get(name[:-1], "") + value if name.endswith("+") else value
        for redirection in command.redirections:
            if redirection.operator == "<":
                self.stream = Stream(
                    place=self.here.local(redirection.target.text(self.variables)), host=self.here.host
                )
        if not words:
            return asked + self._assigned(own) + self._written(command, empties=not own)
        return asked + self._program(tuple(words), own) + self._written(command, empties=words[0] in CERTAIN)

    def _asked(self, word: Word) -> list[Deed]:
        """Return what the commands of `$(…)` do to backups, besides what they print."""
        lines = [part.text[2:-1] for part in word.parts if part.kind == "substitution" and part.text[2] != "("]
        found: list[Deed] = []
        for line in lines:
            reader = self.copy()
            reader.depth += 1
            found += [deed for deed in reader.line(line) if isinstance(deed.action, DATA)]
        return found

    def _each(self, name: str, command: Simple) -> list[Deed]:
        """Return what a command does with each of the values that a variable may have by then."""
        values, stream, found = self.alternatives.pop(name), self.stream, list[Deed]()
        for value in values:
            self.variables[name], self.stream = value, stream
            found += [replace(deed, conditional=True) for deed in self._simple(command)]
        self.alternatives[name] = values
        return found

    def _expand(self, word: Word) -> list[str]:
        """Return a word filled in; an unquoted variable alone is split at its blanks, as the shell does, and a list."""
        text = word.text(self.variables)
        alone = [part.kind for part in word.parts if part.text] == ["variable"]
        if alone and (ELEMENT.text in text or not text):
            return [element for element in text.split(ELEMENT.text) if element]
        if len(word.parts) == 1 and alone and " " in text and not UNKNOWN.search(text):
            return text.split()
        return [text]

    def _assigned(self, values: dict[str, str]) -> list[Deed]:
        for name, value in values.items():
            before = self.alternatives.pop(name, (self.variables.get(name, ""),))
            if printed := may_print(value):
                values = {**values, name: printed[0]}
                self.alternatives |= {name: printed} if len(printed) > 1 else {}
            elif self.in_doubt and all(one and not UNKNOWN.search(one) for one in (*before, value)):
                both = tuple(dict.fromkeys((*before, value)))
                self.alternatives |= {name: both} if len(both) > 1 else {}
        self.variables |= values
        exported = values if self.exports_all else self.environment
        self.environment |= {name: value for name, value in values.items() if name in exported}
        return []

    def _written(self, command: Simple, *, empties: bool = False) -> list[Deed]:
        """Return what the redirection of standard output makes of the stream."""
        for redirection in reversed(command.redirections):
            written = redirection.operator in (">", ">>", ">|", "&>", "&>>", ">&")
            if not written or redirection.descriptor not in ("", "1"):
                continue
            name = redirection.target.text(self.variables)
            if redirection.operator == ">&" and (name.isdecimal() or name == "-"):
                continue
            stream, self.stream = self.stream, None
            if stream is None:
                return [Deed(Remove((self.here.local(name),)))] if empties and name != NOWHERE else []
            target = None if tilde(name, "") == NOWHERE else self.here.local(name)
            if target is None and (stream.dump is None or stream.saved):
                return []
            return [Deed(stream.written(target, appends=redirection.operator.endswith(">>")))]
        return []

    def _program(self, words: tuple[str, ...], own: dict[str, str]) -> list[Deed]:
        name = posixpath.basename(words[0])
        if name in BUILTINS:
            return self._builtin(name, words[1:])
        if words[0] in self.functions:
            return self._call(words)
        if name == "ssh":
            return self._remote(words)
        wrapped = unwrap(words)
        if wrapped is not None:
            return self._inside(wrapped, own)
        if self._script_text(words[0]) is not None or programs.looks_like_script(words[0]):
            return self._script(words[0], words[1:], searched="/" not in words[0])
        action = programs.read(name, words[1:], self.here, {**self.environment, **own}, self.stream)
        if isinstance(action, Backup | Inspect) and action.encryption.state == "missing" and self.unread_settings:
            action = replace(action, encryption=Encryption("unknown"))
        after_tee = replace(self.stream, saved=True) if name == "tee" and self.stream else None
        found = self._acted(action)
        self.stream = after_tee or self.stream
        return found

    def _acted(self, action: Action | Stream) -> list[Deed]:
        if isinstance(action, Stream):
            self.stream = action
            return []
        if not (isinstance(action, Harmless) and action.tool in FILTERS):
            self.stream = None
        return [] if isinstance(action, Harmless) and action.tool in FILTERS and self.stream else [Deed(action)]

    def _call(self, words: tuple[str, ...]) -> list[Deed]:
        if self.depth > DEEPEST:
            return [Deed(Opaque(words[0], "functions that call each other without end"))]
        outer = {name: text for name, text in self.variables.items() if name in POSITIONAL}
        self.variables = own(self.variables) | given(words[1:])
        found = self._group(self.functions[words[0]])
        self.variables = own(self.variables) | outer
        return found

    def _builtin(self, name: str, words: tuple[str, ...]) -> list[Deed]:
        if name == "exit":
            self.has_ended = True
        elif name == "cd":
            target = next((word for word in words if not word.startswith("-")), "~")
            self.here = replace(self.here, directory=self.here.local(target).path)
        elif name == "set":
            self._set(words)
        elif name == "read":
            self.variables |= {word: f"${word}" for word in words if not word.startswith("-")}
            self.stream = None
        else:
            values = dict(word.split("=", 1) for word in words if "=" in word)
            self.variables |= values
            if name == "export":
                names = [word for word in words if word in self.variables]
                self.environment |= values | {word: self.variables[word] for word in names}
                self.unread_settings |= any(word.startswith(("$", "`")) for word in words)
        return []

    def _set(self, words: tuple[str, ...]) -> None:
        on = [word for word in words if word.startswith("-") and "--" not in words]
        self.has_ended |= any("n" in word for word in on)  # from here on commands are read, and not run
        self.stops_on_error |= any("e" in word for word in on) or "errexit" in words
        self.exports_all |= any("a" in word for word in on) or ("-o" in words and "allexport" in words)
        if any(word.startswith("+") and "a" in word for word in words) or ("+o" in words and "allexport" in words):
            self.exports_all = False

    def _inside(self, wrapped: Wrapped, own: dict[str, str]) -> list[Deed]:
        if self.depth > DEEPEST:
            return [Deed(Opaque(" ".join(wrapped.words)[:80], "programs that start each other without end"))]
        if wrapped.sourced:
            return self._sourced(wrapped.script or "")
        outer = self.here, self.environment, self.variables
        self.environment = {**self.environment, **own, **wrapped.assignments}
        self.variables = {**self.variables, **own, **wrapped.assignments}
        if wrapped.user and wrapped.user != self.here.user:
            self.here = replace(self.here, user=wrapped.user, home=home_of(wrapped.user))
        if wrapped.directory:
            self.here = replace(self.here, directory=self.here.local(wrapped.directory).path)
        self.depth += 1
        found = self._content(wrapped)
        self.depth -= 1
        self.has_ended = False
        self.here, self.environment, self.variables = outer
        return found

    def _content(self, wrapped: Wrapped) -> list[Deed]:
        if wrapped.line is not None:
            return list(self.line(wrapped.line))
        if wrapped.script is not None:
            return self._script(wrapped.script)
        return self._program(wrapped.words, {}) if wrapped.words else []

    def _sourced(self, path: str) -> list[Deed]:
        """Read a script that this very shell goes through: what it sets stays."""
        text = self._script_text(path)
        if text is None:
            self.unread_settings = True
            return self._script(path)
        self.depth += 1
        found = list(self.line(text))
        self.depth -= 1
        return found

    def _remote(self, words: tuple[str, ...]) -> list[Deed]:
        target = programs.ssh_target(words[1:], self.here)
        if target is None:
            return [Deed(Harmless("ssh"))]
        there, line = target
        if not line:
            return [Deed(Harmless("ssh"))]
        reader = _Reader(there, {}, self.scripts, self.depth + 1)
        reader.read = self.read
        reader.stream = self.stream.over_network() if self.stream else None
        found = list(reader.line(line))
        self.stream = reader.stream.over_network() if reader.stream else None
        return found

    def _script_text(self, path: str) -> str | None:
        full = self.here.local(path).path if "/" in path or path.startswith("~") else path
        return self.scripts.get(path, self.scripts.get(full))

    def _script(self, path: str, words: tuple[str, ...] = (), *, searched: bool = False) -> list[Deed]:
        text = self._script_text(path)
        if text is None:
            text = self.scripts.get(self.here.local(path).path)
        if text is None:
            place = "" if searched else self.here.local(path).path
            return [Deed(Opaque(path, f"a script whose text was not given: add --script {path}=FILE", script=place))]
        first = text.partition("\n")[0]
        if first.startswith("#!") and not programs.is_shell(first):
            return [Deed(Opaque(path, f"a script for `{first[2:].strip()}`, only sh is read here"))]
        reader = self.copy()
        reader.variables = own(reader.variables) | given(words)
        reader.depth += 1
        reader.stream = self.stream
        found = list(reader.line(with_its_place(text, posixpath.dirname(self.here.local(path).path))))
        self.stream = reader.stream
        return found
