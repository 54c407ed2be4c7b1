"""What a submission has to be played in a practice lab: its files for the database host, names, and restore document.

A lab has MySQL on one host and a backup server, under names of its own. Here the submission's names are mapped to
those: its hosts become further names of the lab's, so that its commands run as they are written.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import groupby
from typing import Any

from pydantic import TypeAdapter

from labcheck.cron import read_crontab
from labcheck.rpo.commands import Surroundings, read_command
from labcheck.rpo.commands.actions import Backup, Copy
from labcheck.submissions.backups import Backups
from labcheck.submissions.claims import claims_of
from labcheck.submissions.fetch_rules import EMPTY
from labcheck.submissions.finding import TOP, Finding, Place
from labcheck.submissions.installed import SPOOL, Folder, Installed
from labcheck.submissions.restore_rules import restores_by_playbook
from labcheck.submissions.script import Order, orders_of
from labcheck.submissions.settings import Settings
from labcheck.submissions.survey import Survey, named
from labcheck.submissions.templating import MARK
from labcheck.visible import visible

MYSQL = re.compile(r"mysql|mariadb|agama", re.IGNORECASE)
DUMPS = re.compile(r"(?:mysql|mariadb-)dump")
REMOTE = re.compile(
    r"(?:(?:rsync|scp|sftp|ssh)://)(?:(?P<user>[^@/\s'\"]+)@)?(?P<host>[^@/:\s'\"]+)(?::(?P<port>\d+))?|"
    r"(?<![\w/.])(?P<user2>[A-Za-z_][\w.-]*)@(?P<host2>[A-Za-z0-9][\w.-]*):"
)
SECRET = re.compile(rf"\bVAULT\b|{MARK}[\w.-]+")
ACCOUNT = re.compile(r"[A-Za-z_][\w.-]{0,31}")
USUAL_STUDENT, USUAL_SERVER, USUAL_SIGN_IN = "student", "backup.foo.bar", "ubuntu"


@dataclass(frozen=True)
class Scenario:
    """What is played.

    `accounts` are those on the servers, `users` those on the database host. `names` maps the submission's names of
    servers to hosts of the lab, `ports` are those of ssh. `uploads` are the lines (path, line) that send something to
    another host, `fulls` those that begin a chain; `promise` is the recovery point that the agreement promises, in
    seconds. With an `obstacle` nothing can be played, and it says why.
    """

    host: str = ""
    sign_in: str = USUAL_SIGN_IN
    accounts: tuple[str, ...] = (USUAL_STUDENT,)
    users: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()
    folders: tuple[Folder, ...] = ()
    files: tuple[Installed, ...] = ()
    uploads: tuple[tuple[str, int], ...] = ()
    fulls: tuple[tuple[str, int], ...] = ()
    targets: tuple[str, ...] = ()
    document: str = ""
    orders: tuple[Order, ...] = ()
    is_repeatable: bool = True
    """false where the document leaves it to people to empty the directory that they restore into"""
    promise: int | None = None
    promised_at: Place = TOP
    notes: tuple[Finding, ...] = ()
    obstacle: str = ""
    is_blameless: bool = False
    """the obstacle is something that we cannot know, which is nobody's fault"""

    @property
    def crontabs(self) -> tuple[Installed, ...]:
        """Return the files that cron reads."""
        return tuple(one for one in self.files if _is_crontab(one))


@cache
def _adapter() -> TypeAdapter[Scenario]:
    return TypeAdapter(Scenario)


def scenario_of_plain(told: Any) -> Scenario:
    """Return a scenario out of its plain values."""
    return _adapter().validate_python(told)


