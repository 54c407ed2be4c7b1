import io
from pathlib import Path
from typing import Any

import pytest

from labcheck.errors import LabcheckError
from labcheck.model import ClassResult, Evidence, Grade, Result, Run, State, Status, Visibility
from labcheck.reports.json import document, read, result_of, student_document, write
from tests.reports.grades import GRADE, HOSTILE

FULL = Grade(
    "priscilla",
    (
        Result("a", "1.1", "a is so", 3, Status.FAIL, "x", "y", 0.5, 1 / 3, Visibility.HIDDEN, evidence=(
            Evidence("db", "backup", "cat a", 1, "no such file"), Evidence("db", "backup", "cat b", None, "timed out"),
        )),
        Result("b", "1.2", "b is so", 2.5, Status.PASS, bonus=True),
    ),
    State.UNREACHABLE, "db did not answer", "2026-11-23T01:02:03Z", 4.5, 0.1, ("its host key is elvis's too",),
)  # fmt: skip
CLASS = ClassResult("backup-tools", "Week 10", (GRADE, FULL), Run("2026-11-23T01:02:03Z", 9.5, finished=False))


def test_the_document_has_the_lab_the_run_and_each_students_points_and_results() -> None:
    told = document(CLASS)

    assert (told["schema"], told["lab"], told["title"]) == ("labcheck/grade/1", "backup-tools", "Week 10")
    assert (told["run"]["seconds"], told["run"]["finished"]) == (9.5, False)
    assert [student["student"] for student in told["students"]] == ["elvis", "priscilla"]
    assert (told["students"][0]["points"], told["students"][0]["points_possible"]) == (1, 6)
    assert told["students"][1]["points_before_penalty"] == 3.5
    assert (told["students"][1]["points"], told["students"][1]["state"]) == (3.15, "unreachable")


def test_a_result_has_every_field_under_its_own_name() -> None:
    assert student_document(GRADE)["results"][1] == {
        "name": "dump_is_complete",
        "step": "1.2",
        "title": "agama.sql is whole",
        "points": 2,
        "earned": 0,
        "status": "fail",
        "found": f"`{HOSTILE}`",
        "hint": "tail -1 agama.sql",
        "seconds": 0.0,
        "credit": 0.0,
        "visibility": "shown",
        "bonus": False,
        "basis": "told by the host",
        "evidence": [],
        "marks": [],
    }


def test_the_document_is_written_in_ascii_and_reads_back_as_the_same_results(tmp_path: Path) -> None:
    out = io.StringIO()
    write(CLASS, out)
    (tmp_path / "results.json").write_text(out.getvalue())

    assert out.getvalue().isascii()
    assert out.getvalue().endswith("}\n")
    assert read(tmp_path / "results.json") == CLASS


def test_what_no_text_can_hold_is_written_all_the_same() -> None:
    out = io.StringIO()
    grade = Grade("elvis", (Result("n", "1.1", "jõulud", 1, Status.FAIL, "\u202e\ud800\x1b"),))
    write(ClassResult("lab", "Lab", (grade,)), out)

    assert out.getvalue().isascii()
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ([], "does not name the schema"),
        ({"schema": "other"}, "does not name the schema"),
        ({"schema": "labcheck/grade/1"}, "lab: Field required"),
        ({**document(CLASS), "students": [{"student": "elvis", "results": [{"status": "won"}]}]}, "grades.0.results.0"),
        ({**document(CLASS), "students": 7}, "grades: "),
    ],
)
def test_a_document_of_another_shape_is_told_with_the_place(told: Any, problem: str) -> None:
    with pytest.raises(LabcheckError, match=problem):
        result_of(told)


@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff", b"[" * 100_000, b"{}"])
def test_a_file_that_is_no_document_is_our_error_with_its_name(content: bytes | None, tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(LabcheckError, match=r"results\.json"):
        read(path)
