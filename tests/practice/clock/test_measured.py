"""What was lost at worst, from journals of weeks that went well and badly."""

import pytest

from labcheck.errors import LabcheckError
from labcheck.practice.clock import journal
from labcheck.practice.clock.measured import Comparison, comparisons
from labcheck.practice.clock.versions import versions
from labcheck.rpo import NoAnswer
from tests.practice.clock.stories import DAY, NIGHTS, SUNDAY, story


def by_name(entries: list[journal.Entry]) -> dict[str, Comparison]:
    return {one.name: one for one in comparisons(entries)}


def test_a_week_that_went_well_agrees_with_the_paper() -> None:
    found = by_name(story())
    assert {name: one.paper_seconds for name, one in found.items()} == {
        "table-dropped": 86400,
        "db-host-lost": 86520,
        "site-lost": 91200,
    }
    assert all(one.agrees for one in found.values())
    assert found["db-host-lost"].measured_seconds == pytest.approx(86461, abs=0.2)
    assert found["db-host-lost"].restorable_from == pytest.approx(SUNDAY + 722.1, abs=0.1)
    assert "with the times that runs took here" in found["db-host-lost"].why


def test_a_failed_upload_costs_a_day_and_is_named() -> None:
    found = by_name(story(failing={3}))
    # The table, too: while the next dump is written over the last one, only the copy of two days ago is whole.
    for name in ("table-dropped", "db-host-lost", "site-lost"):
        assert found[name].measured_seconds == pytest.approx((found[name].expected_seconds or 0) + DAY, abs=5)
        assert not found[name].agrees
        assert "1 of " in found[name].why
        assert "/etc/cron.d/mysql-backup:3 with status 30" in found[name].why


def test_a_dump_that_breaks_leaves_nothing_where_it_lay() -> None:
    found = by_name(story(broken_dumps={3}))
    assert found["table-dropped"].measured_seconds == pytest.approx(2 * DAY, abs=5)


def test_weeks_in_which_nothing_worked_restore_nothing() -> None:
    found = by_name(story(failing=range(NIGHTS)))
    assert found["db-host-lost"].measured_seconds is None
    assert found["db-host-lost"].restorable_from is None
    assert not found["db-host-lost"].agrees
    assert "7 of 21 runs failed" in found["db-host-lost"].why


def test_without_weeks_or_without_crontabs_there_is_no_comparison() -> None:
    with pytest.raises(LabcheckError, match="nothing was run yet"):
        comparisons([])
    with pytest.raises(NoAnswer):
        comparisons([journal.Span(0, DAY, {"db": "UTC"}, [])])


def test_a_backup_that_went_has_an_end() -> None:
    entries = story()
    name = next(one.path for one in entries if isinstance(one, journal.Wrote) and "full" in one.path)
    gone = journal.Wrote(SUNDAY + 8.0 * DAY, "backup", name, 0, gone=True)
    first, *others = versions([*entries, gone])["backup:/home/elvis/mysql"]
    assert first.until == gone.instant
    assert {one.until for one in others} == {None}
    assert {one.chain for one in others} == {first.name}
    assert versions([gone]) == {}
