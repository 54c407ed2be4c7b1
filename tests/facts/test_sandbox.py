import base64
import shlex

import pytest

from labcheck.errors import LabcheckError, UnreadableAnswer
from labcheck.facts.drill import Order
from labcheck.facts.sandbox import CHUNK, LARGEST_BYTES, brought_back, contents, parse_contents
from labcheck.hosts import Answer, Host, Question
from tests.fake_host import fake_host


def test_files_come_as_text_by_name() -> None:
    def ask(question: Question) -> Answer:
        assert shlex.split(question.command)[3:] == ["told", "/home/elvis/mysql", "a", "b"]
        return Answer(0, "YQ==\n\n")

    assert contents(Host("backup", "elvis", ask), "/home/elvis/mysql", {"a": 1, "b": 0}) == {"a": "YQ==", "b": ""}


def test_more_than_a_sandbox_takes_is_not_fetched() -> None:
    with pytest.raises(LabcheckError, match=r"8\.0 MiB to restore from, and a sandbox is given 8 at most"):
        contents(fake_host("backup", {}), "/m", {"a": LARGEST_BYTES, "b": 1})


@pytest.mark.parametrize("text", ["", "YQ==", "YQ==\nYQ==\n", "$(id)\n", "YQ==\r\n", "\u0661\n"])
def test_what_is_not_as_many_lines_of_base64_is_our_trouble(text: str) -> None:
    with pytest.raises(UnreadableAnswer, match="base64 said"):
        parse_contents(text, 1)


def test_a_large_file_goes_into_the_sandbox_in_pieces_that_can_be_decoded_one_by_one() -> None:
    content = bytes(range(256)) * 1000
    kept: dict[str, bytes] = {}

    def ask(question: Question) -> Answer:
        words = shlex.split(question.command)
        if question.host == "backup":
            return Answer(0, f"{base64.b64encode(content).decode()}\n")
        if "keep" in words:
            assert len(words[-2]) <= CHUNK
            kept[words[-1]] = kept.get(words[-1], b"") + base64.b64decode(words[-2], validate=True)
        return Answer(0, "{}")

    box, keeper = Host("sandbox-mysql", "root", ask), Host("backup", "elvis", ask)
    brought_back(box, keeper, "/m", {"a": len(content)}, "{}", Order("backup", "", "20261101T001200Z"))
    place = "/tmp/backup-20261101T001200Z"
    assert kept == {f"{place}/files/a": content, f"{place}/here": b"{}"}
