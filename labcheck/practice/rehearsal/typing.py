"""Commands of a document typed on a host: each bounded in time, output, processes, memory and file size."""

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from labcheck.errors import CommandTimedOut, HostUnreachable, LabcheckError
from labcheck.hosts import Host
from labcheck.submissions.script import Order
from labcheck.visible import visible

FOLDER = "/run/labcheck-rehearsal"
SCRIPT = Path(__file__).with_name("type.sh")
OUTPUT_LIMIT_BYTES = 200_000
LIMITS = ("--nproc=400", f"--fsize={1 << 30}", f"--as={2 << 30}", "--core=0")
GRACE_SECONDS = 20.0
ASKS = re.compile(
    r"enter password|password:|passphrase|\[y/n\]|\(yes/no|a terminal is required|host key verification failed|"
    r"askpass|inappropriate ioctl|not a tty", re.IGNORECASE,
)  # fmt: skip
# What the command is, what is typed into it, as whom, in which session. Whoever types is not root's child: limits of
# processes do not hold for root.
_TYPE = """
set -eu
cd FOLDER
printf %s "$1" | base64 -d > command
printf %s "$2" | base64 -d > given
state=state.$4
[ -e $state ] || { : > $state; chmod 666 $state; }
exec prlimit LIMITS runuser --login "$3" --shell /bin/bash --session-command "exec bash FOLDER/type.sh $4" 2>&1
""".replace("FOLDER", FOLDER).replace("LIMITS", " ".join(LIMITS))


@dataclass(frozen=True)
class Typed:
    """What became of a command: its `status` and `output`, or what went wrong in another way.

    `trouble` is "hangs", "floods" (it prints without end), "host-lost" or nothing.
    """

    order: Order
    user: str
    status: int = 0
    output: str = ""
    trouble: str = ""

    @property
    def asked(self) -> bool:
        """Tell whether it failed for want of somebody to answer it."""
        return self.status != 0 and bool(ASKS.search(self.output))

    @property
    def last_words(self) -> str:
        """Return the last line that it printed, fit to be shown; of a traceback or a usage the line that says what."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()]
        return visible(lines[-1][:200]) if lines else "it printed nothing"


def prepare(host: Host) -> None:
    """Make a host (asked as root) ready to be typed on, as if nothing had been typed before."""
    host.expect("sh", "-c", f"rm -rf {FOLDER} && mkdir -m 755 {FOLDER}", statuses={0})
    given = base64.b64encode(SCRIPT.read_bytes()).decode()
    host.expect("sh", "-c", f'printf %s "$1" | base64 -d > {FOLDER}/type.sh', "sh", given, statuses={0})


def type_order(host: Host, order: Order, sign_in: str, limit_seconds: float) -> Typed:
    """Type one command on a host (asked as root), and return what became of it; what it left running is ended."""
    user = order.user or sign_in
    words = [base64.b64encode(text.encode()).decode() for text in (order.text, order.given)]
    try:
        answer = host.run(
            "sh", "-c", _TYPE, "sh", *words, user, str(order.session),
            timeout_seconds=limit_seconds, limit_bytes=OUTPUT_LIMIT_BYTES,
        )  # fmt: skip
    except CommandTimedOut:
        return _ended(host, Typed(order, user, trouble="hangs"))
    except HostUnreachable:
        return Typed(order, user, trouble="host-lost")
    if answer.truncated:
        return _ended(host, Typed(order, user, trouble="floods"))
    return Typed(order, user, answer.status, answer.stdout + answer.stderr)


def _ended(host: Host, typed: Typed) -> Typed:
    """Kill what a command has left behind; a host on which that cannot be done is lost."""
    try:
        if typed.user != "root":
            host.run("pkill", "-KILL", "-u", typed.user, timeout_seconds=GRACE_SECONDS)
        host.run("true", timeout_seconds=GRACE_SECONDS)
    except LabcheckError:
        return Typed(typed.order, typed.user, trouble="host-lost")
    return typed
