import base64
import shlex
from dataclasses import dataclass, field, replace

import pytest

from labcheck.errors import HostUnreachable, LabcheckError
from labcheck.facts.cron import SCRIPT as CRONTABS
from labcheck.facts.cron_log import SCRIPT as LOG
from labcheck.facts.duplicity import RESTORE
from labcheck.facts.freshness import SCRIPT as FRESHNESS
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
from tests.labs.backup_tools.asked import NO_SUCH_FILE, TIMERS, called, failure, status_of, trouble

FULL = "20261122T001200Z"
INC = "20261123T001200Z"
SUM = "a" * 40
DUMP = "CREATE TABLE `item` (\n);\nINSERT INTO `item` VALUES (3,'Frodo',1);\n-- Dump completed\n"
DB_CRONTAB = (
    "11 0 * * * backup mysqldump agama > agama.sql\n"
    "12 0 * * * backup duplicity --no-encryption --full-if-older-than 7D agama.sql rsync://elvis@backup.foo.bar/mysql\n"
    "20 0 * * * backup duplicity --no-encryption verify rsync://elvis@backup.foo.bar/mysql agama.sql\n"
)
COPY = "rsync -a /home/elvis/mysql/ offsite.foo.bar:/srv/backup"
BACKUP_CRONTAB = f"30 1 * * * elvis {COPY}\n"
USERS = "backup:x:34:34::/home/backup:/bin/bash\nelvis:x:1000:1000::/home/elvis:/bin/bash\n"
RAN = f"2026-11-23T01:30:01.1+00:00 backup CRON[7]: (elvis) CMD ({COPY})\n"
RESTORED, GREEN_RED_RED = Answer(0, DUMP), Answer(0, "0\n1\n2\n")
SECONDS_OF_INC = 1795392720
LET_IT_RUN = "Write it, and let it be run: chmod +x /home/elvis/fresh"
DOWN = HostUnreachable("cannot sign in to offsite")
LOCALTIME = "realpath --canonicalize-missing /etc/localtime"


def names_of(full: str, *increments: str) -> dict[str, int]:
    """Return the files of a chain, with their sizes."""
    found = {f"duplicity-full.{full}.manifest": 160, f"duplicity-full.{full}.vol1.difftar.gz": 800}
    found[f"duplicity-full-signatures.{full}.sigtar.gz"] = 200
    for before, end in zip([full, *increments], increments, strict=False):
        found[f"duplicity-inc.{before}.to.{end}.manifest"] = 150
        found[f"duplicity-inc.{before}.to.{end}.vol1.difftar.gz"] = 300
        found[f"duplicity-new-signatures.{before}.to.{end}.sigtar.gz"] = 40
    return found


@dataclass(frozen=True)
class State:
    """What the hosts hold; a test changes one thing of what is right."""

    here: dict[str, int] = field(default_factory=lambda: names_of(FULL, INC))
    there: dict[str, int] = field(default_factory=lambda: names_of(FULL, INC))
    bad: str = ""
    db_crontab: str = DB_CRONTAB
    backup_crontab: str = BACKUP_CRONTAB
    log: str = RAN
    restored: Answer = RESTORED
    dump: str = "/home/backup/agama.sql"
    dumped: str = DUMP
    dumped_at: int = 1795392661
    modes: tuple[str, str] = ("700", "700")
    backup_zone: str = "Etc/UTC"
    fresh: Answer = GREEN_RED_RED
    scripts: dict[str, str] = field(default_factory=dict)
    timers: str = ""
    names: tuple[str, ...] = ()

    @property
    def site(self) -> Site:
        """The site that answers so."""
        offsite = {
            **listing("/srv/backup", self.there),
            **sums("/srv/backup", self.there, self.bad),
            restore(): self.restored,
            status_of("/srv/backup"): Answer(0, f"directory|{self.modes[1]}|elvis|4096\n"),
        }
        backup = {
            **listing("/home/elvis/mysql", self.here),
            **crontabs(("/etc/cron.d/offsite", self.backup_crontab)),
            shlex.join(["sh", "-c", LOG]): Answer(0, f"2026-11-23T09:00:00+00:00\n{self.log}"),
            shlex.join(["sh", "-c", FRESHNESS, "fresh", "/home/elvis/mysql", "26"]): self.fresh,
            status_of("/home/elvis/mysql"): Answer(0, f"directory|{self.modes[0]}|elvis|4096\n"),
        }
        db = {
            **crontabs(("/etc/cron.d/mysql-backup", self.db_crontab)),
            f"test -r {self.dump}": Answer(0 if self.dumped else 1),
            f"gzip -dcf -- {self.dump}": Answer(0, self.dumped),
            f"stat --dereference --format %Y -- {self.dump}": Answer(0, f"{self.dumped_at}\n"),
        }
        for host, user in ((db, "backup"), (backup, "elvis")):
            host[f"getent passwd {user}"] = Answer(0, USERS)
            host |= {
                status_of(path): Answer(0, f"regular file|755|x|{len(text)}\n") for path, text in self.scripts.items()
            }
            host |= {f"cat -- {path}": Answer(0, text) for path, text in self.scripts.items()}
            host[TIMERS] = Answer(0, self.timers)
        db |= {LOCALTIME: Answer(0, "/usr/share/zoneinfo/Etc/UTC\n")} if self.db_crontab else {}
        backup |= {LOCALTIME: Answer(0, f"/usr/share/zoneinfo/{self.backup_zone}\n")} if self.backup_crontab else {}
        told = "".join(f"elvis\t{name}\t\n" for name in (*self.names, "backup.foo.bar", "offsite.foo.bar"))
        backup |= {called("elvis", *self.names): Answer(0, told)} if self.names else {}
        return fake_site(db=db, backup=backup, offsite=offsite)


