from datetime import UTC, datetime

import pytest

from labcheck.notebook.progress_report import ProgressReport, own_chapter
from labcheck.practice import progress
from labcheck.practice.progress import Progress, Step

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
REPORT = ProgressReport(Progress({"1.1": Step(NOON, True), "1.2": Step(NOON, False), "0.2": Step(NOON, True)}), 1)


def test_each_step_of_the_notebook_has_its_state_in_words() -> None:
    assert [(row.step, row.word) for row in REPORT.rows[:3]] == [
        ("1.1", "done"),
        ("1.2", "was done"),
        ("1.3", "not yet"),
    ]
    assert "`%check 1.2` looks again" in REPORT.rows[1].note
    assert "first on 23 November at" in REPORT.rows[0].note


def test_the_whole_lab_is_counted() -> None:
    assert REPORT.standing == f"Done so far: 3 of {len(progress.steps())} steps."
    assert REPORT.chapters.startswith("By chapter: 0:\xa01/4 · 1:\xa02/4 · 2:\xa00/")


def test_the_same_is_told_as_a_page_and_as_text() -> None:
    for word in ("not yet", "was done", "agama.sql is there", "Done so far: 3 of", "0:\xa01/4"):
        assert word in REPORT._repr_html_()
        assert word in repr(REPORT)
    assert "<code>%check 1.2</code>" in REPORT._repr_html_()


def test_trouble_with_the_record_is_told_and_is_no_html() -> None:
    report = ProgressReport(Progress({}, "cannot <read>"))
    assert "cannot &lt;read&gt; Done so far: 0 of" in report._repr_html_()
    assert "<table" not in report._repr_html_()


@pytest.mark.parametrize(
    ("name", "chapter"),
    [("/home/elvis/notebooks/03-rsync.ipynb", 3), ("12-x.ipynb", 12), ("Untitled.ipynb", None), ("", None)],
)
def test_a_notebook_knows_its_chapter_by_its_name(
    name: str, chapter: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", name)
    assert own_chapter() == chapter
