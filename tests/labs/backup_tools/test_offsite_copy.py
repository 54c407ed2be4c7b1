from dataclasses import replace

import pytest

from labcheck.errors import LabcheckError
from labcheck.hosts import Answer, Site
from labcheck.labs.backup_tools.recovery import (
    backups_are_verified,
    fire_costs_a_day_and_eighty_minutes,
    offsite_copy_is_made_by_cron,
    offsite_copy_is_the_repository,
    offsite_copy_restores,
)
from labcheck.model import Check
from tests.fake_host import fake_site
from tests.labs.backup_tools.asked import failure, trouble
from tests.labs.backup_tools.offsite import (
    COPY,
    DB_CRONTAB,
    DUMP,
    DUMP_LINE,
    FULL,
    INC,
    RAN,
    USERS,
    State,
    crontabs,
    listing,
    names_of,
    restore,
)


@pytest.mark.parametrize(
    "state",
    [
        State(here=names_of(FULL, INC, "20261123T013500Z"), there=names_of(FULL, INC)),
        State(here=names_of(FULL, INC, "20261123T013001Z"), log=RAN.replace(":01.1", ":01")),
        State(there=names_of(FULL, INC) | names_of("20261001T001200Z")),
        State(log="", backup_crontab=""),
    ],
    ids=["a set made after the last copy", "one begun in the same second", "more off-site than here", "copied by hand"],
)
def test_a_copy_is_the_repository_as_it_was_when_it_was_made(state: State) -> None:
    offsite_copy_is_the_repository.function(state.site)


@pytest.mark.parametrize("state", [State(dumped=""), State(dumped="newer", dumped_at=1795392800)])
def test_what_was_dumped_later_or_is_gone_is_not_compared(state: State) -> None:
    offsite_copy_restores.function(state.site)


def test_it_is_compared_with_the_file_that_cron_dumps_into() -> None:
    crontab, dump = DB_CRONTAB.replace("agama.sql", "nightly/agama.sql"), "/home/backup/nightly/agama.sql"
    offsite_copy_restores.function(State(db_crontab=crontab, dump=dump).site)
    other = State(db_crontab=crontab, dump=dump, dumped=DUMP.replace("Frodo", "Sauron"))
    assert failure(offsite_copy_restores, other.site)[0] == f"another content than {dump} had at `{INC}`"


VERIFY = "duplicity --no-encryption verify rsync://elvis@backup.foo.bar/mysql agama.sql"


@pytest.mark.parametrize(
    "verify",
    [
        "PASSPHRASE=x duplicity verify rsync://elvis@backup.foo.bar/mysql agama.sql",
        ". ~/env && duplicity verify rsync://elvis@backup.foo.bar/mysql agama.sql",
        "duplicity verify --no-encryption sftp://elvis@backup.foo.bar/mysql agama.sql",
    ],
)
def test_a_job_that_can_open_what_it_verifies_passes(verify: str) -> None:
    env = {"/home/backup/env": "export PASSPHRASE=x\n"}
    backups_are_verified.function(State(db_crontab=f"{DUMP_LINE}20 0 * * * backup {verify}\n", scripts=env).site)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (f"20 0 30 2 * backup {VERIFY}", "line 3 of mysql-backup: `20 0 30 2 *` comes never"),
        (f"@reboot backup {VERIFY}", "line 3 of mysql-backup: `@reboot` comes only when db starts"),
        (f"20 0 * * * backup false && {VERIFY}", "no job with `duplicity verify`"),
        (f"20 0 * * * backup cp a b || {VERIFY}", "no job with `duplicity verify`"),
        (
            f"20 0 * * * backup [[ -f x ]] && {VERIFY}",
            "line 3 of mysql-backup: `[[` is bash, but cron runs the command with /bin/sh (dash on Debian)",
        ),
        (
            f"20 0 * * * backup {VERIFY.replace('/mysql', '/old')}",
            "no job with `duplicity verify` of what is uploaded, only of `backup.foo.bar:/home/elvis/old`",
        ),
    ],
)
def test_a_job_that_never_verifies_what_is_uploaded_fails(line: str, said: str) -> None:
    crontab = "".join(f"{each}\n" for each in [*DB_CRONTAB.splitlines()[:2], line])
    assert failure(backups_are_verified, State(db_crontab=crontab).site)[0] == said


def test_what_is_uploaded_elsewhere_may_be_verified_there() -> None:
    backups_are_verified.function(State(db_crontab=DB_CRONTAB.replace("/mysql", "/nights")).site)


def test_what_another_host_verifies_is_not_verified_by_db() -> None:
    verify = DB_CRONTAB.splitlines()[2].replace(" backup ", " elvis ", 1)
    state = State(db_crontab=DUMP_LINE, backup_crontab=f"{verify}\n")
    assert failure(backups_are_verified, state.site)[0] == "no job with `duplicity verify`"


