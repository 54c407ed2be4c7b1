"""Why there is nothing to restore, in true words."""

import pytest

from tests.rpo.demo_pipeline import ask
from tests.rpo.test_pipeline import host_lost, on_db


@pytest.mark.parametrize("schedule", ["@reboot", "0 0 31 2 *"])
def test_a_dump_that_never_runs_is_not_called_unfinished(schedule: str) -> None:
    found = host_lost(on_db(f"{schedule} b mysqldump agama > a.sql && rsync -a a.sql x.y:\n").paper)
    assert found.because == "no version ever arrives on x.y: the dump never runs at a set time"


def test_a_dump_longer_than_its_period_is_never_there_rather_than_at_times_not() -> None:
    table = ask(offsite="", dump=90000).paper[0]
    assert table.because.endswith("the dump is not finished when it is read")
