"""Facts about systemd's timers of a host: what they start, as their unit files say it. Best asked as root."""

from dataclasses import dataclass

from labcheck.errors import UnreadableAnswer
from labcheck.facts.cron import answer_to
from labcheck.hosts import Host

# A line for each command of a timer that people have written: those of the distribution lie elsewhere.
SCRIPT = r"""
for timer in /etc/systemd/system/*.timer /usr/local/lib/systemd/system/*.timer /home/*/.config/systemd/user/*.timer; do
    [ -f "$timer" ] || continue
    unit=$(sed -n 's/^Unit=//p' "$timer" | head -1)
    unit=${timer%/*}/${unit:-$(basename "$timer" .timer).service}
    [ ! -f "$unit" ] || sed -n 's/^ExecStart=[-@:+!|]*//p' "$unit" | while read -r command; do
        printf '%s\t%s\n' "$timer" "$command"
    done
done
"""


@dataclass(frozen=True)
class Timer:
    """A command that a timer starts, and the timer's file."""

    path: str
    command: str


def timers(host: Host) -> tuple[Timer, ...]:
    """Return what the timers start that lie where people write them; raises `UnexpectedStatus`."""
    return parse_timers(answer_to(host, SCRIPT, "systemd's timers"))


def parse_timers(text: str) -> tuple[Timer, ...]:
    """Read lines with a path, a tab and a command; raises `UnreadableAnswer`."""
    pairs = [line.partition("\t") for line in text.splitlines()]
    for path, tab, _ in pairs:
        if not tab or not path.endswith(".timer"):
            raise UnreadableAnswer(f"systemd's timers were asked for, and a line was {path[:80]!r}")
    return tuple(Timer(path, command) for path, _, command in pairs)
