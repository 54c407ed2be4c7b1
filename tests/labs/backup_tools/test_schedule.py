import base64
import contextlib
import shlex
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from labcheck.errors import CheckFailed, HostUnreachable, LabcheckError
from labcheck.facts import cron, cron_log, duplicity
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
from tests.labs.backup_tools.asked import DUMP_STATUS, NO_SUCH_FILE, TIMERS, failure, trouble

CRONTABS = shlex.join(["sh", "-c", cron.SCRIPT])
LOG = shlex.join(["sh", "-c", cron_log.SCRIPT])
URL = "rsync://elvis@backup.foo.bar/mysql"
DUMP = "11 0 * * * backup mysqldump agama > agama.sql\n"
FULL = f"12 0 * * 0 backup duplicity --no-encryption full agama.sql {URL}\n"
INCREMENT = f"12 0 * * 1-6 backup duplicity --no-encryption incremental agama.sql {URL}\n"
CLEAN_UP = f"9 0 * * 0 backup duplicity remove-older-than 30D --force {URL}\n"
GOOD = DUMP + FULL + INCREMENT + CLEAN_UP
PATH = "/etc/cron.d/mysql-backup"
USERS = "root:x:0:0:root:/root:/bin/bash\nbackup:x:34:34:backup:/home/backup:/bin/bash\n"
DOWN = HostUnreachable("cannot sign in to db")
NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
GO_ON = shlex.join(["sh", "-c", duplicity.GO_ON, "go-on", "elvis@backup.foo.bar", "--no-encryption", "agama.sql", URL])
THERE = Answer(0, "regular file|644|backup|2003\n")
FILES = r"find /home/elvis/mysql/ -maxdepth 1 -type f -name 'duplicity-*' -printf '%s %f\0'"
EVERY_CHECK = [
    cron_is_running, crontab_is_loaded, dump_comes_before_upload, jobs_need_nobody, clean_up_looks_where_backups_go,
    clean_up_deletes, recovery_point_is_kept, cron_has_run_the_jobs, backup_server_holds_what_cron_made,
    next_backup_can_be_made,
]  # fmt: skip


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def told(text: str, path: str = PATH, mode: str = "81a4", owner: int = 0) -> str:
    return f"file {encoded(path)} - {mode} {owner} 1 {len(text.encode())} {encoded(text)}\n"


def asked(files: str, *, running: bool = True) -> dict[str, Answer | LabcheckError]:
    answer = f"cron {encoded('51 cron -f') if running else ''}\n{files}"
    names = cron.user_names(answer)
    table: dict[str, Answer | LabcheckError] = {CRONTABS: Answer(0, answer), TIMERS: Answer(0)}
    if names:
        table[shlex.join(["getent", "passwd", *names])] = Answer(0, USERS)
    return table


def installed(text: str) -> Site:
    return fake_site(db=asked(told(text)))


def run(user: str, command: str, ago: timedelta) -> str:
    return f"{(NOW - ago).isoformat()} db CRON[1]: ({user}) CMD ({command})\n"


def logged(*runs: str) -> Answer:
    return Answer(0, f"{NOW.isoformat()}\n{''.join(runs)}")


def set_of(ago: timedelta) -> str:
    return f"9 duplicity-full.{NOW - ago:%Y%m%dT%H%M%SZ}.manifest\0"


def ran(log: Answer | LabcheckError, sets: Answer | None = None) -> Site:
    return fake_site(
        db=asked(told(GOOD)) | {LOG: log, DUMP_STATUS: THERE, GO_ON: Answer(0)}, backup={FILES: sets} if sets else {}
    )


def clocks(db: int, backup: int) -> Site:
    return fake_site(db={"date +%s": Answer(0, f"{db}\n")}, backup={"date +%s": Answer(0, f"{backup}\n")})


