"""What the shell makes of words: simple commands, pipes, and lists joined by `&&`, `||`, `;` and `&`."""

import re
from dataclasses import dataclass, replace

from labcheck.rpo.commands.dead import end_of_dead
from labcheck.rpo.commands.words import ELEMENT, Operator, Part, Token, UnreadableShell, Word, tokens

SEPARATORS = ("&&", "||", ";", "&", "\n", ";;")
OPENERS = ("if", "elif", "while", "until", "!", "then", "else", "do")
CLOSERS = ("fi", "done", "esac", "}")
UNREAD = ("select",)
ARRAY = re.compile(r"[A-Za-z_]\w*\+?=", re.ASCII)
CERTAIN = {"true": True, ":": True, "false": False}


@dataclass(frozen=True)
class Redirection:
    """`operator` is `>`, `>>`, `<` …; `descriptor` is empty where the shell takes its default."""

    operator: str
    descriptor: str
    target: Word


@dataclass(frozen=True)
class Simple:
    """One program with its words; assignments in front of it are still among the words."""

    words: tuple[Word, ...]
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True)
class Group:
    """A list in brackets; a subshell `( )` forgets its `cd` and assignments, a `{ }` does not."""

    items: tuple["Item", ...]
    subshell: bool
    redirections: tuple[Redirection, ...] = ()


@dataclass(frozen=True)
class Loop:
    """`for NAME in WORDS; do …; done`."""

    name: str
    words: tuple[Word, ...]
    items: tuple["Item", ...]


@dataclass(frozen=True)
class Function:
    """`NAME() { …; }`: what a command of that name does from now on."""

    name: str
    body: Group


Command = Simple | Group | Loop | Function


@dataclass(frozen=True)
class Item:
    """One pipe of a list; `after` is the operator in front of it, `background` whether `&` follows.

    `conditional` is true inside `if`, `while` and their like: it may not run at all. `certain` says how it ends, where
    its words alone say so: `true`, `false`.
    """

    pipe: tuple[Command, ...]
    after: str = ";"
    background: bool = False
    conditional: bool = False
    certain: bool | None = None


def parse(line: str) -> tuple[Item, ...]:
    """Return the list that a shell line or script holds; raise `UnreadableShell` for what is not complete."""
    parser = _Parser(tokens(line))
    items = parser.items(())
    if parser.at < len(parser.tokens):
        raise UnreadableShell(f"`{parser.text()}` stands where a command should begin")
    return items


