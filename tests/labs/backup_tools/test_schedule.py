import contextlib
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from labcheck.errors import CheckFailed, HostUnreachable, LabcheckError
from labcheck.hosts import Answer, Site
from labcheck.labs.backup_tools.schedule import (
    backup_server_holds_what_cron_made,
    clean_up_deletes,
    clean_up_looks_where_backups_go,
    clocks_agree,
    cron_has_run_the_jobs,
    cron_is_running,
    crontab_is_loaded,
    dump_comes_before_upload,
    jobs_need_nobody,
    next_backup_can_be_made,
    recovery_point_is_kept,
)
from labcheck.model import Check
from tests.conftest import Figure
from tests.fake_host import fake_site
from tests.labs.backup_tools.asked import DUMP_STATUS, TIMERS, failure, trouble
from tests.labs.backup_tools.crontabs import (
    CLEAN_UP,
    CRONTABS,
    DUMP,
    DUMPED,
    FILES,
    FULL,
    GO_ON,
    GOOD,
    INCREMENT,
    LOG,
    PATH,
    READ,
    THERE,
    UPLOADED,
    URL,
    asked,
    installed,
    logged,
    ran,
    set_of,
    told,
    with_files,
)

DOWN = HostUnreachable("cannot sign in to db")
EVERY_CHECK = [
    cron_is_running, crontab_is_loaded, dump_comes_before_upload, jobs_need_nobody, clean_up_looks_where_backups_go,
    clean_up_deletes, recovery_point_is_kept, cron_has_run_the_jobs, backup_server_holds_what_cron_made,
    next_backup_can_be_made,
]  # fmt: skip


def clocks(db: int, backup: int) -> Site:
    return fake_site(db={"date +%s": Answer(0, f"{db}\n")}, backup={"date +%s": Answer(0, f"{backup}\n")})


@pytest.mark.parametrize("check", EVERY_CHECK, ids=lambda check: check.name)
def test_a_crontab_that_works_and_has_run_passes(check: Check[Site]) -> None:
    site = ran(logged(DUMPED, UPLOADED), Answer(0, set_of(timedelta(hours=8, minutes=58, seconds=55))))
    check.function(site)


@pytest.mark.parametrize("check", EVERY_CHECK, ids=lambda check: check.name)
def test_a_backup_server_that_a_course_calls_otherwise_passes_when_the_roster_says_so(check: Check[Site]) -> None:
    def ours(text: str) -> str:
        return text.replace("backup.foo.bar", "store7.example.org")

    db = asked(told(ours(GOOD))) | {LOG: logged(DUMPED, ours(UPLOADED)), DUMP_STATUS: THERE, ours(GO_ON): Answer(0)}
    backup = {FILES: Answer(0, set_of(timedelta(hours=8, minutes=58, seconds=55)))}
    check.function(replace(fake_site(db=db, backup=backup), variables={"backup_name": "store7.example.org"}))


@pytest.mark.parametrize("check", EVERY_CHECK, ids=lambda check: check.name)
def test_a_db_that_is_down_is_our_error(check: Check[Site]) -> None:
    assert trouble(check, fake_site(db={CRONTABS: DOWN})) == DOWN.what


def test_a_host_without_cron_fails_with_how_to_start_it() -> None:
    site = fake_site(db=asked(told(GOOD), running=False))
    assert failure(cron_is_running, site) == ("no process `cron`", "Start it, as root: service cron start")


