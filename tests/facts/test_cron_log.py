import contextlib
import shlex
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.errors import UnexpectedStatus, UnreadableAnswer
from labcheck.facts.cron_log import SCRIPT, CronLog, cron_log, parse_cron_log
from labcheck.hosts import Answer
from tests.captured import cases
from tests.fake_host import fake_host


def told(log: CronLog) -> dict[str, Any]:
    return {
        "now": log.now.isoformat(),
        "runs": [[run.when.isoformat(timespec="seconds"), run.user, run.command] for run in log.runs],
        "complaints": list(log.complaints),
    }


@cases("cron_log")
def test_what_cron_logged_is_read(text: str, expected: object) -> None:
    try:
        assert told(parse_cron_log(text)) == expected
    except UnreadableAnswer as error:
        assert {"unreadable": error.what} == expected


@given(st.text(), st.from_regex(r"[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d db CRON\[1\]: \(a\) CMD \(.*\)"))
def test_any_text_is_read_or_is_unreadable(line: str, stamped: str) -> None:
    for text in (line, f"2026-11-23T02:13:30+01:00\n{line}\n{stamped}\n"):
        with contextlib.suppress(UnreadableAnswer):
            parse_cron_log(text)


def test_a_stamp_without_a_year_is_the_last_such_day() -> None:
    line = "{} db CRON[1]: (a) CMD (b)"
    stamps = ["Dec 31 23:59:59", "Jan  1 00:00:30", "Feb 29 12:00:00"]
    runs = parse_cron_log("\n".join(["2029-01-01T00:00:10+00:00", *map(line.format, stamps)])).runs
    assert [run.when.isoformat() for run in runs] == [
        "2028-12-31T23:59:59+00:00", "2029-01-01T00:00:30+00:00", "2028-02-29T12:00:00+00:00",
    ]  # fmt: skip


def test_a_host_is_asked_once() -> None:
    answer = Answer(0, "2026-11-23T02:13:30+00:00\n2026-11-23T02:11:01+00:00 db CRON[153]: (backup) CMD (true)\n")
    (run,) = cron_log(fake_host("db", {asked(): answer})).runs
    assert (run.user, run.command) == ("backup", "true")


def test_a_log_that_may_not_be_read_is_our_error() -> None:
    closed = Answer(3, "2026-11-23T02:13:30+00:00\n", "tail: cannot open '/var/log/syslog': Permission denied\n")
    with pytest.raises(UnexpectedStatus, match=r"^backup cannot read cron's log on db: tail.*Permission denied$"):
        cron_log(fake_host("db", {asked(): closed}))


def asked() -> str:
    return shlex.join(["sh", "-c", SCRIPT])
