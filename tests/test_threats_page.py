"""docs/threats.md tells what a host can try: each part has a figure, and names tests that there are."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PARTS = (ROOT / "docs" / "threats.md").read_text().split("\n## ")[1:]
TEST = re.compile(r"^- `(tests/[\w/]+\.py)::(test_\w+)`$", re.M)


def test_every_threat_is_there() -> None:
    assert len(PARTS) == 18


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.partition("\n")[0])
def test_a_threat_has_a_figure_and_tests_that_there_are(part: str) -> None:
    named = TEST.findall(part)
    assert "- **Figure:** " in part
    assert len(named) >= 2
    assert part.count("tests/") == len(named)  # none is written in another way
    for file, name in named:
        tree = ast.parse((ROOT / file).read_text())
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, f"{file}::{name}"
