import base64
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from markdown_it import MarkdownIt

from labcheck.errors import LabcheckError
from labcheck.model import ClassResult, Grade
from labcheck.reports import REPORTS
from labcheck.reports.github import annotations, classroom, runner, summary
from labcheck.reports.shown import readable
from tests.reports.grades import (
    ATTACKS,
    CLASS,
    CLASSES,
    FRODO,
    GRADE,
    GRADES,
    PRISCILLA,
    TEXTS,
    alone,
    failing,
    passing,
)
from tests.reports.test_shown import BEFORE

COMMANDS = {"error", "warning", "notice", "add-mask", "stop-commands", "debug", "group", "set-env"}


def obeyed(log: str) -> list[tuple[str, dict[str, str], str]]:
    """What a GitHub runner obeys in a log, by its own rules: lines that begin with `::`, and `##[` anywhere."""
    commands = []
    for line in log.splitlines():
        stripped = line.lstrip()
        if stripped.startswith("::") and (end := stripped.find("::", 2)) > 0:
            name, _, rest = stripped[2:end].partition(" ")
            if name in COMMANDS:
                pairs = (pair.partition("=") for pair in rest.split(",") if pair)
                properties = {key.strip(): unescaped(value) for key, _, value in pairs}
                commands.append((name, properties, unescaped(stripped[end + 2 :])))
                continue
        name = line.partition("##[")[2].partition("]")[0].split(" ")[0]
        if name in COMMANDS:
            commands.append((f"old {name}", {}, line))
    return commands


def unescaped(text: str) -> str:
    for code, character in {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}.items():
        text = text.replace(code, character)
    return text


def told(result: ClassResult) -> dict[str, str]:
    return {one.name.removeprefix("github/"): one.text for one in REPORTS["github"].documents(result, BEFORE)}


def test_what_failed_is_an_error_what_we_could_not_grade_a_warning_and_the_points_a_notice() -> None:
    assert obeyed(told(alone(GRADE))["annotations.txt"]) == [
        ("error", {"title": "1.2 agama.sql is whole"}, f"found {GRADE.results[1].found}\ntail -1 agama.sql"),
        ("warning", {"title": "10.12 the page answers"}, "could not be graded: cannot sign in to app"),
        ("notice", {"title": "Week 10: backup tools: elvis"}, "1 of 4 checks passed. 1 of 6 points."),
    ]


def test_no_more_annotations_are_made_than_github_shows() -> None:
    many = Grade("elvis", tuple(failing(f"c{number}", f"1.{number}") for number in range(30)))
    errors = [one for one in obeyed(annotations.text(alone(many))) if one[0] == "error"]

    assert len(errors) == 10
    assert errors[-1] == ("error", {"title": "More"}, "21 more are in the job summary.")


def test_nothing_that_is_not_shown_yet_is_told() -> None:
    for text in told(CLASS).values():
        assert "the secret of 2.1" not in text
        assert "copy is so" not in text
        assert "chain is so" not in text


@given(CLASSES)
def test_whatever_the_texts_a_runner_obeys_only_our_own_commands(result: ClassResult) -> None:
    text = annotations.text(readable(result))

    commands = obeyed(text)
    assert len(commands) == len(text.splitlines())
    assert {name for name, _, _ in commands} <= {"error", "warning", "notice"}
    assert all(list(properties) == ["title"] for _, properties, _ in commands)


@given(TEXTS, TEXTS)
def test_a_command_gives_its_title_and_message_back(title: str, message: str) -> None:
    lines = annotations.command("error", title, message).split("\n")

    assert len(lines) == 1
    assert "\r" not in lines[0]
    head, _, data = lines[0].removeprefix("::error title=").partition("::")
    assert (unescaped(head), unescaped(data)) == (plain(title), plain(message))


def plain(text: str) -> str:
    """The text, where a runner would take it for an escape of its own."""
    return unescaped(text.replace("%", "%25"))


def test_the_summary_has_the_verdict_and_a_table_of_what_is_shown() -> None:
    lines = summary.text(alone(PRISCILLA)).splitlines()

    assert lines[0].startswith("# Week 10")
    assert "**4.5 of 5 points.** 10% are taken off for being late." in lines[4]
    assert lines[9].startswith("| 1&#46;2 | ❌ failed | 2/4 | rows is so<br>found an empty file<br>Look&#58;")
    assert "✅ passed | 2/2 | extra is so" in lines[10]


def test_a_summary_of_a_student_who_could_not_be_graded_says_why() -> None:
    assert "db did not answer within 10 s" in summary.text(alone(FRODO))


def test_a_summary_is_cut_where_github_would_refuse_it() -> None:
    long = tuple(failing(f"c{number}", "1.1", found="x" * 10_000) for number in range(200))
    text = summary.text(alone(Grade("elvis", long)))

    assert 800_000 < len(text.encode()) < 1_000_000
    assert text.endswith("see the other reports.\n")


