"""A host that answers from a table: command line to answer, or to the trouble that asking it meets."""

from collections.abc import Mapping

import pytest

from labcheck.errors import LabcheckError
from labcheck.hosts import Answer, Host, Question, Site

Table = Mapping[str, Answer | LabcheckError]
STUDENT = "elvis"


def fake_host(name: str, table: Table, user: str = "backup") -> Host:
    """Return a host that knows these answers; a command that is not in the table fails the test by its name."""

    def ask(question: Question) -> Answer:
        if question.user not in {user, "root", "backup", STUDENT}:
            pytest.fail(f"{name} was asked `{question.command}` as {question.user}, whom it does not know")
        if question.command not in table:
            pytest.fail(f"{name} was asked `{question.command}`, which is not in its table")
        said = table[question.command]
        if isinstance(said, LabcheckError):
            raise said
        return said

    return Host(name, user, ask)


def fake_site(
    *, db: Table | None = None, backup: Table | None = None, offsite: Table | None = None, app: Table | None = None
) -> Site:
    """Return a site whose hosts answer from these tables."""
    return Site(
        STUDENT,
        db=fake_host("db", db or {}),
        backup=fake_host("backup", backup or {}, STUDENT),
        offsite=fake_host("offsite", offsite or {}, STUDENT),
        app=fake_host("app", app or {}, "root"),
    )
