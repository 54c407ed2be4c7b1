"""The notebooks: each keeps to the house style, and runs from top to bottom on the real lab."""

import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from labcheck.cli import run as labcheck
from labcheck.labs import LABS
from labcheck.notebook.headless import execute, notebooks
from labcheck.notebook.questions import questions
from labcheck.practice import progress
from labcheck.practice.lab import PracticeLab
from tests.conftest import NOTEBOOKS

PATHS = notebooks(NOTEBOOKS)
EACH = pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])


def cells(path: Path, kind: str) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(path.read_text())["cells"] if cell["cell_type"] == kind]


def source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def test_there_are_notebooks() -> None:
    assert [path.stem[:2] for path in PATHS[:2]] == ["00", "01"]


@EACH
def test_a_notebook_has_the_agreed_measure(path: Path) -> None:
    code, prose = cells(path, "code"), cells(path, "markdown")
    words = [len(source(cell).split()) for cell in prose]
    lines = [source(cell).count("\n") + 1 for cell in code]
    sections = [cell for cell in prose if source(cell).startswith("## ")]
    assert 25 <= len(code) + len(prose) <= 50
    assert 4 <= len(sections) <= 7
    assert 600 <= sum(words) <= 1350
    assert max(words) <= 120
    assert max(lines) <= 12
    assert sum(line <= 3 for line in lines) >= len(lines) * 2 / 3


@EACH
def test_every_section_asks_for_a_prediction(path: Path) -> None:
    sections = re.split(r"(?m)^## ", "\n".join(source(cell) for cell in cells(path, "markdown")))[1:]
    without = [section.splitlines()[0] for section in sections if "**Predict" not in section]
    assert without == []


@EACH
def test_no_output_is_pasted_into_prose(path: Path) -> None:
    prose = "\n".join(source(cell) for cell in cells(path, "markdown"))
    assert re.findall(r"(?m)^(?: {4}|```\n)(?:\+-|\||[-d][r-][w-]|sent \d|total \d|\d+ rows? in set).*", prose) == []


@EACH
def test_never_more_than_three_code_cells_in_a_row(path: Path) -> None:
    kinds = "".join(cell["cell_type"][0] for cell in json.loads(path.read_text())["cells"])
    assert "cccc" not in kinds


@EACH
def test_a_notebook_is_kept_without_outputs_and_knows_its_kernel(path: Path) -> None:
    nbformat.validate(nbformat.read(path, as_version=4))
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in cells(path, "code"))
    assert json.loads(path.read_text())["metadata"]["kernelspec"]["name"] == "python3"


@EACH
def test_solutions_are_hidden_until_a_student_wants_to_see_them(path: Path) -> None:
    solved = [cell for cell in cells(path, "code") if "solution" in cell["metadata"].get("tags", [])]
    assert solved
    assert all(cell["metadata"]["jupyter"]["source_hidden"] for cell in solved)


@EACH
def test_a_notebook_asks_for_predictions_that_stand_in_its_prose_too(path: Path) -> None:
    names = re.findall(r'quiz\("([^"]+)"\)', "\n".join(source(cell) for cell in cells(path, "code")))
    assert set(names) <= questions().keys()
    predictions = [cell for cell in cells(path, "markdown") if "**Predict" in source(cell)]
    assert len(predictions) >= len(names) >= 3


@EACH
def test_a_notebook_opens_with_goal_time_and_hosts_and_lets_the_student_check(path: Path) -> None:
    first = source(cells(path, "markdown")[0])
    assert all(word in first for word in ("**Goal:**", "**Time:**", "**Host"))
    checked = [source(cell) for cell in cells(path, "code") if source(cell).startswith("%check")]
    for line in checked:
        LABS["backup-tools"].select(line.split()[1:])
    assert checked


def test_every_step_can_be_checked_in_a_notebook() -> None:
    lines = [source(cell) for path in PATHS for cell in cells(path, "code") if source(cell).startswith("%check")]
    words = {word for line in lines for word in line.split()[1:]}
    assert [step for step in LABS["backup-tools"].steps if not {step, step.split(".")[0]} & words] == []


@pytest.mark.lab
def test_the_notebooks_lead_from_a_fresh_lab_to_full_points(
    fresh_lab: PracticeLab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for path in PATHS:
        result = execute(path, tmp_path / path.name)
        assert result.complaint == "", path.name
        outputs = [output for cell in cells(tmp_path / path.name, "code") for output in cell["outputs"]]
        assert "status error" not in json.dumps(outputs), path.name
    progress.forget()
    assert labcheck(["grade", "--lab"]) == 0, capsys.readouterr().out
    assert progress.of(fresh_lab.student).achieved() == progress.steps()


@pytest.mark.lab
def test_a_notebook_runs_again_in_a_used_lab(lab: PracticeLab) -> None:
    for path in reversed(PATHS):
        assert execute(path).complaint == "", path.name


@pytest.mark.lab
def test_a_cell_that_fails_is_told_and_the_rest_is_not_run(
    lab: PracticeLab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook = nbformat.v4.new_notebook()
    lines = ["%load_ext labcheck.notebook", "%%on db\necho before; cat /nosuch", "%%on db\ntouch /tmp/after"]
    notebook.cells = [nbformat.v4.new_code_cell(line) for line in lines]
    nbformat.write(notebook, tmp_path / "00-fails.ipynb")
    assert labcheck(["notebooks", "run", str(tmp_path / "00-fails.ipynb"), "--out", str(tmp_path / "ran")]) == 1
    told = capsys.readouterr()
    assert told.out.startswith("00-fails.ipynb: failed (3 code cells, ")
    assert "A command ended with exit status 1 on db" in told.err
    ran = cells(tmp_path / "ran" / "00-fails.ipynb", "code")
    assert "before" in json.dumps(ran[1]["outputs"])
    assert ran[2]["outputs"] == []