@pytest.mark.parametrize(
    ("files", "found", "hint"),
    [
        (
            told("61 0 * * * backup x\n" + GOOD),
            f"`Error: bad minute; while reading {PATH}`",
            f"Look at line 1: sed -n 1p {PATH}",
        ),
        (
            told(DUMP + "12 0 * * * duplicity x\n"),
            f"`Error: bad username; while reading {PATH}`",
            f"Look at line 2: sed -n 2p {PATH}",
        ),
        (
            told(GOOD.rstrip("\n")),
            "`(*system*mysql-backup) ERROR (Missing newline before EOF, this crontab file will be ignored)`",
            f"End the last line with Enter: echo >> {PATH}",
        ),
        (
            told(GOOD, mode="81b6"),
            f"`(*system*mysql-backup) INSECURE MODE (group/other writable) ({PATH})`",
            f"Let only its owner write: chmod go-w {PATH}",
        ),
        (
            told("61 0 * * * backup x\n" + GOOD, mode="81b6"),
            f"`(*system*mysql-backup) INSECURE MODE (group/other writable) ({PATH})`",
            f"Let only its owner write: chmod go-w {PATH}",
        ),
        (
            told(GOOD, owner=34),
            f"`(*system*mysql-backup) WRONG FILE OWNER ({PATH})`",
            f"Give it to root: chown root {PATH}",
        ),
        (
            told(GOOD, mode="41ed"),
            f"`(*system*mysql-backup) NOT A REGULAR FILE ({PATH})`",
            f"Look at it: ls -l {PATH}",
        ),
        (
            told(GOOD, path=f"{PATH}.sh"),
            f"`{PATH}.sh`, a name that cron passes over in silence",
            f"Rename it: mv {PATH}.sh {PATH}",
        ),
        (
            told("17 * * * * root run-parts /etc/cron.hourly\n", path="/etc/crontab"),
            "no job that has to do with backups",
            f"Write them, on db as root, into {PATH}",
        ),
    ],
)
def test_a_crontab_that_cron_ignores_fails_with_cron_s_own_words(files: str, found: str, hint: str) -> None:
    assert failure(crontab_is_loaded, with_files(files)) == (found, hint)


@pytest.mark.parametrize(("loaded", "ignored"), [(DUMP, FULL), (FULL, DUMP)], ids=["upload", "dump"])
def test_the_other_half_of_the_backups_in_a_file_that_is_ignored_fails(loaded: str, ignored: str) -> None:
    site = with_files(told(loaded) + told(ignored, path="/etc/cron.d/other.sh"))
    assert failure(crontab_is_loaded, site)[0] == "`/etc/cron.d/other.sh`, a name that cron passes over in silence"


def test_an_old_file_that_is_ignored_does_no_harm_beside_a_good_one() -> None:
    crontab_is_loaded.function(fake_site(db=asked(told(DUMP, path=f"{PATH}.bak") + told(GOOD))))


def test_a_program_that_nobody_here_can_read_is_our_error() -> None:
    site = installed("11 0 * * * backup python3 /opt/backup.py\n")
    assert "line 1 of mysql-backup: `python3 /opt/backup.py`" in trouble(crontab_is_loaded, site)
    with_dump = installed(DUMP + "12 0 * * * backup python3 /opt/upload.py\n")
    assert "upload.py" in trouble(dump_comes_before_upload, with_dump)
    assert "upload.py" in trouble(clean_up_looks_where_backups_go, with_dump)


