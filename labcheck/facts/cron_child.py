"""What cron's child does: become the user, go home, give the shell a command, with PAM's variables and cron's own.

So a job can be started by others exactly as cron would start it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from labcheck.cron import Job
from labcheck.errors import UnreadableAnswer
from labcheck.hosts import Host

KILL_GRACE_SECONDS = 2
PAM_FILES = ("/etc/environment", "/etc/default/locale")


@dataclass(frozen=True)
class Account:
    """A user of a host: numbers as text, as programs take them."""

    uid: str
    gid: str
    home: str


def accounts(host: Host) -> dict[str, Account]:
    """Return every user of a host, by name; raises `UnreadableAnswer`."""
    return parse_accounts(host.output("getent", "passwd"))


def environment(host: Host) -> dict[str, str]:
    """Return what PAM gives to every job of a host."""
    found: dict[str, str] = {}
    for path in PAM_FILES:
        if host.test("test", "-r", path):
            found |= parse_environment(host.output("cat", path))
    return found


def child_words(
    job: Job,
    users: Mapping[str, Account],
    given: Mapping[str, str],
    limit_seconds: int,
    besides: Mapping[str, str] | None = None,
) -> list[str]:
    """Return the command that does what cron's child does with a job, ended after so many seconds.

    The environment is PAM's (`given`), then cron's over it (build_env of Debian's do_command.c), then `besides`.
    """
    account = users[job.user]
    variables = [f"{name}={value}" for name, value in {**given, **job.environment, **(besides or {})}.items()]
    limit = ["timeout", "-k", str(KILL_GRACE_SECONDS), str(limit_seconds)]
    become = ["setpriv", f"--reuid={account.uid}", f"--regid={account.gid}", "--init-groups"]
    clean = ["env", "-i", f"--chdir={job.environment['HOME']}", *variables]
    return [*limit, *become, *clean, job.shell, "-c", job.command]


def parse_accounts(text: str) -> dict[str, Account]:
    """Read what `getent passwd` prints; raises `UnreadableAnswer`."""
    accounts = {}
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) != 7 or not (fields[2].isdecimal() and fields[3].isdecimal()):
            raise UnreadableAnswer(f"getent passwd said {line[:100]!r}")
        accounts[fields[0]] = Account(fields[2], fields[3], fields[5])
    return accounts


def parse_environment(text: str) -> dict[str, str]:
    """Read /etc/environment as pam_env(8) does: `NAME=value`, perhaps quoted or behind `export`."""
    found = {}
    for line in text.splitlines():
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and name and not name.startswith("#"):
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            found[name] = value[1:-1] if quoted else value
    return found
