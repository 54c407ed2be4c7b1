"""Carrying out a run: keys unlocked, students graded with progress, and the way to go on told when it ends early."""

import contextlib
import functools
import getpass
import pickle
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labcheck.cli.class_progress import one_told, students_told
from labcheck.cli.progress import telling
from labcheck.errors import LabcheckError, UsageError
from labcheck.grading.class_run import grade_class, missing, result_of
from labcheck.grading.journal import Beginning, Journal
from labcheck.grading.roster import Roster, Student
from labcheck.grading.student import Graded, Grader, grade_there
from labcheck.hosts.trust import Trust
from labcheck.model import ClassResult, Drill

if TYPE_CHECKING:
    from labcheck.practice.sandbox import Sandboxes  # needs the engine's modules, which a grading without one does not

Grade = Callable[[Student], Graded]
CUT_OFF = """A canary drill that was cut off clears up by itself: within a minute the database is as it was.
The newest backup on the backup server may be the drill's, with a row `labcheck canary …`. If so, delete its files."""


@dataclass(frozen=True)
class Means:
    """With what a run is carried out: nothing here changes a grade."""

    jobs: int = 64
    run_seconds: float | None = None
    accept_new_host_keys: bool = False
    scheduler: str | None = None


def carry_out(beginning: Beginning, folder: Path | None, means: Means, *, goes_on: bool = False) -> ClassResult:
    """Grade the students that the journal in a folder does not have yet, and return the whole class.

    Without a folder results are kept in one that is deleted at the end. When it ends early, by Ctrl-C or a full disk,
    what was graded is on disk, the way to go on is told, and the reason is raised again.
    """
    with contextlib.ExitStack() as stack:
        kept = Journal(folder or Path(stack.enter_context(tempfile.TemporaryDirectory())))
        trust = _unlocked(beginning, means)
        stack.enter_context(kept.held())
        if not goes_on:
            kept.begin(beginning)
        try:
            return _graded(beginning, kept, means, trust)
        except (KeyboardInterrupt, LabcheckError):
            if Drill.CANARY in beginning.plan.drills:
                print(CUT_OFF, file=sys.stderr)
            if folder and missing(beginning, kept):
                print(f"What was graded is kept. Go on: labcheck grade --resume {folder}", file=sys.stderr)
            raise


def _unlocked(beginning: Beginning, means: Means) -> Trust:
    """Return our keys; what cannot be used is told before any host is asked."""
    trust = Trust(_ask_passphrase, accept_new=means.accept_new_host_keys)
    for path in Roster(beginning.students).identities():
        if path:
            trust.identity(path)
        else:
            trust.look_at_agent()
    beginning.plan.policy.seed_of("")
    return trust


def _ask_passphrase(path: Path) -> str:
    if not sys.stdin.isatty():
        raise LabcheckError(
            f"the key {path} has a passphrase, and nobody is there to type it", "Use an agent: identity: agent"
        )
    return getpass.getpass(f"Passphrase of {path}: ")


def _graded(beginning: Beginning, journal: Journal, means: Means, trust: Trust) -> ClassResult:
    finished = False
    try:
        with _workers(beginning, means, trust) as (grader, executor):
            finished = _with_progress(beginning, journal, means, grader, executor)
    finally:
        result = result_of(beginning, journal, finished=finished)
        with contextlib.suppress(LabcheckError):  # a full disk was told already, by what was raised
            journal.finish(result)
    return result


def _with_progress(
    beginning: Beginning, journal: Journal, means: Means, grader: Grader | None, executor: Executor
) -> bool:
    waiting = missing(beginning, journal)
    if grader and len(beginning.students) == 1:
        with one_told(len(beginning.plan.checks())) as tell_check:
            grade: Grade = functools.partial(grader.grade, tell=tell_check)
            return grade_class(beginning, journal, grade, executor, lambda _: None, run_seconds=means.run_seconds)
    grade = grader.grade if grader else functools.partial(grade_there, pickle.dumps(beginning.plan))
    with students_told(len(waiting)) as tell:
        return grade_class(beginning, journal, grade, executor, tell, run_seconds=means.run_seconds)


@contextlib.contextmanager
def _workers(beginning: Beginning, means: Means, trust: Trust) -> Iterator[tuple[Grader | None, Executor]]:
    """Give who grades: threads of ours with one grader, or a cluster, where each process has its own."""
    if means.scheduler:
        with _cluster(means.scheduler) as executor:
            yield None, executor
        return
    sandboxes = _sandboxes() if beginning.plan.sandboxed else None
    grader = Grader(beginning.plan, trust, sandboxes.beside) if sandboxes else Grader(beginning.plan, trust)
    executor = ThreadPoolExecutor(min(means.jobs, len(beginning.students)), thread_name_prefix="student")
    try:
        yield grader, executor
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        grader.stop()
        if sandboxes:
            sandboxes.stop()
        executor.shutdown()


def _sandboxes() -> "Sandboxes":
    from labcheck.practice import sandbox

    with telling(quiet_elsewhere=True) as tell:
        return sandbox.prepared(tell)


@contextlib.contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("--scheduler needs Dask", "Install it: pip install 'labcheck[cluster]'") from error
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError) as error:
        raise LabcheckError(f"no Dask scheduler answers at {address}: {error}", "Start one: dask scheduler") from error
    with client:
        yield client.get_executor(pure=False, retries=3)
