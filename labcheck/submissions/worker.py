"""One submission is judged in a process of its own, with limits of memory and time.

Whatever a stranger's file does to the process that reads it (a template without end, a file that exhausts the
memory, a fault in a parser) ends that process alone, and becomes a finding. What the process hands back is JSON,
bounded; nothing of it is ever evaluated.
"""

import json
import multiprocessing
import resource
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

from labcheck.submissions.finding import TOP, Finding
from labcheck.submissions.journal import judgement_of
from labcheck.submissions.judge import Judgement, judge
from labcheck.submissions.settings import Settings

MEMORY_BYTES = 1 << 30
PROCESSOR_SECONDS = 15
WALL_SECONDS = 30
POLL_SECONDS = 1
LARGEST_ANSWER = 8_000_000


def judged(folder: Path, settings: Settings) -> Judgement:
    """Return the judgement of one submission; a process that dies or does not end gives one finding, `not-judged`."""
    return next(iter(judged_together([folder], settings, 1)))


def judged_together(folders: Sequence[Path], settings: Settings, workers: int) -> Iterator[Judgement]:
    """Yield the judgements of submissions in their order, `workers` at a time."""
    waiting = deque(enumerate(folders))
    running: dict[Connection, _Child] = {}
    done: dict[int, Judgement] = {}
    try:
        for number in range(len(folders)):
            while number not in done:
                while waiting and len(running) < workers:
                    child = _Child(*waiting.popleft(), settings)
                    running[child.pipe] = child
                wait(list(running), timeout=POLL_SECONDS)
                for child in [one for one in running.values() if one.is_over()]:
                    del running[child.pipe]
                    done[child.number] = child.end(settings)
            yield done.pop(number)
    finally:
        for child in running.values():
            child.end(settings)


class _Child:
    """The process that judges one submission. `pipe` has its answer, or its end."""

    def __init__(self, number: int, folder: Path, settings: Settings) -> None:
        self.number = number
        self._folder = folder
        self._deadline = time.monotonic() + WALL_SECONDS
        context = _context()
        self.pipe, theirs = context.Pipe(duplex=False)
        self._process = context.Process(target=_work, args=(theirs, str(folder), settings, MEMORY_BYTES), daemon=True)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # Ctrl-C is the parent's business
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()

    def is_over(self) -> bool:
        """Tell whether it has answered, has died, or has taken too long."""
        return bool(self.pipe.poll()) or time.monotonic() > self._deadline

    def end(self, settings: Settings) -> Judgement:
        """Return what it has found, and end it."""
        try:
            answer = self.pipe.recv_bytes(LARGEST_ANSWER) if self.pipe.poll() else b""
        except (EOFError, OSError):  # it died before it had anything to say
            answer = b""
        self.pipe.close()
        self._process.kill()
        self._process.join()
        self._process.close()
        told = json.loads(answer) if answer else {"trouble": f"it took more than {MEMORY_BYTES >> 20} MiB, or too long"}
        return _not_judged(self._folder, settings, told["trouble"]) if "trouble" in told else judgement_of(told)


def _context() -> Any:
    """Fork where that is safe, which takes 5 ms; a process with threads has a server do it."""
    if threading.active_count() == 1:
        return multiprocessing.get_context("fork")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["labcheck.submissions.worker"])
    return context


def _work(answer: Connection, folder: str, settings: Settings, memory_bytes: int) -> None:
    """Judge, in the child: limited, and with nothing to write to but the pipe."""
    limit = _address_space() + memory_bytes  # what a fork brings along from its parent is not the submission's
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS, PROCESSOR_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        told = asdict(judge(Path(folder), settings))
    except MemoryError:
        return
    except Exception as error:  # a defect of ours: told as what we could not do, never as the student's fault
        at = traceback.extract_tb(error.__traceback__)[-1]
        told = {"trouble": f"{type(error).__name__} in {Path(at.filename).name}:{at.lineno}: {str(error)[:200]}"}
    answer.send_bytes(json.dumps(told).encode())


def _address_space() -> int:
    """Return the bytes of address space that this process has (proc(5), `statm`)."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _not_judged(folder: Path, settings: Settings, why: str) -> Judgement:
    one = Finding("not-judged", TOP, why, "Let a person look at what is unusual in it.")
    return Judgement(folder.name, settings.rulebook.judged([one]), False, False)
