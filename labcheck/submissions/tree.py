"""The files of a submission: regular files inside its folder, of a size that people write, as text.

Nothing outside the folder is ever opened, nothing is unpacked, and no file is read beyond its limit.
"""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from labcheck.submissions.finding import Finding, Place

LARGEST_TEXT = 1_000_000
LARGEST_NOTEBOOK = 20_000_000
"""Bytes; no playbook, template or document of a student comes near."""
HUGE = 50_000_000
MOST_FILES = 20_000
DEEPEST = 30
PASSED_OVER = {".git", "node_modules", "__pycache__", "site-packages", ".venv", "venv", ".tox", "collections"}
ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".7z", ".rar")


MARKS = re.compile(r"(?:(?P<folder>.*?)/)?(?:ansible\.cfg|(?:infra|site|playbook)\.ya?ml|roles/[^/]+/tasks/[^/]+)")
"""What stands at the top of an Ansible project."""


class Tree:
    """A folder that is read once. `findings` grows with whatever could not be read as it should.

    `home` is the folder in it where the playbooks are run, empty for the top.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        self.findings: list[Finding] = []
        self._texts: dict[str, str | None] = {}
        self._places: dict[str, str] = {}
        for name, path in self._walk(self.root, ""):
            if len(self._places) >= MOST_FILES:
                self._say("too-many-files", ".", f"more than {MOST_FILES:,} files", "Commit only what you wrote.")
                break
            self._places[name] = path
        self.files = tuple(sorted(self._places))
        marked = (MARKS.fullmatch(name) for name in self.files)
        folders = {found["folder"] or "" for found in marked if found}
        self.home = min(folders, key=lambda one: (one.count("/") + bool(one), one), default="")
        if all(name.endswith(ARCHIVES) for name in self.files):
            for name in self.files:
                self._say("packed", name, "an archive, which is never unpacked here", "Commit the files themselves.")

    def _say(self, rule: str, name: str, found: str, next_step: str) -> None:
        self.findings.append(Finding(rule, Place(name), found, next_step))

    def _walk(self, folder: Path, prefix: str, depth: int = 0) -> Iterator[tuple[str, str]]:
        """Yield name and path of every regular file, by name; of links only those that stay inside."""
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self._say("unreadable", prefix or ".", f"cannot be listed: {error.strerror}", "Look at its rights: ls -ld")
            return
        if "pyvenv.cfg" in {entry.name for entry in entries} or depth > DEEPEST:
            return
        for entry in entries:
            name = f"{prefix}{entry.name}"
            if entry.is_symlink():
                yield from self._link(entry, name)
            elif entry.is_dir():
                if entry.name not in PASSED_OVER:
                    yield from self._walk(folder / entry.name, f"{name}/", depth + 1)
            elif entry.is_file():
                size = self._size(entry)
                if size > HUGE:
                    self._say("huge-file", name, f"{size:,} bytes", "Data does not belong into a repository: git rm it")
                yield name, entry.path

    def _size(self, entry: os.DirEntry[str]) -> int:
        try:
            return entry.stat().st_size
        except OSError:  # it has gone since the folder was listed; whoever needs it is told then
            return 0

    def _link(self, entry: os.DirEntry[str], name: str) -> Iterator[tuple[str, str]]:
        target = os.path.realpath(entry.path)
        if not target.startswith(f"{self.root}{os.sep}"):
            self._say(
                "link-out-of-tree", name, f"a link to `{Path(entry.path).readlink()}`, outside of the repository",
                "Commit the file itself instead of a link.",
            )  # fmt: skip
        elif Path(target).is_file():
            yield name, target

    def has(self, name: str) -> bool:
        """Tell whether there is such a file."""
        return name in self._places

    def first(self, *names: str) -> str | None:
        """Return the first of these names that is a file, or None."""
        return next((name for name in names if name in self._places), None)

    def text(self, name: str) -> str | None:
        """Return a file as text, its line ends as they are; None if there is none that could be read."""
        if name not in self._texts:
            self._texts[name] = self._read(name) if name in self._places else None
        return self._texts[name]

    def _read(self, name: str) -> str | None:
        try:
            descriptor = os.open(self._places[name], os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    self._say("unreadable", name, "not a regular file", "Commit a plain file.")
                    return None
                most = LARGEST_NOTEBOOK if name.endswith(".ipynb") else LARGEST_TEXT
                content = file.read(most + 1)
        except OSError as error:
            self._say("unreadable", name, f"cannot be read: {error.strerror}", "Look at its rights: ls -l")
            return None
        if len(content) > most:
            self._say("too-large", name, f"larger than {most:,} bytes, so it was not read", "Make it shorter.")
            return None
        return self._decoded(name, content)

    def _decoded(self, name: str, content: bytes) -> str | None:
        """Return UTF-8 as it is; another encoding is told, as Ansible reads nothing but UTF-8."""
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            self._say("not-utf8", name, "written in UTF-16", "Save it as UTF-8 without a byte-order mark.")
            return content.decode("utf-16", "replace")
        if b"\0" in content[:8000]:
            return None
        try:
            return content.decode("utf-8-sig" if name.endswith((".yml", ".yaml", ".md")) else "utf-8")
        except UnicodeDecodeError as error:
            byte = content[error.start]
            line = content.count(b"\n", 0, error.start) + 1
            self.findings.append(
                Finding("not-utf8", Place(name, line), f"byte 0x{byte:02x} is not UTF-8", "Save the file as UTF-8.")
            )
            return content.decode("latin-1")

    def under(self, folder: str) -> tuple[str, ...]:
        """Return the files of a folder and its folders."""
        prefix = f"{folder.rstrip('/')}/"
        return tuple(name for name in self.files if name.startswith(prefix))


def joined(*parts: str) -> str:
    """Return a path inside the repository, `.` and `..` taken away; empty when it would leave it."""
    found: list[str] = []
    for part in PurePosixPath(*[part for part in parts if part]).parts:
        if part == "..":
            if not found:
                return ""
            found.pop()
        elif part not in (".", "/"):
            found.append(part)
    return "/".join(found)
