import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.errors import LabcheckError
from labcheck.reports.document import Document, file_names, write
from tests.reports.grades import TEXTS


def test_documents_are_written_below_the_folder_that_is_made(tmp_path: Path) -> None:
    paths = write([Document("a.txt", "jõulud\r\n"), Document("b/c.csv", "1", encoding="utf-8-sig")], tmp_path / "new")

    assert [path.relative_to(tmp_path).as_posix() for path in paths] == ["new/a.txt", "new/b/c.csv"]
    assert paths[0].read_bytes() == "jõulud\r\n".encode()
    assert paths[1].read_bytes() == b"\xef\xbb\xbf1"
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["a.txt", "b"]


@contextmanager
def small_disk() -> Iterator[None]:
    """No file of this process may grow beyond 1,000 bytes: writing then fails as on a full disk.

    Around the one call that is looked at, never around a whole test: what pytest itself prints may go to a longer file.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_file_that_cannot_be_written_whole_leaves_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")

    with small_disk(), pytest.raises(LabcheckError, match=r"cannot write .*a\.txt: File too large") as raised:
        write([Document("a.txt", "x" * 10_000)], tmp_path)
    assert "--out DIR" in raised.value.next_step
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "old"


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(LabcheckError, match=r"cannot write .*file/a\.txt: (Not a directory|File exists)"):
        write([Document("a.txt", "")], tmp_path / "file")


@pytest.mark.parametrize(
    ("names", "files"),
    [
        (["elvis", "Elvis", "elvis"], ["elvis", "Elvis-2", "elvis-3"]),
        (["../../etc/passwd", ".hidden", "-rf", "a/b\\c"], ["etc-passwd", "hidden", "rf", "a-b-c"]),
        (["", "õ", "Ольга"], ["student", "student-2", "student-3"]),
    ],
)
def test_names_become_files_of_their_own(names: list[str], files: list[str]) -> None:
    assert file_names(names) == files


@given(st.lists(TEXTS, max_size=6))
def test_no_name_leaves_its_folder_or_takes_the_file_of_another(names: list[str]) -> None:
    made = file_names(names)

    assert len({name.lower() for name in made}) == len(names)
    for name in made:
        assert Path(name).name == name
        assert name.isascii()
        assert 0 < len(name) < 100
        assert name[0] not in ".-"