DUMPED = run("backup", "mysqldump agama > agama.sql", timedelta(hours=9))
UPLOADED = run("backup", INCREMENT.partition("backup ")[2].strip(), timedelta(hours=8, minutes=59))


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
        (told("61 0 * * * backup x\n" + GOOD), f"`Error: bad minute; while reading {PATH}`", f"sed -n 1p {PATH}"),
        (told(DUMP + "12 0 * * * duplicity x\n"), f"`Error: bad username; while reading {PATH}`", "Look at line 2"),
        (told(GOOD.rstrip("\n")), "Missing newline before EOF", f"End the last line with Enter: echo >> {PATH}"),
        (told(GOOD, mode="81b6"), "INSECURE MODE (group/other writable)", f"chmod go-w {PATH}"),
        (told(GOOD, owner=34), "WRONG FILE OWNER", f"chown root {PATH}"),
        (told(GOOD, mode="41ed"), "NOT A REGULAR FILE", f"ls -l {PATH}"),
        (told(GOOD, path=f"{PATH}.sh"), "a name that cron passes over in silence", f"mv {PATH}.sh {PATH}"),
        (told("17 * * * * root run-parts x\n", path="/etc/crontab"), "no job that has to do with backups", PATH),
    ],
)
def test_a_crontab_that_cron_ignores_fails_with_cron_s_own_words(files: str, found: str, hint: str) -> None:
    said, next_step = failure(crontab_is_loaded, fake_site(db=asked(files)))
    assert found in said
    assert hint in next_step


def test_an_old_file_that_is_ignored_does_no_harm_beside_a_good_one() -> None:
    crontab_is_loaded.function(fake_site(db=asked(told(DUMP, path=f"{PATH}.bak") + told(GOOD))))


def test_a_program_that_nobody_here_can_read_is_our_error() -> None:
    site = installed("11 0 * * * backup python3 /opt/backup.py\n")
    assert "line 1 of mysql-backup: `python3 /opt/backup.py`" in trouble(crontab_is_loaded, site)
    with_dump = installed(DUMP + "12 0 * * * backup python3 /opt/upload.py\n")
    assert "upload.py" in trouble(dump_comes_before_upload, with_dump)
    assert "upload.py" in trouble(clean_up_looks_where_backups_go, with_dump)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (FULL, "no job that dumps a database"),
        (DUMP, "no job that brings a dump to another host"),
        (
            DUMP + FULL.replace("agama.sql", "photos.zip"),
            "no job writes db:/home/backup/photos.zip",
        ),
        (GOOD.replace("11 0", "12 0"), "starts in the minute of the dump in line 1"),
        (GOOD.replace("11 0", "13 0"), "starts 1 min before line 1 of mysql-backup writes its source anew"),
    ],
    ids=["no dump", "no upload", "another file", "same minute", "too early"],
)
def test_an_upload_that_does_not_follow_the_dump_fails(text: str, found: str) -> None:
    assert found in failure(dump_comes_before_upload, installed(text))[0]


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


def test_a_passphrase_above_the_line_is_an_answer() -> None:
    jobs_need_nobody.function(installed("PASSPHRASE=secret\n" + GOOD.replace(" --no-encryption", "")))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (DUMP + FULL + INCREMENT, "no job that deletes old backups"),
        (GOOD.replace(CLEAN_UP, CLEAN_UP.replace("/mysql", "//home/elvis")), "where no backup goes"),
    ],
    ids=["none", "elsewhere"],
)
def test_a_clean_up_that_looks_elsewhere_fails(text: str, found: str) -> None:
    assert found in failure(clean_up_looks_where_backups_go, installed(text))[0]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (GOOD.replace(" --force", ""), "without --force the clean-up only lists"),
        (DUMP + FULL + INCREMENT, "backups that are kept for ever"),
    ],
    ids=["only lists", "none"],
)
def test_a_clean_up_that_deletes_nothing_fails(text: str, found: str) -> None:
    assert found in failure(clean_up_deletes, installed(text))[0]


def test_an_upload_without_a_chain_needs_no_clean_up_of_chains() -> None:
    text = f"{DUMP}12 0 * * * backup rsync -ab agama.sql elvis@backup.foo.bar:\n"
    clean_up_looks_where_backups_go.function(installed(text))
    clean_up_deletes.function(installed(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (GOOD.replace("12 0", "13 0"), "`24h 03m` at worst"),
        (GOOD.replace("0 * * 0 backup dup", "0 1 * * backup dup").replace(INCREMENT, ""), "at worst"),
    ],
    ids=["a minute late", "monthly"],
)
def test_more_than_the_promised_loss_fails(text: str, found: str) -> None:
    said, hint = failure(recovery_point_is_kept, installed(text))
    assert found in said
    assert hint.startswith(f"In {PATH} you could ")


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
    site = fake_site(db=asked(told("11 0 * * * backup /opt/backup.sh\n")) | {status: missing})
    assert failure(crontab_is_loaded, site)[0] == "no job that has to do with backups"


