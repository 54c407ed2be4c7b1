"""What every drill does on a host: a backup brought back, and a dump loaded into a scratch database."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import hashlib
import lzma
import os
import pwd
import re
import secrets
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

PLACE = "labcheckdrill"
"""How scratch databases and the accounts of MySQL begin that may reach nothing else; both are gone at the end."""
LARGEST_DUMP_BYTES = 256 << 20
PATH = "/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin:/usr/local/sbin"
"""Programs of the distribution come before those that somebody has put beside them."""
RIGHTS = "SELECT, INSERT, CREATE, DROP, ALTER, INDEX, REFERENCES, LOCK TABLES"
OF_A_FILE = re.compile(r"""(?:\$\(|`)[ \t]*(?:cat[ \t]|<)[ \t]*["']?([^\s"'`()<>|;&]+)["']?[ \t]*[)`]""")
PACKED: dict[bytes, tuple[str, Any]] = {
    b"\x1f\x8b": ("gzip", gzip.open),
    b"\xfd7zXZ": ("xz", lzma.open),
    b"BZh": ("bzip2", bz2.open),
}
"""What a packed dump begins with, what packed it, and how it is opened."""
ZSTD = b"\x28\xb5\x2f\xfd"
FORMS = ("raw", "table", "vertical", "html", "xml", "safe-updates")
CLIENT = ("mysql", "--default-character-set=utf8mb4", "--batch", *(f"--skip-{name}" for name in FORMS))
"""Whatever form of answer the settings of the host ask for."""


# No other user of the host sees it among the words of a command. Where nobody types duplicity wants a passphrase of
# every key, and an empty one opens a key that has none.
WITH_PASSPHRASE = (
    *("sh", "-c", 'PASSPHRASE=$(cat); [ -z "$PASSPHRASE" ] && [ ! -d ~/.gnupg ] || export PASSPHRASE; exec "$@"'),
    "restore",
)


class Complaint(Exception):  # noqa: N818 - what the backup's programs complain of: the drill has failed
    """A backup does not come back, or is not taken by the server: the words of the program that says so."""


class Trouble(Exception):  # noqa: N818 - what stands in the way of a drill: nobody's failure
    """The drill cannot be held on this host."""


def as_user(user: str, *words: str) -> list[str]:
    """Return words that run a command as a user, who gets no variable of ours."""
    home = pwd.getpwnam(user).pw_dir
    clean = ["env", "-i", f"HOME={home}", f"USER={user}", f"LOGNAME={user}", "LC_ALL=C", f"PATH={PATH}"]
    return ["runuser", "-u", user, "--", *clean, *words]


