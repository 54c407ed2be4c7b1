"""Findings about secrets that everybody can read: passwords in variables, in commands, and private keys."""

import re
from collections.abc import Iterator, Set
from typing import Any

from labcheck.submissions.document import Mapping, Secret, read_yaml
from labcheck.submissions.finding import Finding, Place
from labcheck.submissions.tree import Tree, joined

NAME = re.compile(
    r"(?:.*[_-])?(?:password|passwd|passphrase|pass|pwd|secret|secret_key|api_?key|auth_?token|access_?key|token)",
    re.IGNORECASE,
)
NO_VALUE = re.compile(
    r"|\*|!|x|-|no|yes|none|null|true|false|always|on_create|omit|VAULT|\d{1,2}|/.*|\{\{.*|.*\{\{.*\}\}.*|\$\{?\w+\}?|\$ANSIBLE_VAULT.*|<.*>|\$(?:1|2[aby]|5|6|y)\$.*",
    re.IGNORECASE | re.DOTALL,
)
KEY = re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----")
IN_COMMAND = re.compile(
    r"\b(?:mysql|mysqldump|mariadb|mariadb-dump)\b[^\n;|&]{0,200}?\s(?:-p|--password=)(?P<one>[^\s'\"<$-][^\s;|&]*)"
    r"|\b(?:PASSPHRASE|MYSQL_PWD|PGPASSWORD|SSHPASS)=(?P<two>[\"']?[^\s\"'$<{;]+)"
    r"|\b(?:rsync|ssh|scp|sftp|ftps?)://[^\s/:@{]+:(?P<three>[^\s/:@{]+)@"
    r"|\bsshpass\s+-p\s*(?P<four>\S+)"
)  # fmt: skip
SETTING = re.compile(r"^\s*(?:password|passwd|passphrase)\s*[=:]\s*(?P<value>[^\s#;]+)", re.IGNORECASE | re.MULTILINE)
IN_INVENTORY = re.compile(
    r"\bansible_(?:ssh_|become_|sudo_)?pass(?:word)?\s*=\s*(?P<value>\"[^\"]*\"|'[^']*'|\S+)", re.IGNORECASE
)
TOKEN = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{40,}|glpat-[\w-]{20}|glsa_\w{32,}|AKIA[0-9A-Z]{16}|"
    r"xox[abprs]-[\w-]{10,})"
)
"""What only GitHub, GitLab, Grafana, AWS and Slack hand out."""
TYPED = re.compile(
    r"\b(?:mysql|mysqldump|mariadb|mariadb-dump)\b[^\n;|&]{0,200}?\s(?:-p|--password=)(?P<value>[A-Za-z0-9!@#%^&+=._-]{6,})"
)
STANDS_FOR = re.compile(r"pass|pwd|your|secret|mysql|agama|xxx|user", re.IGNORECASE)
VAULT_FILE = re.compile(r"\.?vault[-_.]?(?:pass|password|passwd|pw|key|secret)?[\w-]*(?:\.(?:txt|pass|password|key))?")
VAULT_SETTING = re.compile(r"^\s*vault_password_file\s*=\s*(?P<path>\S+)", re.MULTILINE)
LONGEST_PASSWORD = 200
LOOKED_AT = re.compile(r"/(?:templates|files|tasks|inventor(?:y|ies))/")
VARIABLES = re.compile(r"/(?:group|host)_vars/")
MOST = 20


def plain_secrets(tree: Tree) -> Iterator[Finding]:
    """Findings about secrets in plain text."""
    known = len(tree.findings)
    yield from list(_secrets(tree, _named_by_settings(tree)))
    del tree.findings[known:]  # which files are too large, or cannot be read, is told by those who need them


def _secrets(tree: Tree, vaults: Set[str]) -> Iterator[Finding]:
    for name in tree.files:
        folder = f"/{name.rpartition('/')[0]}/"
        if VAULT_FILE.fullmatch(name.rpartition("/")[2]) or name in vaults:
            yield from _vault_key(tree, name)
        if name.endswith((".yml", ".yaml")) or VARIABLES.search(folder):
            yield from list(_in_yaml(tree, name))[:MOST]
        elif folder == "//" or LOOKED_AT.search(folder):
            yield from list(_in_text(tree, name))[:MOST]