@pytest.mark.parametrize(
    ("text", "found", "hint"),
    [
        (FULL, "no job that dumps a database", f"Is there a line with mysqldump? grep dump {PATH}"),
        (
            DUMP,
            "no job that brings a dump to another host",
            f"The upload has to name the file of the dump: cat {PATH}",
        ),
        (
            GOOD.replace("mysqldump agama", "[ -s agama.sql ] || mysqldump agama"),
            "no job that dumps a database",
            f"Is there a line with mysqldump? grep dump {PATH}",
        ),
        (
            GOOD.replace("mysqldump agama", "mysqldump mysql"),
            "line 1 of mysql-backup dumps `mysql`, not all of `agama`",
            f"Is there a line with mysqldump? grep dump {PATH}",
        ),
        (
            GOOD.replace("mysqldump agama", "mysqldump --where=1=0 agama item"),
            "line 1 of mysql-backup dumps `agama item where=1=0`, not all of `agama`",
            f"Is there a line with mysqldump? grep dump {PATH}",
        ),
        (
            DUMP + FULL.replace("duplicity", "duplicty"),
            f"line 2 of mysql-backup: `duplicty --no-encryption full agama.sql {URL}`: there is no program `duplicty`;"
            " `duplicity` is meant",
            f"The upload has to name the file of the dump: cat {PATH}",
        ),
        (
            DUMP + FULL.replace("backup.foo.bar", "localhost"),
            "no job that brings a dump to another host",
            f"The upload has to name the file of the dump: cat {PATH}",
        ),
        (
            DUMP + FULL.replace("agama.sql", "photos.zip"),
            "no job writes db:/home/backup/photos.zip, which this line sends on",
            f"The upload has to name the file of the dump: cat {PATH}",
        ),
        (
            GOOD.replace("11 0", "12 0"),
            "line 2 of mysql-backup: starts in the minute of the dump in line 1, which has just emptied the file",
            "Make one job of them: dump, then `&&`, then upload.",
        ),
        (
            GOOD.replace("agama > agama.sql", "agama > new.sql && sleep 60 && mv new.sql agama.sql"),
            "line 2 of mysql-backup: starts at the very moment at which line 1 of mysql-backup ends"
            " (first on Sun 03 Jan 2027 00:12:00)",
            "Put both into one job, joined by `&&`, or leave more time between them.",
        ),
        (
            GOOD.replace("11 0", "13 0"),
            "line 2 of mysql-backup: starts 1 min before line 1 of mysql-backup writes its source anew,"
            " and so takes what was written 23 h 59 min ago",
            "Start it after the other one: on one host in one job, joined by `&&`.",
        ),
    ],
    ids=[
        "no dump",
        "no upload",
        "only where there is none",
        "another database",
        "some rows",
        "misspelt",
        "to itself",
        "another file",
        "same minute",
        "same moment",
        "too early",
    ],
)
def test_an_upload_that_does_not_follow_the_dump_fails(text: str, found: str, hint: str) -> None:
    assert failure(dump_comes_before_upload, installed(text)) == (found, hint)


@pytest.mark.parametrize(
    ("text", "found", "hint"),
    [
        (GOOD.replace(" --no-encryption", ""), "asks for a passphrase", "add --no-encryption"),
        (GOOD.replace("elvis@", "<user>@"), "`<user>` was never filled in", "Put the real name"),
        (GOOD.replace("full agama", "full other"), "reads `/home/backup/other.sql` on db", "Read `/home"),
        (DUMP + INCREMENT, "nothing ever makes a full backup", "Add a full backup"),
        (GOOD.replace("agama > ", "agama > $(date +%F) > "), "the first `%` ends the command", "in a crontab"),
    ],
    ids=["passphrase", "placeholder", "another file", "increments only", "percent"],
)
def test_a_job_that_fails_as_it_is_written_fails(text: str, found: str, hint: str) -> None:
    said, next_step = failure(jobs_need_nobody, installed(text))
    assert found in said
    assert hint in next_step


def test_what_fails_in_another_job_is_not_the_backups_failure() -> None:
    photos = "5 5 * * * backup duplicity full photos rsync://elvis@backup.foo.bar/photos\n"
    jobs_need_nobody.function(installed(GOOD + photos))


