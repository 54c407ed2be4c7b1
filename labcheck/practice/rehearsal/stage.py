"""The hosts of a lab made ready for a submission: accounts, names and folders as it has them, and its files."""

import base64
import posixpath
import re
import shlex
from collections.abc import Iterator

from labcheck.errors import LabcheckError
from labcheck.hosts import Host
from labcheck.hosts.ssh import Connections
from labcheck.practice.lab import PracticeLab
from labcheck.submissions.installed import SPOOL, Installed
from labcheck.submissions.scenario import Scenario

CHUNK = 60_000
"""Characters of base64 in one command."""
USUAL_MODE = 0o644
# A service manager for what the lab runs, since its hosts have no systemd: `service mysql restart`, `systemctl …`.
_SERVICE = """#!/bin/sh
case $(basename "$0") in service) set -- "$2" "$1" ;; esac
action=$1
shift
for unit in "$@"; do
    case ${unit%.service} in
        -*) continue ;;
        mysql | mysqld | mariadb) name=mysqld ;;
        cron | crond) name=cron ;;
        ssh | sshd) name=sshd ;;
        *) echo "Unit $unit could not be found." >&2; exit 4 ;;
    esac
    case $action in
        start) s6-svc -wu -T 20000 -u /etc/s6/$name ;;
        stop) s6-svc -wd -T 20000 -d /etc/s6/$name ;;
        restart | reload | force-reload) s6-svc -wr -T 20000 -r /etc/s6/$name ;;
        status | is-active) s6-svstat -u /etc/s6/$name | grep -q true && echo active ;;
        enable | disable | daemon-reload) ;;
        *) echo "Unknown command verb $action." >&2; exit 1 ;;
    esac || exit
    if [ "$name $action" = "mysqld start" ] || [ "$name $action" = "mysqld restart" ]; then
        for second in 1 2 3 4 5 6 7 8 9 10; do mysqladmin --user=root ping > /dev/null 2>&1 && break; sleep 1; done
    fi
done
"""
# The client of MySQL 9 takes `source FILE` only where it is told to; that of MySQL 8, as on real servers, always.
_CLIENT = """if mysql --help 2> /dev/null | grep -q -e '^  --commands '; then
    printf '[mysql]\\ncommands\\n' > /etc/mysql/conf.d/labcheck-rehearsal.cnf
fi"""


def set_servers(lab: PracticeLab, connections: Connections, played: Scenario) -> None:
    """Give the lab's backup servers the accounts, ports and folders that the submission expects there."""
    for name in dict.fromkeys((*played.names.values(), "backup")):
        host = Host(name, "root", connections)
        lines = list(_accounts(lab, played)) + list(_parents(lab, played)) + list(_ports(played))
        _do(host, lines)


def _accounts(lab: PracticeLab, played: Scenario) -> Iterator[str]:
    """Yield lines of shell that make every account, let in by the same keys as the student's."""
    known = shlex.quote(f"/home/{lab.student}/.ssh/.")
    for account in played.accounts:
        if account != lab.student:
            name, home = shlex.quote(account), shlex.quote(f"/home/{account}")
            yield f"id {name} > /dev/null 2>&1 || useradd --badname --create-home --shell /bin/bash {name}"
            yield f"usermod --shell /bin/bash {name}; install -d -m 700 -o {name} {home} {home}/.ssh"
            yield f"cp -a {known} {home}/.ssh/ && chown -R {name} {home}/.ssh"


def _parents(lab: PracticeLab, played: Scenario) -> Iterator[str]:
    """Yield lines that make the directories above those that are uploaded to; the last one is the upload's own."""
    for target in played.targets:
        owner = next((one for one in played.accounts if target.startswith(f"/home/{one}/")), lab.student)
        folder = posixpath.dirname(posixpath.normpath(target))
        quoted = shlex.quote(folder)
        yield f"[ -d {quoted} ] || {{ mkdir -p -- {quoted} && chown {shlex.quote(owner)} -- {quoted}; }}"


def _ports(played: Scenario) -> Iterator[str]:
    others = [port for port in played.ports if port != 22]
    if others:
        lines = "".join(f"Port {port}\n" for port in (22, *others))
        yield f"printf %s {shlex.quote(lines)} > /etc/ssh/sshd_config.d/labcheck-rehearsal.conf"
        yield "s6-svc -wr -T 5000 -r /etc/s6/sshd"


