"""A practice lab of the tests' own, on the engine at hand; the user's lab is left alone."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from labcheck.errors import LabcheckError
from labcheck.model import Status
from labcheck.practice import engine, lifecycle
from labcheck.practice.lab import PracticeLab, find
from labcheck.practice.scenes import Watching
from labcheck.practice.solutions import solve

# A lab of its own for each process that runs tests; named from outside so that two checkouts can be tested at once.
PROJECT = os.environ.get("LABCHECK_TESTS_PROJECT", "labcheck-tests") + os.environ.get("PYTEST_XDIST_WORKER", "")
SKIP_NOTHING = "LABCHECK_TESTS_SKIP_NOTHING"
WITH_SOLVED_LAB = {
    "tests/labs/backup_tools/test_schedule_in_the_lab.py",
    "tests/notebook/test_on_call.py",
    "tests/practice/faults/test_faults.py",
    "tests/practice/test_on_call.py",
    "tests/practice/test_solutions.py",
}
NOTEBOOKS = Path(__file__).parent.parent / "notebooks"

# Speed is measured by the benchmarks, on a machine that does nothing else.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


def pytest_report_header() -> str:
    try:
        return f"container engine: {engine.find().name}"
    except LabcheckError:
        return "container engine: none yet; Podman is installed if it can be"


class ByLab(LoadScopeScheduling):  # type: ignore[misc]
    """A module's tests run in one process, in their order; those that need a solved lab share the one that has it."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.split("::", 1)[0]
        return "solved" if module in WITH_SOLVED_LAB else module


def pytest_configure() -> None:
    """Let Ctrl-C end what tests start: a shell that starts the whole run in the background has it ignored, for all."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)  # xdist is not there where mutants are tried
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByLab:
    return ByLab(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, the modules that use the lab, so that two workers end at about the same time."""
    with_lab = {item.path for item in items if "lab" in getattr(item, "fixturenames", [])}
    items.sort(key=lambda item: item.path not in with_lab)


Figure = Callable[[str, object], None]
"""Takes down what was measured, by what it is of: it stands in the report of the tests, and in their JUnit XML."""


@pytest.fixture
def figure(record_property: Figure) -> Figure:
    return record_property


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Show what tests have measured."""
    reports = [one for kind in terminalreporter.stats.values() for one in kind if getattr(one, "when", "") == "call"]
    figures = sorted({(name, value) for one in reports for name, value in one.user_properties})
    if figures:
        terminalreporter.section("figures of hostile hosts")
    for name, value in figures:
        terminalreporter.line(f"{name}: {value}")


def skip_unless_required(reason: str) -> None:
    """Skip a test that cannot run on this machine, where skipping is allowed; fail it where it is not."""
    if os.environ.get(SKIP_NOTHING):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def lab() -> Iterator[PracticeLab]:
    """A lab that is up for the whole run, and taken away at its end."""
    os.environ["LABCHECK_PROJECT"] = PROJECT
    if find():  # what a run that was killed has left
        lifecycle.down(print, with_progress=True)
    try:
        brought_up = lifecycle.up(print)
    except LabcheckError as error:
        skip_unless_required(f"no practice lab: {error}")
    try:
        yield brought_up
    finally:
        lifecycle.down(print, with_progress=True)
        del os.environ["LABCHECK_PROJECT"]


@pytest.fixture
def fresh_lab(lab: PracticeLab) -> PracticeLab:
    """The same lab, put back to the start."""
    lab = lifecycle.up(print)  # a test may have taken it down: it is another one then, on other ports
    lifecycle.reset(lab, print)
    return lab


@pytest.fixture
def solved_lab(lab: PracticeLab) -> PracticeLab:
    """The same lab, with every step solved."""
    return as_solved()


def as_solved() -> PracticeLab:
    """Return the lab with every step solved: once in a run it is typed, later the hosts are put back to how they were.

    Typing it takes minutes, in which cron comes round.
    """
    lab = lifecycle.up(print)
    try:
        lifecycle.run_everywhere(lab, "test", "-d", "/var/lib/lab/solved")
    except LabcheckError:
        lifecycle.reset(lab, print)
        with lab.connections() as connections:
            results = solve(lab, connections, [], Watching(lambda _: None), print)
        assert [result.name for result in results if result.status is not Status.PASS] == []
        lifecycle.run_everywhere(lab, "lab-reset", "--remember", "solved")
        lifecycle.run_everywhere(lab, "cp", "/var/log/syslog", "/var/lib/lab/solved/syslog")
    else:
        shutil.rmtree(lab.until_reset, ignore_errors=True)
        lifecycle.run_everywhere(lab, "lab-reset", "solved")
        lifecycle.run_everywhere(lab, "sh", "-c", "cat /var/lib/lab/solved/syslog > /var/log/syslog")
    return lab
