"""What was promised against what there is: the change that is proposed does meet the target."""

from dataclasses import replace

import pytest

from labcheck.rpo.targets import judge
from tests.rpo.demo_pipeline import AS_PRINTED, ask


def change(target: int, disaster: int = 1, **options: object) -> str:
    found = ask(**options)  # type: ignore[arg-type]
    return judge(found.paper[disaster], found, target).change


def test_a_daily_run_does_not_meet_25_hours_where_a_day_has_25() -> None:
    assert change(25 * 3600, zones={"*": "Europe/Tallinn"}).startswith(
        "run each step every 12 h, at the same distances"
    )
    assert "at most 13h 02m" in change(25 * 3600, zones={"*": "Europe/Tallinn"})


def test_without_clock_changes_half_a_day_is_half_a_day() -> None:
    assert "every 12 h, at the same distances: then at most 12h 02m" in change(24 * 3600)


@pytest.mark.parametrize(
    ("options", "disaster", "words"),
    [
        ({"offsite": ""}, 2, "first send a copy to a host that this disaster spares"),
        ({"dump": 90}, 1, "first repair what keeps a copy from being usable at all times"),
    ],
)
def test_without_a_recovery_point_the_change_is_short(options: dict[str, object], disaster: int, words: str) -> None:
    assert change(86400, disaster, **options) == words


def test_a_fault_on_the_way_to_a_copy_is_to_be_repaired_first() -> None:
    found = ask(AS_PRINTED, "")
    assert judge(found.as_it_stands[1], found, 86400).change.startswith("first repair")


def test_tolerance_is_counted_in() -> None:
    found = ask()
    lenient = replace(found, question=replace(found.question, tolerance_seconds=120))
    assert judge(found.paper[1], found, 86400).margin_seconds == -120
    assert judge(lenient.paper[1], lenient, 86400).met