def test_a_program_in_place_of_a_script_is_not_fetched() -> None:
    status = "stat --dereference --format '%F|%a|%U|%s' -- /opt/backup.sh"
    for said in ("directory|755|root|4096\n", "regular file|755|root|9000000\n"):
        site = fake_site(db=asked(told("11 0 * * * backup /opt/backup.sh\n")) | {status: Answer(0, said)})
        assert "/opt/backup.sh" in trouble(crontab_is_loaded, site)


def test_scripts_that_are_longer_than_they_say_or_too_many_are_not_read() -> None:
    def script(name: str, size: int, text: str) -> dict[str, Answer | LabcheckError]:
        status = f"stat --dereference --format '%F|%a|%U|%s' -- /opt/{name}"
        return {status: Answer(0, f"regular file|755|root|{size}\n"), f"cat -- /opt/{name}": Answer(0, text)}

    longer = asked(told("11 0 * * * backup /opt/a\n")) | script("a", 9, "#" * 32_001)
    assert "/opt/a" in trouble(crontab_is_loaded, fake_site(db=longer))
    many = asked(told("".join(f"11 0 * * * backup /opt/{name}\n" for name in "abc")))
    for name in "abc":
        many |= script(name, 30_000, "#" * 30_000)
    assert "/opt/c" in trouble(crontab_is_loaded, fake_site(db=many))


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


@pytest.mark.parametrize(
    ("log", "found"),
    [
        (logged(), "no start of `mysqldump agama > agama.sql` in the log"),
        (logged(DUMPED), "no start of `duplicity --no-encryption full"),
        (logged(DUMPED.replace("(backup)", "(root)"), UPLOADED), "no start of `mysqldump"),
    ],
    ids=["nothing", "no upload", "as another user"],
)
def test_jobs_that_cron_has_not_started_fail(log: Answer, found: str) -> None:
    said, hint = failure(cron_has_run_the_jobs, ran(log))
    assert found in said
    assert hint == "Look there: grep CMD /var/log/syslog"


@pytest.mark.parametrize("ago", [timedelta(hours=5), timedelta(hours=9, minutes=30)], ids=["by hand", "before"])
def test_a_backup_of_another_time_is_not_cron_s(ago: timedelta) -> None:
    said, hint = failure(backup_server_holds_what_cron_made, ran(logged(DUMPED, UPLOADED), Answer(0, set_of(ago))))
    assert "nothing in `/home/elvis/mysql` that `duplicity" in said
    assert "(last at 00:01:00)" in said
    assert hint.startswith("Run it by hand, as backup, and read what it says: duplicity --no-encryption ")


def test_a_log_that_cannot_be_read_is_our_error() -> None:
    closed = Answer(3, stderr="tail: Permission denied\n")
    for check in (cron_has_run_the_jobs, backup_server_holds_what_cron_made):
        assert "Permission denied" in trouble(check, ran(closed))


def test_an_upload_to_where_nobody_looks_is_our_error() -> None:
    text = GOOD.replace(URL, "boto3+s3://bucket/mysql")
    upload = INCREMENT.partition("backup ")[2].strip().replace(URL, "boto3+s3://bucket/mysql")
    log = logged(DUMPED, run("backup", upload, timedelta(hours=8)))
    site = fake_site(db=asked(told(text)) | {LOG: log})
    assert "nobody looks at it here" in trouble(backup_server_holds_what_cron_made, site)


def test_a_user_where_a_command_should_be_fails_at_its_line() -> None:
    text = GOOD.replace("backup duplicity --no-encryption full", "backup true && backup duplicity --no-encryption full")
    assert text != GOOD
    found, hint = failure(dump_comes_before_upload, installed(text))
    assert "the user's name `backup` where a command should be" in found
    assert PATH in hint


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("\n", "\r\n"), "the line ends in a carriage return"),
        (lambda text: f"PATH=/opt/bin\n{text}", "cron does not find `mysqldump` where PATH=/opt/bin says"),
        (lambda text: f"PATH=$PATH:/opt/bin\n{text}", "where PATH=$PATH:/opt/bin says"),
    ],
)
def test_a_line_that_cron_cannot_do_fails_with_why(change: Callable[[str], str], said: str) -> None:
    found, hint = failure(jobs_need_nobody, installed(change(GOOD)))
    assert said in found
    assert PATH in hint


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


