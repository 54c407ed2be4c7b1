"""Imports run downwards only, in the order in which DESIGN draws the modules."""

import ast
import re
from pathlib import Path

import labcheck

PACKAGE = Path(labcheck.__file__).parent
LAYERS = [
    "cli",
    "notebook",
    "practice",
    "submissions",
    "grading",
    "reports",
    "labs",
    "facts",
    "rpo",
    "cron",
    "hosts",
    "model",
    "visible",
    "shape",
    "whole_file",
    "errors",
]
ONE_HOME = {
    "anywidget": {"notebook/choices.py", "notebook/clock.py", "notebook/explorers/"},
    "paramiko": {"hosts/library.py"},
    "pymysql": {"practice/database.py"},
    "IPython": {"notebook/magics.py"},
    "ipywidgets": {"notebook/quiz.py"},
    "pytest": {"submissions/pytest_plugin.py"},
    "croniter": {"cron/second_opinion.py"},
    "matplotlib": {"cron/plot.py", "rpo/plot.py", "notebook/rsync_pictures.py", "practice/clock/plot.py"},
}


def imports_of(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    parts = {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    members = {
        f"labcheck.{alias.name}"
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "labcheck"
        for alias in node.names
    }
    return plain | parts | members


def layer_of(module: str) -> str:
    return module.split(".")[1] if module.startswith("labcheck.") else ""


def test_imports_run_downwards_only() -> None:
    for path in PACKAGE.rglob("*.py"):
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if own not in LAYERS:
            continue
        for name in imports_of(path):
            used = layer_of(name)
            if used in LAYERS:
                assert LAYERS.index(used) >= LAYERS.index(own), f"{path} imports {name}, which is above it"


def test_each_third_party_name_lives_in_one_module() -> None:
    for path in PACKAGE.rglob("*.py"):
        for name in imports_of(path):
            homes = ONE_HOME.get(name.split(".")[0])
            own = path.relative_to(PACKAGE).as_posix()
            assert homes is None or own.startswith(tuple(homes)), f"{path} imports {name}"


def test_what_grades_hosts_starts_no_program_here() -> None:
    """What runs on a host (`on_host`) does; nothing that a host says could ever reach a shell of ours."""
    for layer in ("grading", "reports", "labs", "facts", "rpo", "cron", "hosts"):
        for path in (PACKAGE / layer).rglob("*.py"):
            if "on_host" not in path.parts:
                assert not imports_of(path) & {"subprocess", "pty", "multiprocessing"}, path
                assert not re.search(r"\bos\.(system|popen|exec|spawn|posix_spawn|fork)", path.read_text()), path


def test_every_module_has_a_layer() -> None:
    known = {*LAYERS, "__init__", "__main__"}
    assert {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if path.suffix == ".py" or path.is_dir()} - {
        "__pycache__"
    } <= known
