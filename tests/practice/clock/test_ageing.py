"""Backups that become older."""

import pytest

from labcheck.hosts import Answer, Host
from labcheck.practice.clock.ageing import aged_name, renaming

DAY = 86400


@pytest.mark.parametrize(
    ("name", "aged"),
    [
        ("duplicity-full.20261122T001201Z.manifest", "duplicity-full.20261121T001201Z.manifest"),
        ("duplicity-full.20260301T001201Z.vol1.difftar.gpg", "duplicity-full.20260228T001201Z.vol1.difftar.gpg"),
        (
            "duplicity-inc.20261231T001201Z.to.20270101T001201Z.vol1.difftar.gz",
            "duplicity-inc.20261230T001201Z.to.20261231T001201Z.vol1.difftar.gz",
        ),
        (
            "duplicity-full-signatures.20261122T001201Z.sigtar.gz",
            "duplicity-full-signatures.20261121T001201Z.sigtar.gz",
        ),
        (
            "duplicity-new-signatures.20261122T001201Z.to.20261123T001201Z.sigtar.gz",
            "duplicity-new-signatures.20261121T001201Z.to.20261122T001201Z.sigtar.gz",
        ),
        ("duplicity-full.20261399T001201Z.manifest", "duplicity-full.20261399T001201Z.manifest"),
        ("agama-20261122T001201Z.sql", "agama-20261122T001201Z.sql"),
        ("duplicity-notes.txt", "duplicity-notes.txt"),
    ],
)
def test_the_times_in_duplicitys_names_move_back(name: str, aged: str) -> None:
    assert aged_name(name, DAY) == aged


def test_the_oldest_backup_moves_first_so_that_no_name_is_taken() -> None:
    names = ["duplicity-full.20261123T000000Z.manifest", "duplicity-full.20261122T000000Z.manifest", "duplicity-x"]
    listed = "".join(f"/home/o'neil/{name}\0" for name in names)

    host = Host("backup", "root", lambda _: Answer(0, listed))
    assert renaming(host, DAY) == [
        "mv -nT -- '/home/o'\"'\"'neil/duplicity-full.20261122T000000Z.manifest' "
        "'/home/o'\"'\"'neil/duplicity-full.20261121T000000Z.manifest'",
        "mv -nT -- '/home/o'\"'\"'neil/duplicity-full.20261123T000000Z.manifest' "
        "'/home/o'\"'\"'neil/duplicity-full.20261122T000000Z.manifest'",
    ]
