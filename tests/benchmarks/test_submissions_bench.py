"""Submissions: one in under 2 s, a class of a hundred in under 60 s on two cores."""

import time
from pathlib import Path

import pytest

from labcheck.submissions.journal import Journal
from labcheck.submissions.likeness import alike, runs_of
from labcheck.submissions.settings import Settings
from labcheck.submissions.worker import judged, judged_together
from tests.submissions.variations import REFERENCE, build, table

pytestmark = pytest.mark.bench
CLASS = 100


def test_one_submission(capsys: pytest.CaptureFixture[str]) -> None:
    began = time.perf_counter()
    judged(REFERENCE, Settings())
    took = time.perf_counter() - began
    with capsys.disabled():
        print(f"\none submission: {took:.2f} s")
    assert took < 2


def test_a_class_of_a_hundred(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    changes = [entry["change"] for name in ("defects", "unusual") for entry in table(name).values()]
    folders = [build(changes[number % len(changes)], tmp_path / f"student-{number:03}") for number in range(CLASS)]
    journal = Journal(tmp_path / "out", Settings())
    began = time.perf_counter()
    found = []
    for folder, one in zip(folders, judged_together(folders, Settings(), 2), strict=True):
        journal.keep(folder, one)
        found.append(one)
    pairs = alike({one.name: runs_of(one.traits) for one in found})
    took = time.perf_counter() - began
    with capsys.disabled():
        print(f"\n{CLASS} submissions on two processes: {took:.1f} s, {len(pairs)} pairs alike")
    assert took < 60