def test_a_passphrase_above_the_line_is_an_answer() -> None:
    jobs_need_nobody.function(installed("PASSPHRASE=secret\n" + GOOD.replace(" --no-encryption", "")))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (DUMP + FULL + INCREMENT, ("no job that deletes old backups", READ)),
        (
            GOOD.replace(CLEAN_UP, CLEAN_UP.replace("/mysql", "//home/elvis")),
            (
                "line 4 of mysql-backup: the clean-up looks at backup.foo.bar:/home/elvis, where no backup goes;"
                " they go to backup.foo.bar:/home/elvis/mysql",
                "Use the very URL of the backups.",
            ),
        ),
    ],
    ids=["none", "elsewhere"],
)
def test_a_clean_up_that_looks_elsewhere_fails(text: str, found: tuple[str, str]) -> None:
    assert failure(clean_up_looks_where_backups_go, installed(text)) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            GOOD.replace(" --force", ""),
            ("line 4 of mysql-backup: without --force the clean-up only lists what it would delete", "Add --force."),
        ),
        (DUMP + FULL + INCREMENT, ("backups that are kept for ever", READ)),
        *(
            (
                GOOD.replace("30D", day),
                (
                    "line 4 of mysql-backup: deletes what is older than a certain day, and that day stays the same",
                    "Give an age, such as 30D.",
                ),
            )
            for day in ("2026-01-01", "2026/1/1", "12/31/2026", "2026-01-01T00:00:00+02:00", "30")
        ),
    ],
    ids=["only lists", "none", "a day", "with slashes", "the American way", "a moment", "seconds since 1970"],
)
def test_a_clean_up_that_deletes_nothing_fails(text: str, found: tuple[str, str]) -> None:
    assert failure(clean_up_deletes, installed(text)) == found


def test_what_db_itself_keeps_for_ever_is_no_backup_that_must_be_deleted() -> None:
    clean_up_deletes.function(installed(GOOD + "15 0 * * * backup cp agama.sql agama-$(date +\\%F).sql\n"))


def test_an_upload_without_a_chain_needs_no_clean_up_of_chains() -> None:
    text = f"{DUMP}12 0 * * * backup rsync -ab agama.sql elvis@backup.foo.bar:\n"
    clean_up_looks_where_backups_go.function(installed(text))
    clean_up_deletes.function(installed(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (GOOD.replace("12 0", "13 0"), "`24h 03m` at worst: just before Fri 01 Jan 2027 00:14"),
        (GOOD.replace("0 * * 0 backup dup", "0 1 * * backup dup").replace(INCREMENT, ""), "`744h 02m` at worst: just"),
        (GOOD.replace(" --no-encryption", ""), "no bound at all: no recovery point will ever exist"),
    ],
    ids=["a minute late", "monthly", "never"],
)
def test_more_than_the_promised_loss_fails(text: str, found: str) -> None:
    said, hint = failure(recovery_point_is_kept, installed(text))
    assert said.startswith(found)
    assert hint.startswith(
        (f"In {PATH} you could let", f"In {PATH} you could run", f"In {PATH} you could first repair")
    )


def test_a_script_a_user_s_crontab_and_a_word_are_read_as_well() -> None:
    upload = f"duplicity --no-encryption --full-if-older-than 7D agama.sql {URL}"
    script = f"#!/bin/sh\nset -e\nmysqldump agama > agama.sql\n{upload}\n"
    own = told("@hourly bin/backup.sh\n", path="/var/spool/cron/crontabs/backup", mode="8180", owner=34)
    path = "/home/backup/bin/backup.sh"
    table = asked(own) | {
        f"stat --dereference --format '%F|%a|%U|%s' -- {path}": Answer(0, f"regular file|755|backup|{len(script)}\n"),
        f"cat -- {path}": Answer(0, script),
    }
    for check in (crontab_is_loaded, dump_comes_before_upload, jobs_need_nobody, recovery_point_is_kept):
        check.function(fake_site(db=table))


def test_a_script_that_is_not_there_dumps_nothing() -> None:
    missing = Answer(1, stderr="stat: cannot statx '/opt/backup.sh': No such file or directory\n")
    status = "stat --dereference --format '%F|%a|%U|%s' -- /opt/backup.sh"
    site = with_files(told("11 0 * * * backup /opt/backup.sh\n"), **{status: missing})
    assert failure(crontab_is_loaded, site)[0] == "no job that has to do with backups"


