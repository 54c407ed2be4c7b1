"""Jobs that cannot start, jobs that call scripts, and jobs beside which something stands that nobody here can read."""

import time
from collections.abc import Callable

import pytest

from labcheck.hosts import Answer, Site
from labcheck.labs.backup_tools.schedule import (
    clean_up_deletes,
    clean_up_looks_where_backups_go,
    crontab_is_loaded,
    dump_comes_before_upload,
    jobs_need_nobody,
    recovery_point_is_kept,
)
from labcheck.labs.backup_tools.scripts import path_without_programs
from labcheck.model import Check
from tests.labs.backup_tools.asked import failure, status_of, trouble
from tests.labs.backup_tools.crontabs import (
    CLEAN_UP,
    DUMP,
    FULL,
    GOOD,
    INCREMENT,
    PATH,
    URL,
    installed,
    told,
    with_files,
)

NIGHT = f"mysqldump agama > agama.sql\nduplicity --no-encryption --full-if-older-than 7D agama.sql {URL}\n"


FINDS_NONE = "where the shell finds none of the programs"


def with_script(command: str, text: str, mode: int) -> Site:
    about = Answer(0, f"regular file|{mode}|backup|{len(text)}\n")
    script = {status_of("/opt/night"): about, "cat -- /opt/night": Answer(0, text)}
    return with_files(told(f"11 0 * * * {command}\n", "/etc/cron.d/night"), **script)


@pytest.mark.parametrize(
    ("command", "text", "mode", "said"),
    [
        ("backup /opt/night", NIGHT, 644, "nobody may run `/opt/night`, as its mode says"),
        ("backup nice /opt/night", NIGHT, 600, "nobody may run `/opt/night`, as its mode says"),
        ("backup /opt/night", f"#!/bin/sh\r\n{NIGHT}", 755, "the lines of `/opt/night` end as on Windows"),
        ("backup /opt/night", f"PATH=/opt\n{NIGHT}", 755, f"`/opt/night` says PATH=/opt, {FINDS_NONE}"),
        ("backup /opt/night", f"export PATH='/opt:'; {NIGHT}", 755, f"`/opt/night` says PATH='/opt:', {FINDS_NONE}"),
    ],
)
def test_a_script_that_does_not_start_fails_with_why(command: str, text: str, mode: int, said: str) -> None:
    assert failure(jobs_need_nobody, with_script(command, text, mode))[0] == f"line 1 of night: {said}"


@pytest.mark.parametrize(
    ("between", "said"),
    [
        (" &\n", "an upload that does not wait for the dump"),
        ("\nrm agama.sql\n", "deletes `/home/backup/agama.sql` before it is uploaded"),
        ("\n: > agama.sql\n", "deletes `/home/backup/agama.sql` before it is uploaded"),
    ],
)
def test_a_script_that_uploads_what_is_not_there_yet_or_not_any_more_fails(between: str, said: str) -> None:
    text = NIGHT.replace("\n", between, 1)
    assert failure(jobs_need_nobody, with_script("backup /opt/night", text, 755))[0].endswith(said)


@pytest.mark.parametrize("between", [" &\nwait\n", "\ntest -s agama.sql || rm agama.sql\n", "\nrm -f agama.old\n"])
def test_a_script_that_waits_or_deletes_something_else_passes(between: str) -> None:
    text = "rm -f agama.sql\n" + NIGHT.replace("\n", between, 1)
    jobs_need_nobody.function(with_script("backup /opt/night", text, 755))


def test_another_database_is_another_matter() -> None:
    other = "5 5 * * 0 backup mysqldump wiki > wiki.sql\n"
    for lines in (GOOD + other, other + GOOD):
        recovery_point_is_kept.function(installed(lines))


@pytest.mark.parametrize("command", ["backup sh /opt/night", "backup . /opt/night", "backup bash -e /opt/night"])
def test_a_script_that_a_shell_is_given_need_not_be_a_program(command: str) -> None:
    jobs_need_nobody.function(with_script(command, NIGHT, 644))