def run(words: Sequence[str], seconds: float, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a command where nobody answers it; raises `Complaint` when it takes too long."""
    options = {"stdin": subprocess.DEVNULL, "cwd": "/", "capture_output": True, **options}
    if "input" in options:
        del options["stdin"]
    try:
        return subprocess.run(words, text=True, errors="surrogateescape", timeout=seconds, check=False, **options)
    except subprocess.TimeoutExpired as error:
        raise Complaint(f"{' '.join(words)[-80:]} took more than {seconds:g} seconds") from error


def brought_back(order: dict[str, Any], folder: Path) -> Path:
    """Bring a version back into the folder, as its user would, and return the dump; raises `Complaint`."""
    user, url = order["user"], order["url"]
    if order["fetch"]:
        url = f"file://{fetched(order, folder / 'fetched')}"
    options = ["--archive-dir", f"{folder}/cache", "--tempdir", str(folder), "--num-retries", "1", "--log-fd", "2"]
    options += [] if order["encrypted"] else ["--no-encryption"]
    options += ["--time", order["time"]] if order["time"] else []
    back = folder / f"back-{secrets.token_hex(4)}"
    with one_sign_in(order, folder / "ssh") as way:
        words = as_user(user, *WITH_PASSPHRASE, "duplicity", "restore", *way, *options, url, str(back))
        done = run(words, order["seconds"], input=passphrase(order))
    if done.returncode:
        raise Complaint(f"duplicity: {done.stderr}")
    return the_dump(back, order["file"])


def passphrase(order: dict[str, Any]) -> str:
    """Return the passphrase that the owner's crontab or script sets, empty where there is none.

    In a crontab it goes on to the end of the line, in a script it is one word (crontab(5), sh(1)), or what a file of
    the user's holds. Raises `Trouble` where the shell would have to work it out.
    """
    path = order["passphrase_file"]
    if not (order["encrypted"] and path):
        return ""
    text = Path(path).read_text("utf-8", "surrogateescape")
    setting = re.search(r"^[ \t]*PASSPHRASE[ \t]*=[ \t]*(.*?)[ \t]*$", text, re.MULTILINE)
    if setting and path.startswith(("/etc/cron", "/var/spool/cron/")):
        return setting[1].strip("\"'")
    word = re.search(r"""\bPASSPHRASE=("?(?:\$\([^)\n]*\)|`[^`\n]*`)"?|"[^"\n]*"|'[^'\n]*'|[^\s;&|"']+)""", text)
    if not word or word[1].startswith("'"):
        return word[1].strip("'") if word else ""
    said = word[1].strip('"')
    if file := OF_A_FILE.fullmatch(said):
        return _content(order["user"], file[1])
    if re.search(r"[$`\\]", said):
        raise Trouble(f"{path} does not say the passphrase itself: it lets the shell work it out")
    return said


def _content(user: str, path: str) -> str:
    """Return what `$(cat FILE)` gives to a user whose home it begins in; raises `Trouble` where that is nothing."""
    whole = Path(pwd.getpwnam(user).pw_dir) / re.sub(r"^(?:~|\$HOME|\$\{HOME\})/", "", path)
    done = run(as_user(user, "head", "--bytes=4096", "--", str(whole)), 10)
    if done.returncode:
        raise Trouble(f"the passphrase: {done.stderr.strip()[-200:]}")
    return done.stdout.rstrip("\n")


@contextlib.contextmanager
def one_sign_in(order: dict[str, Any], socket: Path) -> Iterator[list[str]]:
    """Sign in to the backup server once for all that duplicity fetches, and give the options that it needs for that.

    Where that fails, duplicity tries for itself, and says why it cannot.
    """
    if not order["account"]:
        yield []
        return
    way = ["-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", f"ControlPath={socket}", "-o", "ControlPersist=20"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "capture_output": False}
    run(as_user(order["user"], "ssh", "-fNM", *way, "--", order["account"]), 30, **quiet)
    try:
        yield [f"--ssh-options=-oControlPath={socket}"]
    finally:
        if socket.exists():
            run(as_user(order["user"], "ssh", *way, "-O", "exit", "x"), 10, **quiet)


def fetched(order: dict[str, Any], target: Path) -> Path:
    """Copy what lies on another host: straight from there, or through hosts on the way; raises `Complaint`."""
    fetch, said = order["fetch"], ""
    for way in fetch["ways"]:
        words = ["rsync", "-t", "--timeout=20", "--files-from=-", "-e", way, fetch["source"], f"{target}/"]
        done = run(as_user(order["user"], *words), order["seconds"], input="\n".join(fetch["names"]))
        if done.returncode == 0:
            return target
        said = done.stderr
    raise Complaint(f"rsync: {said}")


def the_dump(back: Path, name: str) -> Path:
    """Return the dump in what came back: the file itself, or in a directory the one of that name, or the last by name.

    Names of dumps have their dates; the time of a file that came back may be that of the restore.
    """
    if not back.is_dir():
        return back
    inside = sorted(back.rglob("*.sql*"), key=lambda path: (path.name == name, path.name))
    if not inside:
        raise Complaint(
            f"no dump came back, only {', '.join(sorted(one.name for one in back.iterdir())[:5]) or 'nothing'}"
        )
    return inside[-1]


def text_of(path: Path) -> tuple[str, str]:
    """Return a dump's text, unpacked where it is packed, and the file's SHA-256; raises `Trouble` for a huge one."""
    if not path.is_file() or path.stat().st_size > LARGEST_DUMP_BYTES:
        raise Trouble(f"{path.name} is no file of at most {LARGEST_DUMP_BYTES >> 20} MiB")
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    for begins, (tool, opened) in PACKED.items():
        if content.startswith(begins):
            with opened(path) as unpacked:
                try:
                    content = unpacked.read(LARGEST_DUMP_BYTES)
                except (OSError, EOFError, lzma.LZMAError) as error:
                    raise Complaint(f"{tool}: {error}") from error
            break
    if content.startswith(ZSTD):
        raise Trouble(f"{path.name} is packed with zstd, which nobody unpacks here")
    return content.decode("utf-8", "surrogateescape"), digest


def sql(statement: str) -> list[list[str]]:
    """Ask the server as its administrator; returns rows of text. Raises `Trouble`."""
    done = run([*CLIENT, "--skip-column-names"], 30, input=statement)
    if done.returncode:
        raise Trouble(f"mysql, as root: {done.stderr.strip()[-300:]}")
    return [line.split("\t") for line in done.stdout.split("\n")[:-1]]


def scratch_database(folder: Path) -> tuple[str, Path]:
    """Make an empty database and return it, with the settings of a client that reaches nothing but it.

    The guard removes both.
    """
    remove_leftovers()
    name, password = f"{PLACE}{secrets.token_hex(6)}", f"{secrets.token_urlsafe(24)}A1!"
    socket = sql("SELECT @@socket")[0][0]
    sql(
        f"CREATE DATABASE {name} CHARACTER SET utf8mb4; CREATE USER {name}@localhost IDENTIFIED BY '{password}';"
        f"GRANT {RIGHTS} ON {name}.* TO {name}@localhost"
    )
    settings = folder / "client.cnf"
    settings.touch(0o600)
    settings.write_text(f'[client]\nuser={name}\npassword="{password}"\nsocket={socket}\n')
    nobody = pwd.getpwnam("nobody")
    os.chown(settings, nobody.pw_uid, nobody.pw_gid)
    folder.chmod(0o711)
    return name, settings


def remove_leftovers() -> None:
    """Remove every scratch database and account, also those of a drill in which the host went down."""
    databases = f"FROM information_schema.schemata WHERE schema_name LIKE '{PLACE}%'"
    accounts = f"FROM mysql.user WHERE user LIKE '{PLACE}%'"
    drop_accounts = f"SELECT CONCAT('DROP USER ', user, '@localhost') {accounts}"
    drops = sql(f"SELECT CONCAT('DROP DATABASE ', schema_name) {databases}; {drop_accounts}")
    if drops:
        sql("; ".join(row[0] for row in drops))


def loaded(program: str, name: str, settings: Path, seconds: float) -> None:
    """Load statements into the scratch database, as an account without any other right; raises `Complaint`.

    The client takes no command of its own from them (`--binary-mode`), and runs as nobody.
    """
    client = [
        "mysql",
        f"--defaults-file={settings}",
        "--binary-mode",
        "--local-infile=0",
        "--default-character-set=utf8mb4",
    ]
    done = run(as_user("nobody", *client, name), seconds, input=program)
    if done.returncode:
        raise Complaint(f"mysql: {done.stderr.strip()[-300:]}")