def told(verdicts: str) -> State:
    """Return a state in which ~/fresh says this of fresh backups, old ones and none."""
    return State(fresh=Answer(0, verdicts.replace(" ", "\n") + "\n"))


def try_fresh(directory: str) -> str:
    return f"Try it, on the backup server: ./fresh {directory} 26; echo $?"


def listing(directory: str, sizes: dict[str, int]) -> dict[str, Answer]:
    words = ["-maxdepth", "1", "-type", "f", "-name", "duplicity-*", "-printf", r"%s %f\0"]
    told = "".join(f"{size} {name}\0" for name, size in sizes.items())
    return {shlex.join(["find", f"{directory}/", *words]): Answer(0, told)}


def sums(directory: str, sizes: dict[str, int], bad: str) -> dict[str, Answer]:
    def each(names: str, *words: str) -> str:
        place = ["find", f"{directory}/", "-maxdepth", "1", "-type", "f", "-name", f"duplicity-{names}"]
        return shlex.join([*place, "-exec", *words, "{}", "+"])

    told = "".join(
        f"{directory}/{name}\0Volume 1:\n{directory}/{name}\0    Hash SHA1 {SUM}\n"
        for name in sizes
        if "manifest" in name
    )
    summed = "".join(f"{'b' * 40 if name == bad else SUM}  {directory}/{name}\0" for name in sizes if "difftar" in name)
    return {
        each("*.manifest", "grep", "-HZE", "^Volume |^ +Hash "): Answer(0, told),
        each("*.difftar*", "sha1sum", "-z", "--"): Answer(0, summed),
    }


def crontabs(*written: tuple[str, str]) -> dict[str, Answer]:
    def word(text: str) -> str:
        return base64.b64encode(text.encode()).decode()

    lines = [f"cron {word('51 cron -f')}"]
    lines += [f"file {word(path)} - 81a4 0 1 {len(text)} {word(text)}" for path, text in written if text]
    users = [name for name in ("backup", "elvis") if any(f" {name} " in text for _, text in written)]
    asked = {shlex.join(["sh", "-c", CRONTABS]): Answer(0, "\n".join(lines) + "\n")}
    return asked | ({f"getent passwd {' '.join(users)}": Answer(0, USERS)} if users else {})


def restore() -> str:
    return shlex.join(["sh", "-c", RESTORE, "restore", "", "agama.sql", "--no-encryption", "file:///srv/backup"])


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
    assert failure(offsite_copy_is_made_by_cron, state.site)[0] == "no job that copies to offsite"


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
    elsewhere = State(backup_crontab="30 1 * * * elvis sftp -b away mirror.foo.bar\n")
    assert failure(offsite_copy_is_made_by_cron, elsewhere.site)[0] == "no job that copies to offsite"
    by_db = State(db_crontab=DB_CRONTAB + "30 1 * * * backup sftp -b away offsite.foo.bar\n", backup_crontab="")
    assert failure(offsite_copy_is_made_by_cron, by_db.site)[0] == "no job that copies to offsite"


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


def test_scripts_on_both_hosts_are_read() -> None:
    nightly = "\n".join(line.partition(" backup ")[2] for line in DB_CRONTAB.splitlines())
    state = State(
        db_crontab="11 0 * * * backup ./nightly\n",
        backup_crontab="30 1 * * * elvis /home/elvis/away\n",
        log=RAN.replace(COPY, "/home/elvis/away"),
        scripts={"/home/backup/./nightly": nightly, "/home/elvis/away": COPY},
    )
    for check in (offsite_copy_is_made_by_cron, fire_costs_a_day_and_eighty_minutes, backups_are_verified):
        check.function(state.site)


VOLUME = f"duplicity-full.{FULL}.vol1.difftar.gz"
WITHOUT_INC = names_of(FULL)
COPY_IT = "Copy it, on the backup server: rsync -a mysql/ elvis@offsite.foo.bar:/srv/backup"
MAKE_IT = "Make one, on db: duplicity --no-encryption full agama.sql rsync://elvis@backup.foo.bar/mysql"
WRITE_IT = f"Write it into /etc/cron.d/offsite: 30 1 * * * elvis {COPY}"
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
        (offsite_copy_is_made_by_cron, State(backup_crontab=""), "no job that copies to offsite", WRITE_IT),
        (
            offsite_copy_is_made_by_cron,
            State(backup_crontab=ELSEWHERE, names=("mirror.foo.bar",)),
            "no job that copies to offsite",
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
            "Write it into /etc/cron.d/verify: 20 0 * * * backup duplicity --no-encryption verify --compare-data"
            " rsync://elvis@backup.foo.bar/mysql agama.sql",
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
