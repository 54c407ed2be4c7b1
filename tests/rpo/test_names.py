"""Crontabs with labels that no command knows."""

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from labcheck.errors import UsageError
from labcheck.rpo import Answer, CrontabFile, Disaster, Durations, Period, Question, answer
from tests.rpo.demo_pipeline import DATABASE, OFFSITE


def ask(label: str, text: str = OFFSITE, **more: object) -> Answer:
    crontabs = (CrontabFile("db", "a", DATABASE), CrontabFile(label, "b", text))
    return answer(Question(crontabs, Period.of_year(2027), **more), variants=False)  # type: ignore[arg-type]


def test_a_stranger_that_copies_on_is_the_backup_server() -> None:
    found = ask("server2")
    assert [one.rpo_seconds for one in found.paper] == [86400, 86520, 91200]
    assert [one.rpo_seconds for one in found.as_it_stands] == [86400, 86520, 91200]
    assert "host-taken-for" in {one.rule for one in found.findings}


def test_what_was_said_of_the_label_goes_with_it() -> None:
    found = ask(
        "server2",
        zones={"server2": ZoneInfo("Asia/Tokyo")},
        durations=Durations(jobs={("transfer", "server2", 1): 600}),
        disasters=(Disaster("fire", "fire", ("db", "server2")),),
    )
    assert [one.rpo_seconds for one in found.paper] == [86400 + (16 * 60 + 30 + 10 - 11) * 60]


def test_the_first_label_of_a_name_is_enough() -> None:
    assert "host-taken-for" not in {one.rule for one in ask("backup").findings}
    assert "host-taken-for" not in {one.rule for one in ask("backup.foo.bar").findings}


def test_a_host_that_pulls_from_the_backup_server_is_itself() -> None:
    found = ask("vault", "0 3 * * * elvis rsync -a backup.foo.bar:mysql/ /srv/copy\n")
    assert found.paper[2].holding is not None
    assert found.paper[2].holding.place.host == "vault"
    assert found.paper[2].rpo_seconds == 86400 + 2 * 3600 + 50 * 60


@pytest.mark.parametrize(
    "changed",
    [
        {"zones": {"dbb": UTC}},
        {"disasters": (Disaster("flood", "a flood", ("backupp",)),)},
        {"durations": Durations(0, 60, {("transfer", "", 99): 60})},
        {"durations": Durations(0, 60, {("dump", "offsite", 1): 60})},
    ],
)
def test_a_name_or_line_that_is_nowhere_is_refused(changed: dict[str, Any]) -> None:
    crontabs = (CrontabFile("db", "mysql-backup", DATABASE),)
    with pytest.raises(UsageError):
        answer(Question(**{"crontabs": crontabs, "period": Period.of_year(2026), **changed}))


def test_hosts_that_only_commands_name_may_have_zones_and_be_lost() -> None:
    flood = Disaster("flood", "a flood", ("db", "backup"))
    question = Question(
        (CrontabFile("db", "mysql-backup", DATABASE),), Period.of_year(2026), zones={"backup": UTC}, disasters=(flood,)
    )
    assert answer(question).paper[0].because.startswith("no copy is left")
