"""How much is kept: repositories by their clean-ups, files by their names."""

import pytest

from labcheck.rpo.retention import Retention, Version, chains, cleaned
from tests.rpo.test_pipeline import DUMP, on_db

DAY = 86400
TARGET = "rsync://e@backup//srv/e"
DAILY = f"""\
12 0 * * 0 backup duplicity --no-encryption full agama.sql {TARGET}
12 0 * * 1-6 backup duplicity --no-encryption incremental agama.sql {TARGET}
"""


def kept(text: str, host: str = "backup") -> Retention:
    return next(one for one in on_db(text).services[0].retention if one.holding.place.host == host)


@pytest.mark.parametrize(
    ("rule", "after", "before", "days_after"),
    [
        ("remove-older-than 30D", 35, 42, 35),
        ("remove-older-than 2W", 14, 21, 14),
        ("remove-all-but-n-full 3", 21, 21, 21),
        ("remove-all-but-n-full 1", 7, 7, 7),
    ],
)
def test_a_forced_weekly_clean_up(rule: str, after: int, before: int, days_after: int) -> None:
    found = kept(DUMP + DAILY + f"9 0 * * 0 backup duplicity {rule} --force {TARGET}\n")
    if "but" not in rule:
        assert (found.versions_after, found.versions_before) == (after, before)
        assert found.look_back_after == days_after * DAY - 120
        return
    assert found.versions_after == after
    assert found.look_back_after == days_after * DAY - 120
    assert found.versions_before == before + 7
    assert found.look_back_before == (days_after + 7) * DAY - 120


def test_increments_of_old_chains_go_first() -> None:
    found = kept(DUMP + DAILY + f"9 0 * * 0 backup duplicity remove-all-inc-of-but-n-full 1 --force {TARGET}\n")
    assert found.unlimited
    assert found.thinned


def test_chains_begin_with_a_full_version() -> None:
    versions = [Version(day, day, day, full=day % 7 == 0) for day in range(21)]
    assert [len(chain) for chain in chains(versions)] == [7, 7, 7]
    assert cleaned(chains(versions), "older-than", 3, 20) == chains(versions)[2:]
    assert cleaned(chains(versions), "older-than", 0, 99) == chains(versions)[-1:]
    assert [len(chain) for chain in cleaned(chains(versions), "increments", 1, 20)] == [1, 1, 7]


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        (DUMP + "12 0 * * * backup scp agama.sql e@backup:\n", 1),
        (DUMP + "12 0 * * * backup rsync -b agama.sql e@backup:\n", 2),
        (DUMP + "12 0 * * * backup rsync -b --suffix=$(date +\\%F) agama.sql e@backup:\n", None),
        (DUMP + "12 0 * * * backup scp agama.sql e@backup:agama-$(date +\\%u).sql\n", 7),
        (DUMP + "12 0 * * * backup scp agama.sql e@backup:agama-$(date +\\%F).sql\n", None),
    ],
)
def test_files_are_kept_by_their_names(text: str, versions: int | None) -> None:
    found = kept(text)
    assert found.versions_before == versions
    assert found.unlimited == (versions is None)


def test_dated_dumps_are_kept_until_find_takes_them() -> None:
    text = "11 0 * * * root mysqldump agama > /b/$(date +\\%F).sql\n0 1 * * * root find /b -mtime +6 -delete\n"
    assert kept(text, "db").versions_before == 7
