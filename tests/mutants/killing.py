"""Which mutants die: each runs the tests in a process of its own, in which one module is the mutant."""

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import NoReturn

import pytest

from tests.mutants.operators import Mutant

ROOT = Path(__file__).parents[2]
LONGEST_CPU_SECONDS, LONGEST_SECONDS = 120, 900
"""What a mutant may take of the processor, so that a busy machine makes nothing of it; and what it may wait for."""
# pytest would have its own way of importing, before ours, were it to explain assertions.
QUIET = ("-x", "-q", "--assert=plain", "-p", "no:cacheprovider", "-m", "not lab and not browser")


class _Mutated:
    """Gives the mutant when its module is imported; every other module is none of its business."""

    def __init__(self, module: str, path: Path, source: str) -> None:
        self._module, self._path, self._source = module, path, source

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """Return the mutant's specification for its name."""
        return spec_from_file_location(name, self._path, loader=self) if name == self._module else None  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> None:
        """Let Python make the module."""

    def exec_module(self, module: ModuleType) -> None:
        """Run the mutant's source."""
        exec(compile(self._source, str(self._path), "exec"), module.__dict__)  # noqa: S102 - our own code


def prepare(names: Sequence[str]) -> None:
    """Import what takes long and is no part of what is mutated, once for all processes that are forked."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in names:
        import_module(name)


def survivors(module: Path, found: Sequence[Mutant], tests: Sequence[str], jobs: int) -> list[Mutant]:
    """Return the mutants of a module that the tests do not notice; first asked are the tests that mirror the module."""
    own = ROOT / "tests" / module.relative_to("labcheck").with_name(f"test_{module.name}")
    suites = [[str(own)], *([one] for one in tests)] if own.exists() else [[one] for one in tests]
    waiting = list(reversed(found))
    running: dict[int, Mutant] = {}
    alive: list[Mutant] = []
    while waiting or running:
        while waiting and len(running) < jobs:
            mutant = waiting.pop()
            child = os.fork()
            if child == 0:
                _test_and_exit(module, mutant, suites)
            running[child] = mutant
        child, status = os.wait()
        mutant = running.pop(child)
        if status == 0:
            alive.append(mutant)
    return sorted(alive, key=found.index)


def _test_and_exit(module: Path, mutant: Mutant, suites: Sequence[Sequence[str]]) -> NoReturn:
    """In the child: run the tests and end with their status; what goes on for ever is ended by a signal."""
    for number, timer, seconds in (
        (signal.SIGPROF, signal.ITIMER_PROF, LONGEST_CPU_SECONDS),
        (signal.SIGALRM, signal.ITIMER_REAL, LONGEST_SECONDS),
    ):
        signal.signal(number, signal.SIG_DFL)
        signal.setitimer(timer, seconds)
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        name = ".".join(module.with_suffix("").parts)
        sys.meta_path.insert(0, _Mutated(name, ROOT / module, mutant.source))
        status = next((int(s) for suite in suites if (s := pytest.main([*QUIET, *suite]))), 0)
    except BaseException:  # whatever a mutant brings about, this process ends here
        status = 1
    os._exit(min(status, 125))
