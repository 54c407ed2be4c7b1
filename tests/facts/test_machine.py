import pytest

from labcheck.errors import UnreadableAnswer
from labcheck.facts.machine import clock
from labcheck.hosts import Answer
from tests.fake_host import fake_host


def test_the_clock_is_read_in_seconds() -> None:
    assert clock(fake_host("db", {"date +%s": Answer(0, "1800000000\n")})) == 1800000000


@pytest.mark.parametrize("said", ["", "yesterday\n", "\u0661\u0662\n", "1\n2\n", "9" * 5000])
def test_a_clock_that_shows_no_number_cannot_be_read(said: str) -> None:
    with pytest.raises(UnreadableAnswer, match="date said"):
        clock(fake_host("db", {"date +%s": Answer(0, said)}))
