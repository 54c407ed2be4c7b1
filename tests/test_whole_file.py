import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from labcheck.whole_file import AS_USUAL, write_whole


def test_a_file_is_for_its_owner_alone_unless_told(tmp_path: Path) -> None:
    write_whole(tmp_path / "own", ["a", "b\r\n"])
    assert (tmp_path / "own").read_bytes() == b"ab\r\n"
    assert (tmp_path / "own").stat().st_mode & 0o777 == 0o600
    before = os.umask(0o022)
    try:
        write_whole(tmp_path / "shared", ["ä"], mode=AS_USUAL, encoding="utf-8-sig")
    finally:
        os.umask(before)
    assert (tmp_path / "shared").read_bytes() == b"\xef\xbb\xbf\xc3\xa4"
    assert (tmp_path / "shared").stat().st_mode & 0o777 == 0o644


def interrupted() -> Iterator[str]:
    yield "half"
    raise KeyboardInterrupt


def test_what_does_not_come_to_its_end_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    write_whole(path, ["old"])
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, interrupted())
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, ["new \ud800"])
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "none" / "notes", ["x"])
