"""A host: a machine that answers commands, asked with four verbs.

`run` takes any status, `test` wants yes or no, `output` must succeed, `expect` takes the statuses that its
caller has a meaning for. So "there is none" and "I could not see" stay different answers.
"""

import shlex
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from labcheck.errors import UnexpectedStatus, UnreadableAnswer

DEFAULT_TIMEOUT_SECONDS = 20.0
OUTPUT_LIMIT_BYTES = 1 << 20
CUT_OFF = -1


@dataclass(frozen=True)
class Question:
    """One command for one user of one host, with what it may cost; its words are quoted as `shlex.join` does."""

    host: str
    user: str
    command: str
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    limit_bytes: int = OUTPUT_LIMIT_BYTES


@dataclass(frozen=True)
class Answer:
    """What a host said: text decoded as UTF-8, every byte that is not UTF-8 made visible as `\\xNN`.

    `status` is the command's exit status, `CUT_OFF` when an output passed its limit (`truncated`) and the
    command was left before it ended.
    """

    status: int
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0
    truncated: bool = False


Ask = Callable[[Question], Answer]


@dataclass(frozen=True)
class Host:
    """A machine, the user who asks there, and the way to ask (a connection, a transcript, a table in a test)."""

    name: str
    user: str
    ask: Ask = field(repr=False, compare=False)

    def as_user(self, user: str) -> "Host":
        """Return the same machine, asked by another user."""
        return Host(self.name, user, self.ask)

    def run(
        self,
        *words: str,
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        limit_bytes: int = OUTPUT_LIMIT_BYTES,
    ) -> Answer:
        """Run a command, whatever its status; each word reaches the program as it is.

        Raises `HostUnreachable`, or `CommandTimedOut` when it has not ended in time.
        """
        question = Question(self.name, self.user, shlex.join(words), timeout_seconds, limit_bytes)
        return self.ask(question)

    def test(self, *words: str, no: Collection[int] = (1,)) -> bool:
        """Return True for status 0 and False for a status in `no`; any other raises `UnexpectedStatus`."""
        return self.expect(*words, statuses={0, *no}).status == 0

    def output(self, *words: str, limit_bytes: int = OUTPUT_LIMIT_BYTES) -> str:
        """Return what a command prints; a status other than 0 raises `UnexpectedStatus`."""
        return self.expect(*words, statuses={0}, limit_bytes=limit_bytes).stdout

    def expect(
        self,
        *words: str,
        statuses: Collection[int],
        timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
        limit_bytes: int = OUTPUT_LIMIT_BYTES,
    ) -> Answer:
        """Run a command that may end with these statuses.

        Raises `UnexpectedStatus` for another one, and `UnreadableAnswer` when an output passed its limit.
        """
        answer = self.run(*words, timeout_seconds=timeout_seconds, limit_bytes=limit_bytes)
        told = f"`{shlex.join(words)}` on {self.name} as {self.user}"
        if answer.truncated:
            raise UnreadableAnswer(f"{told} printed more than {limit_bytes:,} bytes")
        if answer.status not in statuses:
            said = (answer.stderr or answer.stdout).strip().splitlines()
            raise UnexpectedStatus(f"{told} ended with status {answer.status}: {said[-1] if said else 'no output'}")
        return answer
