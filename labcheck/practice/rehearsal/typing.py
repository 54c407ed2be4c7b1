"""Commands of a document typed on a host: each bounded in time, output, processes, memory and file size."""

import base64
import re
from dataclasses import dataclass, replace
from pathlib import Path

from labcheck.errors import CommandTimedOut, HostUnreachable
from labcheck.hosts import Host
from labcheck.submissions.script import Order
from labcheck.visible import visible

FOLDER = "/run/labcheck-rehearsal"
SCRIPT = Path(__file__).with_name("type.sh")
OUTPUT_LIMIT_BYTES = 200_000
# The processes of a host are limited by the engine (compose.yaml); a user's are counted all over the machine.
LIMITS = (f"--fsize={1 << 26}", f"--as={3 << 29}", "--core=0")
GRACE_SECONDS = 20.0
SHORT = 40
ASKS = re.compile(
    r"enter password|password:|passphrase|\[y/n\]|\(yes/no|a terminal is required|host key verification failed|"
    r"askpass|inappropriate ioctl|not a tty", re.IGNORECASE,
)  # fmt: skip
# $1 is the command and $2 what is typed into it, $3 who types, $4 the session, $5 its seconds. Whatever it has started
# and left is ended, by whomever it runs and whatever it takes: where no process can be made any more there are still
# the shell's own commands. All are stopped first, since what runs makes new ones. Services that were started stay.
_TYPE = (
    """
cd FOLDER || exit
base64 -d <<< "$1" > command
base64 -d <<< "$2" > given
state=state.$4
[ -e $state ] || { : > $state; chmod 666 $state; }
new() {
    found=()
    for process in /proc/[0-9]*; do
        [ -z "${before[${process#/proc/}]-}" ] && read -r line < $process/stat || continue
        line=${line##*) } && line=${line#* }
        [[ " $supervisors " == *" ${line%% *} "* ]] || found+=(${process#/proc/})
    done 2> /dev/null
    [ ${#found[@]} -gt 0 ]
}
sweep() {
    local stopped until=$((SECONDS + 10))
    while new && [ "${found[*]}" != "$stopped" ]; do
        stopped=${found[*]}
        kill -STOP "${found[@]}" 2> /dev/null
    done
    while new && [ $SECONDS -lt $until ]; do kill -KILL "${found[@]}" 2> /dev/null; done
}
finish() { # STATUS
    trap '' USR1
    sweep
    kill -KILL $watch 2> /dev/null
    read -r -N LIMIT text < output
    printf %s "$text"
    exit $1
}
supervisors=$(pgrep s6-supervise | tr '\n' ' ')
sleep $5 && kill -USR1 $$ &
watch=$!
before=()
for process in /proc/[0-9]*; do before[${process#/proc/}]=there; done
trap 'echo ended >&2; finish 124' USR1
prlimit LIMITS runuser --login "$3" --shell /bin/bash --session-command "exec bash FOLDER/type.sh $4" > output 2>&1 &
wait $!
finish $?
""".replace("FOLDER", FOLDER)
    .replace("LIMITS", " ".join(LIMITS))
    .replace("LIMIT", str(OUTPUT_LIMIT_BYTES))
)


@dataclass(frozen=True)
class Typed:
    """What became of a command: its `status` and `output`, or what went wrong in another way.

    `trouble` is "hangs", "host-lost" or nothing.
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
        """Return the last line that it printed, fit to be shown; a short one with the line before it."""
        lines = [line.strip() for line in self.output.splitlines() if line.strip()] or ["it printed nothing"]
        last = lines[-2:] if len(lines[-1]) < SHORT else lines[-1:]
        return visible(" ".join(last)[:200])

    @property
    def question(self) -> str:
        """Return the line in which it asked, fit to be shown."""
        asking = [line for line in self.output.splitlines() if ASKS.search(line) and "warning" not in line.lower()]
        return visible(asking[-1].strip()[:200]) if asking else self.last_words


def prepare(host: Host) -> None:
    """Make a host (asked as root) ready to be typed on, as if nothing had been typed before."""
    host.expect("sh", "-c", f"rm -rf {FOLDER} && mkdir -m 755 {FOLDER}", statuses={0})
    given = base64.b64encode(SCRIPT.read_bytes()).decode()
    host.expect("sh", "-c", f'printf %s "$1" | base64 -d > {FOLDER}/type.sh', "sh", given, statuses={0})


def type_order(host: Host, order: Order, sign_in: str, limit_seconds: float) -> Typed:
    """Type one command on a host (asked as root), and return what became of it; what it left running is ended."""
    user = order.user or sign_in
    words = [base64.b64encode(text.encode()).decode() for text in (order.text, order.given)]
    typed = Typed(order, user)
    try:
        answer = host.run(
            "bash", "-c", _TYPE, "bash", *words, user, str(order.session), str(round(limit_seconds)),
            timeout_seconds=limit_seconds + GRACE_SECONDS,
        )  # fmt: skip
    except (CommandTimedOut, HostUnreachable):
        return replace(typed, trouble="host-lost")
    if "ended\n" in answer.stderr:
        return replace(typed, trouble="hangs")
    return replace(typed, status=answer.status, output=answer.stdout)
