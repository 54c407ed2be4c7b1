"""Answers that a student hands in: in answers.yaml, or in notebooks, executed or not. Nothing of them is run.

In a notebook an answer is the state that a quiz was saved in, a line `Answer NAME: …` of its text, or an entry of
`answers = {"NAME": …}` in a code cell, which is parsed and never executed.
"""

import ast
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labcheck.submissions.document import Mapping as Lined
from labcheck.submissions.document import read_yaml
from labcheck.submissions.finding import NOTE, Finding, Place
from labcheck.submissions.tree import Tree
from labcheck.visible import visible

Judge = Callable[[str, str], tuple[bool | None, str] | None]
"""Says of a question (its name or text) and an answer: right, wrong or unreadable (None), and why; or no such one."""
FILES = ("answers.yaml", "answers.yml")
WRITTEN = re.compile(
    r"^\W*answer\s+(?:to\s+)?`?(?P<name>[\w*/, -]+?)`?\W*:[\s*_]*(?P<text>\S.*?)[\s*_]*$", re.IGNORECASE
)
STATE = "application/vnd.jupyter.widget-state+json"
TAG = re.compile(r"<[^>]+>")
LONGEST = 500
MOST = 500


@dataclass(frozen=True)
class Given:
    """One answer: the question's name or text, the answer as text, and where it stands."""

    question: str
    text: str
    place: Place


def answering(tree: Tree, judge: Judge | None, required: tuple[str, ...]) -> Iterator[Finding]:
    """Findings about the answers; `required` are the questions that must be answered."""
    if judge is None:
        return
    given = list(answers_of(tree))
    seen: set[str] = set()
    file = _file(tree)
    if file and not given and not required:
        yield Finding("answer-missing", Place(file), "no answer could be read in it", "Write one a line, as rpo: 25 h")
    for one in given[:MOST]:
        verdict = judge(one.question, one.text)
        name, text = visible(one.question[:80]), visible(one.text[:80])
        if verdict is None:
            yield Finding("answer-unknown", one.place, f"there is no question `{name}`", "Correct its name.", NOTE)
            continue
        seen.add(one.question.casefold())
        right, why = verdict
        if right is None:
            yield Finding("answer-unreadable", one.place, f"`{text}` for `{name}`: {why}", "Write it in another way.")
        elif not right:
            yield Finding("answer-wrong", one.place, f"`{text}` for `{name}`: {why}", "Work it out again.")
    for name in required:
        if name.casefold() not in seen:
            place = given[0].place if given else Place(FILES[0])
            yield Finding("answer-missing", place, f"`{name}` is not answered", f"Write it into {FILES[0]}: {name}: …")


def answers_of(tree: Tree) -> Iterator[Given]:
    """Yield every answer in a submission: those of answers.yaml, then those of the notebooks."""
    for name in tree.files:
        if name.rpartition("/")[2] in FILES:
            value = read_yaml(tree, name, as_written=True)
            for key, answer in value.items() if isinstance(value, Lined) else ():
                text = ", ".join(map(str, answer)) if isinstance(answer, list) else answer
                if isinstance(text, str) and text.strip():
                    yield Given(str(key), text[:LONGEST], Place(name, value.lines.get(key, 0)))
    for name in tree.files:
        if name.endswith(".ipynb") and ".ipynb_checkpoints/" not in name:
            yield from _of_notebook(tree, name)


def has_answers(tree: Tree) -> bool:
    """Tell whether a submission has any answer, or a file for them."""
    return _file(tree) is not None or next(answers_of(tree), None) is not None


def _file(tree: Tree) -> str | None:
    return next((name for name in tree.files if name.rpartition("/")[2] in FILES), None)


def _of_notebook(tree: Tree, name: str) -> Iterator[Given]:
    text = tree.text(name)
    try:
        notebook = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        found = f"not a notebook: {str(error)[:100]}"
        tree.findings.append(Finding("broken-notebook", Place(name), found, "Save it again in Jupyter."))
        return
    for cell in map(_table, _list(_table(notebook).get("cells"))):
        source = cell.get("source")
        lines = source if isinstance(source, list) else str(source or "").splitlines(keepends=True)
        joined = "".join(str(line) for line in lines)[:100_000]
        found_in = _of_code(joined) if cell.get("cell_type") == "code" else _of_text(joined)
        for question, answer in found_in:
            yield Given(question, answer[:LONGEST], Place(name))
    for question, answer in _of_widgets(_table(_table(notebook).get("metadata"))):
        yield Given(question, answer[:LONGEST], Place(name))


def _table(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _of_text(source: str) -> Iterator[tuple[str, str]]:
    for line in source.splitlines():
        found = WRITTEN.match(line[:2000])
        if found:
            yield found["name"].strip(), found["text"]


def _of_code(source: str) -> Iterator[tuple[str, str]]:
    """Yield the entries of `answers = {…}` and `answers[…] = …`; magics are no Python and are left out."""
    plain = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # a cell of shell commands, or an unfinished one: it holds no answer
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            yield from _assigned(node.targets[0], node.value)


def _assigned(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, str]]:
    if isinstance(target, ast.Name) and target.id == "answers" and isinstance(value, ast.Dict):
        for key, one in zip(value.keys, value.values, strict=True):
            if isinstance(key, ast.Constant) and isinstance(one, ast.Constant):
                yield str(key.value), str(one.value)
    named = isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name) and target.value.id == "answers"
    if named and isinstance(target.slice, ast.Constant) and isinstance(value, ast.Constant):  # type: ignore[attr-defined]
        yield str(target.slice.value), str(value.value)  # type: ignore[attr-defined]


def _of_widgets(metadata: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what the quizzes of an executed notebook were saved with: each box has its question, then its input."""
    models = _table(_table(_table(metadata.get("widgets")).get(STATE)).get("state"))
    states = {key: _table(_table(one).get("state")) for key, one in models.items()}
    for state in states.values():
        children = [states.get(str(one).removeprefix("IPY_MODEL_"), {}) for one in _list(state.get("children"))]
        if len(children) < 2 or "Predict:" not in str(children[0].get("value", "")):
            continue
        question = TAG.sub("", str(children[0]["value"])).replace("Predict:", "").strip()
        answer = _chosen(children[1], states)
        if answer:
            yield question, answer


def _chosen(state: Mapping[str, Any], states: Mapping[str, Mapping[str, Any]]) -> str:
    labels, index = state.get("_options_labels"), state.get("index")
    if isinstance(labels, list) and isinstance(index, int) and 0 <= index < len(labels):
        return str(labels[index])
    inner = [states.get(str(one).removeprefix("IPY_MODEL_"), {}) for one in _list(state.get("children"))]
    return next((str(one["value"]) for one in inner if isinstance(one.get("value"), str) and one["value"].strip()), "")
