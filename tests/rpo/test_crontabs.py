"""Crontab files as they are read for the recovery point: what is meant on paper, whatever cron makes of it."""

import pytest

from labcheck.errors import LabcheckError
from tests.rpo.demo_pipeline import written
from tests.rpo.test_pipeline import host_lost, on_db

JOBS = (
    "11 0 * * * {user}mysqldump agama > /srv/agama.sql\n"
    "12 0 * * * {user}duplicity full --no-encryption /srv/agama.sql rsync://e@backup.foo.bar/mysql\n"
)


@pytest.mark.parametrize("user", ["", "{{ user }} ", "{{user}} ", "<user> "])
def test_jobs_without_a_user_count_on_paper_and_never_run(user: str) -> None:
    found = on_db(JOBS.replace("{user}", user))
    assert written(host_lost(found.paper).rpo_seconds) == "24h02"
    assert host_lost(found.as_it_stands).rpo_seconds is None
    refused = next(one for one in found.findings if one.rule == "file-refused")
    assert (refused.line, "the user who runs it" in refused.fix) == (1, True)


def test_a_single_job_without_a_user_keeps_its_line_and_settings() -> None:
    found = on_db(
        "# nightly\nHOME=/srv\n11 0 * * * mysqldump agama > agama.sql\n" + JOBS.splitlines()[1].format(user="x ") + "\n"
    )
    assert [(job.line, job.user) for job in found.jobs] == [(3, "x"), (4, "x")]
    assert written(host_lost(found.paper).rpo_seconds) == "24h02"


def test_a_missing_newline_is_repaired_by_one() -> None:
    found = on_db(JOBS.format(user="backup ").rstrip("\n"))
    assert next(one.fix for one in found.findings if one.rule == "file-refused") == "End the last line with Enter."


def test_more_commands_than_anybody_means_are_told_with_their_line() -> None:
    loop = "for a in 1 2 3 4 5 6 7 8 9 0; do for b in 1 2 3 4 5 6 7 8 9 0; do mysqldump a > $a$b; done; done"
    with pytest.raises(LabcheckError, match="more than 1,000 commands to work out, up to line 11 of"):
        on_db(f"1 1 * * * backup {loop}\n" * 12)
