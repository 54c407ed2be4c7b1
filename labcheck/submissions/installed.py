"""What the tasks leave on each host: files with their text, owner and mode, and where each line comes from."""

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import jinja2

from labcheck.submissions.document import Secret, Text
from labcheck.submissions.finding import Finding, Place
from labcheck.submissions.lines import origins
from labcheck.submissions.scopes import Scopes, is_expected
from labcheck.submissions.tasks import Task
from labcheck.submissions.templating import MARK, CannotRender, Sandbox, Unknown
from labcheck.submissions.tree import Tree, joined

CRON_FIELDS = ("minute", "hour", "day", "month", "weekday")
SPOOL = "/var/spool/cron/crontabs/"
MOST_COPIED = 100
"""Files of a directory that one task copies."""
BECOMES_LONGER = 4000
"""Lines that tasks may add to one file."""


@dataclass(frozen=True)
class Installed:
    """A file on a host. `origins` has the place in the repository of each of its lines."""

    host: str
    path: str
    text: str
    origins: tuple[Place, ...] = field(repr=False)
    task: Place
    source: str = ""
    owner: str = ""
    mode: int | None = None
    sure: bool = True

    def place(self, line: int) -> Place:
        """Return where a line (from 1) comes from; for line 0, or none such, where the file is installed."""
        return self.origins[line - 1] if 0 < line <= len(self.origins) else self.task


@dataclass(frozen=True)
class Folder:
    """A directory that a task makes on a host."""

    host: str
    path: str
    owner: str = ""
    mode: int | None = None


@dataclass(frozen=True)
class Grant:
    """What a task lets a MySQL user do, in capitals, such as SELECT; nothing is known of an empty one."""

    user: str
    rights: frozenset[str]
    task: Place


