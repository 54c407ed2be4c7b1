"""A backup server that fetches what it keeps: no job of db uploads anything."""

import pytest

from labcheck.hosts import Answer
from labcheck.labs.backup_tools.schedule import crontab_is_loaded, dump_comes_before_upload
from tests.fake_host import fake_site
from tests.labs.backup_tools.asked import failure, trouble
from tests.labs.backup_tools.crontabs import DUMP, asked, told


@pytest.mark.parametrize(
    "command",
    [
        "rsync -a backup@db.foo.bar:agama.sql mysql/",
        "scp -q backup@db:agama.sql .",
        "ssh backup@db.foo.bar 'mysqldump agama' > mysql/agama.sql",
        "mysqldump -h db.foo.bar agama > mysql/agama.sql",
    ],
)
def test_what_the_backup_server_fetches_is_not_read_and_nobody_s_failure(command: str) -> None:
    backup = asked(told(f"20 0 * * * elvis {command}\n", path="/etc/cron.d/fetch"))
    backup["getent passwd elvis"] = Answer(0, "elvis:x:1000:1000::/home/elvis:/bin/bash\n")
    said = f"a job that cannot be read here: line 1 of fetch on the backup server: `{command}`"
    assert trouble(dump_comes_before_upload, fake_site(db=asked(told(DUMP)), backup=backup)) == said
    assert trouble(crontab_is_loaded, fake_site(db=asked(""), backup=backup)) == said


def test_what_the_backup_server_does_with_its_own_is_no_upload() -> None:
    text = "30 1 * * * elvis rsync -a mysql/ offsite.foo.bar:/srv/backup\n1 1 * * * elvis duplicity verify x y\n"
    backup = asked(told(text, path="/etc/cron.d/offsite"))
    backup["getent passwd elvis"] = Answer(0, "elvis:x:1000:1000::/home/elvis:/bin/bash\n")
    found = failure(dump_comes_before_upload, fake_site(db=asked(told(DUMP)), backup=backup))[0]
    assert found == "no job that brings a dump to another host"