def set_database_host(connections: Connections, played: Scenario, *, with_files: bool = True) -> None:
    """Make the database host as the submission's playbook would leave it: who signs in, users, names, files."""
    host = Host("db", "root", connections)
    known = {name: host.output("getent", "ahostsv4", f"{name}.foo.bar").split()[0] for name in ("backup", "offsite")}
    _do(host, [*_people(played), *_names(played, known), *_services(), _CLIENT, *_folders(played)])
    for file in played.files if with_files else ():
        lay(host, file)


def _people(played: Scenario) -> Iterator[str]:
    """Yield lines that make who signs in (with sudo), and every other user as the lab's `backup` is."""
    for user in (*played.users, played.sign_in):
        name, home = shlex.quote(user), shlex.quote(f"/home/{user}")
        yield f"id {name} > /dev/null 2>&1 || useradd --badname --create-home --shell /bin/bash {name}"
        if user not in ("backup", "root", played.sign_in):
            yield f"cp -an /home/backup/.ssh /home/backup/.my.cnf {home}/ && chown -R {name} {home}/.ssh {home}/.my.cnf"
    if played.sign_in != "root":
        line = f"{played.sign_in} ALL=(ALL:ALL) NOPASSWD: ALL\n"
        yield f"printf %s {shlex.quote(line)} > /etc/sudoers.d/labcheck-rehearsal"
        yield "chmod 440 /etc/sudoers.d/labcheck-rehearsal"


def _names(played: Scenario, known: dict[str, str]) -> Iterator[str]:
    """Yield lines that make the submission's names of servers lead to the lab's, whose host keys are known by them."""
    for name, host in played.names.items():
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]{0,200}", name):
            continue
        own = f"{host}.foo.bar"
        if name in (host, own):
            names = []
        else:
            names = [name]
            if not re.fullmatch(r"[\d.]+", name):
                yield f"echo {shlex.quote(f'{known[host]} {name}')} >> /etc/hosts"
        names += [f"[{name}]:{port}" for port in played.ports if port != 22]
        pattern = re.escape(own)
        for alias in names:
            yield (
                f"for file in /home/*/.ssh/known_hosts; do sed -n 's/^[^ ]*{pattern}[^ ]*/'{shlex.quote(alias)}/p "
                '"$file" >> "$file.new"; cat "$file.new" >> "$file"; rm "$file.new"; done'
            )


def _services() -> Iterator[str]:
    for name in ("service", "systemctl"):
        yield f"printf %s {shlex.quote(_SERVICE)} > /usr/local/bin/{name} && chmod 755 /usr/local/bin/{name}"


def _folders(played: Scenario) -> Iterator[str]:
    for folder in played.folders:
        path = shlex.quote(folder.path)
        yield f"mkdir -p -- {path}"
        if folder.owner:
            yield f"id {shlex.quote(folder.owner)} > /dev/null && chown {shlex.quote(folder.owner)} -- {path}"
        if folder.mode is not None:
            yield f"chmod {folder.mode:o} -- {path}"


def lay(host: Host, file: Installed) -> None:
    """Put a file onto a host (asked as root), with the owner and the mode that its task gives it."""
    path = shlex.quote(file.path)
    content = base64.b64encode(file.text.encode("utf-8", "surrogateescape")).decode()
    _do(host, [f"mkdir -p -- {shlex.quote(posixpath.dirname(file.path))}", f": > {path}"])
    for begin in range(0, len(content), CHUNK):
        _do(host, [f"printf %s {content[begin : begin + CHUNK]} | base64 -d >> {path}"])
    own = file.path.startswith(SPOOL)
    owner = file.owner or (posixpath.basename(file.path) if own else "root")
    mode = file.mode if file.mode is not None else 0o600 if own else USUAL_MODE
    _do(host, [f"chown {shlex.quote(owner)} -- {path}", f"chmod {mode:o} -- {path}"])


def _do(host: Host, lines: list[str]) -> None:
    """Run lines of shell as root, all of them; raises `LabcheckError` that names the first one that failed."""
    script = "set -e\n" + "\n".join(lines)
    said = host.run("sh", "-c", script, timeout_seconds=60)
    if said.status != 0:
        words = (said.stderr.strip().splitlines() or ["it said nothing"])[-1][:200]
        raise LabcheckError(f"{host.name} could not be made ready for the submission: {words}", "")
