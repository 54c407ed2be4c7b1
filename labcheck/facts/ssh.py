"""Facts about signing in from one host to another."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from labcheck.errors import UnreadableAnswer
from labcheck.hosts import Host

ACCOUNTS_LIMIT_BYTES = 16_384
WORD = re.compile(r"[\w.:%-]{0,253}", re.ASCII)
# A line for each name: who and where ssh, asked by this user, takes it for, and the address of that. Nobody signs in.
ACCOUNTS = r"""
for name; do
    told=$(runuser -u "$0" -- ssh -G -- "$name" < /dev/null 2> /dev/null)
    user=$(printf '%s\n' "$told" | sed -n 's/^user //p')
    host=$(printf '%s\n' "$told" | sed -n 's/^hostname //p')
    printf '%s\t%s\t%s\n' "$user" "$host" "$(timeout 5 getent ahosts -- "$host" | sed 's/ .*//; q')"
done
"""


@dataclass(frozen=True)
class SignIn:
    """What came of an attempt to sign in without a prompt: the other side's host name, or ssh's complaint."""

    host_name: str = ""
    complaint: str = ""


@dataclass(frozen=True)
class Account:
    """Who and where ssh takes a name for, and the address of that host; each is empty where it is not known."""

    user: str
    host: str
    address: str


def accounts(root: Host, user: str, names: Sequence[str]) -> list[Account]:
    """Return what names stand for when a user of the host gives them to ssh: its aliases are in ~/.ssh/config."""
    answer = root.output("sh", "-c", ACCOUNTS, user, *names, limit_bytes=ACCOUNTS_LIMIT_BYTES)
    return parse_accounts(answer, len(names))


def parse_accounts(text: str, count: int) -> list[Account]:
    """Read so many lines of three words with tabs between them; raises `UnreadableAnswer`."""
    lines = [line.split("\t") for line in text.splitlines()]
    if len(lines) != count or any(len(words) != 3 or not all(map(WORD.fullmatch, words)) for words in lines):
        raise UnreadableAnswer(f"{count} accounts of ssh were asked for, and the answer was {text[:80]!r}")
    return [Account(*words) for words in lines]


def host_name(host: Host) -> str:
    """Return what a host calls itself."""
    return host.output("hostname").strip()


def sign_in(host: Host, account: str) -> SignIn:
    """Try to sign in from a host to `user@other`, where nobody can answer a prompt."""
    options = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ClearAllForwardings=yes"]
    answer = host.run("ssh", *options, "--", account, "hostname", timeout_seconds=20)
    if answer.status == 0:
        return SignIn(host_name=answer.stdout.strip())
    lines = [line.strip() for line in answer.stderr.splitlines() if line.strip()]
    return SignIn(complaint=lines[-1] if lines else f"ssh ended with status {answer.status}")
