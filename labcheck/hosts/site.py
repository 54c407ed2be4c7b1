"""A site: one student's hosts."""

import hmac
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from labcheck.hosts.host import Ask, Host

T = TypeVar("T")
SANDBOX = "sandbox-"
"""How the names of hosts begin that are containers of the grader's."""


@dataclass(frozen=True)
class Site:
    """The hosts of one student, each asked as the user who does the work there.

    `db` as `backup`, `backup` and `offsite` as the account that is named as the student, `app` as root. `variables` are
    what the roster says of the student; `seed` is the student's own share of the class's secret. `nonce` is a value
    that nobody else knows yet: 32 hexadecimal digits. Where it is `sandboxed`, what comes out of a backup is loaded on
    none of the student's hosts, but in a throw-away container of the grader's.
    """

    student: str
    db: Host
    backup: Host
    offsite: Host
    app: Host
    variables: Mapping[str, str] = field(default_factory=dict)
    seed: bytes = field(default=b"", repr=False)
    nonce: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    sandboxed: bool = False

    @property
    def hosts(self) -> tuple[Host, Host, Host, Host]:
        """Every host."""
        return self.db, self.backup, self.offsite, self.app

    def sandbox(self, server: str) -> Host:
        """Return the throw-away container with this kind of server, mysql or mariadb; it is asked as root."""
        return Host(f"{SANDBOX}{server}", "root", self.db.ask)

    def asked_through(self, way: Callable[[Ask], Ask]) -> "Site":
        """Return the same site, every question going this way (heard, limited)."""
        db, backup, offsite, app = (Host(host.name, host.user, way(host.ask)) for host in self.hosts)
        return replace(self, db=db, backup=backup, offsite=offsite, app=app)

    def drawn(self, name: str, choices: Sequence[T]) -> T:
        """Return the choice that the secret seed draws for this student under this name: the same each time."""
        digest = hmac.digest(self.seed or self.student.encode(), name.encode(), "sha256")
        return choices[int.from_bytes(digest) % len(choices)]


def site_of(account: str, ask: Ask, variables: Mapping[str, str] | None = None, seed: bytes = b"") -> Site:
    """Return the site of a student with this account, its hosts asked as who works there."""
    users = {"db": "backup", "backup": account, "offsite": account, "app": "root"}
    db, backup, offsite, app = (Host(name, user, ask) for name, user in users.items())
    return Site(account, db, backup, offsite, app, variables or {}, seed)
