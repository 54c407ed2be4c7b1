import io
import json

from labcheck.model import Grade, Lab, Result, Status
from labcheck.reports.json import document, write
from tests.reports.grades import GRADE, HOSTILE

LAB: Lab[str] = Lab("backup-tools", "Week 10")


def test_the_document_has_the_lab_and_each_students_points_and_results() -> None:
    told = document(LAB, [GRADE, Grade("priscilla", ())])

    assert (told["schema"], told["lab"], told["title"]) == ("labcheck/grade/1", "backup-tools", "Week 10")
    assert [student["student"] for student in told["students"]] == ["elvis", "priscilla"]
    assert (told["students"][0]["points"], told["students"][0]["points_possible"]) == (1, 6)
    assert told["students"][1]["results"] == []


def test_a_result_has_every_field_under_its_own_name() -> None:
    assert document(LAB, [GRADE])["students"][0]["results"][1] == {
        "name": "dump_is_complete",
        "step": "1.2",
        "title": "agama.sql is whole",
        "points": 2,
        "status": "fail",
        "found": f"`{HOSTILE}`",
        "hint": "tail -1 agama.sql",
        "seconds": 0.0,
    }


def test_the_document_is_written_in_ascii_and_reads_back() -> None:
    out = io.StringIO()
    grade = Grade("elvis", (Result("n", "1.1", "jõulud", 1, Status.FAIL, "\u202e\ud800\x1b"),))
    write(LAB, [grade], out)

    assert out.getvalue().isascii()
    assert out.getvalue().endswith("}\n")
    assert "\x1b" not in out.getvalue()
    assert json.loads(out.getvalue()) == document(LAB, [grade])
