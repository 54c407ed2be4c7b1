"""The hosts of a site whose backups go off-site, right or with one thing changed."""

import base64
import shlex
from dataclasses import dataclass, field

from labcheck.errors import HostUnreachable
from labcheck.facts.cron import SCRIPT as CRONTABS
from labcheck.facts.cron_log import SCRIPT as LOG
from labcheck.facts.duplicity import RESTORE
from labcheck.facts.freshness import SCRIPT as FRESHNESS
from labcheck.hosts import Answer, Site
from tests.fake_host import fake_site
from tests.labs.backup_tools.asked import TIMERS, called, status_of, unpacking

FULL = "20261122T001200Z"
INC = "20261123T001200Z"
SUM = "a" * 40
DUMP = "CREATE TABLE `item` (\n);\nINSERT INTO `item` VALUES (3,'Frodo',1);\n-- Dump completed\n"
DUMP_LINE = "11 0 * * * backup mysqldump agama > agama.sql\n"
DB_CRONTAB = (
    f"{DUMP_LINE}"
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
            unpacking(self.dump): Answer(0, self.dumped),
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
