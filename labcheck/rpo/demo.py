"""The lecture's own question: which recovery point does its backup system have, and what is wrong with its crontabs."""

from dataclasses import dataclass
from datetime import date

from labcheck.rpo.answer import Answer, answer
from labcheck.rpo.durations import hours
from labcheck.rpo.explain import finding_lines
from labcheck.rpo.question import CrontabFile, Period, Question
from labcheck.rpo.recovery import Recovery

DATABASE_CRONTAB = """\
11 0 * * *    backup  mysqldump agama > agama.sql
12 0 * * 0    backup  duplicity full agama.sql rsync://<user>@backup.foo.bar/mysql
12 0 * * 1-6  backup  duplicity incremental agama.sql rsync://<user>@backup.foo.bar/mysql
9 0 * * 0    backup  duplicity remove-older-than 30D rsync://<user>@backup.foo.bar//home/<user>
"""
BACKUP_CRONTAB = """\
30 1 * * *  backup  rsync -v /home/user/duplicity* some-offiste-backup-server:/srv/backup
"""
WEEK = Period(date(2026, 11, 23), 7)


@dataclass(frozen=True)
class WrongAnswer:
    """An answer that is often given, the seconds that it claims, and what it forgets."""

    claim: str
    seconds: int
    forgets: str


WRONG_ANSWERS = (
    WrongAnswer("24 hours", 86400, "the time from the dump until its copy is usable on another host"),
    WrongAnswer("24 h 01 min", 86460, "that the state is as old as the dump at 00:11, not as the upload at 00:12"),
    WrongAnswer("7 days", 604800, "that an increment is a version, too: it restores together with its full backup"),
    WrongAnswer("25 h 19 min", 91140, "that the off-site copy is usable when it is finished, not when it begins"),
    WrongAnswer("25 h 18 min", 91080, "that the state is as old as its dump, not as the end of the upload at 00:13"),
    WrongAnswer("1 h 20 min", 4800, "the day between two dumps: it is the delay alone, the best case off-site"),
    WrongAnswer(
        "2 min",
        120,
        "that a disaster does not wait for a fresh copy: it is the best case on the backup server",
    ),
    WrongAnswer(
        "30 days",
        2592000,
        "the question: it is how far back one can go (retention), not what is lost",
    ),
)
"""Answers of students, with what each leaves out."""


REMARKS = (
    "some-offiste-backup-server is misspelt, and nothing here says that the name exists.",
    "The off-site job reads the home of another user, needs a key of its own for the other server, and nobody can "
    "answer when ssh asks about an unknown host.",
    "Even with --force 35 to 42 days would be kept, not 30: a chain goes as a whole, when its last day is old enough.",
    "The clean-up runs whether or not the backups of the week succeeded.",
    "Without --single-transaction mysqldump locks the tables; without --routines and --events these are not saved.",
    "No time zone is named: where a day in October has 25 hours, it is an hour more that night.",
    "A full backup and its six increments lie on one disk: if the full one is damaged, the week is gone.",
    "Nothing tells anybody when a backup fails, nothing tries to restore, and the off-site copy is not encrypted.",
)
"""What is wrong with the lecture's crontabs beyond what their words alone show."""


def demo_answer(user: str = "<user>") -> Answer:
    """Return the answer for the lecture's crontabs, the off-site job on the backup server; transfers take a minute."""
    crontabs = (
        CrontabFile("db", "mysql-backup", DATABASE_CRONTAB.replace("<user>", user)),
        CrontabFile("backup", "offsite", BACKUP_CRONTAB.replace("<user>", user)),
    )
    return answer(Question(crontabs, WEEK), variants=False)


def demo_sentence(found: Answer) -> str:
    """Return the lecture's answer in one sentence."""
    table, host, site = (hours(one.rpo_seconds or 0) for one in found.paper)
    return (
        f"At worst {host} are lost when the database host is gone (the backup server's copy), {site} when the whole "
        f"site is gone (the off-site copy), and {table} when a table is dropped and the local file is at hand."
    )


def demo_derivation(found: Answer) -> list[str]:
    """Return the steps: the sum of each figure, the usual wrong answers, and what is wrong line by line."""
    steps = [_sum(one) for one in found.paper]
    steps.append("It does not matter whether a version is full or incremental: both are versions.")
    steps += [f"Not {wrong.claim}: that forgets {wrong.forgets}." for wrong in WRONG_ANSWERS]
    steps.append("As the crontabs are printed, no copy on another host will ever exist. Line by line:")
    steps += [" ".join(line.strip() for line in finding_lines(finding)) for finding in found.findings]
    return [*steps, *REMARKS]


def _sum(recovery: Recovery) -> str:
    interval, delay = recovery.interval_seconds or 0, recovery.delay_seconds or 0
    return (
        f"{recovery.disaster.name}: a disaster just before {_clock(recovery.just_before)} finds only the state of the "
        f"day before, {_clock(recovery.state_from)}: {hours(interval)} between two dumps + {hours(delay)} until the "
        f"new one is usable = {hours(interval + delay)}."
    )


def _clock(instant: int | None) -> str:
    return f"{(instant or 0) // 3600 % 24:02}:{(instant or 0) // 60 % 60:02}"
