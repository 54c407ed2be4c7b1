"""What the crontabs of db come to, before any check judges it."""

import pytest

from labcheck.errors import LabcheckError
from labcheck.hosts import Answer
from labcheck.labs.backup_tools.plan import Plan, not_covered, plan
from labcheck.labs.backup_tools.schedule import crontab_is_loaded
from labcheck.labs.backup_tools.scripts import LARGEST_SCRIPT_BYTES
from labcheck.rpo.findings import FATAL
from tests.fake_host import fake_site
from tests.labs.backup_tools.asked import status_of, trouble
from tests.labs.backup_tools.crontabs import CLEAN_UP, DUMP, FULL, GOOD, URL, asked, told


def plan_of(files: str, **more: Answer) -> Plan:
    """Return the plan of a host with these crontabs, and with scripts by their paths."""
    answers: dict[str, Answer | LabcheckError] = {}
    for path, text in more.items():
        answers |= {status_of(path): Answer(0, f"regular file|755|x|{len(text.stdout)}\n"), f"cat -- {path}": text}
    return plan(fake_site(db=asked(files) | answers))


def test_of_what_cron_ignores_only_backups_are_told() -> None:
    tidy = told("0 1 * * * root true\n", path="/etc/cron.d/tidy.old")
    assert plan_of(told(GOOD) + tidy).ignored == ()
    (one,) = plan_of(told(GOOD) + tidy + told(DUMP, path="/etc/cron.d/night.old")).ignored
    assert one.path == "/etc/cron.d/night.old"


def test_what_is_no_dump_is_no_upload() -> None:
    settings = "5 1 * * * root rsync -a /etc/ elvis@backup.foo.bar:etc\n"
    found = plan_of(told(GOOD + settings))
    assert {link.step.job.line for link in found.links} == {1, 2, 3}
    assert {link.step.job.line for link in found.uploads} == {2, 3}
    assert found.answer is not None
    assert found.why_none == ""


@pytest.mark.parametrize(
    ("path", "program", "said"),
    [
        ("/usr/local/bin", "mysqldump", "cron does not find `mysqldump` where PATH=/usr/local/bin says"),
        ("/usr/local/bin", "/usr/bin/mysqldump", ""),
        ("/usr/local/bin:/usr/bin", "mysqldump", ""),
        ("/bin", "mysqldump", ""),
        (
            "/usr/bin:/bin",
            "runuser -u backup -- mysqldump",
            "cron does not find `runuser` where PATH=/usr/bin:/bin says",
        ),
        ("/usr/sbin:/usr/bin", "runuser -u backup -- mysqldump", ""),
        ("/sbin:/usr/bin", "runuser -u backup -- mysqldump", ""),
        ("/usr/bin", "/usr/sbin/runuser -u backup -- mysqldump", ""),
    ],
)
def test_a_path_without_programs_is_a_slip(path: str, program: str, said: str) -> None:
    found = plan_of(told(f"PATH={path}\n{DUMP.replace('mysqldump', program)}"))
    (step,) = found.dumps
    assert found.slip(step) == said


@pytest.mark.parametrize("shell", ["/bin/true", "/bin/false", "/usr/sbin/nologin"])
def test_a_shell_that_runs_nothing_is_a_slip(shell: str) -> None:
    found = plan_of(told(f"SHELL={shell}\n{DUMP}"))
    (step,) = found.dumps
    assert found.slip(step) == f"SHELL={shell} runs no command"


def test_a_path_that_the_command_sets_is_looked_at_too() -> None:
    found = plan_of(told(DUMP.replace("mysqldump", "PATH=/opt; mysqldump")))
    (step,) = found.dumps
    assert found.slip(step) == "the shell finds no program where PATH=/opt says"


@pytest.mark.parametrize(
    ("words", "holds"),
    [
        ("agama", True),
        ("agama item", True),
        ("agama crowd item", True),
        ("agama crowd", False),
        ("agama $TABLES", True),
        ("other", False),
        ("--all-databases", True),
        ("--databases other agama", True),
        ("--databases other more", False),
        ("--no-create-info agama", False),
        ("-t agama", False),
        ("--where=id<9 agama", False),
        ("--ignore-table=agama.item agama", False),
        ("--ignore-table=agama.crowd agama", True),
    ],
)
def test_a_dump_holds_the_table_with_its_rows_or_not(words: str, holds: bool) -> None:
    found = plan_of(told(DUMP.replace("mysqldump agama", f"mysqldump {words}")))
    assert (len(found.dumps), len(found.other_dumps)) == (holds, not holds)


@pytest.mark.parametrize(
    "line",
    [
        "root frobnicate /srv/back-up",
        "root frobnicate backup",
        "root frobnicate offsite",
        "root frobnicate off-site",
        "root frobnicate dump",
        "root frobnicate duplicity",
        "root frobnicate my.sql",
        "root frobnicate MariaDB",
        "root frobnicate restic",
        "root frobnicate borg",
        "root frobnicate rsync",
        "backup frobnicate",
        "root run-parts /etc/cron.nightly",
        "backup backup2 frobnicate",
    ],
)
def test_what_may_be_a_backup_and_cannot_be_read_is_kept(line: str) -> None:
    found = plan_of(told(f"1 1 * * * {line}\n", path="/etc/cron.d/jobs"))
    command = line.partition(" ")[2]
    program = command.partition(" ")[0]
    assert found.unread == f"line 1 of jobs: `{command}`: `{program}` is not a program that is known here"
    with pytest.raises(LabcheckError, match="a job that cannot be read here: line 1 of jobs"):
        found.must_be_read()


