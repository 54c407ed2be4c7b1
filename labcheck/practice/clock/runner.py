"""The runner of a host: one shell that starts jobs there as cron would, and tells of each how it ended."""

import base64
import shlex
import threading
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

from labcheck.cron import Job
from labcheck.errors import HostUnreachable, LabcheckError
from labcheck.facts.cron_child import child_words
from labcheck.hosts.live import Conversation
from labcheck.hosts.ssh import Connections
from labcheck.practice.clock.installed import CronHost

SCRIPT = Path(__file__).with_name("runner.sh")
OUTPUT_LIMIT_BYTES = 16 << 10
FOLDERS = ("/home", "/root", "/srv", "/opt", "/mnt", "/var/backups", "/var/mail")
"""Where jobs leave files whose times tell a story; logs and databases keep the times that their services give."""


@dataclass(frozen=True)
class Ended:
    """A job has ended: its number, exit status, real times, and its output (the first bytes of `output_bytes`)."""

    number: int
    status: int
    began: float
    ended: float
    output: bytes
    output_bytes: int


@dataclass(frozen=True)
class Changed:
    """A file of a host was written, or a backup is `gone`: when by the simulated clock, its length, its path."""

    host: str
    instant: float
    size_bytes: int
    path: str
    gone: bool = False


@dataclass(frozen=True)
class Settled:
    """A host has done what was asked last."""

    host: str


@dataclass(frozen=True)
class Lost:
    """A host has gone away."""

    host: str
    why: str


News = Ended | Changed | Settled | Lost


class Runner:
    """One host that runs jobs; what it tells is put into `news` as it comes."""

    def __init__(self, host: CronHost, connections: Connections, news: "SimpleQueue[News]", library: str) -> None:
        self.host = host
        self.is_lost = False
        self._news = news
        self._library = library
        self._output: dict[int, bytes] = {}
        command = f"LC_ALL=C OUTPUT_LIMIT={OUTPUT_LIMIT_BYTES} exec bash -c {shlex.quote(SCRIPT.read_text())}"
        self._conversation = Conversation(host.name, connections.client(host.name, "root"), command)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def take_over(self) -> None:
        """Stop cron on the host until this runner is closed."""
        self._say("take_over")

    def share_connections(self) -> None:
        """Let ssh on the host sign in once for all files that it sends to the same account."""
        self._say("share_connections")

    def start(self, number: int, job: Job, offset: int, limit_seconds: int) -> None:
        """Start a job, its clock `offset` seconds from the real one; `Ended` comes when it has ended."""
        given = base64.b64encode(job.stdin.encode("latin-1")).decode() or "''"
        words = child_words(job, self.host.accounts, self.host.environment, limit_seconds, self._clock(job, offset))
        self._say(f"start {number} {given} {shlex.join(words)}")

    def settle(self, since: float, offset: int) -> None:
        """Give what was written since a real instant the simulated time of its writing; `Settled` comes last."""
        self._say(f"settle {since:.6f} {offset} {shlex.join(FOLDERS)}")

    def age(self, seconds: int) -> None:
        """Make everything in the folders so much older; `Settled` comes when it is done."""
        self._say(f"age {seconds} {shlex.join(FOLDERS)}")

    def do(self, command: str) -> None:
        """Run a line of shell before what is asked next."""
        self._say(command)

    def close(self) -> None:
        """Let the host put itself in order: jobs are ended, cron runs again."""
        try:
            self._conversation.end()
            self._thread.join(timeout=10)
        except HostUnreachable:
            pass  # it is gone, and with it what it ran
        finally:
            self._conversation.close()

    def _clock(self, job: Job, offset: int) -> dict[str, str]:
        """Return what turns the clock of a job (faketime(1)); times of files are read as they are."""
        zone = {} if str(self.host.zone) == self.host.own_zone else {"TZ": str(self.host.zone)}
        return {
            **zone,
            **{name: value for name, value in job.environment.items() if name == "TZ"},
            "LD_PRELOAD": self._library,
            "FAKETIME": f"{offset:+d}",
            "NO_FAKE_STAT": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

    def _say(self, line: str) -> None:
        self._conversation.say(line.encode("latin-1"))

    def _listen(self) -> None:
        why = "it stopped listening"
        try:
            while lines := self._conversation.hear():
                for line in lines:
                    self._heard(line)
        except LabcheckError as error:
            why = error.what
        except ValueError as error:  # a line of another shape than ours
            why = f"its runner said something odd: {error}"
        self.is_lost = True
        self._news.put(Lost(self.host.name, why))

    def _heard(self, line: bytes) -> None:
        kind, _, rest = line.partition(b" ")
        if kind == b"output":
            number, _, text = rest.partition(b" ")
            self._output[int(number)] = self._output.get(int(number), b"") + base64.b64decode(text)
        elif kind == b"ended":
            number, status, began, ended, size = rest.split()
            output = self._output.pop(int(number), b"")
            self._news.put(Ended(int(number), int(status), float(began), float(ended), output, int(size)))
        elif kind in (b"changed", b"gone"):
            stamp, size, path = rest.split(b" ", 2)
            name = path.decode("utf-8", "backslashreplace")
            self._news.put(Changed(self.host.name, float(stamp), int(size), name, kind == b"gone"))
        elif kind == b"settled":
            self._news.put(Settled(self.host.name))
