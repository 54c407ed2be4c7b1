"""The tasks of a repository in the order in which Ansible runs them, host by host: plays, roles, includes, blocks."""

import posixpath
import re
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from labcheck.submissions.document import Mapping as Lined
from labcheck.submissions.document import read_yaml
from labcheck.submissions.finding import Finding, Place
from labcheck.submissions.inventory import Inventory
from labcheck.submissions.scopes import Scopes
from labcheck.submissions.templating import MARK, CannotRender, Sandbox, Unknown
from labcheck.submissions.tree import Tree, joined

MODULES = {"template", "copy", "cron", "lineinfile", "blockinfile", "file", "mysql_user", "user"}
INCLUDES = {"include_tasks", "import_tasks", "include"}
ROLES = {"include_role", "import_role"}
WORDS = {
    "name", "when", "loop", "become", "become_user", "vars", "tags", "notify", "register", "no_log", "args",
    "block", "rescue", "always", "ignore_errors", "delegate_to", "loop_control", "environment", "changed_when",
    "failed_when", "run_once", "check_mode", "until", "retries", "delay",
}  # fmt: skip
"""Words of a task that are no module."""
DEEPEST = 15
MOST_TASKS = 4000
MAIN = ("infra.yaml", "infra.yml", "site.yaml", "site.yml", "main.yaml", "main.yml", "playbook.yaml", "playbook.yml")


@dataclass(frozen=True)
class Scene:
    """Where a task stands: its host and variables, the folder of its role (or of its playbook), its file."""

    host: str
    file: str
    variables: Mapping[str, Any] = field(repr=False)
    role: str = ""
    sure: bool = True
    """false below a `when:` that only a run can answer"""
    depth: int = 0


@dataclass(frozen=True)
class Task:
    """One task that places a file, a part of one, or a database user on a host; `arguments` are not rendered yet."""

    module: str
    arguments: Mapping[str, Any]
    place: Place
    scene: Scene


