"""A watch over connections: one that is late is cut, whatever it is that somebody waits for there.

paramiko waits for some things without looking at a clock: for room to send, for the lock that who has no room holds,
for keys that are changed and never done with. One thread looks after all connections of this process.
"""

import contextlib
import threading
import time
from collections.abc import Iterator

from labcheck.hosts.wire import Wire

LOOK_SECONDS = 0.25


class _Watch:
    def __init__(self) -> None:
        self._due: dict[object, tuple[float, Wire]] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread()

    def begin(self, wire: Wire, seconds: float) -> object:
        """Cut a connection in so many seconds, unless what is returned is ended before."""
        key = object()
        with self._lock:
            self._due[key] = time.monotonic() + seconds, wire
            if not self._thread.is_alive():  # the first time; or this process is the fork of one that had a thread
                self._thread = threading.Thread(target=self._look, name="watch", daemon=True)
                self._thread.start()
        return key

    def end(self, key: object) -> None:
        with self._lock:
            self._due.pop(key, None)

    def _look(self) -> None:
        while True:
            time.sleep(LOOK_SECONDS)
            now = time.monotonic()
            with self._lock:
                late = [key for key, (due, _) in self._due.items() if due < now]
                wires = [self._due.pop(key)[1] for key in late]
            for wire in wires:
                wire.cut()


_watch = _Watch()


@contextlib.contextmanager
def within(wire: Wire, seconds: float) -> Iterator[None]:
    """Cut a connection that is not done in so many seconds with what is done here."""
    key = _watch.begin(wire, seconds)
    try:
        yield
    finally:
        _watch.end(key)
