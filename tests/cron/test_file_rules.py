"""Which files cron opens: CRON's rules about names, owners, modes, kinds and links."""

import stat

import pytest

from labcheck.cron.crontab import read_crontab
from labcheck.cron.file_rules import FileFact, file_fault, name_is_seen, with_file_rules

FILE = stat.S_IFREG
LINK = 0


@pytest.mark.parametrize(
    ("name", "classic", "lsb"),
    [
        ("mysql-backup", True, True),
        ("mysql_backup", True, False),
        ("Backup9", True, False),
        ("UPPER", True, False),
        ("_under", True, False),
        ("-dash", True, False),
        ("backup.sh", False, False),
        ("back up", False, False),
        ("backup~", False, False),
        ("a+b", False, False),
        (".hidden", False, False),
        ("agama.dpkg-new", False, True),
        ("agama.dpkg-old", False, False),
        ("", False, False),
        ("b\u00e4ckup", False, False),
        ("backup\n", False, False),
    ],
)
def test_a_name(name: str, classic: bool, lsb: bool) -> None:
    assert (name_is_seen(name), name_is_seen(name, lsb=lsb)) == (classic, lsb if lsb else classic)
    assert name_is_seen(name, lsb=True) is lsb


@pytest.mark.parametrize(
    ("fact", "fault"),
    [
        (FileFact(), ""),
        (FileFact(FILE | 0o755), ""),
        (FileFact(FILE | 0o4600), ""),
        (FileFact(FILE | 0o000), ""),
        (FileFact(FILE | 0o664), "INSECURE MODE (group/other writable)"),
        (FileFact(FILE | 0o646), "INSECURE MODE (group/other writable)"),
        (FileFact(owner=1000), "WRONG FILE OWNER"),
        (FileFact(stat.S_IFDIR | 0o755), "NOT A REGULAR FILE"),
        (FileFact(stat.S_IFCHR | 0o666), "NOT A REGULAR FILE"),
        (FileFact(links=2), "NUMBER OF HARD LINKS > 1"),
        (FileFact(link_owner=LINK), ""),
        (FileFact(link_owner=1000), "WRONG SYMLINK OWNER"),
        (FileFact(link_owner=LINK, owner=1000), "WRONG FILE OWNER"),
        (FileFact(link_owner=LINK, is_readable=False), "CAN'T OPEN SYMLINK"),
        (FileFact(is_readable=False), "CAN'T OPEN"),
        (FileFact(exists=False), "LSTAT FAILED"),
    ],
)
def test_a_file_of_cron_d(fact: FileFact, fault: str) -> None:
    assert file_fault(fact) == fault


@pytest.mark.parametrize(
    ("fact", "fault"),
    [
        (FileFact(FILE | 0o600, owner=1000), ""),
        (FileFact(FILE | 0o600, owner=0), ""),
        (FileFact(FILE | 0o600, owner=1001), "WRONG FILE OWNER"),
        (FileFact(FILE | 0o644, owner=1000), "INSECURE MODE (mode 0600 expected)"),
        (FileFact(FILE | 0o600, owner=1000, links=2), "NUMBER OF HARD LINKS > 1"),
        (FileFact(FILE | 0o600, owner=1000, link_owner=1000), "CAN'T OPEN"),
    ],
)
def test_a_users_own_crontab(fact: FileFact, fault: str) -> None:
    assert file_fault(fact, user=1000) == fault


def test_a_fault_is_logged_with_the_path_and_nothing_is_loaded() -> None:
    crontab = with_file_rules(read_crontab(b"0 0 * * * root x\n", "job"), FileFact(owner=1000))
    assert (crontab.loaded, crontab.jobs) == (False, ())
    assert crontab.log == ("(*system*job) WRONG FILE OWNER (/etc/cron.d/job)",)