class _Parser:
    def __init__(self, found: list[Token]) -> None:
        self.tokens = found
        self.at = 0
        self.depth = 0

    def text(self) -> str:
        """Return the current token as text when it can be an operator or a keyword, else nothing."""
        if self.at >= len(self.tokens):
            return ""
        token = self.tokens[self.at]
        if isinstance(token, Operator):
            return token.text
        return token.text() if token.is_bare else ""

    def items(self, closers: tuple[str, ...]) -> tuple[Item, ...]:
        found: list[Item] = []
        after = ";"
        while self.at < len(self.tokens) and self.text() not in (*closers, ")"):
            if self.text() in SEPARATORS:
                after = self._separator(after)
                continue
            is_plain = self.text() not in (*OPENERS, *CLOSERS)
            pipe = self._pipe()
            background = self.text() == "&"
            if pipe:
                certain = _certain(pipe) if is_plain else None
                found.append(Item(pipe, after, background, self.depth > 0, certain))
                after = ";"
            elif found:  # `fi` and its like: how the whole ended is not what its last command came to
                found[-1] = replace(found[-1], certain=None)
        return tuple(found)

    def _separator(self, after: str) -> str:
        text = self.text()
        self.at += 1
        if text == "\n" and after in ("&&", "||"):
            return after
        return text if text in ("&&", "||") else ";"

    def _pipe(self) -> tuple[Command, ...]:
        commands = [self._command()]
        while self.text() in ("|", "|&"):
            self.at += 1
            while self.text() == "\n":
                self.at += 1
            commands.append(self._command())
        return tuple(command for command in commands if command is not None)

    def _command(self) -> Command | None:
        while self.text() in OPENERS or self.text() in CLOSERS:
            self.depth += {"if": 1, "while": 1, "until": 1, "fi": -1, "done": -1}.get(self.text(), 0)
            self.at = end_of_dead(self.tokens, self.at) or self.at + 1
        if self.text() in UNREAD:
            raise UnreadableShell(f"`{self.text()}` is shell that is not read here")
        if self.text() == "function" or self._defines_function():
            return self._function()
        if self.text() in ("(", "{"):
            return self._group(self.text())
        if self.text() == "case":
            return self._case()
        return self._loop() if self.text() == "for" else self._simple()

    def _defines_function(self) -> bool:
        following = [token.text for token in self.tokens[self.at + 1 : self.at + 3] if isinstance(token, Operator)]
        return self.text() != "(" and following == ["(", ")"]

    def _function(self) -> Function:
        self.at += self.text() == "function"
        name = self.text()
        self.at += 3 if self._defines_function() else 1
        self._skip("\n")
        if self.text() not in ("(", "{"):
            raise UnreadableShell(f"the function `{name}` has no body")
        depth, self.depth = self.depth, 0
        body = self._group(self.text())
        self.depth = depth
        return Function(name, body)

    def _case(self) -> Group:
        """Read every branch; whether it runs is not known."""
        while self.at < len(self.tokens) and self.text() != "in":
            self.at += 1
        self.at += 1
        self.depth += 1
        found: list[Item] = []
        while self._skip("\n", ";;") != "esac":
            while self.at < len(self.tokens) and self.text() != ")":
                self.at += 1
            if self.at >= len(self.tokens):
                raise UnreadableShell("`case` without its `esac`")
            self.at += 1
            found += self.items((";;", "esac"))
        self.depth -= 1
        self.at += 1
        return Group(tuple(found), subshell=False)

    def _skip(self, *texts: str) -> str:
        """Jump over what reads so, and return what stands behind it."""
        while self.at < len(self.tokens) and self.text() in texts:
            self.at += 1
        return self.text()

    def _group(self, opener: str) -> Group:
        self.at += 1
        closer = {"(": ")", "{": "}"}[opener]
        items = self.items((closer,))
        if self.text() != closer:
            raise UnreadableShell(f"the bracket {opener} stays open")
        self.at += 1
        return Group(items, opener == "(", self._redirections_only())

    def _redirections_only(self) -> tuple[Redirection, ...]:
        found = self._simple()
        return found.redirections if found else ()

    def _loop(self) -> Loop:
        head = self._next_words(after_keyword=True)
        name, words = head[0].text() if head else "", tuple(head[2:])
        while self.text() in (";", "\n"):
            self.at += 1
        if self.text() != "do":
            raise UnreadableShell("`for` without its `do`")
        self.at += 1
        items = self.items(("done",))
        self.at += 1
        return Loop(name, words, items)

    def _next_words(self, *, after_keyword: bool) -> list[Word]:
        self.at += after_keyword
        found: list[Word] = []
        while self.at < len(self.tokens) and isinstance(token := self.tokens[self.at], Word):
            found.append(token)
            self.at += 1
        return found

    def _simple(self) -> Simple | None:
        words: list[Word] = []
        redirections: list[Redirection] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            if isinstance(token, Word):
                words.append(token)
            elif token.redirects:
                redirections.append(self._redirection(token))
            elif token.text == "(" and words and ARRAY.fullmatch(words[-1].text()):
                words[-1] = Word((*words[-1].parts, *self._elements()))
            elif token.text == "(" and words:
                raise UnreadableShell("`(` in the middle of a command")
            else:
                break
            self.at += 1
        return Simple(tuple(words), tuple(redirections)) if words or redirections else None

    def _elements(self) -> list[Part]:
        """Return the words of `NAME=(…)`, with a mark in front of each."""
        found: list[Part] = []
        self.at += 1
        while self._skip("\n") != ")":
            if self.at >= len(self.tokens) or isinstance(self.tokens[self.at], Operator):
                raise UnreadableShell("the bracket of a list stays open")
            for word in self._next_words(after_keyword=False):
                found += [ELEMENT, *word.parts]
        return found

    def _redirection(self, operator: Operator) -> Redirection:
        self.at += 1
        target = self.tokens[self.at] if self.at < len(self.tokens) else None
        if not isinstance(target, Word):
            raise UnreadableShell(f"`{operator.text}` without a file")
        return Redirection(operator.text, operator.descriptor, target)


def _certain(pipe: tuple[Command, ...]) -> bool | None:
    """Return how a pipe ends that is `true`, `:` or `false`, whatever stands behind the word; None for all others."""
    alone = pipe[0] if len(pipe) == 1 else None
    if not isinstance(alone, Simple) or not alone.words or not alone.words[0].is_bare:
        return None
    return CERTAIN.get(alone.words[0].text())
