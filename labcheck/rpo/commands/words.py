"""The words and operators of a shell line, as sh(1) splits them; nothing is ever executed.

A word remembers which of its parts were quoted, which are variables and which are command substitutions,
because only the reader of the whole line knows what a variable holds by then.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

PLACEHOLDER = re.compile(r"<[A-Za-z][A-Za-z0-9_.-]*>(?=[^\s<>|;&]|$)|(?<=[^\s<>|;&])<[A-Za-z][A-Za-z0-9_.-]*>")
JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
NAME = "[A-Za-z_][A-Za-z0-9_]*|[1-9@*]"
VARIABLE = re.compile(rf"\$(?:\{{(?P<name>{NAME})(?:\[[@*]\])?(?::?-(?P<default>[^{{}}$`]*))?\}}|(?:{NAME}))")
REDIRECTION = re.compile(r"(\d*)(>>|>\||>&|<<-|<<<|<<|<&|<>|>|<)|(&>>|&>)")
OPERATORS = ("&&", "||", ";;", ";", "|&", "|", "&", "(", ")", "\n")


class UnreadableShell(ValueError):  # noqa: N818 - a state of the line, read aloud as "unreadable shell"
    """The line is not complete shell: an open quote or bracket; the message says which."""


@dataclass(frozen=True)
class Part:
    """A piece of a word; `kind` is plain, quoted, variable or substitution."""

    kind: str
    text: str


@dataclass(frozen=True)
class Word:
    """One word of a line, before any variable is filled in."""

    parts: tuple[Part, ...]

    def text(self, variables: Mapping[str, str] | None = None) -> str:
        """Return the word with its known variables filled in; what is not known stays as it was written."""
        known = variables or {}
        return "".join(_value(part.text, known) if part.kind == "variable" else part.text for part in self.parts)

    @property
    def is_bare(self) -> bool:
        """Tell whether no part of the word was quoted, so that it may be an operator's name or an assignment."""
        return all(part.kind == "plain" for part in self.parts)


@dataclass(frozen=True)
class Operator:
    """`&&`, `||`, `;`, `|`, `&`, a bracket, a line's end, or a redirection with its file descriptor."""

    text: str
    descriptor: str = ""

    @property
    def redirects(self) -> bool:
        """Tell whether a file name follows."""
        return self.text[0] in "<>" or self.text.startswith("&>")


Token = Word | Operator
ELEMENT = Part("quoted", "\x1f")
"""Stands in front of each word of a list, `NAME=(one two)`, in what the variable holds."""


def tokens(line: str) -> list[Token]:
    """Return the words and operators of a line or script; raise `UnreadableShell` where a quote stays open."""
    return list(_Scanner(line).scan())


def _value(written: str, known: Mapping[str, str]) -> str:
    """Return what a variable holds: its value, the word behind `:-` where it has none, or else itself as written."""
    variable = VARIABLE.fullmatch(written)
    if variable is None or variable["name"] is None:
        return known.get(written[1:], written)
    default = variable["default"]
    return known.get(variable["name"], written if default is None else default)


class _Scanner:
    def __init__(self, line: str) -> None:
        self.line = line.replace("\\\n", "")
        self.at = 0

    def scan(self) -> Iterator[Token]:
        while self.at < len(self.line):
            here = self.line[self.at]
            if here in " \t\r":
                self.at += 1
            elif here == "#":
                self.at = self._until("\n")
            elif self.line.startswith((">(", "<("), self.at):
                yield Word((Part("quoted", self._bracketed()),))
            elif (found := self._operator()) is not None:
                yield found
                if found.text.startswith("<<") and found.text != "<<<":
                    yield from self._here_document()
            else:
                yield Word(tuple(self._parts()))

    def _operator(self) -> Operator | None:
        if PLACEHOLDER.match(self.line, self.at) or JINJA.match(self.line, self.at):
            return None
        redirection = REDIRECTION.match(self.line, self.at)
        if redirection:
            self.at = redirection.end()
            return Operator(redirection[2] or redirection[3], redirection[1] or "")
        for operator in OPERATORS:
            if self.line.startswith(operator, self.at):
                self.at += len(operator)
                return Operator(operator)
        return None

    def _parts(self) -> Iterator[Part]:
        while self.at < len(self.line):
            here = self.line[self.at]
            template = JINJA.match(self.line, self.at) or PLACEHOLDER.match(self.line, self.at)
            if template:
                self.at = template.end()
                yield Part("quoted", template[0])
            elif here in " \t\r\n;|&()<>":
                return
            elif here == "'":
                yield Part("quoted", self._quoted("'"))
            elif here == '"':
                yield from self._double()
            elif here in "$`":
                yield self._expansion()
            elif here == "\\":
                self.at += 2
                yield Part("quoted", self.line[self.at - 1 : self.at])
            else:
                yield Part("plain", self._plain())

    def _plain(self) -> str:
        start = self.at
        self.at += 1
        while self.at < len(self.line) and self.line[self.at] not in " \t\r\n;|&()<>'\"$`\\{":
            self.at += 1
        return self.line[start : self.at]

    def _quoted(self, quote: str) -> str:
        end = self.line.find(quote, self.at + 1)
        if end < 0:
            raise UnreadableShell(f"the quote {quote} stays open")
        text = self.line[self.at + 1 : end]
        self.at = end + 1
        return text

    def _double(self) -> Iterator[Part]:
        self.at += 1
        yield Part("quoted", "")
        while self.at < len(self.line) and self.line[self.at] != '"':
            here = self.line[self.at]
            if here in "$`":
                yield self._expansion()
            elif here == "\\" and self.line[self.at + 1 : self.at + 2] in tuple('"\\$`'):
                yield Part("quoted", self.line[self.at + 1])
                self.at += 2
            else:
                yield Part("quoted", here)
                self.at += 1
        if self.at >= len(self.line):
            raise UnreadableShell('the quote " stays open')
        self.at += 1

    def _expansion(self) -> Part:
        if self.line[self.at] == "`":
            return Part("substitution", f"$({self._quoted('`')})")
        if self.line.startswith("$(", self.at):
            return Part("substitution", self._bracketed())
        variable = VARIABLE.match(self.line, self.at)
        if variable:
            self.at = variable.end()
            return Part("variable", variable[0])
        self.at += 1
        return Part("quoted", "$")

    def _bracketed(self) -> str:
        depth, start = 0, self.at
        while self.at < len(self.line):
            depth += {"(": 1, ")": -1}.get(self.line[self.at], 0)
            self.at += 1
            if depth == 0 and self.line[self.at - 1] == ")":
                return self.line[start : self.at]
        raise UnreadableShell("the bracket of $( stays open")

    def _here_document(self) -> Iterator[Token]:
        """Yield the delimiter as the redirection's word, and jump over the text."""
        while self.at < len(self.line) and self.line[self.at] in " \t":
            self.at += 1
        word = Word(tuple(self._parts()))
        yield word
        line_end = self._until("\n")
        close = re.compile(rf"^\t*{re.escape(word.text())}$", re.MULTILINE).search(self.line, line_end)
        if close:
            self.line = self.line[:line_end] + self.line[close.end() :]

    def _until(self, mark: str) -> int:
        found = self.line.find(mark, self.at)
        return len(self.line) if found < 0 else found
