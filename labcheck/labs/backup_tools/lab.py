"""The lab that the modules of this folder add their checks to, and the places that the demo gives to things."""

from labcheck.hosts import Site
from labcheck.model import Lab

LAB: Lab[Site] = Lab("backup-tools", "Week 10: backup tools")

HOME = "/home/backup"
DUMP = f"{HOME}/agama.sql"
OFFSITE_DIRECTORY = "/srv/backup"
DATABASE, TABLE = "agama", "item"


def backup_server(site: Site) -> str:
    """Return what the site's hosts call the backup server: the demo's name, unless the roster says another."""
    return site.variables.get("backup_name", "backup.foo.bar")


def offsite_server(site: Site) -> str:
    """Return what the site's hosts call the off-site host."""
    return site.variables.get("offsite_name", "offsite.foo.bar")


def other_hosts(site: Site) -> tuple[str, ...]:
    """Return the names of the hosts that backups go to."""
    return backup_server(site), offsite_server(site)


def app_url(site: Site) -> str:
    """Return where the site's hosts find the Agama page."""
    return f"http://{site.variables.get('app_name', 'app.foo.bar')}/"