@pytest.mark.parametrize(
    ("copy", "is_one"),
    [
        ("rsync -a /home/elvis/ offsite.foo.bar:/srv/backup", True),
        ("rsync -a mysql/duplicity* offsite.foo.bar:/srv/backup/elvis", True),
        ("rsync -a mysql/ offsite.foo.bar:", True),
        ("rsync -a mysql/ offsite.foo.bar::backup", True),
        ('rsync -a "$WHAT/" offsite.foo.bar:/srv/backup', True),
        ("rsync -a mysql/ offsite.foo.bar:/srv/backup2", False),
        ("tar -C /home/elvis/mysql -cf - . | ssh offsite.foo.bar 'tar -C /srv/backup -xf -'", True),
        ("cd mysql && tar cz . | ssh elvis@offsite.foo.bar 'cd /srv/backup && tar xz'", True),
        ("tar c .ssh | ssh offsite.foo.bar tar x -C /srv/backup", False),
        ("rsync -a mysql/ offsite.foo.bar:/tmp", False),
        ("rsync -an mysql/ offsite.foo.bar:/srv/backup", False),
        ("cp a b || rsync -a mysql/ offsite.foo.bar:/srv/backup", False),
        ("rsync -a mysql2/ offsite.foo.bar:/srv/backup", False),
        ("rsync -a /etc/hostname offsite.foo.bar:/srv/backup", False),
        ("rsync -a offsite.foo.bar:/srv/backup/ mysql/", False),
    ],
)
def test_an_offsite_copy_is_one_of_the_backups_to_where_they_lie_off_site(copy: str, is_one: bool) -> None:
    state = State(backup_crontab=f"30 1 * * * elvis {copy}\n", log=RAN.replace(COPY, copy))
    names = ("offsite.foo.bar",)
    if is_one:
        offsite_copy_is_made_by_cron.function(replace(state, names=names).site)
    else:
        assert failure(offsite_copy_is_made_by_cron, state.site)[0] == "no job that copies the backups to offsite"


def test_what_the_jobs_of_db_upload_elsewhere_is_copied_from_there() -> None:
    copy = "rsync -a nightly/ offsite.foo.bar:/srv/backup"
    state = State(
        db_crontab=DB_CRONTAB.replace("/mysql", "/nightly"),
        backup_crontab=f"30 1 * * * elvis {copy}\n",
        log=RAN.replace(COPY, copy),
    )
    offsite_copy_is_made_by_cron.function(state.site)


def test_a_dump_that_goes_to_no_file_is_not_compared_with_one() -> None:
    crontab = DB_CRONTAB.replace(" > agama.sql", "")
    other = State(db_crontab=crontab, dumped=DUMP.replace("Frodo", "Sauron"))
    assert failure(offsite_copy_restores, other.site)[0].startswith("another content than /home/backup/agama.sql had")


def test_a_copy_by_a_program_that_is_not_known_is_nobodys_failure() -> None:
    by_sftp = State(backup_crontab="30 1 * * * elvis sftp -b away offsite.foo.bar\n")
    assert trouble(offsite_copy_is_made_by_cron, by_sftp.site) == (
        "a job that cannot be read here: line 1 of offsite: `sftp -b away offsite.foo.bar`: "
        "`sftp` is not a program that is known here"
    )
    by_rclone = State(backup_crontab="30 1 * * * elvis rclone sync mysql far:\n")
    assert trouble(offsite_copy_is_made_by_cron, by_rclone.site).startswith("a job that cannot be read here: line 1 of")
    elsewhere = State(backup_crontab="30 1 * * * elvis sftp -b away mirror.foo.bar\n")
    assert failure(offsite_copy_is_made_by_cron, elsewhere.site)[0] == "no job that copies the backups to offsite"
    by_db = State(db_crontab=DB_CRONTAB + "30 1 * * * backup sftp -b away offsite.foo.bar\n", backup_crontab="")
    assert failure(offsite_copy_is_made_by_cron, by_db.site)[0] == "no job that copies the backups to offsite"


def test_a_job_in_the_students_own_crontab_counts_as_well() -> None:
    spool = crontabs(("/var/spool/cron/crontabs/elvis", f"30 1 * * * {COPY}\n"))
    own = {command: answer for command, answer in spool.items() if "getent" not in command}
    script, listed = next(iter(own.items()))
    private = Answer(0, listed.stdout.replace(" 81a4 0 1 ", " 8180 1000 1 "))
    site = State().site
    ask = site.backup.ask
    known = {script: private, "getent passwd rsync elvis": Answer(2, USERS)}  # it asks about every word in that place
    backup = replace(site.backup, ask=lambda question: known.get(question.command) or ask(question))
    offsite_copy_is_made_by_cron.function(replace(site, backup=backup))
    fire_costs_a_day_and_eighty_minutes.function(replace(site, backup=backup))


@pytest.mark.parametrize("check", [offsite_copy_is_made_by_cron, backups_are_verified])
def test_what_a_timer_of_systemd_starts_is_not_read_and_nobody_s_failure(check: Check[Site]) -> None:
    started = "/etc/systemd/system/nightly.timer\t/usr/bin/rsync -a mysql/ offsite.foo.bar:/srv/backup\n"
    site = State(db_crontab="", backup_crontab="", timers=started).site

    assert trouble(check, site) == (
        "a job that cannot be read here: `/usr/bin/rsync -a mysql/ offsite.foo.bar:/srv/backup`,"
        " which /etc/systemd/system/nightly.timer starts"
    )


def test_an_encrypted_copy_that_offsite_cannot_open_is_nobody_s_failure() -> None:
    def locked(sizes: dict[str, int]) -> dict[str, int]:
        return {f"{name.removesuffix('.gz')}.gpg": size for name, size in sizes.items()}

    state = State(there=locked(names_of(FULL)))
    asked = restore().replace(" --no-encryption", "")
    said = Answer(1, stderr="ERROR 31 GPGError\n. gpg: decryption failed: No secret key\n\n")
    offsite = {**listing("/srv/backup", state.there), asked: said}

    with pytest.raises(LabcheckError) as error:
        offsite_copy_restores.function(fake_site(offsite=offsite))
    assert error.value.what == (
        "offsite cannot open the newest backup, which is encrypted: gpg: decryption failed: No secret key"
    )
    assert error.value.next_step == "A drill brings it to db, where the key may be: --drill --step 7.2"
