import io
import json
from pathlib import Path

import pytest

from labcheck.cli import exit_codes, run
from labcheck.model import ClassResult
from labcheck.reports.json import text
from tests.reports.grades import CLASS, GRADE, alone


@pytest.fixture(autouse=True)
def no_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def results(tmp_path: Path) -> Path:
    return keep(CLASS, tmp_path)


def keep(result: ClassResult, folder: Path) -> Path:
    (folder / "results.json").write_text(text(result))
    return folder


def test_a_class_is_told_on_the_console(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", str(results)]) == exit_codes.ALL_PASSED
    assert "1 of 2 students graded" in capsys.readouterr().out


def test_one_student_is_told_check_by_check(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["report", str(keep(alone(GRADE), tmp_path))])
    assert "1.2  FAIL    0/2  agama.sql is whole" in capsys.readouterr().out


@pytest.mark.parametrize("out", [[], ["--out", "elsewhere"]])
def test_json_alone_is_one_document_on_standard_output(
    results: Path, out: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(results)
    assert run(["report", ".", "--format", "json", *out]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(text(CLASS))


def test_one_format_alone_is_printed(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(["report", str(results), "--format", "canvas"])
    said = capsys.readouterr()

    assert said.out.startswith('"Student","ID"')
    assert said.err == ""


def test_several_formats_go_into_the_folder_that_is_named(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["report", str(results), "--format", "html,csv, junit,console,html", "--out", str(results / "out")])
    said = capsys.readouterr()

    assert code == 0
    assert sorted(path.name for path in (results / "out").iterdir()) == ["grades.csv", "junit.xml", "report.html"]
    assert (results / "out" / "grades.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert "students graded" in said.out
    assert f"written: {results}/out/report.html" in said.err


def test_a_page_for_each_student_is_made_beside_the_results_unless_told_otherwise(results: Path) -> None:
    assert run(["report", str(results), "--student-feedback"]) == 0
    assert sorted(path.name for path in (results / "feedback").iterdir()) == ["frodo.html", "priscilla.html"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--format", "pdf"], "no format 'pdf'\nThe formats are console, json, html, csv, moodle, canvas, gradescope,"),
        (["--format", ""], "no format ''"),
        (["--format", "csv,html"], "several formats at once: csv, html\nName a folder for their files: --out DIR"),
        (["--format", "gradescope"], "gradescope is 2 files\nName a folder for them: --out DIR"),
    ],
)
def test_what_makes_no_sense_is_told_with_what_would(
    results: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["report", str(results), *arguments]) == exit_codes.TROUBLE
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == ""


def test_a_page_is_not_thrown_at_a_terminal(
    results: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    with monkeypatch.context() as patched:
        patched.setattr("sys.stdout", Terminal())
        assert run(["report", str(results), "--format", "html"]) == exit_codes.TROUBLE
    assert "a page is not for a terminal\nName a folder for it: --out DIR" in capsys.readouterr().err


def test_a_folder_without_results_says_what_makes_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["report", str(tmp_path)]) == exit_codes.TROUBLE
    assert "labcheck grade --out" in capsys.readouterr().err
    (tmp_path / "run.json").write_text("{}")
    assert run(["report", str(tmp_path)]) == exit_codes.TROUBLE
    assert f"The run there was cut off. Go on: labcheck grade --resume {tmp_path}" in capsys.readouterr().err


def test_damaged_results_are_our_trouble(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results.json").write_text('{"schema": "labcheck/grade/1", "students": [1]}')

    assert run(["report", str(tmp_path)]) == exit_codes.TROUBLE
    assert "the results are damaged" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_is_told(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (results / "file").write_text("")

    assert run(["report", str(results), "--format", "csv", "--out", str(results / "file")]) == exit_codes.TROUBLE
    assert "cannot write" in capsys.readouterr().err


def test_on_a_github_runner_the_console_obeys_nothing_and_the_runner_gets_its_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    arguments = ["--format", "console,github", "--out", str(tmp_path)]

    assert run(["report", str(keep(alone(GRADE), tmp_path)), *arguments]) == 0
    first, *rest = capsys.readouterr().out.splitlines()
    token = first.removeprefix("::stop-commands::")
    console = rest[: rest.index(f"::{token}::")]
    assert "1 of 6 points · 1 passed, 1 failed, 1 skipped, 1 not graded" in console
    assert rest[len(console) + 1].startswith("::error title=1.2 agama.sql is whole::found")
    assert (tmp_path / "summary").read_text() == (tmp_path / "github" / "summary.md").read_text()


def test_annotations_alone_are_printed_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    run(["report", str(keep(alone(GRADE), tmp_path)), "--format", "github"])

    assert [line.split(" ")[0] for line in capsys.readouterr().out.splitlines()] == ["::error", "::warning", "::notice"]
