"""Facts about what starts programs on a host beside crontabs: systemd's timers, as their unit files say it, anacron,
and the directories that `run-parts` goes through each hour, day, week and month. Best asked as root.
"""

import re
from dataclasses import dataclass

from labcheck.errors import UnreadableAnswer
from labcheck.facts.cron import answer_to
from labcheck.hosts import Host

# A line for each command of what people have written: timers of the distribution lie elsewhere, and dpkg knows its
# scripts. A script that a timer starts is told line by line, too. `run-parts` passes over names with a dot, and what is
# not executable (run-parts(8)); what anacrontab(5) has of the distribution are lines with run-parts.
SCRIPT = r"""
lines() { grep -sv '^[[:space:]]*\(#\|$\)' "$2" | while read -r command; do printf '%s\t%s\n' "$1" "$command"; done; }
for timer in /etc/systemd/system/*.timer /usr/local/lib/systemd/system/*.timer /home/*/.config/systemd/user/*.timer; do
    [ -f "$timer" ] || continue
    unit=$(sed -n 's/^Unit=//p' "$timer" | head -1)
    unit=${timer%/*}/${unit:-$(basename "$timer" .timer).service}
    [ ! -f "$unit" ] || sed -n 's/^ExecStart=[-@:+!|]*//p' "$unit" | while read -r command; do
        printf '%s\t%s\n' "$timer" "$command"
        [ "$(head -c 2 "${command%% *}" 2>/dev/null)" != '#!' ] || lines "$timer" "${command%% *}"
    done
done
for script in /etc/cron.hourly/* /etc/cron.daily/* /etc/cron.weekly/* /etc/cron.monthly/*; do
    case ${script##*/} in *[!A-Za-z0-9_-]*) continue ;; esac
    [ -f "$script" ] && [ -x "$script" ] && ! grep -qsxF "$script" /var/lib/dpkg/info/*.list || continue
    lines "$script" "$script"
done
[ ! -f /etc/anacrontab ] || lines /etc/anacrontab /etc/anacrontab | grep -v '\srun-parts ' || :
"""
PERIODIC = re.compile(r"/etc/cron\.(hourly|daily|weekly|monthly)/[\w-]+|/etc/anacrontab", re.ASCII)


@dataclass(frozen=True)
class Timer:
    """A command that a timer or `run-parts` starts, and the file that says so."""

    path: str
    command: str


def timers(host: Host) -> tuple[Timer, ...]:
    """Return what is started beside crontabs, where people have written it; raises `UnexpectedStatus`."""
    return parse_timers(answer_to(host, SCRIPT, "timers"))


def parse_timers(text: str) -> tuple[Timer, ...]:
    """Read lines with a path, a tab and a command; raises `UnreadableAnswer`."""
    pairs = [line.partition("\t") for line in text.splitlines()]
    for path, tab, _ in pairs:
        if not tab or not (path.endswith(".timer") or PERIODIC.fullmatch(path)):
            raise UnreadableAnswer(f"timers were asked for, and a line was {path[:80]!r}")
    return tuple(Timer(path, command) for path, _, command in pairs)
