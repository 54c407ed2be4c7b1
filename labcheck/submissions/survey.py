"""The truth in a repository: which crontabs would lie on which hosts, what else would, and which files are dead."""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass

from labcheck.cron import read_crontab
from labcheck.submissions.finding import Finding, Place
from labcheck.submissions.installed import SPOOL, Folder, Grant, Hosts, Installed
from labcheck.submissions.inventory import Inventory, read_inventory
from labcheck.submissions.scopes import Scopes
from labcheck.submissions.tasks import Playbooks
from labcheck.submissions.templating import Sandbox
from labcheck.submissions.tree import Tree

DROP_IN = "/etc/cron.d/"
ABOUT_BACKUPS = re.compile(
    r"duplicity|dump|influx|rsync|\bscp\b|backup|restic|borg|restore|\.sql\b|\btar\b", re.IGNORECASE
)
LOOKS_LIKE_JOB = re.compile(
    r"^\s*(?:@\w+|(?:[\d*][\d*/,-]*\s+){2,4}(?:\S+)\s)\s*\S.*(?:duplicity|dump|influxd|rsync)", re.MULTILINE
)

TAKES_FILE = re.compile(r"\bcrontab\s+(?:-u\s+\S+\s+)?(?:[\w-]*[/~{.]|-\s*$)", re.MULTILINE)
"""The command that makes a file the crontab of a user."""


@dataclass(frozen=True)
class Survey:
    """What is known of a repository. `crontabs` are live; `dead` look like crontabs and are installed nowhere."""

    tree: Tree
    inventory: Inventory
    playbooks: tuple[str, ...]
    roles: frozenset[str]
    files: tuple[Installed, ...]
    crontabs: tuple[Installed, ...]
    dead: tuple[str, ...]
    empty_plays: Mapping[str, tuple[Place, str]]
    findings: tuple[Finding, ...]
    folders: tuple[Folder, ...] = ()
    grants: tuple[Grant, ...] = ()
    users: tuple[str, ...] = ()
    """the accounts that tasks make"""

    @property
    def misplaced(self) -> tuple[Installed, ...]:
        """Return crontabs that are installed where cron does not look, and that no command hands to it."""
        if any(TAKES_FILE.search(self.tree.text(name) or "") for name in self.tree.files if "/tasks/" in f"/{name}"):
            return ()
        others = (one for one in self.files if one not in self.crontabs and "cron" in one.path)
        return tuple(one for one in others if one.sure and LOOKS_LIKE_JOB.search(one.text) and _jobs(one.text))

    @property
    def hosts(self) -> tuple[str, ...]:
        """Return the hosts that have a crontab."""
        return tuple(dict.fromkeys(one.host for one in self.crontabs))


def survey(tree: Tree) -> Survey:
    """Read a repository as Ansible would, without a host and without running anything."""
    inventory = read_inventory(tree)
    scopes = Scopes(tree, inventory)
    sandbox = Sandbox(tree.text)
    walk = Playbooks(tree, inventory, scopes, sandbox)
    hosts = Hosts(tree, sandbox, scopes)
    read: list[str] = []
    for playbook in walk.playbooks():
        if read and any(is_crontab(one) for one in hosts.files.values()):
            break  # the main playbook has them; others are of older exercises
        read.append(playbook)
        for task in walk.tasks(playbook):
            hosts.apply(task)
    files = tuple(hosts.files.values())
    crontabs = tuple(one for one in files if is_crontab(one))
    return Survey(
        tree, inventory, tuple(read), frozenset(walk.roles), files, crontabs, _dead(tree, hosts.used),
        walk.empty_plays, (*tree.findings, *_about(hosts, walk)), tuple(hosts.folders),
        tuple(hosts.grants), tuple(dict.fromkeys(hosts.users)),
    )  # fmt: skip


def is_crontab(file: Installed) -> bool:
    """Tell whether a file is a crontab that has to do with backups."""
    folder = posixpath.dirname(file.path)
    place = folder in (DROP_IN.rstrip("/"), SPOOL.rstrip("/")) or file.path == "/etc/crontab"
    return place and bool(ABOUT_BACKUPS.search(file.text) or ABOUT_BACKUPS.search(posixpath.basename(file.path)))


def named(found: Survey, wanted: str) -> str | None:
    """Return the file that is called so: at the top, in any case, or anywhere if it is the only one."""
    if found.tree.has(wanted):
        return wanted
    base = wanted.rpartition("/")[2].lower().replace("-", "_")
    same = [one for one in found.tree.files if one.rpartition("/")[2].lower().replace("-", "_") == base]
    return same[0] if len(same) == 1 or (same and "/" not in same[0]) else None


def _about(hosts: Hosts, walk: Playbooks) -> tuple[Finding, ...]:
    """Return the findings of the walk that concern crontabs, scripts and roles; other files are not judged here."""
    ours = [one for path, one in hosts.findings if "cron" in path or ABOUT_BACKUPS.search(path) or not path]
    called = "\n".join(one.text for one in hosts.files.values() if is_crontab(one))
    for key, (place, name) in hosts.missing.items():
        path = key.partition("\0")[0]
        if path.startswith(("/etc/cron", SPOOL)) or (path and path in called):
            found = f"`{name}` has no value in the repository"
            next_step = f"Set {name} in group_vars/all.yml, or correct its name: grep -rn {name} ."
            ours.append(Finding("undefined-variable", place, found, next_step))
    return (*walk.findings, *ours)


def _dead(tree: Tree, used: set[str]) -> tuple[str, ...]:
    """Return the files in `templates` and `files` that hold backup jobs and that no task installs."""
    found = []
    for name in tree.files:
        folder = posixpath.dirname(name).rpartition("/")[2]
        if folder in ("templates", "files") and name not in used and name.count("/") <= 5:
            text = tree.text(name) if not name.endswith((".json", ".md")) else None
            if text and len(text) < 20_000 and LOOKS_LIKE_JOB.search(text) and _jobs(text):
                found.append(name)
    return tuple(found)


def _jobs(text: str) -> bool:
    plain = re.sub(r"\{\{.*?\}\}", "x", re.sub(r"\{%.*?%\}\n?", "", text))
    return bool(read_crontab(plain.encode(), "x").written_jobs)
