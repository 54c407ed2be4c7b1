from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.notebook.rsync_blocks import Piece, _rolled, _weak, block_size, pieces, sent_bytes

BLOCKS = [bytes([letter]) * 699 + b"\n" for letter in b"abcde"]
FILE = b"".join(BLOCKS)


def rebuilt(old: bytes, new: bytes) -> bytes:
    """Build the new file as the receiver does."""
    size = block_size(len(old))
    built = b""
    for piece in pieces(old, new):
        sent = new[piece.start : piece.start + piece.length]
        built += sent if piece.block is None else old[piece.block * size :][: piece.length]
    return built


@pytest.mark.parametrize(
    ("file_size", "block"),
    [(0, 700), (2_000, 700), (490_000, 700), (490_001, 700), (1_000_000, 1_000), (100 << 30, 131_072)],
)
def test_blocks_grow_with_the_root_of_the_file(file_size: int, block: int) -> None:
    assert block_size(file_size) == block


def test_nothing_of_an_unchanged_file_is_sent() -> None:
    found = pieces(FILE + b"tail", FILE + b"tail")
    assert [piece.block for piece in found] == [0, 1, 2, 3, 4, 5]
    assert sent_bytes(found) == 0


def test_a_block_with_one_new_byte_is_sent_whole() -> None:
    found = pieces(FILE, FILE[:1000] + b"X" + FILE[1001:])
    assert found[:3] == (Piece(0, 700, 0), Piece(700, 700), Piece(1400, 700, 2))
    assert sent_bytes(found) == 700


def test_blocks_that_have_moved_are_found() -> None:
    found = pieces(FILE, FILE[:1000] + b"more" + FILE[1000:])
    assert found[1:3] == (Piece(700, 704), Piece(1404, 700, 2))
    assert sent_bytes(found) == 704


def test_blocks_are_found_in_another_order() -> None:
    assert [piece.block for piece in pieces(FILE, b"".join(reversed(BLOCKS)))] == [4, 3, 2, 1, 0]


@pytest.mark.parametrize("new", [b"", b"short", FILE])
def test_everything_is_sent_when_there_is_no_old_file(new: bytes) -> None:
    assert sent_bytes(pieces(b"", new)) == len(new)


@given(
    st.lists(st.sampled_from([*BLOCKS, b"new", b"x" * 300])), st.lists(st.sampled_from([*BLOCKS, b"row", b"y" * 90]))
)
def test_the_pieces_build_the_new_file_without_a_gap(old: list[bytes], new: list[bytes]) -> None:
    found = pieces(b"".join(old), b"".join(new))
    assert rebuilt(b"".join(old), b"".join(new)) == b"".join(new)
    assert all(first.start + first.length == second.start for first, second in pairwise(found))


@given(st.binary(min_size=2, max_size=2000), st.integers(1, 800))
def test_a_checksum_that_rolled_is_the_one_computed_afresh(data: bytes, size: int) -> None:
    for start in range(min(len(data) - 1, 20)):
        window, following = data[start : start + size], data[start + size : start + size + 1]
        assert _rolled(_weak(window), len(window), data[start], following) == _weak(data[start + 1 : start + 1 + size])
