"""A restore document as a script: what is typed, line by line, as whom, and what cannot be typed as it stands."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from labcheck.submissions.claims import service_of
from labcheck.submissions.procedure import Step, gap_in, steps_of

SET_BY_THE_SHELL = {
    "HOME", "USER", "LOGNAME", "PATH", "PWD", "OLDPWD", "SHELL", "HOSTNAME", "RANDOM", "UID", "EUID", "PPID",
    "SECONDS", "TERM", "LANG", "IFS", "TMPDIR", "EDITOR", "SUDO_USER", "STUDENT",
}  # fmt: skip
ABSENT = re.compile(r"\b(?:prometheus|loki|promtail|grafana)\b", re.IGNORECASE)
VARIABLE = re.compile(r"(?<!\\)\$\{?(?P<name>[A-Za-z_]\w*)")
ASSIGNED = re.compile(
    r"(?:^|[\s;&(])(?P<name>[A-Za-z_]\w*)=|\bread\s+(?:-\w+\s+)*(?P<read>\w+)|\bfor\s+(?P<loop>\w+)\s+in\b"
)
QUOTED = re.compile(r"'[^']*'")
STANDS_FOR = re.compile(
    r"<[A-Za-z][\w-]*>|\b(?:your|my)[-_](?:user|name|host|server|account|github|database|backup)[\w-]*|"
    r"\bYYYY-?MM-?DD\b|\bDD[-.]MM[-.]YYYY\b|(?<!\$)\{(?:date|user|username|time|timestamp|name|host)\}|"
    r"\[(?:date|user|username|time|timestamp|your[ \w-]*)\]",
    re.IGNORECASE,
)
OUTSIDE = (
    (re.compile(r"(?:sudo\s+)?ansible(?:-\w+)?\s"), "the lab has what the playbook would install"),
    (re.compile(r"(?:sudo\s+)?(?:apt|apt-get|aptitude|snap|pip3?)\s"), "the lab has its programs, and no network"),
    (re.compile(r"git\s"), "the lab has no network; the repository's files are there"),
    (re.compile(r"ssh\s+(?:-\w+\s+\S+\s+)*[\w.@-]+$"), "the commands are typed on the database host anyway"),
    (re.compile(r"(?:exit|logout)$"), "the next command says as whom it runs"),
)
"""Commands of which a lab has no need, and why."""


@dataclass(frozen=True)
class Order:
    """One command as it is typed, at line `line` of the document.

    `user` is whose prompt it is typed at: empty for who signs in to the host. `given` is typed into the program that
    it starts. `matters` tells a command that fetches or loads data, `loads` the latter. `gap` is what nobody can type;
    `left_out` says why a lab has no need of it.
    """

    line: int
    text: str
    user: str = ""
    session: int = 0
    given: str = ""
    matters: bool = False
    loads: bool = False
    gap: str = ""
    left_out: str = ""


def orders_of(text: str, usual_user: str, services: Sequence[str] = ("mysql",)) -> tuple[Order, ...]:
    """Return what a document has people type; where it does not say as whom, as `usual_user` (`sudo`: who signs in).

    Of services that are not among `services` every command is left out.
    """
    known, found = set(SET_BY_THE_SHELL), []
    for step in steps_of(text, usual_user):
        known.update(_assigned(step.text))
        found.append(_order(step, usual_user, known, services))
    return tuple(found)


def _order(step: Step, usual_user: str, known: set[str], services: Sequence[str]) -> Order:
    left_out = next((why for pattern, why in OUTSIDE if pattern.match(step.text)), "") or _of_another(step)
    if step.service not in ("", "other", *services):
        left_out = left_out or f"the lab has no {step.service}"
    shell = step.shell or ("" if step.text.startswith("sudo ") else usual_user)
    matters = bool(step.fetches or step.loads)
    gap = "" if left_out else gap_of(step.text, known)
    return Order(step.line, step.text, shell, step.session, step.given, matters, bool(step.loads), gap, left_out)


def _of_another(step: Step) -> str:
    """Return why a command of the monitoring's data is left out: by what it names, or what stands above it."""
    for text in (step.text, *step.above):
        found = ABSENT.search(text)
        if found or service_of(text) == "mysql":
            return f"the lab has no {found[0].lower()}" if found and service_of(text) != "mysql" else ""
    return ""


def gap_of(command: str, known: set[str] | frozenset[str] = frozenset(SET_BY_THE_SHELL)) -> str:
    """Return what in a command only stands for something: `<date>`, `your-user`, or a variable that nobody has set."""
    standing = STANDS_FOR.search(command)
    if standing:
        return standing[0]
    missing = next((one for one in VARIABLE.finditer(QUOTED.sub("", command)) if one["name"] not in known), None)
    return gap_in(command) or (f"${missing['name']}" if missing else "")


def _assigned(command: str) -> Iterator[str]:
    for found in ASSIGNED.finditer(command):
        yield found["name"] or found["read"] or found["loop"]
