"""The answer in words: what a student reads."""

from labcheck.rpo.explain import report
from tests.rpo.demo_pipeline import AS_PRINTED, OFFSITE_AS_PRINTED, ask
from tests.rpo.test_pipeline import on_db


def test_a_state_that_is_usable_at_once_needs_no_sum() -> None:
    text = "\n".join(report(ask()))
    assert "24h 00m from that dump to the next, which is usable at once." in text
    assert "no time" not in text


def test_one_fault_of_two_lines_is_said_once() -> None:
    because = ask(AS_PRINTED, OFFSITE_AS_PRINTED).as_it_stands[1].because
    assert because.count("passphrase") == 1
    assert "lines 2 and 3 of mysql-backup: duplicity asks for a passphrase" in because


def test_what_is_deleted_is_named_as_what_it_is() -> None:
    found = on_db("11 0 * * * b mysqldump agama > /srv/a.sql && rsync -a /srv/a.sql x.y:\n0 5 * * * b rm -rf /srv/*\n")
    assert "deletes db:/srv/a.sql" in [one.message for one in found.findings]
