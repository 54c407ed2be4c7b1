"""A PATH of the test's own, with programs that a test writes."""

from pathlib import Path

import pytest


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that is the whole PATH, and no wish for an engine or a base."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("LABCHECK_ENGINE", raising=False)
    monkeypatch.delenv("LABCHECK_BASE", raising=False)
    return folder


def program(folder: Path, name: str, script: str) -> None:
    """Write a program in shell."""
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