@pytest.mark.parametrize("text", [text for text in ATTACKS if text.isprintable() and text.strip()])
def test_markdown_shows_a_text_as_it_is(text: str) -> None:
    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

    tokens = markdown.parse(f"# {summary.literal(text)}\n\n| a |\n|--|\n| {summary.literal(text)} |\n")
    shown = [inner for token in tokens for inner in token.children or []]
    assert {inner.type for inner in shown} <= {"text", "text_special"}
    cells = ["".join(inner.content for inner in token.children or []) for token in tokens if token.type == "inline"]
    assert cells == [text.strip(), "a", text.strip()]
    assert not any(sign in summary.literal(text) for sign in "<>@|`[]:./_*~$")


def scores(grade: Grade) -> dict[str, Any]:
    return classroom.runner_results(grade)


def reporters_score(results: dict[str, Any]) -> float:
    """What the reporter's table shows: passed tests of all tests, of the maximum."""
    passed = sum(test["status"] == "pass" for test in results["tests"])
    return float(passed / len(results["tests"]) * results["max_score"])


def graded_score(results: dict[str, Any]) -> float:
    """What the reporter sends to Classroom."""
    return float(sum(test["score"] for test in results["tests"]))


def test_a_check_is_one_test_for_each_point_item_so_that_partial_credit_holds_in_both_sums() -> None:
    grade = Grade("e", (passing("a", "1.1", 2), failing("b", "1.2", 3, credit=0.5), failing("c", "1.3", 1)))
    results = scores(grade)

    assert results["max_score"] == 6
    assert len(results["tests"]) == 12
    assert graded_score(results) == reporters_score(results) == grade.points == 3.5
    assert results["status"] == "fail"
    assert results["tests"][7] == {
        "name": "1.2 b is so (4 of 6)",
        "status": "fail",
        "score": 0,
        "message": "found an empty file\nLook: `ls`",
    }


def test_what_we_could_not_grade_is_neither_a_test_nor_in_the_maximum() -> None:
    results = scores(GRADE)
    assert (results["max_score"], graded_score(results), len(results["tests"])) == (6, 1, 6)


def test_a_bonus_and_a_late_penalty_are_in_the_score() -> None:
    results = scores(PRISCILLA)
    assert graded_score(results) == pytest.approx(PRISCILLA.points)
    assert results["tests"][-1]["name"] == "handed in late"


def test_what_is_not_shown_yet_counts_without_its_name_or_what_was_found() -> None:
    told_of = [test for test in scores(PRISCILLA)["tests"] if test["name"].startswith("a check that is not shown yet")]
    assert len(told_of) == 5
    assert {test["message"] for test in told_of} == {""}


def test_too_many_point_items_fall_back_to_one_test_a_check() -> None:
    grade = Grade("e", (failing("a", "1.1", 97.03, credit=0.5), passing("b", "1.2", 3)))
    results = scores(grade)

    assert len(results["tests"]) == 2
    assert graded_score(results) == pytest.approx(grade.points)


def test_nothing_graded_is_an_error_never_a_pass() -> None:
    for grade in (FRODO, Grade("e", ())):
        results = scores(grade)
        assert (results["status"], results["max_score"], len(results["tests"])) == ("error", 0, 1)


def test_all_passed_is_a_pass() -> None:
    assert scores(Grade("e", (passing("a", "1.1"),)))["status"] == "pass"


@given(GRADES)
def test_whatever_the_grade_classroom_gets_its_points(grade: Grade) -> None:
    results = scores(grade)

    json.dumps(results)
    if results["max_score"]:
        assert graded_score(results) == pytest.approx(grade.points, abs=0.011 * max(1, len(grade.results)))


def test_a_runner_gets_the_summary_and_the_scores_in_the_files_that_it_named(tmp_path: Path) -> None:
    (tmp_path / "summary").write_text("before\n")
    environment = {"GITHUB_STEP_SUMMARY": str(tmp_path / "summary"), "GITHUB_OUTPUT": str(tmp_path / "output")}

    made = REPORTS["github"].documents(alone(GRADE), BEFORE)
    assert obeyed(runner.hand_over(made, environment))
    assert (tmp_path / "summary").read_text().startswith("before\n# Week 10")
    name, _, value = (tmp_path / "output").read_text().partition("=")
    assert name == "result"
    assert json.loads(base64.b64decode(value)) == scores(GRADE)


def test_a_class_has_no_scores_for_classroom_which_knows_one_student(tmp_path: Path) -> None:
    runner.hand_over(REPORTS["github"].documents(CLASS, BEFORE), {"GITHUB_OUTPUT": str(tmp_path / "output")})
    assert not (tmp_path / "output").exists()


def test_a_file_of_the_runner_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(LabcheckError, match=r"cannot write .*: Is a directory"):
        runner.hand_over(REPORTS["github"].documents(alone(GRADE), BEFORE), {"GITHUB_STEP_SUMMARY": str(tmp_path)})


def test_what_people_read_meanwhile_gives_a_runner_no_commands() -> None:
    out = io.StringIO()
    with runner.obeying_nothing(out):
        print("::error::forged", file=out)

    first, forged, last = out.getvalue().splitlines()
    token = first.removeprefix("::stop-commands::")
    assert len(token) == 32
    assert (forged, last) == ("::error::forged", f"::{token}::")


def test_each_time_the_word_that_ends_it_is_another() -> None:
    outs = [io.StringIO(), io.StringIO()]
    for out in outs:
        with runner.obeying_nothing(out):
            pass
    assert outs[0].getvalue() != outs[1].getvalue()
