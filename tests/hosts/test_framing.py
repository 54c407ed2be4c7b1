"""How answers are cut out of a shell's output."""

import shlex
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.hosts import Question
from labcheck.hosts.framing import Frame, Stream
from labcheck.hosts.host import CUT_OFF

BEGIN, END = b"b" * 32 + b"\n", b"e" * 32
LIMIT = 1000
NOISE = st.binary(max_size=200) | st.sampled_from([BEGIN[:-1], BEGIN[:9], END + b"0\n", b"\n" * 50])


def fed(data: bytes, cuts: list[int], limit: int = LIMIT) -> Stream:
    stream = Stream(BEGIN, END, limit)
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, stop in pairwise(places):
        stream.feed(data[start:stop])
    return stream


@given(NOISE, st.binary(max_size=LIMIT), st.integers(0, 255), st.lists(st.integers(0, 1300)))
def test_an_answer_is_found_whatever_comes_before_it_and_however_it_is_cut(
    noise: bytes, content: bytes, status: int, cuts: list[int]
) -> None:
    stream = fed(noise + BEGIN + content + b"\n" + END + b"%d\n" % status, cuts)

    assert stream.finished
    assert not stream.too_long
    assert (stream.text, stream.status) == (content.decode("utf-8", "backslashreplace"), status)


@given(NOISE, st.binary(max_size=LIMIT), st.lists(st.integers(0, 1300)))
def test_an_answer_without_its_end_is_not_finished(noise: bytes, content: bytes, cuts: list[int]) -> None:
    stream = fed(noise + BEGIN + content + b"\n" + END + b"0", cuts)
    assert not stream.finished


@pytest.mark.parametrize("chunk", [1, 7, 4096])
def test_noise_before_the_answer_takes_no_memory_and_does_not_count(chunk: int) -> None:
    stream = Stream(BEGIN, END, LIMIT)
    for _ in range(20 * LIMIT // chunk):
        stream.feed(b"x" * chunk)
    assert not stream.too_long
    stream.feed(BEGIN + b"said\n" + END + b"3\n")
    assert (stream.text, stream.status) == ("said", 3)


@pytest.mark.parametrize("line", [b"y\n", b"y"])
def test_an_answer_over_the_limit_is_cut_there(line: bytes) -> None:
    stream = fed(BEGIN + line * LIMIT * 2, [])

    assert stream.too_long
    assert (stream.text, stream.status) == ((line * LIMIT).decode()[:LIMIT], CUT_OFF)


def test_what_a_host_says_after_the_end_changes_nothing() -> None:
    stream = fed(BEGIN + b"said\n" + END + b"3\n", [])
    stream.feed(b"more\n" + END + b"0\n" + b"x" * 2 * LIMIT)

    assert (stream.text, stream.status, stream.too_long) == ("said", 3, False)


def test_a_long_answer_in_many_pieces_is_looked_through_once() -> None:
    stream = Stream(BEGIN, END, 8 << 20)
    began = time.process_time()
    for piece in [BEGIN, *[b"y\n" * (1 << 13)] * 512, b"\n" + END + b"0\n"]:
        stream.feed(piece)

    assert stream.finished
    assert time.process_time() - began < 2  # 0.02 s; 20 s and more when each piece is searched from the beginning


def test_an_earlier_frame_is_not_taken_for_this_one() -> None:
    stale = b"s" * 32 + b"\nold\n" + b"t" * 32 + b"0\n"
    assert fed(stale + BEGIN + b"new\n" + END + b"1\n", []).text == "new"


def test_a_command_is_a_program_that_reads_nothing() -> None:
    command = shlex.join(["echo", "a; rm -rf /"])
    told = Frame(Question("db", "backup", command)).line.decode()

    assert "(exec echo 'a; rm -rf /') </dev/null; " in told
    assert told.count("\n") == 1


@given(st.binary(max_size=LIMIT), st.lists(st.integers(0, 1300)))
def test_without_a_first_line_an_answer_is_all_that_comes_before_the_last(content: bytes, cuts: list[int]) -> None:
    stream = Stream(b"", END, LIMIT)
    assert stream.begun
    data = content + b"\n" + END + b"0\n"
    for start, stop in pairwise([0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]):
        stream.feed(data[start:stop])

    assert (stream.finished, stream.text) == (True, content.decode("utf-8", "backslashreplace"))


def test_only_the_first_question_of_a_shell_says_where_its_outputs_begin() -> None:
    frames = [Frame(Question("db", "backup", "true"), is_first=is_first) for is_first in (True, False)]
    assert [frame.line.startswith(b"echo ") for frame in frames] == [True, False]
    assert [(frame.stdout.begun, frame.stderr.begun) for frame in frames] == [(False, False), (True, True)]
