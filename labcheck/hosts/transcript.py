"""A transcript: everything that hosts were asked and what they said, one JSON object a line."""

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from labcheck.errors import LabcheckError
from labcheck.hosts.host import Answer, Ask, Question


class Transcript:
    """Listens between a host and its connection, and remembers in order."""

    def __init__(self) -> None:
        self.entries: list[tuple[Question, Answer]] = []

    def listen(self, ask: Ask) -> Ask:
        """Return the same way of asking, with everything remembered here."""

        def heard(question: Question) -> Answer:
            answer = ask(question)
            self.entries.append((question, answer))
            return answer

        return heard

    def write(self, path: Path) -> None:
        """Write the transcript; the file appears whole or not at all."""
        lines = (json.dumps({"question": asdict(q), "answer": asdict(a)}) for q, a in self.entries)
        unfinished = path.with_name(path.name + ".new")
        unfinished.write_text("".join(f"{line}\n" for line in lines))
        unfinished.replace(path)


def read(lines: Iterable[str]) -> list[tuple[Question, Answer]]:
    """Return the questions and answers of a transcript's lines."""
    entries = [json.loads(line) for line in lines]
    return [(Question(**entry["question"]), Answer(**entry["answer"])) for entry in entries]


def replay(entries: Iterable[tuple[Question, Answer]]) -> Ask:
    """Return a way of asking that answers from a transcript: the n-th time with the n-th answer.

    A question that was not asked then raises `LabcheckError`.
    """
    answers: dict[tuple[str, str, str], list[Answer]] = {}
    for question, answer in entries:
        answers.setdefault((question.host, question.user, question.command), []).append(answer)

    def ask(question: Question) -> Answer:
        known = answers.get((question.host, question.user, question.command))
        if not known:
            raise LabcheckError(f"the transcript has no answer of {question.host} to `{question.command}`")
        return known.pop(0) if len(known) > 1 else known[0]

    return ask
