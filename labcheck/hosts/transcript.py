"""A transcript: everything that hosts were asked and what they said, one JSON object a line.

What came of a question is its answer, or the trouble that we had with the host; a replay gives back both.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from labcheck.errors import (
    CommandTimedOut,
    HostKeyChanged,
    HostKeyUnknown,
    HostUnreachable,
    LabcheckError,
    SignInRefused,
)
from labcheck.hosts.host import Answer, Ask, Question
from labcheck.whole_file import write_whole

Entry = tuple[Question, Answer | LabcheckError]
TROUBLES: dict[str, type[LabcheckError]] = {
    kind.__name__: kind for kind in (CommandTimedOut, HostKeyChanged, HostKeyUnknown, HostUnreachable, SignInRefused)
}


class Transcript:
    """Listens between a host and its connection, and remembers in order."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries: list[Entry] = list(entries)

    def listen(self, ask: Ask) -> Ask:
        """Return the same way of asking, with everything remembered here."""

        def heard(question: Question) -> Answer:
            try:
                answer = ask(question)
            except LabcheckError as trouble:
                self.entries.append((question, trouble))
                raise
            self.entries.append((question, answer))
            return answer

        return heard

    def write(self, path: Path) -> None:
        """Write the transcript for its owner alone; the file appears whole, on disk, or not at all."""
        write_whole(path, (f"{json.dumps(_as_json(*entry))}\n" for entry in self.entries))


def _as_json(question: Question, said: Answer | LabcheckError) -> dict[str, Any]:
    if isinstance(said, Answer):
        return {"question": vars(question), "answer": vars(said)}
    trouble = {"kind": type(said).__name__, "what": said.what, "next_step": said.next_step}
    return {"question": vars(question), "trouble": trouble}


def read(lines: Iterable[str]) -> list[Entry]:
    """Return what a transcript's lines hold; raises `LabcheckError` that names a damaged line."""
    return [_entry(number, line) for number, line in enumerate(lines, 1)]


def _entry(number: int, line: str) -> Entry:
    try:
        entry = json.loads(line)
        question = Question(**entry["question"])
        if "answer" in entry:
            return question, Answer(**entry["answer"])
        trouble = entry["trouble"]
        return question, TROUBLES.get(trouble["kind"], LabcheckError)(trouble["what"], trouble["next_step"])
    except (ValueError, KeyError, TypeError) as error:
        raise LabcheckError(f"line {number} of the transcript is damaged: {line[:80]!r}") from error


def replay(entries: Iterable[Entry]) -> Ask:
    """Return a way of asking that answers from a transcript: the n-th time as the n-th time.

    A question that was not asked then raises `LabcheckError`.
    """
    then: dict[tuple[str, str, str], list[Answer | LabcheckError]] = {}
    for question, said in entries:
        then.setdefault((question.host, question.user, question.command), []).append(said)

    def ask(question: Question) -> Answer:
        known = then.get((question.host, question.user, question.command))
        if not known:
            raise LabcheckError(f"the transcript has no answer of {question.host} to `{question.command}`")
        said = known.pop(0) if len(known) > 1 else known[0]
        if isinstance(said, LabcheckError):
            raise said
        return said

    return ask
