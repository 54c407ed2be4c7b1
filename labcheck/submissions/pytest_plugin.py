"""`pytest --labcheck DIR`: each check of a submission is a test, and nothing else is collected.

A student's own tests and conftest.py are code of a stranger: neither is imported.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from labcheck.errors import LabcheckError
from labcheck.model import Result, Status


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("labcheck", "labcheck: judge a submitted repository")
    group.addoption("--labcheck", metavar="DIR", default=None, help="judge this repository, and collect nothing else")
    group.addoption("--labcheck-config", metavar="FILE", default=None, help="the instructor's labcheck.toml")
    group.addoption("--labcheck-finish-by", metavar="HH:MM", default=None, help="when the hosts go away")


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> None:
    """See to it that no conftest.py is imported."""
    if any(word.split("=")[0] == "--labcheck" for word in args):
        early_config.known_args_namespace.noconftest = True


def pytest_configure(config: pytest.Config) -> None:
    """Refuse to run inside of the submission, where its pytest.ini could load anything."""
    folder = config.getoption("--labcheck")
    if folder is None:
        return
    inside = Path(folder).resolve()
    if not inside.is_dir():
        raise pytest.UsageError(f"--labcheck {folder}: there is no such folder")
    if config.inipath is not None and config.inipath.resolve().is_relative_to(inside):
        raise pytest.UsageError(f"{config.inipath} belongs to the submission: run pytest from outside of it")


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Collect no file."""
    return True if config.getoption("--labcheck") is not None else None


def pytest_collection_modifyitems(session: pytest.Session, config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the checks in the place of whatever was collected."""
    if config.getoption("--labcheck") is not None:
        items[:] = _checks(session, config)


def _checks(session: pytest.Session, config: pytest.Config) -> Iterable[pytest.Item]:
    from dataclasses import replace

    from labcheck.submissions.judge import grade
    from labcheck.submissions.settings import clock, read_settings
    from labcheck.submissions.worker import judged

    file, hour = config.getoption("--labcheck-config"), config.getoption("--labcheck-finish-by")
    try:
        settings = read_settings(Path(file) if file else None)
        settings = replace(settings, finish_by=clock(hour)) if hour else settings
    except LabcheckError as error:
        raise pytest.UsageError(str(error)) from error
    folder = Path(config.getoption("--labcheck")).resolve()
    found = grade(judged(folder, settings), settings)
    whole = Result(
        "judged", "0", "the submission can be judged", 0, Status.PASS if found.results else Status.ERROR, found.note
    )
    for result in (whole, *found.results):
        name = f"{result.step} {result.title}"
        yield CheckItem.from_parent(session, name=name, nodeid=f"{folder.name}::{name}", result=result, folder=folder)


class NotSo(Exception):  # noqa: N818 - what a check says, not a mistake of ours
    """A check that did not pass."""


class CheckItem(pytest.Item):
    """One check of a submission."""

    def __init__(self, *, result: Result, folder: Path, **others: Any) -> None:
        super().__init__(**others)
        self._result = result
        self._folder = folder

    def runtest(self) -> None:
        """Fail if the check did."""
        if self._result.status is Status.SKIP:
            pytest.skip(self._result.found)
        if self._result.status is not Status.PASS:
            marks = [f"{mark}: {mark.found} [{mark.rule}]\n    {mark.hint}" for mark in self._result.marks]
            raise NotSo("\n".join(marks) or self._result.found)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return what the check said, without a traceback."""
        return str(excinfo.value) if isinstance(excinfo.value, NotSo) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the first place of the finding, and the name."""
        mark = next(iter(self._result.marks), None)
        where = self._folder / mark.file if mark else self._folder
        return where, (mark.line - 1 if mark and mark.line else None), self.name
