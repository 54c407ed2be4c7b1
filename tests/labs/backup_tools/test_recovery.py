from dataclasses import replace

import pytest

from labcheck.grading.runner import run
from labcheck.hosts import Answer, Site
from labcheck.labs.backup_tools.recovery import (
    backups_are_closed_to_others,
    backups_are_verified,
    fire_costs_a_day_and_eighty_minutes,
    freshness_check_tells_old_from_new,
    offsite_copy_exists,
    offsite_copy_is_made_by_cron,
    offsite_copy_is_the_repository,
    offsite_copy_restores,
)
from labcheck.model import Check, Status
from labcheck.practice.lab import PracticeLab
from labcheck.practice.scenes import Watching
from labcheck.practice.solutions import LAB, solve
from tests.fake_host import fake_site
from tests.labs.backup_tools.asked import NO_SUCH_FILE, failure, status_of, trouble
from tests.labs.backup_tools.offsite import (
    BACKUP_CRONTAB,
    COPY,
    DB_CRONTAB,
    DOWN,
    DUMP,
    FULL,
    INC,
    LET_IT_RUN,
    RAN,
    SECONDS_OF_INC,
    State,
    names_of,
    told,
    try_fresh,
)

EVERY = [
    offsite_copy_exists,
    offsite_copy_is_the_repository,
    offsite_copy_is_made_by_cron,
    offsite_copy_restores,
    fire_costs_a_day_and_eighty_minutes,
    freshness_check_tells_old_from_new,
    backups_are_verified,
    backups_are_closed_to_others,
]


@pytest.mark.parametrize("check", EVERY, ids=lambda check: check.name)
def test_what_is_right_passes(check: Check[Site]) -> None:
    check.function(State().site)


def called_otherwise(text: str) -> str:
    return text.replace("backup.foo.bar", "store7.example.org").replace("offsite.foo.bar", "vault.example.org")


@pytest.mark.parametrize("check", EVERY, ids=lambda check: check.name)
def test_hosts_that_a_course_calls_otherwise_pass_when_the_roster_says_so(check: Check[Site]) -> None:
    words = [called_otherwise(text) for text in (DB_CRONTAB, BACKUP_CRONTAB, RAN)]
    site = State(db_crontab=words[0], backup_crontab=words[1], log=words[2]).site

    check.function(replace(site, variables={"backup_name": "store7.example.org", "offsite_name": "vault.example.org"}))


def test_hosts_that_a_course_calls_otherwise_are_others_unless_the_roster_says_so() -> None:
    state = State(db_crontab="", backup_crontab=called_otherwise(BACKUP_CRONTAB), names=("vault.example.org",))
    assert failure(offsite_copy_is_made_by_cron, state.site)[0] == "no job that copies the backups to offsite"


def test_scripts_on_both_hosts_are_read() -> None:
    nightly = "\n".join(line.partition(" backup ")[2] for line in DB_CRONTAB.splitlines())
    state = State(
        db_crontab="11 0 * * * backup ./nightly\n",
        backup_crontab="30 1 * * * elvis /home/elvis/away\n",
        log=RAN.replace(COPY, "/home/elvis/away"),
        scripts={"/home/backup/nightly": nightly, "/home/elvis/away": COPY},
    )
    for check in (offsite_copy_is_made_by_cron, fire_costs_a_day_and_eighty_minutes, backups_are_verified):
        check.function(state.site)


VOLUME = f"duplicity-full.{FULL}.vol1.difftar.gz"
WITHOUT_INC = names_of(FULL)
COPY_IT = "Copy it, on the backup server: rsync -a mysql/ elvis@offsite.foo.bar:/srv/backup"
MAKE_IT = "Make one, on db: duplicity --no-encryption full agama.sql rsync://elvis@backup.foo.bar/mysql"
WRITE_IT = f"Write it into /etc/cron.d/offsite: 30 1 * * * elvis {COPY}"
VERIFY = "duplicity --no-encryption verify --compare-data rsync://elvis@backup.foo.bar/mysql agama.sql"
WAIT = "Give it a minute that is near, wait, and look: grep CMD /var/log/syslog"
RESTORE_IT = "Try it, on offsite: duplicity --no-encryption restore file:///srv/backup try.sql"
NO_START = f"no start of `{COPY}` in the log of the backup server"
ELSEWHERE = BACKUP_CRONTAB.replace("offsite", "mirror")


