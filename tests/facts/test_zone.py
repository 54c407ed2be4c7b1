from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.errors import UnreadableAnswer
from labcheck.facts.zone import parse_zone, zone
from labcheck.hosts import Answer
from tests.captured import outcome
from tests.fake_host import fake_host

ASKED = "realpath --canonicalize-missing /etc/localtime"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/usr/share/zoneinfo/Europe/Tallinn\n", ZoneInfo("Europe/Tallinn")),
        ("/usr/share/zoneinfo/posix/America/New_York\n", ZoneInfo("America/New_York")),
        ("/etc/localtime\n", UTC),
        ("", UTC),
    ],
)
def test_a_zone_is_named_by_the_file_that_localtime_leads_to(path: str, expected: object) -> None:
    assert parse_zone(path) == expected


@pytest.mark.parametrize("name", ["Middle/Earth", "../../etc/passwd", "\x1b[31m"])
def test_a_zone_that_is_not_known_is_our_error_and_is_made_visible(name: str) -> None:
    with pytest.raises(UnreadableAnswer, match="is not known here") as raised:
        parse_zone(f"/usr/share/zoneinfo/{name}\n")
    assert "\x1b" not in str(raised.value)


@given(st.text() | st.text().map(lambda name: f"/usr/share/zoneinfo/{name}"))
def test_any_path_is_read_or_is_unreadable(path: str) -> None:
    outcome(parse_zone, path)


def test_a_host_is_asked_for_it() -> None:
    answer = Answer(0, "/usr/share/zoneinfo/Europe/Tallinn\n")
    assert zone(fake_host("db", {ASKED: answer})) == ZoneInfo("Europe/Tallinn")
