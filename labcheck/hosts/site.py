"""A site: one student's hosts."""

from dataclasses import dataclass

from labcheck.hosts.host import Host


@dataclass(frozen=True)
class Site:
    """The hosts of one student, each asked as the user who does the work there.

    `db` as `backup`, `backup` and `offsite` as the account that is named as the student, `app` as root.
    """

    student: str
    db: Host
    backup: Host
    offsite: Host
    app: Host
