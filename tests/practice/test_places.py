import re
from pathlib import Path

import pytest

from labcheck.practice import places


@pytest.fixture(autouse=True)
def no_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LABCHECK_PROJECT", raising=False)


@pytest.mark.parametrize(
    ("user", "project"),
    [
        ("elvis", "labcheck-elvis"),
        ("Elvis.Presley", "labcheck-elvis-presley"),
        ("DOMAIN\\elvis", "labcheck-domain-elvis"),
        ("../../etc", "labcheck-etc"),
        ("jõulud", "labcheck-j-ulud"),
        ("$(touch x)", "labcheck-touch-x"),
    ],
)
def test_a_project_is_named_after_its_user_whatever_the_users_name(
    monkeypatch: pytest.MonkeyPatch, user: str, project: str
) -> None:
    monkeypatch.setenv("LOGNAME", user)
    assert re.sub("-+", "-", places.project()) == project


@pytest.mark.parametrize(
    ("wanted", "project"),
    [("second", "second"), ("My Lab!", "my-lab"), ("..", "labcheck"), ("-rm", "rm"), ("x" * 99, "x" * 40)],
)
def test_a_second_lab_has_the_name_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, wanted: str, project: str
) -> None:
    monkeypatch.setenv("LABCHECK_PROJECT", wanted)
    assert places.project() == project


def test_an_empty_wish_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABCHECK_PROJECT", "")
    monkeypatch.setenv("LOGNAME", "elvis")
    assert places.project() == "labcheck-elvis"


def test_state_is_kept_where_xdg_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert places.state_folder() == tmp_path / "labcheck"


def test_state_is_kept_at_home_when_xdg_says_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert places.state_folder() == tmp_path / ".local" / "state" / "labcheck"


def test_the_fixtures_have_the_compose_file() -> None:
    assert (places.fixtures() / "compose.yaml").is_file()