@pytest.mark.parametrize(
    "line", ["root frobnicate", "root cd / && run-parts --report /etc/cron.daily", "backup backup frobnicate"]
)
def test_what_has_nothing_to_do_with_backups_or_is_no_command_is_not_kept(line: str) -> None:
    found = plan_of(told(f"1 1 * * * {line}\n", path="/etc/cron.d/jobs"))
    assert found.unread == ""
    assert (found.user_as_command is None) == line.startswith("root")


def test_a_users_name_alone_is_a_program_that_nobody_knows() -> None:
    assert plan_of(told("1 1 * * * backup backup\n", path="/etc/cron.d/jobs")).user_as_command is None


@pytest.mark.parametrize("name", ["/home/backup/bin/night", "bin/night", "~/bin/night"])
def test_a_script_is_looked_for_from_the_home_on(name: str) -> None:
    site = asked(told(f"11 0 * * * backup {name}\n")) | {
        "getent passwd backup": Answer(0, "backup:x:34:34::/home/backup:/bin/sh\n")
    }
    script = "mysqldump agama > agama.sql\n"
    path = "/home/backup/bin/night"
    site |= {status_of(path): Answer(0, f"regular file|755|x|{len(script)}\n"), f"cat -- {path}": Answer(0, script)}
    assert len(plan(fake_site(db=site)).dumps) == 1


def test_scripts_call_scripts_three_deep() -> None:
    def calling(deep: int) -> Plan:
        scripts = {f"/opt/n{number}": Answer(0, f"/opt/n{number + 1}\n") for number in range(deep)}
        return plan_of(told("11 0 * * * backup /opt/n0\n"), **scripts, **{f"/opt/n{deep}": Answer(0, DUMP[18:])})

    assert len(calling(2).dumps) == 1
    assert calling(3).dumps == ()
    assert calling(3).unread.startswith("line 1 of mysql-backup: `/opt/n3`: a script whose text was not given")
    assert not calling(3).unread.endswith("=FILE")


def test_a_script_may_be_so_long() -> None:
    script = "mysqldump agama > agama.sql\n"
    whole = script + "#" * (LARGEST_SCRIPT_BYTES - len(script))
    assert len(plan_of(told("11 0 * * * backup /opt/n\n"), **{"/opt/n": Answer(0, whole)}).dumps) == 1
    assert plan_of(told("11 0 * * * backup /opt/n\n"), **{"/opt/n": Answer(0, whole + "#")}).dumps == ()


def test_what_is_not_covered_is_for_a_person() -> None:
    assert not_covered("x").next_step == "Have a person look at it."


def test_a_crontab_without_an_upload_has_no_links() -> None:
    found = plan_of(told(CLEAN_UP))
    assert found.links == ()
    assert found.answer is None
    assert found.has_backups
    assert plan_of(told(FULL)).has_backups


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


def with_scripts(crontab: str, **scripts: str) -> Plan:
    """Return the plan of a host with these scripts in the home of user backup."""
    home = {"getent passwd backup": Answer(0, "backup:x:34:34::/home/backup:/bin/sh\n")}
    for name, text in scripts.items():
        path = f"/home/backup/.{name}"
        home |= {status_of(path): Answer(0, f"regular file|600|x|{len(text)}\n"), f"cat -- {path}": Answer(0, text)}
    return plan(fake_site(db=asked(told(crontab)) | home))


def test_a_passphrase_is_found_in_a_file_that_a_script_reads() -> None:
    crontab = "11 0 * * * backup ~/.nightly\n"
    nightly = f". ~/.env\nmysqldump agama > agama.sql\nduplicity agama.sql {URL}\n"
    found = with_scripts(crontab, nightly=nightly, env="export PASSPHRASE=mellon\n")
    assert found.passphrase_for_a_drill() == "/home/backup/.env"
    assert found.unread == ""
    assert found.answer is not None
    assert [one.rule for one in found.answer.findings if one.severity == FATAL] == []


def test_a_passphrase_from_elsewhere_is_nobodys_failure() -> None:
    read = plan_of(told(f"1 1 * * * backup read PASSPHRASE < p; export PASSPHRASE; duplicity agama.sql {URL}\n"))
    exported = plan_of(told(f"1 1 * * * backup export $(cat p); duplicity agama.sql {URL}\n"))
    for found in (read, exported):
        with pytest.raises(LabcheckError) as error:
            found.passphrase_for_a_drill()
        assert error.value.what == "the jobs get their passphrase from where no drill looks"
        assert error.value.next_step == "Have a person look at it."


def test_jobs_without_a_passphrase_need_none() -> None:
    assert plan_of(told(GOOD)).passphrase_for_a_drill() == ""


def test_a_script_whose_name_is_worked_out_stays_unread() -> None:
    found = plan_of(told(f"11 0 * * * backup . $(which-env); {DUMP[18:]}"))
    assert found.unread.startswith("line 1 of mysql-backup: `$(which-env)`: a script whose text was not given")
    assert len(found.dumps) == 1
