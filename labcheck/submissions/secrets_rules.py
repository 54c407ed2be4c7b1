"""Findings about secrets that everybody can read: passwords in variables, in commands, and private keys."""

import re
from collections.abc import Iterator
from typing import Any

from labcheck.submissions.document import Mapping, Secret, read_yaml
from labcheck.submissions.finding import Finding, Place
from labcheck.submissions.tree import Tree

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
    r"\b(?:mysql|mysqldump|mariadb|mariadb-dump)\b[^\n;|&]*?\s(?:-p|--password=)(?P<one>[^\s'\"<$-][^\s;|&]*)"
    r"|\b(?:PASSPHRASE|MYSQL_PWD|PGPASSWORD|SSHPASS)=(?P<two>[\"']?[^\s\"'$<{;]+)"
    r"|\b(?:rsync|ssh|scp|sftp|ftps?)://[^\s/:@{]+:(?P<three>[^\s/:@{]+)@"
    r"|\bsshpass\s+-p\s*(?P<four>\S+)"
)  # fmt: skip
SETTING = re.compile(r"^\s*(?:password|passwd|passphrase)\s*[=:]\s*(?P<value>[^\s#;]+)", re.IGNORECASE | re.MULTILINE)
LOOKED_AT = ("templates/", "files/", "tasks/")
MOST = 20


def plain_secrets(tree: Tree) -> Iterator[Finding]:
    """Findings about secrets in plain text."""
    for name in tree.files:
        if name.endswith((".yml", ".yaml")) and not name.endswith(".json"):
            yield from list(_in_yaml(tree, name))[:MOST]
        elif (
            any(folder in name for folder in LOOKED_AT)
            or "/" not in name
            or any(folder in f"/{name}" for folder in ("/group_vars/", "/host_vars/"))
        ):
            yield from list(_in_text(tree, name))[:MOST]


def _say(place: Place, name: str) -> Finding:
    next_step = "Change it, then encrypt the new one: ansible-vault encrypt_string"
    return Finding("plain-secret", place, f"`{name}` stands there in plain text", next_step)


def _in_yaml(tree: Tree, name: str) -> Iterator[Finding]:
    known = len(tree.findings)
    value = read_yaml(tree, name)
    del tree.findings[known:]  # whether the file matters, and is broken, is told by those who need it
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
    if name.endswith((".md", ".json", ".txt", ".html")):
        return
    text = tree.text(name) or ""
    for found in SETTING.finditer(text):
        if not NO_VALUE.fullmatch(found["value"].strip("\"'")):
            yield _say(
                Place(name, text.count("\n", 0, found.start("value")) + 1), found[0].split("=")[0].split(":")[0].strip()
            )
    yield from _keys_and_commands(tree, name)


def _keys_and_commands(tree: Tree, name: str) -> Iterator[Finding]:
    text = tree.text(name) or ""
    key = KEY.search(text)
    if key:
        place = Place(name, text.count("\n", 0, key.start()) + 1)
        yield Finding("private-key", place, f"`{key[0]}`", "Take it out, and make a new pair: ssh-keygen")
    for found in IN_COMMAND.finditer(text):
        value = next(one for one in found.groups() if one)
        if not NO_VALUE.fullmatch(value.strip("\"'")):
            word = "PASSPHRASE" if found["two"] else "a password on the command line"
            yield _say(Place(name, text.count("\n", 0, found.start()) + 1), word)
