from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labcheck.labs import LABS
from labcheck.model import Result, Status
from labcheck.practice import progress

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 12, tzinfo=UTC)
PASS, FAIL, ERROR = Status.PASS, Status.FAIL, Status.ERROR
ALL_PASS = [PASS] * len(LABS["backup-tools"].checks)


@pytest.fixture(autouse=True)
def _own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setenv("LABCHECK_PROJECT", "labcheck-progress")


def results(step: str, statuses: Sequence[Status]) -> list[Result]:
    checks = [check for check in LABS["backup-tools"].checks if check.step == step]
    return [
        Result(check.name, step, check.title, check.points, status)
        for check, status in zip(checks, statuses, strict=False)
    ]


def test_a_step_is_achieved_when_all_its_checks_have_passed() -> None:
    assert progress.of("elvis").step("3.1") == progress.Step()
    progress.record("elvis", results("3.1", [PASS, FAIL]), NOON)
    assert progress.of("elvis").step("3.1") == progress.Step(None, False)
    progress.record("elvis", results("3.1", [PASS, PASS]), NOON)
    assert progress.of("elvis").step("3.1") == progress.Step(NOON, True)
    assert progress.of("elvis").achieved() == progress.of("elvis").achieved(3) == ["3.1"]
    assert progress.of("frodo").achieved() == progress.of("elvis").achieved(1) == []


def test_what_was_achieved_stays_and_the_first_time_with_it() -> None:
    progress.record("elvis", results("1.1", [PASS]), NOON)
    assert progress.record("elvis", results("1.1", [FAIL]), LATER).step("1.1") == progress.Step(NOON, False)
    assert progress.record("elvis", results("1.1", [PASS]), LATER).step("1.1") == progress.Step(NOON, True)


def test_a_check_that_could_not_look_or_was_not_asked_changes_nothing() -> None:
    progress.record("elvis", results("3.1", [PASS, PASS]), NOON)
    for statuses in ([PASS, ERROR], [FAIL, ERROR], [PASS], []):
        assert progress.record("elvis", results("3.1", statuses), LATER).step("3.1") == progress.Step(NOON, True)


def test_nothing_holds_after_a_reset_and_what_was_achieved_stays() -> None:
    progress.record("elvis", results("1.1", [PASS]), NOON)
    progress.put_back("elvis")
    progress.put_back("frodo")
    assert progress.of("elvis").step("1.1") == progress.Step(NOON, False)


def test_a_record_is_forgotten_on_demand() -> None:
    progress.forget()
    progress.record("elvis", results("1.1", [PASS]), NOON)
    progress.forget()
    assert progress.of("elvis").steps == {}


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[]", b"\xff\xfe", b'{"elvis": {"1.1": {"achieved": "soon"}}}', b"[" * 100_000, b'{"a": 1}']
)
def test_a_damaged_record_is_put_aside_told_once_and_begun_anew(damage: bytes) -> None:
    progress.of("elvis")
    progress.file().write_bytes(damage)
    told = progress.of("elvis")
    assert told.steps == {}
    assert "could not be read and begins anew" in told.trouble
    assert progress.file().with_suffix(".damaged").read_bytes() == damage
    assert progress.record("elvis", results("1.1", [PASS]), NOON).trouble == ""
    assert progress.of("elvis").achieved() == ["1.1"]


def test_a_record_that_cannot_be_kept_is_told_and_still_counts_for_now(tmp_path: Path) -> None:
    (tmp_path / "labcheck").write_text("a file where the folder should be")
    told = progress.record("elvis", results("1.1", [PASS]), NOON)
    assert "Your progress could not be kept: " in told.trouble
    assert "Your progress could not be read: " in progress.of("elvis").trouble


def test_notebooks_that_check_at_the_same_time_lose_nothing_of_each_other() -> None:
    names = ["1.1", "1.3", "1.4", "2.1", "2.2", "2.3"]  # each has one check
    with ThreadPoolExecutor(len(names)) as pool:
        list(pool.map(lambda name: progress.record("elvis", results(name, ALL_PASS), NOON), names))
    assert progress.of("elvis").achieved() == names
