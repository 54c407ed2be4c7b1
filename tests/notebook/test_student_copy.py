import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from labcheck.cli import run
from labcheck.notebook.headless import notebooks
from labcheck.notebook.student_copy import write_copy
from tests.conftest import NOTEBOOKS

PATHS = notebooks(NOTEBOOKS)


def cells(path: Path) -> list[dict[str, Any]]:
    notebook = json.loads(path.read_text())
    return [cell | {"source": "".join(cell["source"])} for cell in notebook["cells"]]


def is_solution(cell: dict[str, Any]) -> bool:
    return "solution" in cell["metadata"].get("tags", [])


@pytest.mark.parametrize("path", PATHS, ids=[path.stem for path in PATHS])
def test_a_copy_has_no_solution_and_everything_else(path: Path, tmp_path: Path) -> None:
    left_out = write_copy(path, tmp_path)
    copy = tmp_path / path.name
    nbformat.validate(nbformat.read(copy, as_version=4))
    before, after = cells(path), cells(copy)
    assert left_out == sum(map(is_solution, before))
    assert not any(map(is_solution, after))
    for original, copied in zip(before, after, strict=True):
        if is_solution(original):
            assert (copied["source"], copied["metadata"], copied["id"]) == ("", {}, original["id"])
            told = [cell["id"] for cell in before if not is_solution(cell) and original["source"] in cell["source"]]
            assert [cell["id"] for cell in after if original["source"] in cell["source"]] == told
        else:
            assert copied == original
    assert json.loads(copy.read_text())["metadata"] == json.loads(path.read_text())["metadata"]


def test_a_copy_has_no_outputs(tmp_path: Path) -> None:
    notebook = nbformat.v4.new_notebook()
    output = nbformat.v4.new_output("stream", text="the answer")
    notebook.cells = [nbformat.v4.new_code_cell("1", outputs=[output], execution_count=3)]
    nbformat.write(notebook, tmp_path / "00-x.ipynb")
    (tmp_path / "student").mkdir()
    assert write_copy(tmp_path / "00-x.ipynb", tmp_path / "student") == 0
    copied = cells(tmp_path / "student" / "00-x.ipynb")[0]
    assert (copied["outputs"], copied["execution_count"]) == ([], None)


def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["notebooks", "student", str(NOTEBOOKS), "--out", str(tmp_path / "new" / "copies")]) == 0
    assert "00-the-lab.ipynb: 5 solutions left out" in capsys.readouterr().out
    assert len(notebooks(tmp_path / "new" / "copies")) == len(PATHS)


def test_the_notebooks_themselves_are_never_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["notebooks", "student", str(NOTEBOOKS), "--out", str(NOTEBOOKS)]) == 2
    assert "would replace the notebooks" in capsys.readouterr().err


def test_a_folder_without_notebooks_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["notebooks", "student", str(tmp_path)]) == 2
    assert "there are no notebooks" in capsys.readouterr().err