def _named_by_settings(tree: Tree) -> set[str]:
    found = VAULT_SETTING.search(tree.text(joined(tree.home, "ansible.cfg")) or "")
    return {joined(tree.home, found["path"].removeprefix("./"))} if found else set()


def _vault_key(tree: Tree, name: str) -> Iterator[Finding]:
    """The password of the vault itself: one line, and neither encrypted nor a program that asks for it."""
    lines = [line for line in (tree.text(name) or "").splitlines() if line.strip()]
    is_one = len(lines) == 1 and len(lines[0]) <= LONGEST_PASSWORD and " " not in lines[0].strip()
    if is_one and not lines[0].startswith(("#!", "$ANSIBLE_VAULT")) and not re.search(r"[{<:=]", lines[0]):
        yield _say(Place(name, 1), "the password of the vault")


def _say(place: Place, name: str) -> Finding:
    next_step = "Change it, then encrypt the new one: ansible-vault encrypt_string"
    return Finding("plain-secret", place, f"`{name}` stands there in plain text", next_step)


def _in_yaml(tree: Tree, name: str) -> Iterator[Finding]:
    value = read_yaml(tree, name)
    for key, text, line in _pairs(value, 0):
        if NAME.fullmatch(key) and not NO_VALUE.fullmatch(text.strip()):
            yield _say(Place(name, line), key)
    yield from _keys_and_commands(tree, name)


def _pairs(value: Any, depth: int) -> Iterator[tuple[str, str, int]]:
    """Yield every key with a plain string, and its line."""
    if depth > 12:
        return
    if isinstance(value, Mapping):
        for key, one in value.items():
            if (isinstance(one, str) and not isinstance(one, Secret)) or (
                isinstance(one, int) and not isinstance(one, bool)
            ):
                yield str(key), str(one), value.lines.get(key, value.line)
            else:
                yield from _pairs(one, depth + 1)
    elif isinstance(value, list):
        for one in value:
            yield from _pairs(one, depth + 1)


def _in_text(tree: Tree, name: str) -> Iterator[Finding]:
    text = tree.text(name) or ""
    if name.endswith(".md"):
        for typed in TYPED.finditer(text):
            if re.search(r"\d", typed["value"]) and not STANDS_FOR.search(typed["value"]):
                yield _say(Place(name, _line(text, typed.start())), "a password on the command line")
    if name.endswith((".md", ".json", ".txt", ".html")):
        return
    for found in IN_INVENTORY.finditer(text):
        if not NO_VALUE.fullmatch(found["value"].strip("\"'")):
            yield _say(Place(name, _line(text, found.start())), found[0].partition("=")[0].strip())
    for found in SETTING.finditer(text):
        if not NO_VALUE.fullmatch(found["value"].strip("\"'")):
            yield _say(Place(name, _line(text, found.start("value"))), found[0].split("=")[0].split(":")[0].strip())
    yield from _keys_and_commands(tree, name)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _keys_and_commands(tree: Tree, name: str) -> Iterator[Finding]:
    text = tree.text(name) or ""
    for token in TOKEN.finditer(text):
        yield _say(Place(name, _line(text, token.start())), f"{token[0][:4]}…, a token")
    key = KEY.search(text)
    if key:
        place = Place(name, text.count("\n", 0, key.start()) + 1)
        yield Finding("private-key", place, f"`{key[0]}`", "Take it out, and make a new pair: ssh-keygen")
    for found in IN_COMMAND.finditer(text):
        value = next(one for one in found.groups() if one)
        if not NO_VALUE.fullmatch(value.strip("\"'")):
            word = "PASSPHRASE" if found["two"] else "a password on the command line"
            yield _say(Place(name, text.count("\n", 0, found.start()) + 1), word)
