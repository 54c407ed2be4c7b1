"""The students' copy of a notebook: no solutions, no outputs, all else as it is."""

from pathlib import Path

import nbformat

SOLUTION = "solution"


def write_copy(path: Path, folder: Path) -> int:
    """Write the students' copy of a notebook into a folder; return how many solutions it went without.

    Where a solution was, there is an empty cell to work in. Two copies of one notebook are the same bytes.
    """
    notebook = nbformat.read(path, as_version=4)
    solutions = 0
    for cell in notebook.cells:
        if SOLUTION in cell.metadata.get("tags", []):
            cell.source, cell.metadata = "", nbformat.NotebookNode()
            solutions += 1
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.validate(notebook)
    nbformat.write(notebook, folder / path.name)
    return solutions