@pytest.mark.parametrize("mode", [755, 700, 10, 1])
def test_a_script_of_root_s_is_read_whatever_it_is_called(mode: int) -> None:
    for check in (dump_comes_before_upload, jobs_need_nobody):
        check.function(with_script("root /opt/night", f"cd /home/backup\n{NIGHT}", mode))


@pytest.mark.parametrize("directory", ["/usr/lib/x", "/usr/libexec", "/usr/share/x", "/usr/sbin", "/bin", "/lib/x"])
def test_a_script_of_the_distribution_is_not_asked_for(directory: str) -> None:
    tidy = told(f"5 5 * * * root {directory}/tidy-up.sh\n", "/etc/cron.d/tidy")
    dump_comes_before_upload.function(with_files(told(GOOD) + tidy))


def test_a_script_that_a_script_calls_is_read_and_need_not_stand_in_the_line() -> None:
    dump, upload, _ = NIGHT.split("\n")
    texts = {"/opt/night": f"{dump}\n/opt/up\n", "/opt/up": f"{upload}\n"}
    about = {status_of(path): Answer(0, f"regular file|755|backup|{len(text)}\n") for path, text in texts.items()}
    script = about | {f"cat -- {path}": Answer(0, text) for path, text in texts.items()}
    for check in (dump_comes_before_upload, jobs_need_nobody):
        check.function(with_files(told("11 0 * * * backup /opt/night\n"), **script))


@pytest.mark.parametrize(
    ("check", "lines"),
    [
        (jobs_need_nobody, DUMP + INCREMENT),
        (clean_up_looks_where_backups_go, DUMP + CLEAN_UP),
        (clean_up_deletes, DUMP + FULL + CLEAN_UP.replace("9 0 * * 0", "9 0 30 2 *")),
        (recovery_point_is_kept, DUMP + FULL),
    ],
)
def test_where_something_is_not_read_that_may_be_the_rest_nobody_fails(check: Check[Site], lines: str) -> None:
    assert "frobnicate" in trouble(check, installed(f"{lines}5 5 * * * backup frobnicate\n"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda text: text.replace("\n", "\r\n"),
            "line 1 of mysql-backup: the line ends in a carriage return, which becomes the last character of"
            " the command",
        ),
        (
            lambda text: f"PATH=/opt/bin\n{text}",
            "line 2 of mysql-backup: cron does not find `mysqldump` where PATH=/opt/bin says",
        ),
        (
            lambda text: f"PATH=$PATH:/opt/bin\n{text}",
            "line 2 of mysql-backup: cron does not find `mysqldump` where PATH=$PATH:/opt/bin says",
        ),
        (
            lambda text: f"SHELL=/usr/sbin/nologin\n{text}",
            "line 2 of mysql-backup: SHELL=/usr/sbin/nologin runs no command",
        ),
    ],
)
def test_a_line_that_cron_cannot_do_fails_with_why(change: Callable[[str], str], said: str) -> None:
    assert failure(jobs_need_nobody, installed(change(GOOD))) == (
        said,
        f"Try it as cron does: sh -c '...', or write SHELL=/bin/bash above, in {PATH}",
    )


@pytest.mark.parametrize(
    "before",
    [
        "PATH=$PATH:/opt",
        "PATH=/usr/local/bin:/bin",
        'export PATH="/opt:${PATH}"',
        "MYPATH=/opt",
        "echo PATH=/opt",
        "PATH=/opt\ntool\nPATH=/usr/bin:/opt",
    ],
)
def test_a_path_with_the_programs_in_it_passes(before: str) -> None:
    jobs_need_nobody.function(with_script("backup /opt/night", f"{before}\n{NIGHT}", 755))


def test_a_path_is_not_asked_where_programs_are_named_by_theirs() -> None:
    text = "PATH=/opt\n" + NIGHT.replace("mysqldump ", "/usr/bin/mysqldump ").replace("\ndup", "\n/usr/bin/dup")
    jobs_need_nobody.function(with_script("backup /opt/night", text, 755))


