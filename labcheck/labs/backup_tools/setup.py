"""Chapter 0: what must be there before the first dump (section "Setup" of the demo)."""

from labcheck.errors import CheckFailed
from labcheck.facts import files, http, mysql, ssh
from labcheck.hosts import Site
from labcheck.labs.backup_tools.lab import HOME, LAB, app_url, backup_server
from labcheck.model import Basis

MY_CNF, LOGIN_PATHS = f"{HOME}/.my.cnf", f"{HOME}/.mylogin.cnf"
"""Where the client's settings are, or what `mysql_config_editor` writes in their place."""
DATABASE_AWAY = 503
ROOM_BYTES = 1 << 20


@LAB.check("0.1")
def app_answers(site: Site) -> None:
    """the Agama page answers and shows the list"""
    page = http.page(site.app, "http://127.0.0.1/")

    if page.status == DATABASE_AWAY:
        ssh.host_name(site.db)  # a host that is down is no mistake in the app: this raises, and nobody loses a point
    if page.status == 0:
        raise CheckFailed("nothing answers on port 80 of app", "Look there: curl -sI http://127.0.0.1/")
    if page.status != 200:
        raise CheckFailed(f"HTTP status `{page.status}`", "Look there: curl -s http://127.0.0.1/")
    if "<table" not in page.text:
        raise CheckFailed("a page without a list", "Look at it: curl -s http://127.0.0.1/")


@LAB.check("0.1", needs=[app_answers])
def app_serves_its_own_site(site: Site) -> None:
    """the Agama page answers the hosts of its own site"""
    status = http.page(site.db, app_url(site)).status

    if status != 200:
        raise CheckFailed(f"`{_told(status)}` for db", "Look at the allow lines on app: nginx -T | grep allow")


@LAB.check("0.1", needs=[app_answers])
def app_refuses_strangers(site: Site) -> None:
    """the Agama page refuses a client that is not on nginx's allow list"""
    status = http.page(site.offsite, app_url(site)).status

    if status != 403:
        raise CheckFailed(f"`{_told(status)}` for offsite", "Look at the last rule on app: nginx -T | grep 'deny all'")


@LAB.check("0.2")
def credentials_are_private(site: Site) -> None:
    """.my.cnf belongs to backup, and nobody else may read it"""
    status = files.file_status(site.db, MY_CNF) or files.file_status(site.db, LOGIN_PATHS)

    if status is None:
        raise CheckFailed(
            f"no file `{MY_CNF}`",
            "It has a section [client] with user and password; where it is looked for: mysql --help | grep my.cnf",
        )
    name = status.path.removeprefix(f"{HOME}/")
    if status.owner != "backup":
        raise CheckFailed(f"owner `{status.owner}`", f"Give it to its user, as root: chown backup ~backup/{name}")
    if status.open_to_others:
        raise CheckFailed(f"mode `{status.mode_text}`", f"Close it: chmod 600 {name}")


@LAB.check("0.2")
def database_lets_backup_in(site: Site) -> None:
    """user backup reads table agama.item without being asked for a password"""
    found = mysql.rows(site.db, "agama", "item")

    if isinstance(found, mysql.Refused):
        hint = "Look at the password in .my.cnf" if found.is_access else "Open the Agama page: it makes its table"
        hint = "Is the server running? mysqladmin status" if found.is_down else hint
        raise CheckFailed(f"`{found.error}`", hint)


@LAB.check("0.3", points=2, basis=Basis.SERVER)
def backup_server_lets_backup_in(site: Site) -> None:
    """user backup signs in to the backup server without a prompt"""
    expected = ssh.host_name(site.backup)
    account = f"{site.student}@{backup_server(site)}"
    signed_in = ssh.sign_in(site.db, account)

    if signed_in.complaint:
        raise CheckFailed(f"`{signed_in.complaint}`", f"See why, on db as backup: ssh -v {account} true")
    if signed_in.host_name != expected:
        raise CheckFailed(
            f"a host named `{signed_in.host_name}`", f"Where does it lead? getent hosts {backup_server(site)}"
        )


@LAB.check("0.4", basis=Basis.SERVER)
def mysql_directory_waits(site: Site) -> None:
    """the student's account on the backup server has a directory mysql, and may write there"""
    path = f"/home/{site.student}/mysql"
    status = files.file_status(site.backup, path)

    if status is None:
        raise CheckFailed(f"nothing at `{path}`", "Make it, on the backup server: mkdir mysql")
    if status.kind != "directory" or status.owner != site.student:
        raise CheckFailed(f"a `{status.kind}` of `{status.owner}`", f"Look at it: ls -ld {path}")
    if not files.is_writable(site.backup, path):
        raise CheckFailed(f"mode `{status.mode_text}`", "Let its owner write: chmod u+w mysql")
    if files.free_bytes(site.backup, path) < ROOM_BYTES:
        raise CheckFailed("no room left on the disk that it is on", "How full is it? df -h mysql")


def _told(status: int) -> str:
    return f"HTTP status {status}" if status else "no answer"
