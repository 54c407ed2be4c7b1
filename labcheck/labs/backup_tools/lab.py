"""The lab that the modules of this folder add their checks to, and the places that the demo gives to things."""

from labcheck.hosts import Site
from labcheck.model import Lab

LAB: Lab[Site] = Lab("backup-tools", "Week 10: backup tools")

HOME = "/home/backup"
DUMP = f"{HOME}/agama.sql"
BACKUP_SERVER = "backup.foo.bar"
OFFSITE = "offsite.foo.bar"
OFFSITE_DIRECTORY = "/srv/backup"
APP_URL = "http://app.foo.bar/"
