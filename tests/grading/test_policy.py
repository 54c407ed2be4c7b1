from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from labcheck.errors import UsageError
from labcheck.grading.policy import Policy, read_policy
from labcheck.grading.roster import Student
from labcheck.grading.student import Plan, judged
from labcheck.hosts import site_of
from labcheck.model import Visibility
from tests.grading.trial import TRIAL


def policy(tmp_path: Path, text: str) -> Policy:
    (tmp_path / "labcheck.toml").write_text(text)
    return read_policy(tmp_path / "labcheck.toml", TRIAL)


def test_the_nearest_rule_counts(tmp_path: Path) -> None:
    decided = policy(
        tmp_path,
        "[checks.1]\npoints = 10\nvisibility = 'hidden'\n[checks.'1.2']\npoints = 20\n"
        "[checks.answer_is_right]\nbonus = true\n",
    )
    first, second, third = decided.applied(TRIAL.checks)

    assert (first.points, first.visibility, first.bonus) == (10, Visibility.HIDDEN, False)
    assert (second.points, second.visibility, second.bonus) == (20, Visibility.HIDDEN, True)
    assert third == TRIAL.checks[2]


@pytest.mark.parametrize(
    ("handed_in", "penalty"),
    [
        ("", 0),
        ("2026-11-30T23:00:00+02:00", 0),
        ("2026-11-30T22:10:00+00:00", 0),  # within the minutes of grace
        ("2026-11-30T22:16:00+00:00", 0.1),
        ("2026-12-01T22:16:00+00:00", 0.2),
        ("2027-01-01T00:00:00+00:00", 0.25),
    ],
)
def test_each_day_that_has_begun_costs_up_to_a_limit(tmp_path: Path, handed_in: str, penalty: float) -> None:
    decided = policy(
        tmp_path,
        "due = 2026-12-01T00:00:00+02:00\nlate_penalty_per_day = 0.1\nlate_penalty_most = 0.25\ngrace_minutes = 15\n",
    )
    assert decided.late_penalty(handed_in) == penalty
    assert Policy().late_penalty(handed_in) == 0


def test_who_is_asked_last_in_a_run_is_no_later_than_who_is_asked_first(tmp_path: Path) -> None:
    decided = policy(tmp_path, "due = 2026-12-01T00:00:00Z\nlate_penalty_per_day = 0.5\n")
    asked = datetime(2026, 12, 3, tzinfo=UTC)
    plan = Plan("backup-tools", policy=decided, began="2026-11-30T23:50:00+00:00")
    elvis = Student("elvis", "elvis", {})

    assert judged(elvis, [], [], asked, plan).late_penalty == 0
    assert judged(elvis, [], [], asked, replace(plan, began="2026-12-01T00:10:00+00:00")).late_penalty == 0.5
    assert judged(replace(elvis, submitted="2026-12-01T12:00:00Z"), [], [], asked, plan).late_penalty == 0.5


def test_each_student_draws_numbers_of_their_own_from_the_seed_and_the_same_each_time(tmp_path: Path) -> None:
    (tmp_path / "seed.secret").write_text("open sesame\n")
    decided = policy(tmp_path, "seed_file = 'seed.secret'\n")

    def drawn(student: str, name: str) -> int:
        return site_of(student, lambda _: pytest.fail("asked"), seed=decided.seed_of(student)).drawn(name, range(10**9))

    assert drawn("elvis", "hour") == drawn("elvis", "hour")
    assert len({drawn("elvis", "hour"), drawn("frodo", "hour"), drawn("elvis", "minute")}) == 3
    (tmp_path / "seed.secret").write_text("another")
    before = drawn("elvis", "hour")
    (tmp_path / "seed.secret").write_text("open sesame\n")
    assert before != drawn("elvis", "hour")


@pytest.mark.parametrize("seed", [None, "", " \n"])
def test_a_seed_that_is_none_is_told(tmp_path: Path, seed: str | None) -> None:
    if seed is not None:
        (tmp_path / "seed.secret").write_text(seed)
    with pytest.raises(UsageError, match=r"the seed .*seed\.secret"):
        policy(tmp_path, "seed_file = 'seed.secret'\n").seed_of("elvis")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("du = 1", "nothing is called `du`; is `due` meant?"),
        ("due = 2026-11-30", "due is a time with its zone"),
        ("due = 2026-11-30T10:00:00", "due is a time with its zone"),
        ("late_penalty_per_day = 2", "late_penalty_per_day is a number from 0 to 1"),
        ("grace_minutes = -1", "grace_minutes is a number from 0 to 1,000,000"),
        ("grace_minutes = true", "grace_minutes is a number"),
        ("grace_minutes = nan", "grace_minutes is a number"),
        ("seed_file = 7", "seed_file is the name of a file"),
        ("checks = 7", "checks is a table"),
        ("[checks]\n1 = 7", "checks.1 is a table"),
        ("[checks.answer_is_rite]\npoints = 1", "is `answer_is_right` meant?"),
        ("[checks.1]\npoint = 1", "nothing is called `point`; is `points` meant?"),
        ("[checks.1]\npoints = 'two'", "points is a number from 0 to 1,000,000"),
        ("[checks.1]\npoints = inf", "points is a number from 0 to 1,000,000"),
        ("[checks.1]\nbonus = []", "bonus is true or false"),
        ("[checks.1]\nbonus = 'yes'", "bonus is true or false"),
        ("[checks.1]\nvisibility = 'never'", "visibility is one of shown, after-due, hidden"),
        ("[checks.1", "labcheck.toml: "),
        ("a = " + "[" * 3000, "labcheck.toml: "),
    ],
)
def test_every_mistake_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(UsageError) as error:
        policy(tmp_path, text)
    assert told in error.value.what


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_policy(tmp_path / "none.toml", TRIAL)