def scenario(found: Survey, backups: Backups, settings: Settings) -> Scenario:
    """Return what can be played of a submission, with notes about all that was mapped or left out."""
    name = named(found, settings.restore)
    text = (found.tree.text(name) if name else None) or ""
    chosen = [one for one in found.crontabs if MYSQL.search(one.text) or MYSQL.search(_scripts(found, one))]
    dumping = [one for one in chosen if DUMPS.search(one.text + _scripts(found, one))]
    if not dumping:
        return Scenario(obstacle="no crontab here dumps MySQL, and a practice lab has no other database")
    if not name or not text.strip():
        return Scenario(obstacle=f"there is no {settings.restore} to follow")
    orders = orders_of(text, _usual_user(dumping))
    if not any(one.matters for one in orders) and any(restores_by_playbook(one.text, found) for one in orders):
        return Scenario(obstacle="a playbook restores, and a practice lab has no Ansible", is_blameless=True)
    host = dumping[0].host
    files = _files(found, host, chosen)
    files, marks = _without_marks(files, text)
    whole = "\n".join(one.text for one in files)
    secret = SECRET.search(whole)
    if secret and re.search(r"PASSPHRASE|passw", whole):
        what = f"`{visible(secret[0])}` in {visible(files[0].path)} is a secret, which nobody but its owner knows"
        return Scenario(obstacle=what, is_blameless=True)
    remotes = list(_remotes(f"{whole}\n{_commands(text)}"))
    jobs = [(one, job) for one in files if _is_crontab(one) for job in _written(one)]
    base = Scenario(host, _sign_in(found, host), _accounts(remotes), names=_names(remotes))
    played = replace(
        base, ports=tuple(dict.fromkeys(int(port) for _, _, port in remotes if port and 0 < int(port) < 65536)),
        folders=tuple(one for one in found.folders if one.host == host), files=files,
        uploads=tuple(_uploads(jobs, files)), fulls=tuple(_uploads(jobs, files, full=True)),
        targets=tuple(_targets(jobs, files)), document=name,
        orders=orders, is_repeatable=not EMPTY.search(text),
    )  # fmt: skip
    played = replace(played, users=tuple(_users(played, jobs)))
    return _promised(replace(played, notes=(*marks, *_notes(played, found))), found, settings)


def _is_crontab(one: Installed) -> bool:
    return one.path.startswith(("/etc/cron.d/", SPOOL)) or one.path == "/etc/crontab"


def _scripts(found: Survey, crontab: Installed) -> str:
    return "\n".join(one.text for one in _called(found.files, crontab.text, crontab.host))


def _called(files: Iterable[Installed], text: str, host: str) -> list[Installed]:
    """Return the files of a host that a text calls by path, and those that they call."""
    mine = [one for one in files if one.host == host and not _is_crontab(one)]
    called = [one for one in mine if one.path in text]
    inner = "\n".join(one.text for one in called)
    return [one for one in mine if one in called or one.path in inner]


def _files(found: Survey, host: str, crontabs: Iterable[Installed]) -> tuple[Installed, ...]:
    mine = [one for one in crontabs if one.host == host]
    scripts = [script for one in mine for script in _called(found.files, one.text, host)]
    return tuple(dict.fromkeys((*mine, *scripts)))


def _without_marks(files: tuple[Installed, ...], text: str) -> tuple[tuple[Installed, ...], list[Finding]]:
    """Give servers and accounts that only a run knows the names that the document has for them."""
    in_document = next(iter(_remotes(_commands(text))), None)
    user = in_document[0] if in_document and in_document[0] else USUAL_STUDENT
    host = in_document[1] if in_document else USUAL_SERVER
    whole = "\n".join(one.text for one in files)
    given: dict[str, str] = {}
    for known_user, known_host, _ in _remotes(whole):
        given |= dict.fromkeys(SECRET.findall(known_user), user) | dict.fromkeys(SECRET.findall(known_host), host)
    filled = files
    for mark, value in given.items():
        filled = tuple(replace(one, text=one.text.replace(mark, value)) for one in filled)
    notes = [
        Finding(
            "lab-names", files[0].place(0), f"`{visible(mark)}` is known to a run alone; here it is `{visible(value)}`"
        )
        for mark, value in given.items()
    ]
    return filled, notes


def _commands(text: str) -> str:
    return "\n".join(order.text for order in orders_of(text, "backup") if not order.left_out)