class Playbooks:
    """Walks through the plays of a repository. `roles` collects the folders of all roles that a play uses."""

    def __init__(self, tree: Tree, inventory: Inventory, scopes: Scopes, sandbox: Sandbox) -> None:
        self.tree = tree
        self.inventory = inventory
        self.scopes = scopes
        self.sandbox = sandbox
        self.roles: set[str] = set()
        self.findings: list[Finding] = []
        self.empty_plays: dict[str, tuple[Place, str]] = {}
        """by the name that stands for their hosts"""
        self.facts: dict[str, dict[str, Any]] = {}
        self._left = MOST_TASKS
        found = re.search(
            r"^\s*roles_path\s*=\s*(\S+)", tree.text(joined(tree.home, "ansible.cfg")) or "", re.MULTILINE
        )
        self._role_folders = [joined(tree.home, one) for one in found[1].split(":")] if found else []

    def playbooks(self) -> tuple[str, ...]:
        """Return the playbooks that are run: infra.yaml or its like, else every file at the top that holds plays."""
        main = self.tree.first(*(joined(self.tree.home, one) for one in MAIN))
        deepest = len(joined(self.tree.home, "folder", "file").split("/"))
        others = tuple(
            name
            for name in self.tree.files
            if name.endswith((".yml", ".yaml")) and len(name.split("/")) <= deepest and "_vars/" not in name
            and name != main and not name.startswith((".", "roles/")) and self._is_playbook(name)
        )  # fmt: skip
        return (main, *others) if main and self._is_playbook(main) else others

    def _is_playbook(self, name: str) -> bool:
        text = self.tree.text(name) or ""
        if not re.search(r"^\s*-?\s*(hosts|import_playbook|ansible\.builtin\.import_playbook)\s*:", text, re.MULTILINE):
            return False
        value = read_yaml(self.tree, name)
        return isinstance(value, list) and any(isinstance(one, dict) for one in value)

    def tasks(self, playbook: str, depth: int = 0) -> Iterator[Task]:
        """Yield the tasks of a playbook that place files, for each host of each play."""
        value = read_yaml(self.tree, playbook)
        for play in value if isinstance(value, list) else []:
            if not isinstance(play, Lined):
                continue
            other = play.get("import_playbook") or play.get("ansible.builtin.import_playbook")
            if isinstance(other, str) and depth < DEEPEST:
                yield from self.tasks(joined(posixpath.dirname(playbook), other), depth + 1)
            elif "hosts" in play:
                yield from self._play(play, playbook)

    def _play(self, play: Lined, playbook: str) -> Iterator[Task]:
        named = play["hosts"]
        pattern = ",".join(map(str, named)) if isinstance(named, list) else str(named)
        pattern = self._plain(pattern, {**self.scopes.either("group_vars/all"), **_mapping(play.get("vars"))})
        hosts = self.inventory.matching(pattern)
        if not hosts:
            hosts = [re.sub(r"[^\w.-]+", "-", pattern).strip("-") or "host"]
            if self.inventory.hosts and MARK not in pattern and pattern not in ("localhost", "127.0.0.1"):
                self.empty_plays[hosts[0]] = Place(playbook, play.lines.get("hosts", play.line)), pattern
        for host in hosts:
            yield from self._play_on(play, playbook, host)

    def _plain(self, text: str, variables: Mapping[str, Any]) -> str:
        try:
            return str(self.sandbox.value_of(text, variables))
        except CannotRender:
            return text

    def _play_on(self, play: Lined, playbook: str, host: str) -> Iterator[Task]:
        variables = {**self.scopes.of_host(host), "playbook_dir": ".", "ansible_play_name": play.get("name")}
        variables |= _mapping(play.get("vars"))
        for named in _list(play.get("vars_files")):
            for name in _list(named)[:1]:
                variables |= self.scopes.file(joined(posixpath.dirname(playbook), self._plain(str(name), variables)))
        scene = Scene(host, playbook, variables)
        yield from self._list(play.get("pre_tasks"), scene)
        for role in _list(play.get("roles")):
            yield from self._role_entry(role, scene, play)
        yield from self._list(play.get("tasks"), scene)
        yield from self._list(play.get("post_tasks"), scene)

    def _role_entry(self, entry: Any, scene: Scene, around: Lined) -> Iterator[Task]:
        options = entry if isinstance(entry, dict) else {}
        name = options.get("role") or options.get("name") or entry
        if not isinstance(name, str):
            return
        verdict = self._when(options, scene)
        if verdict is False:
            return
        extra = {key: value for key, value in options.items() if key not in (*WORDS, "role")}
        variables = {**scene.variables, **extra, **_mapping(options.get("vars"))}
        place = Place(scene.file, getattr(name, "line", around.line))
        yield from self._role(name, replace(scene, variables=variables, sure=scene.sure and verdict is True), place)

    def _role(self, name: str, scene: Scene, place: Place, entry: str = "main") -> Iterator[Task]:
        folder = self._folder(self._plain(name, scene.variables), scene)
        if folder is None:
            if MARK not in name and "." not in name and "{{" not in name:
                found = f"the role `{name}` is nowhere in the repository"
                self.findings.append(Finding("role-missing", place, found, f"Look for it: ls roles/{name}"))
            return
        if scene.depth > DEEPEST:
            return
        self.roles.add(folder)
        defaults, variables = self.scopes.of_role(folder)
        magic = {"role_path": folder, "role_name": posixpath.basename(folder)}
        inner = replace(
            scene, role=folder, depth=scene.depth + 1, variables={**defaults, **scene.variables, **variables, **magic}
        )
        meta = self.tree.first(f"{folder}/meta/main.yml", f"{folder}/meta/main.yaml")
        value = read_yaml(self.tree, meta) if meta else None
        for other in _list(value.get("dependencies")) if isinstance(value, Lined) else []:
            yield from self._role_entry(other, replace(inner, file=meta or scene.file), Lined())
        file = self.tree.first(*(f"{folder}/tasks/{entry}{ending}" for ending in ("", ".yml", ".yaml")))
        if file:
            yield from self._file(file, inner)

    def _folder(self, name: str, scene: Scene) -> str | None:
        near = posixpath.dirname(scene.file)
        bases = (
            joined(self.tree.home, "roles"),
            joined(near, "roles"),
            *self._role_folders,
            "",
            near,
            posixpath.dirname(scene.role),
        )
        folders = (joined(base, name.rpartition(".")[2] if "/" not in name else name) for base in bases)
        return next((folder for folder in folders if folder and self.tree.under(folder)), None)

    def _file(self, name: str, scene: Scene) -> Iterator[Task]:
        value = read_yaml(self.tree, name)
        yield from self._list(value, replace(scene, file=name, depth=scene.depth + 1))

    def _list(self, tasks: Any, scene: Scene) -> Iterator[Task]:
        for task in tasks if isinstance(tasks, list) else []:
            if isinstance(task, Lined):
                self._left -= 1
                if self._left < 0:
                    return
                yield from self._task(task, scene)

    def _task(self, task: Lined, scene: Scene) -> Iterator[Task]:
        module, arguments, line = _module(task)
        facts = self.facts.setdefault(scene.host, {})
        if isinstance(task.get("register"), str):
            facts[task["register"]] = Unknown(name=task["register"])
        blocks = [task[key] for key in ("block", "rescue", "always") if key in task]
        if not blocks and module not in MODULES | INCLUDES | ROLES | {"include_vars", "set_fact"}:
            return
        scene = replace(scene, variables={**scene.variables, **facts, **_mapping(task.get("vars"))})
        delegate = task.get("delegate_to")
        if isinstance(delegate, str) and module in MODULES:
            scene = replace(scene, host=self._plain(delegate, scene.variables))
        for turn in self._turns(task, scene):
            verdict = self._when(task, turn)
            if verdict is False:
                continue
            inner = replace(turn, sure=turn.sure and verdict is True)
            for block in blocks:
                yield from self._list(block, replace(inner, depth=inner.depth + 1)) if inner.depth < DEEPEST else ()
            if module in MODULES:
                yield Task(module, arguments, Place(scene.file, line), inner)
            elif module:
                yield from self._included(module, arguments, inner, Place(scene.file, line))

    def _included(self, module: str, arguments: Lined, scene: Scene, place: Place) -> Iterator[Task]:
        named = arguments.get("file") or arguments.get("name") or arguments.get("_raw")
        if module == "set_fact":
            self.facts[scene.host].update({key: one for key, one in arguments.items() if key != "cacheable"})
            return
        if not isinstance(named, str) or scene.depth > DEEPEST:
            return
        name = self._plain(named, scene.variables)
        if module in ROLES:
            entry = arguments.get("tasks_from", "main")
            yield from self._role(name, scene, place, entry if isinstance(entry, str) else "main")
            return
        if module == "include_vars":
            bases = (f"{scene.role}/vars", posixpath.dirname(scene.file), "")
            found = self.tree.first(*(joined(base, name) for base in bases))
            self.facts[scene.host].update(self.scopes.file(found or name))
            return
        bases = (posixpath.dirname(scene.file), f"{scene.role}/tasks" if scene.role else "", "")
        found = self.tree.first(*(joined(base, name) for base in bases))
        if found:
            yield from self._file(found, scene)
        elif MARK not in name:
            text = f"`{name}` is included and is not there"
            self.findings.append(Finding("include-missing", place, text, "Correct the name, or commit the file."))

    def _turns(self, task: Lined, scene: Scene) -> Iterator[Scene]:
        """Yield the scene once, or once for every turn of the task's loop."""
        key = next(
            (one for one in ("loop", "with_items", "with_list", "with_dict", "with_fileglob") if one in task), None
        )
        if key is None:
            yield scene
            return
        try:
            values = self.sandbox.value_of(task[key], scene.variables)
        except CannotRender:  # then it runs once, over something unknown
            values = Unknown(name="item")
        control = task.get("loop_control")
        name = control.get("loop_var", "item") if isinstance(control, dict) else "item"
        for value in self._values(key, values, scene):
            yield replace(scene, variables={**scene.variables, str(name): value})

    def _values(self, key: str, value: Any, scene: Scene) -> list[Any]:
        if key == "with_dict" and isinstance(value, dict):
            return [{"key": one, "value": inner} for one, inner in value.items()]
        if key == "with_fileglob":
            pattern = re.compile(".*/" + ".*".join(map(re.escape, str(_list(value)[0]).split("*"))) + "$")
            return [name for name in self.tree.under(scene.role) if pattern.fullmatch(name)]
        if isinstance(value, list):
            flat = [one for item in value for one in (item if isinstance(item, list) else [item])]
            return (flat if key == "with_items" else value)[:100]
        return [Unknown(name="item")]

    def _when(self, task: Mapping[str, Any], scene: Scene) -> bool | None:
        """Return whether a task runs: True, False, or None when only a run can tell."""
        verdicts: list[bool | None] = []
        for condition in _list(task.get("when")):
            if isinstance(condition, bool):
                verdicts.append(condition)
                continue
            self.sandbox.forget()
            try:
                value = self.sandbox.value(str(condition), scene.variables)
            except CannotRender:
                verdicts.append(None)
                continue
            unsure = isinstance(value, Unknown) or self.sandbox.is_unsure
            verdicts.append(None if unsure else bool(value) if not isinstance(value, str) else value.lower() != "false")
        if False in verdicts:
            return False
        return None if None in verdicts else True