@pytest.mark.parametrize("words", ["a | ", ")", "if a; then ", "a && ", "$(", "* "])
def test_lines_that_are_hard_to_read_do_not_keep_the_grader_from_other_students(words: str, figure: Figure) -> None:
    site = installed(GOOD + f"1 1 * * * backup {words * (900 // len(words))}\n" * 60)
    began = time.process_time()
    for check in EVERY_CHECK[:7]:
        with contextlib.suppress(CheckFailed, LabcheckError):
            check.function(site)
    seconds = time.process_time() - began
    assert seconds < 10
    figure(f"output: seven checks read 55 KB of `{words}` in a crontab, CPU, s", round(seconds, 1))


def test_more_jobs_than_anybody_means_are_our_error_before_any_is_gone_through() -> None:
    site = installed(
        GOOD + "".join(f"{n % 60} {n % 24} * * * backup mysqldump agama > agama.sql\n" for n in range(400))
    )
    began = time.process_time()
    for check in EVERY_CHECK[:7]:
        with pytest.raises(LabcheckError, match="the crontabs have 404 jobs that move data; up to 100 are gone"):
            check.function(site)
    assert time.process_time() - began < 10


def test_a_user_where_a_command_should_be_fails_at_its_line() -> None:
    text = GOOD.replace("backup duplicity --no-encryption full", "backup true && backup duplicity --no-encryption full")
    assert text != GOOD
    assert failure(dump_comes_before_upload, installed(text)) == (
        "line 2 of mysql-backup: the user's name `backup` where a command should be",
        f"The user stands once, in front of the whole command: cat {PATH}",
    )


def test_lines_with_a_user_in_an_own_crontab_fail_where_the_user_stands() -> None:
    own = told(GOOD, "/var/spool/cron/crontabs/backup", "8180", 34)
    site = fake_site(db=asked(own))
    crontab_is_loaded.function(site)
    assert "the user's name `backup` where a command should be" in failure(dump_comes_before_upload, site)[0]


def test_words_of_bash_under_sh_fail_with_what_they_are() -> None:
    text = GOOD.replace("duplicity --no-encryption full", "[[ -s agama.sql ]] && duplicity --no-encryption full")
    assert text != GOOD
    found, hint = failure(jobs_need_nobody, installed(text))
    assert "is bash, but cron runs the command with /bin/sh" in found
    assert "SHELL=/bin/bash" in hint
    jobs_need_nobody.function(installed("SHELL=/bin/bash\n" + text))


@pytest.mark.parametrize("ahead", [-60, 0, 60])
def test_clocks_a_minute_apart_agree(ahead: int) -> None:
    clocks_agree.function(clocks(1800000000 + ahead, 1800000000))


@pytest.mark.parametrize(("ahead", "found"), [(93600, "`1 d 2 h` ahead of"), (-61, "`1 min 1 s` behind")])
def test_a_clock_that_is_wrong_fails_with_how_much(ahead: int, found: str) -> None:
    said, hint = failure(clocks_agree, clocks(1800000000 + ahead, 1800000000))
    assert said == f"db is {found} the backup server"
    assert hint == "Which of the two is right? On each host: date"


def test_a_host_that_does_not_tell_the_time_is_our_error() -> None:
    assert trouble(clocks_agree, fake_site(db={"date +%s": DOWN})) == DOWN.what


@pytest.mark.parametrize("check", [crontab_is_loaded, dump_comes_before_upload])
def test_what_a_timer_of_systemd_starts_is_not_read_and_nobody_s_failure(check: Check[Site]) -> None:
    db = asked("") | {TIMERS: Answer(0, "/etc/systemd/system/nightly.timer\tmysqldump agama\n")}
    assert trouble(check, fake_site(db=db)).startswith("a job that cannot be read here: `mysqldump agama`, which")


def test_a_timer_that_has_nothing_to_do_with_backups_is_none_of_ours() -> None:
    agama = Answer(0, "/etc/systemd/system/agama.timer\tcurl http://app.foo.bar/\n")
    assert failure(crontab_is_loaded, with_files("", **{TIMERS: agama}))[0] == "no job that has to do with backups"