def test_a_path_in_the_command_itself_counts() -> None:
    lines = GOOD.replace("mysqldump", "PATH=/opt; mysqldump", 1)
    assert failure(jobs_need_nobody, installed(lines))[0].endswith("the shell finds no program where PATH=/opt says")


GETENT, HOME = "getent passwd backup", "backup:x:34:34::/var/backups:/bin/sh\n"
NOWHERE = Answer(1, stderr="stat: cannot statx: No such file or directory\n")


def calling(command: str, path: str, *not_there: str, above: str = "") -> Site:
    """Return a site whose script lies at a path; the home of user backup is /var/backups."""
    about = Answer(0, f"regular file|755|backup|{len(NIGHT)}\n")
    files = {status_of(one): NOWHERE for one in not_there} | {
        status_of(path): about,
        f"cat -- {path}": Answer(0, NIGHT),
    }
    crontab = told(f"{above}11 0 * * * backup {command}\n", "/etc/cron.d/night")
    return with_files(crontab, **files, **{GETENT: Answer(0, HOME)})


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("bin/night.sh", "/var/backups/bin/night.sh"),
        ("./night.sh", "/var/backups/night.sh"),
        ("~/night.sh", "/var/backups/night.sh"),
        ("sh night.sh", "/var/backups/night.sh"),
        ("cd /opt/jobs && ./night.sh", "/opt/jobs/night.sh"),
        ("cd /opt/jobs && sh night.sh", "/opt/jobs/night.sh"),
        ("cd jobs && bin/night.sh", "/var/backups/jobs/bin/night.sh"),
    ],
)
def test_a_script_is_looked_for_where_the_job_is(command: str, path: str) -> None:
    jobs_need_nobody.function(calling(command, path))


def test_cron_finds_a_name_alone_only_where_its_path_says() -> None:
    missing = ("/usr/bin/night.sh", "/bin/night.sh", "/usr/local/bin/night.sh")
    there = calling("night.sh", "/opt/night.sh", *missing, above="PATH=/usr/bin:/bin:/opt\n")
    jobs_need_nobody.function(there)

    for path in ("/var/backups/night.sh", "/usr/local/bin/night.sh"):
        site = calling("night.sh", path, *missing[:2], "/var/backups/night.sh", "/var/backups/bin/night.sh")
        said = f"cron does not find `{path}` by `night.sh` alone, as PATH=/usr/bin:/bin says"
        assert failure(jobs_need_nobody, site)[0] == f"line 1 of night: {said}"


def test_a_script_that_is_nowhere_does_nothing() -> None:
    places = ("/usr/bin", "/bin", "/var/backups", "/var/backups/bin", "/usr/local/bin", "/usr/local/sbin")
    site = calling("night.sh", "/opt/night.sh", *(f"{one}/night.sh" for one in places))
    assert failure(crontab_is_loaded, site)[0] == "no job that has to do with backups"


@pytest.mark.parametrize("command", ["su - backup -c night.sh", "bash -lc night.sh", "sudo night.sh"])
def test_who_has_a_path_of_its_own_may_find_what_cron_does_not(command: str) -> None:
    missing = [f"{one}/night.sh" for one in ("/usr/bin", "/bin", "/var/backups", "/var/backups/bin")]
    jobs_need_nobody.function(calling(command, "/usr/local/bin/night.sh", *missing))


def test_a_long_path_is_not_gone_through() -> None:
    directories = [f"/opt/{number}" for number in range(1000)]
    asked = [f"{one}/night.sh" for one in (*directories[:16], "/var/backups", "/var/backups/bin")]
    above = f"PATH=/usr/bin:{':'.join(directories)}\n"
    site = calling("night.sh", "/usr/local/bin/night.sh", "/usr/bin/night.sh", *asked, above=above)
    assert "by `night.sh` alone" in failure(jobs_need_nobody, site)[0]


def test_a_script_that_sets_its_path_without_end_is_gone_through_once() -> None:
    began = time.process_time()
    assert path_without_programs("PATH=/opt\ntool\n" * 4000) == ""
    assert path_without_programs("PATH=/opt\n" * 4000 + "rsync\n") == "PATH=/opt"
    assert time.process_time() - began < 1