def _remotes(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield account, server and port of each place on another host that a text names."""
    for found in REMOTE.finditer(text):
        yield found["user"] or found["user2"] or "", found["host"] or found["host2"] or "", found["port"] or ""


def _written(one: Installed) -> tuple[Any, ...]:
    user = one.path.removeprefix(SPOOL) if one.path.startswith(SPOOL) else None
    name = one.path if one.path == "/etc/crontab" else one.path.rpartition("/")[2]
    return read_crontab(one.text.encode("utf-8", "surrogateescape"), name, user=user).written_jobs


def _users(played: Scenario, jobs: Iterable[tuple[Installed, Any]]) -> Iterator[str]:
    owners = [one.owner for one in played.folders] + [one.owner for one in played.files]
    users = [job.user for _, job in jobs] + owners + [order.user for order in played.orders]
    yield from dict.fromkeys(user for user in users if ACCOUNT.fullmatch(user) and user != "root")


def _usual_user(crontabs: Iterable[Installed]) -> str:
    return next((job.user for one in crontabs for job in _written(one)), "backup")


def _deeds(job: Any, files: Iterable[Installed]) -> Iterator[Backup | Copy]:
    scripts = {one.path: one.text for one in files}
    for deed in read_command(job.command, Surroundings("here", job.user, job.environment, scripts)):
        if isinstance(deed.action, Backup | Copy) and deed.action.crosses_network:
            yield deed.action


def _uploads(
    jobs: Iterable[tuple[Installed, Any]], files: Iterable[Installed], *, full: bool = False
) -> Iterator[tuple[str, int]]:
    for file, job in jobs:
        if any(not full or (isinstance(deed, Backup) and deed.mode == "full") for deed in _deeds(job, files)):
            yield file.path, job.line


def _targets(jobs: Iterable[tuple[Installed, Any]], files: Iterable[Installed]) -> Iterator[str]:
    paths = (action.target.path for _, job in jobs for action in _deeds(job, files))
    yield from dict.fromkeys(path for path in paths if "$" not in path and "/.." not in path)


def _sign_in(found: Survey, host: str) -> str:
    """Return who signs in to the host, as the inventory has it."""
    inventory = found.inventory
    groups = [inventory.variables.get(name, {}) for name in reversed(inventory.groups_of(host))]
    values = [one.get("ansible_user") for one in (inventory.hosts.get(host, {}), *groups)]
    known = next((str(one) for one in values if one), USUAL_SIGN_IN)
    return known if re.fullmatch(r"[a-z_][a-z0-9_-]{0,31}", known) else USUAL_SIGN_IN


def _accounts(remotes: Iterable[tuple[str, str, str]]) -> tuple[str, ...]:
    users = dict.fromkeys(user for user, _, _ in remotes if ACCOUNT.fullmatch(user) and user != "root")
    return tuple(users)[:10] or (USUAL_STUDENT,)


def _names(remotes: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Return the servers of a submission: the first is the lab's backup server, one more the second place."""
    found: dict[str, str] = {}
    for _, host, _ in remotes:
        first = host.lower().partition(".")[0]
        same = [one for one in found if one.lower().partition(".")[0] == first and not host[0].isdigit()]
        if host not in found and len(found) < 20:
            found[host] = found[same[0]] if same else "offsite" if found and first.startswith("off") else "backup"
    return found


def _notes(played: Scenario, found: Survey) -> Iterator[Finding]:
    """Tell what goes by another name in the lab, and what is not played."""
    place = played.crontabs[0].place(0)
    names = ", ".join(f"{visible(name)} is {host}" for name, host in played.names.items())
    yield Finding(
        "lab-names", place, f"in the lab {visible(played.host)} is db, {names or 'no other host is named'}; "
        f"{visible(played.sign_in)} signs in, with sudo",
    )  # fmt: skip
    for one in found.crontabs:
        if one not in played.files and not any(one.path == other.path for other in played.files):
            yield Finding("lab-left-out", one.task, f"{visible(one.path)} is not played: the lab has MySQL alone")
    for why, orders in groupby(played.orders, key=lambda order: order.left_out):
        first, *more = orders
        also = f" and {len(more)} more" if more else ""
        what = f"`{visible(first.text[:80])}`{also} is not typed: {why}"
        if why:
            yield Finding("lab-left-out", Place(played.document, first.line), what)


def _promised(played: Scenario, found: Survey, settings: Settings) -> Scenario:
    name = named(found, settings.sla)
    text = (found.tree.text(name) if name else None) or ""
    rpo = [one for one in claims_of(text) if one.kind == "rpo" and one.service in ("", "mysql")]
    if not name or not rpo:
        return played
    worst = min(rpo, key=lambda one: one.value)
    return replace(played, promise=worst.value, promised_at=Place(name, worst.line))