@pytest.mark.parametrize(
    ("check", "state", "found", "hint"),
    [
        (offsite_copy_exists, State(there={}), "no full backup in `/srv/backup` on offsite", COPY_IT),
        (
            offsite_copy_is_the_repository,
            State(here={}),
            "no backup in `/home/elvis/mysql`, which should be copied",
            MAKE_IT,
        ),
        (
            offsite_copy_is_the_repository,
            State(there=WITHOUT_INC),
            f"no `duplicity-inc.{FULL}.to.{INC}.manifest` off-site",
            COPY_IT,
        ),
        (
            offsite_copy_is_the_repository,
            State(there=names_of(FULL, INC) | {VOLUME: 7}),
            f"`7` of 800 bytes of `{VOLUME}`",
            COPY_IT,
        ),
        (
            offsite_copy_is_the_repository,
            State(bad=VOLUME),
            f"`{VOLUME}` damaged off-site",
            f"Compare all bytes: {COPY_IT.replace('-a', '-ac')}",
        ),
        (offsite_copy_is_made_by_cron, State(backup_crontab=""), "no job that copies the backups to offsite", WRITE_IT),
        (
            offsite_copy_is_made_by_cron,
            State(backup_crontab=ELSEWHERE, names=("mirror.foo.bar",)),
            "no job that copies the backups to offsite",
            WRITE_IT,
        ),
        (offsite_copy_is_made_by_cron, State(log=""), NO_START, WAIT),
        (offsite_copy_is_made_by_cron, State(log=RAN.replace("(elvis)", "(root)")), NO_START, WAIT),
        (
            offsite_copy_restores,
            State(restored=Answer(1, stderr="ERROR 44 x\n. difftar volume 1 not found in backup.\n\n")),
            "`difftar volume 1 not found in backup.`",
            RESTORE_IT,
        ),
        (offsite_copy_restores, State(restored=Answer(0, "CREATE\n")), "a dump that ends with `CREATE`", RESTORE_IT),
        (
            offsite_copy_restores,
            State(restored=Answer(0, "CREATE TABLE `crowd` (\n-- Dump completed\n")),
            "a dump without table `item` (its tables: `crowd`)",
            RESTORE_IT,
        ),
        (
            offsite_copy_restores,
            State(dumped=DUMP.replace("Frodo", "Sauron"), dumped_at=SECONDS_OF_INC),
            f"another content than /home/backup/agama.sql had at `{INC}`",
            f"What came back? {RESTORE_IT}",
        ),
        (freshness_check_tells_old_from_new, State(fresh=Answer(3)), "no program `/home/elvis/fresh`", LET_IT_RUN),
        (freshness_check_tells_old_from_new, told("0 0 1"), "green for a backup of a week ago", try_fresh("DIRECTORY")),
        (freshness_check_tells_old_from_new, told("0 1 0"), "green for an empty directory", try_fresh("/var/empty")),
        (freshness_check_tells_old_from_new, told("1 1 1"), "red for `/home/elvis/mysql`", try_fresh("mysql")),
        (
            backups_are_verified,
            State(db_crontab=DB_CRONTAB.replace("verify", "collection-status")),
            "no job with `duplicity verify`",
            f"Write it into /etc/cron.d/verify: 20 0 * * * backup {VERIFY}",
        ),
        (
            backups_are_verified,
            State(db_crontab=DB_CRONTAB.replace("verify rsync://elvis@backup.foo.bar/mysql", "verify file:///tmp/x")),
            "no job with `duplicity verify` of what is uploaded, only of `db:/tmp/x`",
            f"Write it into /etc/cron.d/verify: 20 0 * * * backup {VERIFY}",
        ),
        (
            backups_are_verified,
            State(db_crontab=DB_CRONTAB.replace("--no-encryption verify", "verify")),
            "line 3 of mysql-backup: duplicity asks for a passphrase, and under cron nobody is there to answer",
            "Let it say --no-encryption where that is so, or set PASSPHRASE for the job",
        ),
        (
            backups_are_closed_to_others,
            State(modes=("755", "700")),
            "mode `0755` of `/home/elvis/mysql` on backup",
            "Close it, on backup: chmod 700 /home/elvis/mysql",
        ),
        (
            backups_are_closed_to_others,
            State(modes=("700", "750")),
            "mode `0750` of `/srv/backup` on offsite",
            "Close it, on offsite: chmod 700 /srv/backup",
        ),
    ],
)
def test_what_is_wrong_fails_with_what_was_found_and_a_command(
    check: Check[Site], state: State, found: str, hint: str
) -> None:
    assert failure(check, state.site) == (found, hint)


LOOK = "Leave that option out, and look what comes: rsync --dry-run -v ..."


def with_option(option: str) -> str:
    return COPY.replace("rsync -a", f"rsync -a {option}")


@pytest.mark.parametrize("option", ["--existing", "--exclude=*", "--exclude=*.manifest"])
def test_a_copy_that_passes_over_what_is_new_is_none(option: str) -> None:
    line = f"30 1 * * * elvis {with_option(option)}\n"
    state = State(backup_crontab=line, log=RAN.replace(COPY, with_option(option)))
    found = f"line 1 of offsite passes over what is new: `{option}`"
    assert failure(offsite_copy_is_made_by_cron, state.site) == (found, LOOK)


@pytest.mark.parametrize("option", ["--ignore-existing", "--exclude=*.tmp"])
def test_a_copy_that_passes_over_nothing_that_is_new_is_one(option: str) -> None:
    line = f"30 1 * * * elvis {with_option(option)}\n"
    offsite_copy_is_made_by_cron.function(State(backup_crontab=line, log=RAN.replace(COPY, with_option(option))).site)


