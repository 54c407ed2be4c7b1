"""The examples for CI systems, run here as those systems would, as far as that is possible on one machine."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from tests.submissions.variations import REFERENCE, build, table

CI = Path(__file__).parents[2] / "fixtures" / "ci"
LABCHECK = Path(sys.executable).parent / "labcheck"
PATH = f"{LABCHECK.parent}:{os.environ['PATH']}"


@pytest.fixture
def defective(tmp_path: Path) -> Path:
    return build(table("defects")["a-day-promised"]["change"], tmp_path / "submission")


def sh(line: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": PATH, "HOME": str(folder), **environment}
    return subprocess.run(["bash", "-ec", line], cwd=folder, env=clean, capture_output=True, text=True, check=False)


def test_github_gets_annotations_a_summary_and_points(defective: Path, tmp_path: Path) -> None:
    steps = yaml.safe_load((CI / "github.yml").read_text())["jobs"]["grade"]["steps"]
    line = next(step["run"] for step in steps if step.get("id") == "labcheck")
    summary, output = tmp_path / "summary.md", tmp_path / "output"
    done = sh(line, tmp_path, GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=str(summary), GITHUB_OUTPUT=str(output))
    assert done.returncode == 1, done.stderr
    assert "::warning file=backup_sla.md,line=22,title=sla-rpo::" in done.stdout
    assert "10 of 11 checks passed" in summary.read_text()
    assert output.read_text().startswith("result=")
    assert defective.exists()


def test_gitlab_gets_junit(defective: Path, tmp_path: Path) -> None:
    job = yaml.safe_load((CI / "gitlab.yml").read_text())["labcheck"]
    done = sh(job["script"][0], tmp_path, CI_PROJECT_DIR=str(defective))
    assert done.returncode == 1, done.stderr
    suite = ElementTree.parse(defective / job["artifacts"]["reports"]["junit"]).getroot()  # noqa: S314 - our own file
    assert [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None] == [
        "9 the crontab keeps what backup_sla.md promises"
    ]


def autograder(folder: Path, submission: Path) -> tuple[int, Path]:
    (folder / "source").mkdir(parents=True)
    shutil.copytree(submission, folder / "submission")
    done = sh(str(CI / "gradescope" / "run_autograder"), folder, AUTOGRADER=str(folder), LABCHECK=str(LABCHECK))
    return done.returncode, folder / "results" / "results.json"


def test_gradescope_gets_a_score_for_each_check(defective: Path, tmp_path: Path) -> None:
    status, results = autograder(tmp_path / "autograder", defective)
    told = json.loads(results.read_text())
    assert status == 0
    assert told["score"] == 14
    assert len(told["tests"]) == 10


def test_gradescope_gets_no_score_when_nothing_could_be_judged(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    status, results = autograder(tmp_path / "autograder", tmp_path / "empty")
    assert status != 0
    assert "score" not in json.loads(results.read_text())


def test_a_forged_result_in_the_submission_is_not_read(defective: Path, tmp_path: Path) -> None:
    forged = {"score": 1000, "tests": []}
    for name in ("results.json", "results/results.json", "gradescope.json"):
        (defective / name).parent.mkdir(exist_ok=True)
        (defective / name).write_text(json.dumps(forged))
    (defective / "labcheck.toml").write_text('[rules]\nsla-rpo = "off"\n')
    (defective / "labcheck.py").write_text("raise SystemExit(0)\n")
    _, results = autograder(tmp_path / "autograder", defective)
    assert json.loads(results.read_text())["score"] == 14


@pytest.mark.parametrize("script", ["setup.sh", "run_autograder"])
def test_the_scripts_are_complete_shell(script: str) -> None:
    assert subprocess.run(["bash", "-n", CI / "gradescope" / script], check=False).returncode == 0
    assert os.access(CI / "gradescope" / script, os.X_OK)


def pytest_run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {"PATH": PATH, **environment}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=folder, env=clean, capture_output=True, text=True, check=False)


def test_pytest_makes_a_test_of_each_check(defective: Path, tmp_path: Path) -> None:
    done = pytest_run(tmp_path, "--labcheck", str(defective))
    assert done.returncode == 1
    assert "1 failed, 10 passed" in done.stdout
    assert "backup_sla.md:22: promises 1 d for MySQL" in done.stdout
    assert pytest_run(tmp_path, "--labcheck", str(REFERENCE)).returncode == 0


def test_pytest_runs_nothing_of_the_student(defective: Path, tmp_path: Path) -> None:
    spy = f"from pathlib import Path\nPath({str(tmp_path / 'was-run')!r}).touch()\ndef test_forged(): pass\n"
    for name in ("conftest.py", "test_own.py"):
        (defective / name).write_text(spy)
    done = pytest_run(tmp_path, "--labcheck", str(defective))
    assert "1 failed, 10 passed" in done.stdout
    assert not (tmp_path / "was-run").exists()


def test_pytest_refuses_to_run_inside_of_the_submission(defective: Path) -> None:
    (defective / "pytest.ini").write_text("[pytest]\n")
    done = pytest_run(defective, "--labcheck", ".")
    assert done.returncode == 4
    assert "run pytest from outside of it" in done.stderr


def test_pytest_fails_where_nothing_can_be_judged(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert pytest_run(tmp_path, "--labcheck", "empty").returncode == 1
    assert pytest_run(tmp_path, "--labcheck", "nowhere").returncode == 4
    assert pytest_run(tmp_path, "--labcheck", "empty", "--labcheck-finish-by", "25:00").returncode == 4


def test_the_example_file_does_the_same(defective: Path) -> None:
    done = pytest_run(CI / "pytest", "test_labcheck.py", "-c", os.devnull, SUBMISSION=str(defective))
    assert done.returncode == 1
    assert "1 failed, 10 passed" in done.stdout
