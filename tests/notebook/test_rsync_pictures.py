import io

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from matplotlib.image import imread

from labcheck.notebook.rsync_bytes import CHANGES, Upload
from labcheck.notebook.rsync_pictures import SENT, picture_of_blocks, picture_of_bytes

PNG = b"\x89PNG\r\n\x1a\n"
LINES = b"".join(b"row %d\n" % number for number in range(1000))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (LINES[:1400], LINES[:1400], "2 blocks are found again on backup; 0 of 1,400 bytes have to be sent."),
        (LINES[:1400], LINES[:700] + b"x", "1 block is found again on backup; 1 of 701 bytes have to be sent."),
        (b"", LINES, "0 blocks are found again on backup; 7,890 of 7,890 bytes have to be sent."),
        (b"", b"", "0 blocks are found again on backup; 0 of 0 bytes have to be sent."),
        (LINES * 9, LINES * 9 + b"x", "found again on backup"),
    ],
)
def test_a_picture_of_blocks_tells_what_has_to_be_sent(old: bytes, new: bytes, told: str) -> None:
    picture = picture_of_blocks("agama.sql", old, new)
    assert picture.png.startswith(PNG)
    assert picture.told.startswith("agama.sql: ")
    assert told in picture.told


def test_a_few_bytes_between_two_blocks_can_be_seen() -> None:
    picture = picture_of_blocks("agama.sql", LINES[:4200], LINES[:1400] + b"a new row" + LINES[1400:4200])
    pixels = imread(io.BytesIO(picture.png))
    below = pixels[pixels.shape[0] // 2 :]
    is_sent = np.abs(below[:, :, :3] - to_rgb(SENT)).max(axis=2) < 0.05

    assert is_sent.any()


def test_a_name_cannot_hide_what_is_told() -> None:
    assert picture_of_blocks("a\u202eb$x", b"", b"").told.startswith("a\\u202eb$x: ")


def test_a_picture_of_bytes_tells_the_largest_dump() -> None:
    uploads = [Upload(change, size, size // 2) for size in (1000, 9000) for change in CHANGES]
    picture = picture_of_bytes(uploads)
    assert picture.png.startswith(PNG)
    assert picture.told == (
        "Of a dump of 9,000 bytes: no change: 4,500 bytes sent; one new row: 4,500 bytes sent;"
        " a new row after every 20th: 4,500 bytes sent."
    )