def _module(task: Lined) -> tuple[str, Lined, int]:
    """Return the module of a task by its short name, its arguments, and the line where it stands."""
    for key, value in task.items():
        if not isinstance(key, str) or key in WORDS or key.startswith("with_"):
            continue
        name, line, words = key, task.lines.get(key, task.line), value
        if key in ("action", "local_action") and isinstance(value, str):
            name, _, words = value.partition(" ")
        arguments = _arguments(words)
        extra = task.get("args")
        for other, inner in extra.items() if isinstance(extra, Lined) else ():
            arguments.setdefault(other, inner)
        return name.rpartition(".")[2], arguments, line
    return "", Lined(), task.line


def _arguments(value: Any) -> Lined:
    if isinstance(value, Lined):
        return value
    found = Lined()
    if isinstance(value, str):
        found["_raw"] = value
        try:
            words = shlex.split(
                re.sub(r"\{\{\s*(.*?)\s*\}\}", lambda one: "{{" + one[1].replace(" ", "\0") + "}}", value)
            )
        except ValueError:
            words = []
        for word in words:
            name, equals, text = word.partition("=")
            if equals and name.isidentifier():
                found[name] = text.replace("\0", " ")
                found.pop("_raw", None)
    return found


def _mapping(value: Any) -> dict[str, Any]:
    return dict(value) if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