def test_what_is_in_the_way_of_the_next_backup_is_told_in_duplicity_s_words() -> None:
    locked = Answer(1, stderr="ERROR 23\n. Another duplicity instance is already running\n. If not, remove it\n\n")
    site = fake_site(db=asked(told(GOOD)) | {DUMP_STATUS: THERE, GO_ON: locked})
    found, hint = failure(next_backup_can_be_made, site)
    assert found == "`Another duplicity instance is already running`"
    assert hint == f"Try it, on db as backup: duplicity --no-encryption --dry-run incremental agama.sql {URL}"


@pytest.mark.parametrize(
    "change",
    [
        (" --no-encryption", ""),
        ("duplicity --no-enc", "cd /srv && duplicity --no-enc"),
        ("elvis@", "$WHO@"),
        ("--no-encryption", "--no-encryption --allow-source-mismatch"),
        ("backup duplicity", "root duplicity"),
    ],
)
def test_a_backup_that_needs_more_than_its_words_is_not_tried(change: tuple[str, str]) -> None:
    text = DUMP + (FULL + INCREMENT).replace(*change)
    next_backup_can_be_made.function(installed("PASSPHRASE=secret\n" + text))


def test_a_dump_that_cron_is_yet_to_make_is_in_nobody_s_way() -> None:
    next_backup_can_be_made.function(fake_site(db=asked(told(GOOD)) | {DUMP_STATUS: NO_SUCH_FILE}))


@pytest.mark.parametrize("check", [crontab_is_loaded, dump_comes_before_upload])
def test_what_a_timer_of_systemd_starts_is_not_read_and_nobody_s_failure(check: Check[Site]) -> None:
    db = asked("") | {TIMERS: Answer(0, "/etc/systemd/system/nightly.timer\tmysqldump agama\n")}
    assert trouble(check, fake_site(db=db)).startswith("a job that cannot be read here: `mysqldump agama`, which")


def test_a_timer_that_has_nothing_to_do_with_backups_is_none_of_ours() -> None:
    db = asked("") | {TIMERS: Answer(0, "/etc/systemd/system/agama.timer\tcurl http://app.foo.bar/\n")}
    assert failure(crontab_is_loaded, fake_site(db=db))[0] == "no job that has to do with backups"


SCP = "scp agama.sql elvis@backup.foo.bar:"
COPIES = shlex.join(
    ["find", "/home/elvis/agama.sql", "-type", "f", "-path", "/home/elvis/agama.sql", "-printf", r"%C@ %p\0"]
)
WHOLE = "CREATE TABLE `item` (\n);\n-- Dump completed\n"


def copied(text: str, ago: timedelta = timedelta(hours=8, minutes=58)) -> Site:
    """A site whose jobs dump and copy; the copy came so long ago and holds this."""
    log = logged(DUMPED, run("backup", SCP, timedelta(hours=8, minutes=59)))
    backup = {
        COPIES: Answer(0, f"{(NOW - ago).timestamp():.0f} /home/elvis/agama.sql\0"),
        "gzip -dcf -- /home/elvis/agama.sql": Answer(0, text),
    }
    return fake_site(db=asked(told(f"{DUMP}12 0 * * * backup {SCP}\n")) | {LOG: log}, backup=backup)


def test_a_copy_that_cron_has_made_is_a_backup_that_restores_when_it_is_a_whole_dump() -> None:
    backup_server_holds_what_cron_made.function(copied(WHOLE))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CREATE TABLE `item` (\n", "a dump that ends with `CREATE TABLE `item` (`"),
        (WHOLE.replace("item", "other"), "a dump without table `item` (its tables: `other`)"),
    ],
)
def test_a_copy_of_something_else_is_none(text: str, found: str) -> None:
    look = "Look at its end, on the backup server: gzip -dcf /home/elvis/agama.sql | tail -1"
    assert failure(backup_server_holds_what_cron_made, copied(text)) == (found, look)


def test_a_copy_that_came_at_another_time_was_not_made_by_cron() -> None:
    found, hint = failure(backup_server_holds_what_cron_made, copied(WHOLE, timedelta(hours=5)))
    assert found == f"nothing in `/home/elvis/agama.sql` that `{SCP}` made when cron started it (last at 00:01:00)"
    assert hint == f"Run it by hand, as backup, and read what it says: {SCP}"