class Hosts:
    """The files of all hosts while tasks are applied. `used` collects the sources, `findings` what went wrong."""

    def __init__(self, tree: Tree, sandbox: Sandbox, scopes: Scopes) -> None:
        self.tree = tree
        self.sandbox = sandbox
        self.scopes = scopes
        self.files: dict[tuple[str, str], Installed] = {}
        self.folders: list[Folder] = []
        self.grants: list[Grant] = []
        self.users: list[str] = []
        self.used: set[str] = set()
        self.findings: list[tuple[str, Finding]] = []
        """each with the path that the file would have had"""
        self.missing: dict[str, tuple[Place, str]] = {}

    def apply(self, task: Task) -> None:
        """Apply one task; whatever it cannot be worked out to do becomes a finding at its place."""
        self.sandbox.forget()
        if task.module == "mysql_user":
            self._grant(task)
            return
        if task.module == "user":
            self._account(task)
            return
        destination = ""
        try:
            arguments = {key: self._argument(value, task) for key, value in task.arguments.items() if key != "content"}
            destination = str(arguments.get("dest") or arguments.get("path") or arguments.get("name") or "")
            getattr(self, f"_{task.module}")(task, arguments)
        except CannotRender as error:
            found = f"a value here cannot be worked out: {error}"
            self.findings.append((destination, Finding("broken-template", task.place, found, "Correct this template.")))
        except jinja2.TemplateError as error:
            found = f"a value here cannot be worked out: {str(error)[:200]}"
            self.findings.append((destination, Finding("broken-template", task.place, found, "Correct this template.")))

    def _grant(self, task: Task) -> None:
        """Remember what a MySQL user may do; of a value that only a run can know nothing."""
        try:
            user, given = (self._argument(task.arguments.get(key), task) for key in ("name", "priv"))
        except (CannotRender, jinja2.TemplateError):
            return
        parts = [str(one) for one in given.values()] if isinstance(given, Mapping) else str(given or "").split("/")
        words = {word.strip().upper() for part in parts for word in part.rpartition(":")[2].split(",")} - {""}
        known = not isinstance(given, Unknown) and MARK not in str(given)
        self.grants.append(Grant(str(user).strip(), frozenset(words if known else ()), task.place))

    def _account(self, task: Task) -> None:
        try:
            name = self._argument(task.arguments.get("name") or task.arguments.get("user"), task)
        except (CannotRender, jinja2.TemplateError):
            return
        if name is not None and task.arguments.get("state") != "absent":
            self.users.append(name if isinstance(name, str) else MARK)

    def _argument(self, value: Any, task: Task) -> Any:
        if isinstance(value, str) and "{{" in value and not isinstance(value, Secret):
            return self.sandbox.value_of(value, task.scene.variables)
        return value

    def _note_missing(self, task: Task, place: Place, path: str) -> None:
        """Remember names without a value: Ansible would stop at them."""
        for name in self.sandbox.missing:
            if not is_expected(name, task.scene.variables) and not self.scopes.has_hidden:
                self.missing.setdefault(f"{path}\0{name}", (place, name))

    def _put(self, task: Task, path: str, text: str, source: str, places: tuple[Place, ...], arguments: Any) -> None:
        owner, mode = str(arguments.get("owner") or ""), file_mode(arguments.get("mode"))
        self._note_missing(task, Place(source, 0) if source else task.place, path)
        scene = task.scene
        sure = scene.sure and not self.sandbox.is_decided_by_run
        self.files[(scene.host, path)] = Installed(
            scene.host, path, text, places, task.place, source, owner, mode, sure
        )

    def _destination(self, task: Task, arguments: Mapping[str, Any], source: str) -> str:
        path = str(arguments.get("dest") or arguments.get("path") or "")
        known = any(host == task.scene.host and other.startswith(f"{path}/") for host, other in self.files)
        known |= any((one.host, one.path) == (task.scene.host, path) for one in self.folders)
        if path.endswith("/") or path in ("/etc/cron.d", "/etc/cron.daily") or (known and source):
            path = posixpath.join(path, posixpath.basename(source))
        return posixpath.normpath(path) if path else ""

    def _found(self, task: Task, source: str, kind: str) -> str | None:
        """Return the file that a `src` means: beside the role's tasks, or beside the playbook."""
        scene = task.scene
        near = posixpath.dirname(scene.file)
        bases = [f"{scene.role}/{kind}", scene.role, f"{scene.role}/tasks"] if scene.role else []
        bases += [joined(near, kind), near, kind, ""]
        plain = source.removeprefix("{{ playbook_dir }}/").removeprefix("./")
        return self.tree.first(*(name for base in bases if (name := joined(base, plain))))

    def _template(self, task: Task, arguments: Mapping[str, Any]) -> None:
        source = str(arguments.get("src") or "")
        path = self._destination(task, arguments, source)
        if not path.startswith("/"):
            return
        name = self._found(task, source, "templates")
        text = self.tree.text(name) if name else None
        if name is None or text is None:
            if name is None:  # that a file cannot be read is told of the file itself
                self._no_source(task, path, source, "templates")
            return
        self.used.add(name)
        try:
            filled = self.sandbox.render(text, task.scene.variables)
        except CannotRender as error:
            found = f"cannot be rendered: {error}"
            next_step = "Render it yourself: ansible-playbook --check --diff"
            self.findings.append((path, Finding("broken-template", Place(name, error.line), found, next_step)))
            return
        self._put(task, path, filled, name, origins(name, text, filled), arguments)

    def _no_source(self, task: Task, path: str, source: str, kind: str) -> None:
        if MARK not in source and source:
            folder = f"{task.scene.role}/{kind}" if task.scene.role else kind
            found = f"`{source}` is installed as {path}, and there is no such file in {folder}/"
            self.findings.append((path, Finding("source-missing", task.place, found, f"Look: ls {folder}")))

    def _copy(self, task: Task, arguments: Mapping[str, Any]) -> None:
        content = task.arguments.get("content")
        source = str(arguments.get("src") or "")
        path = self._destination(task, arguments, source)
        if not path.startswith("/"):
            return
        if content is not None:
            self._content(task, path, content, arguments)
            return
        if arguments.get("remote_src"):
            return
        name = self._found(task, source, "files")
        text = self.tree.text(name) if name else None
        if name is not None and text is not None:
            self._copied(task, path, name, text, arguments)
        elif inner := self.tree.under(joined(task.scene.role, "files", source)) if source else ():
            for one in inner[:MOST_COPIED]:
                target = posixpath.join(str(arguments.get("dest")), posixpath.basename(one))
                self._copied(task, target, one, self.tree.text(one) or "", arguments)
        elif not name:
            self._no_source(task, path, source, "files")

    def _content(self, task: Task, path: str, content: Any, arguments: Mapping[str, Any]) -> None:
        """Put a file whose text stands in the task itself."""
        text = str(self.sandbox.value_of(content, task.scene.variables) if isinstance(content, str) else content)
        first = content.line if isinstance(content, Text) else task.place.line
        several = isinstance(content, Text) and content.is_block
        numbers = range(text.count("\n") + 1)
        places = tuple(Place(task.place.file, first + (number if several else 0)) for number in numbers)
        self._put(task, path, text, "", places, arguments)

    def _copied(self, task: Task, path: str, name: str, text: str, arguments: Mapping[str, Any]) -> None:
        self.used.add(name)
        places = tuple(Place(name, number + 1) for number in range(text.count("\n") + 1))
        self._put(task, path, text, name, places, arguments)

    def _file(self, task: Task, arguments: Mapping[str, Any]) -> None:
        path = posixpath.normpath(str(arguments.get("path") or arguments.get("dest") or arguments.get("name") or "."))
        old = self.files.get((task.scene.host, path))
        if old is None:
            if arguments.get("state") == "directory" and path.startswith("/"):
                owner, mode = str(arguments.get("owner") or ""), file_mode(arguments.get("mode"))
                self.folders.append(Folder(task.scene.host, path, owner, mode))
            return
        if arguments.get("state") == "absent":
            if task.scene.sure:
                del self.files[(task.scene.host, path)]
            return
        mode = file_mode(arguments.get("mode"))
        owner = str(arguments.get("owner") or old.owner)
        self.files[(task.scene.host, path)] = replace(
            old, owner=owner, mode=old.mode if mode is None else mode, task=task.place
        )

    def _lineinfile(self, task: Task, arguments: Mapping[str, Any]) -> None:
        path, line = str(arguments.get("path") or arguments.get("dest") or ""), arguments.get("line")
        if not isinstance(line, str | Unknown) or not path:
            return
        pattern = str(arguments.get("regexp") or "")
        self._edit(task, path, [str(line)], arguments, pattern)

    def _blockinfile(self, task: Task, arguments: Mapping[str, Any]) -> None:
        path, block = str(arguments.get("path") or arguments.get("dest") or ""), arguments.get("block")
        if isinstance(block, str) and path:
            mark = str(arguments.get("marker") or "# {mark} ANSIBLE MANAGED BLOCK")
            lines = [mark.replace("{mark}", "BEGIN"), *block.rstrip("\n").split("\n"), mark.replace("{mark}", "END")]
            self._edit(task, path, lines, arguments, "")

    def _edit(self, task: Task, path: str, lines: list[str], arguments: Mapping[str, Any], pattern: str) -> None:
        """Add lines at the end of a file, or put them in the place of the last one that a pattern finds."""
        key = (task.scene.host, path)
        old = self.files.get(key)
        kept = old.text.removesuffix("\n").split("\n") if old and old.text else []
        places = list(old.origins[: len(kept)]) if old else []
        if arguments.get("state") == "absent" or len(kept) > BECOMES_LONGER or (len(lines) == 1 and lines[0] in kept):
            return
        at = [number for number, text in enumerate(kept) if pattern and _matches(pattern, text)]
        where = at[-1] if at else len(kept)
        kept[where : where + bool(at)] = lines
        places[where : where + bool(at)] = [task.place] * len(lines)
        merged = {"owner": old.owner if old else "", "mode": old.mode if old else None} | dict(arguments)
        self._put(task, path, "\n".join(kept) + "\n", old.source if old else "", tuple(places), merged)

    def _cron(self, task: Task, arguments: Mapping[str, Any]) -> None:
        """The cron module writes a comment and a line; without `cron_file` into the user's own crontab."""
        file, user = str(arguments.get("cron_file") or ""), str(arguments.get("user") or "")
        if file and not user:
            found = "the cron module wants `user` together with `cron_file`, and stops without it"
            self.findings.append((file, Finding("cron-task-user", task.place, found, "Add user: backup")))
            user = "root"
        path = file if file.startswith("/") else f"/etc/cron.d/{file}" if file else f"{SPOOL}{user or 'root'}"
        called, job = str(arguments.get("name") or ""), str(arguments.get("job") or arguments.get("value") or "")
        mark = f"#Ansible: {called}"
        self._forget(task, path, mark, job if called else "")
        if arguments.get("state", "present") != "absent" and job:
            line = self._cron_line(arguments, job, f" {user}" if file else "")
            self._edit(task, path, [*([mark] if called else []), line], {"mode": None if file else 0o600}, "")

    def _cron_line(self, arguments: Mapping[str, Any], job: str, user: str) -> str:
        if arguments.get("env") in (True, "yes"):
            return f'{arguments.get("name")}="{job}"'
        special = arguments.get("special_time")
        times = f"@{special}" if special else " ".join(str(arguments.get(name, "*")) for name in CRON_FIELDS)
        disabled = "#" if str(arguments.get("disabled", "no")).lower() in ("yes", "true") else ""
        return f"{disabled}{times}{user} {job}"

    def _forget(self, task: Task, path: str, mark: str, job: str) -> None:
        """Take an entry of the same name away: the module replaces it, which loses another job."""
        old = self.files.get((task.scene.host, path))
        lines = old.text.split("\n") if old else []
        if old and mark in lines:
            at = lines.index(mark)
            lost, place = "".join(lines[at + 1 : at + 2]), old.place(at + 1)
            if job and place != task.place and not lost.endswith(f" {job}") and old.sure and task.scene.sure:
                found = f"takes the name of the entry in {place}; the module replaces `{lost[:120]}`, which never runs"
                next_step = "Give each entry of a user's crontab a name of its own."
                self.findings.append((path, Finding("cron-entry-replaced", task.place, found, next_step)))
            places = (*old.origins[:at], *old.origins[at + 2 :])
            self.files[(task.scene.host, path)] = replace(
                old, text="\n".join(lines[:at] + lines[at + 2 :]), origins=places
            )


def _matches(pattern: str, text: str) -> bool:
    try:
        return bool(re.search(pattern, text))
    except re.error:
        return False


def file_mode(value: Any) -> int | None:
    """Return the rights that a `mode:` gives: a number as YAML reads it, octal digits, or `u=rw,g=r`."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value & 0o7777
    text = str(value).strip()
    if re.fullmatch(r"0?o?[0-7]{3,4}", text):
        return int(text.replace("o", ""), 8)
    if not re.fullmatch(r"[ugoa]*=[rwxX]*(?:,[ugoa]*=[rwxX]*)*", text):
        return None
    found = 0
    for part in text.split(","):
        who, _, rights = part.partition("=")
        bits = sum({"r": 4, "w": 2, "x": 1}.get(one, 0) for one in set(rights))
        for one in "ugo" if "a" in who or not who else who:
            found |= bits << {"u": 6, "g": 3, "o": 0}[one]
    return found
