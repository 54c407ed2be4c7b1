"""The grader is graded: the solved reference and unusual right ones are clean, each defect breaks its own rule."""

from pathlib import Path

import pytest

from labcheck.model import Status
from labcheck.submissions.finding import NOTE
from labcheck.submissions.judge import REHEARSAL, grade, judge
from labcheck.submissions.rulebook import rules
from labcheck.submissions.settings import Settings, clock
from tests.submissions.variations import REFERENCE, build, table

SETTINGS = Settings(finish_by=clock("01:00"))


def test_the_reference_has_no_finding_above_a_note() -> None:
    found = judge(REFERENCE, SETTINGS)
    assert [one for one in found.findings if one.severity != NOTE] == []
    assert {result.status for result in grade(found, SETTINGS).results} == {Status.PASS}


def test_a_project_may_lie_in_a_folder_of_what_was_handed_in(tmp_path: Path) -> None:
    build({}, tmp_path / "infra-main" / "ansible")
    (tmp_path / "infra-main" / "ansible" / "backup_sla.md").rename(tmp_path / "infra-main" / "backup_sla.md")
    found = judge(tmp_path, SETTINGS)
    assert [one for one in found.findings if one.severity != NOTE] == []
    assert found.has_crontab


@pytest.mark.parametrize("name", table("unusual"))
def test_an_unusual_but_right_submission_has_no_finding_above_a_note(name: str, tmp_path: Path) -> None:
    found = judge(build(table("unusual")[name]["change"], tmp_path / name), SETTINGS)
    assert [one for one in found.findings if one.severity != NOTE] == []
    assert found.has_crontab


@pytest.mark.parametrize("name", table("defects"))
def test_a_planted_defect_breaks_its_own_rule_and_no_other(name: str, tmp_path: Path) -> None:
    entry = table("defects")[name]
    found = judge(build(entry["change"], tmp_path / name), SETTINGS)
    above = [one for one in found.findings if one.severity != NOTE]
    assert {one.rule for one in above} == {entry["rule"]}
    assert all(one.next_step and one.found for one in above)
    expected = [entry["found_in"]] if "found_in" in entry else list(entry["change"])
    assert any(one.place.file in expected for one in above), above


def test_the_defects_cover_the_rules() -> None:
    planted = {entry["rule"] for entry in table("defects").values()}
    elsewhere = {
        "not-a-repository", "packed", "unreadable", "link-out-of-tree", "too-large", "huge-file", "too-many-files",
        "not-utf8", "not-judged", "answer-wrong", "answer-unreadable", "answer-missing", "broken-notebook",
    }  # fmt: skip
    seldom = {
        "race",
        "deletes-copies",
        "overwrites-copy",
        "doubtful-copy",
        "mixed-encryption",
        "cron-setting",
        "shell-trap",
    }
    notes = {name for name, rule in rules().items() if rule.severity == NOTE}
    played = {name for name, rule in rules().items() if rule.about == REHEARSAL}  # tests/practice/rehearsal
    assert set(rules()) - planted - elsewhere - notes - seldom - played == {"no-backup-job"}