def test_what_passes_over_is_no_run_of_the_copy_beside_it() -> None:
    passes_over = with_option("--existing")
    both = State(backup_crontab=f"20 1 * * * elvis {passes_over}\n{BACKUP_CRONTAB}", log=RAN)
    offsite_copy_is_made_by_cron.function(both.site)
    only_that = replace(both, log=RAN.replace(COPY, passes_over))
    assert failure(offsite_copy_is_made_by_cron, only_that.site) == (NO_START, WAIT)


@pytest.mark.parametrize(
    ("schedule", "told"),
    [("@reboot", "`@reboot` comes only when db starts"), ("0 0 31 2 *", "`0 0 31 2 *` comes never")],
)
def test_a_verification_that_never_comes_is_told(schedule: str, told: str) -> None:
    state = State(db_crontab=DB_CRONTAB.replace("20 0 * * *", schedule))
    assert failure(backups_are_verified, state.site) == (
        f"line 3 of mysql-backup: {told}",
        "When does it run? labcheck cron next",
    )


def test_a_verification_that_cron_cannot_start_is_told() -> None:
    state = State(db_crontab=DB_CRONTAB.replace("20 0", "SHELL=/bin/false\n20 0"))
    assert failure(backups_are_verified, state.site) == (
        "line 4 of mysql-backup: SHELL=/bin/false runs no command",
        "Try it as cron does: sh -c '...'",
    )


@pytest.mark.parametrize(
    ("state", "found"),
    [
        (
            State(db_crontab=DB_CRONTAB.replace("12 0", "40 1").replace("11 0", "39 1")),
            "`47h 52m` at worst: just before Mon 23 Nov 2026 01:31",
        ),
        (
            State(db_crontab=DB_CRONTAB.replace("--no-encryption ", "")),
            "no bound at all: no recovery point will ever exist, because line 2 of mysql-backup",
        ),
        (State(backup_zone="America/New_York"), "`30h 20m` at worst: just before Mon 23 Nov 2026 06:31"),
    ],
    ids=["copied before it is made", "never made", "a backup server in another zone"],
)
def test_a_fire_that_costs_more_than_was_promised_fails_with_what_to_change(state: State, found: str) -> None:
    told, hint = failure(fire_costs_a_day_and_eighty_minutes, state.site)
    assert told.startswith(found)
    assert hint.startswith(("You could let each step begin as soon as", "You could first repair"))


def test_without_backups_by_cron_a_fire_costs_all() -> None:
    found, hint = failure(fire_costs_a_day_and_eighty_minutes, State(db_crontab="").site)
    assert found == (
        "no backups that cron makes: no job writes backup:/home/elvis/mysql, which line 1 of offsite sends on"
    )
    assert hint == "Look at them, on db: cat /etc/cron.d/*"


def test_a_repository_that_is_not_there_is_open_to_nobody() -> None:
    away = fake_site(
        backup={status_of("/home/elvis/mysql"): NO_SUCH_FILE}, offsite={status_of("/srv/backup"): NO_SUCH_FILE}
    )
    backups_are_closed_to_others.function(away)


@pytest.mark.parametrize("check", EVERY, ids=lambda check: check.name)
def test_a_host_that_is_down_is_our_error(check: Check[Site]) -> None:
    def down(_: object) -> Answer:
        raise DOWN

    site = State().site
    hosts = {name: replace(getattr(site, name), ask=down) for name in ("db", "backup", "offsite")}
    assert trouble(check, replace(site, **hosts)) == DOWN.what


@pytest.mark.lab
def test_an_untouched_lab_passes_none_of_them_without_an_error(fresh_lab: PracticeLab) -> None:
    with fresh_lab.connections() as connections:
        results = list(run(LAB.select(["6"]), fresh_lab.site(connections)))
    assert {result.status for result in results} == {Status.FAIL, Status.SKIP}


@pytest.mark.lab
def test_solved_hosts_pass_and_what_breaks_later_is_seen(fresh_lab: PracticeLab) -> None:
    with fresh_lab.connections() as connections:
        results = solve(fresh_lab, connections, ["6"], Watching(lambda _: None), lambda _: None)
        assert [one.name for one in results if one.status is not Status.PASS] == []
        offsite = fresh_lab.site(connections).offsite
        offsite.output(
            "sh", "-c", "printf x | dd of=$(ls /srv/backup/*vol1* | tail -1) bs=1 seek=60 conv=notrunc status=none"
        )
        site = fresh_lab.site(connections.asked_afresh())
        assert "damaged off-site" in failure(offsite_copy_is_the_repository, site)[0]
        assert "hash mismatch" in failure(offsite_copy_restores, site)[0]
        assert offsite.output("find", "/tmp", "-mindepth", "1") == ""
    assert [check.name for check in LAB.checks if check.step.startswith("6.")] == [check.name for check in EVERY]
