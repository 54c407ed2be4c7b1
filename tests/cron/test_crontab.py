"""Whole crontabs, against the verdict, the log lines and the jobs of Debian's own code."""

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labcheck.cron.accounts import only
from labcheck.cron.crontab import read_crontab
from labcheck.cron.file_rules import with_file_rules

CAPTURED = Path(__file__).parents[1] / "data" / "cron" / "debian-cron-files.jsonl"
PEOPLE = only("root,backup")
JOB = b"12 0 * * * root x\n"


@pytest.mark.parametrize("row", CAPTURED.read_text().splitlines())
def test_a_captured_file(row: str) -> None:
    expected = json.loads(row)
    crontab = with_file_rules(read_crontab(expected["text"].encode(), expected["name"], accounts=PEOPLE))
    jobs = [{"user": job.user, "command": job.raw, "environment": job.environment} for job in reversed(crontab.jobs)]
    ours = {"loaded": crontab.loaded, "log": list(crontab.log), "jobs": jobs}
    assert ours == {key: expected[key] for key in ours}


@pytest.mark.parametrize(("lines", "loaded"), [(10_003, True), (10_004, False)])
def test_the_most_lines(lines: int, loaded: bool) -> None:
    crontab = read_crontab(JOB * lines + b"# end\n" * 100, "x")
    assert crontab.loaded is loaded
    assert loaded or crontab.log == (
        "(*system*x) ERROR (crontab must not be longer than 10000 lines, this crontab file will be ignored)",
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"12 0 * * *\n", "bad command"),
        (b"12 0 * * *\n# a b\n", "bad username"),
        (b"12 0 * * *\n#ab\n", "bad command"),
        (b"12 0 * * * root " + b"x" * 999 + b"\n", "command too long"),
        (b"0 0 \xff * * root x\n", "bad hour"),
    ],
)
def test_a_refused_line(text: bytes, words: str) -> None:
    assert read_crontab(text, "x").log[0] == f"Error: {words}; while reading /etc/cron.d/x"


@pytest.mark.parametrize(
    ("text", "jobs", "loaded"),
    [
        (b"0 0 * * * root a\0" + b"0 1 * * * root b\n", ["a", "b"], True),
        (b"0 0 * * * root a\0", ["a"], True),
        (b"0 0 * * * root a", [], False),
        (b"0 0 * * * root " + b"x" * 998 + b"\n", ["x" * 998], True),
        (b"0 0 * * * root \n", [""], True),
    ],
)
def test_where_a_string_ends(text: bytes, jobs: list[str], loaded: bool) -> None:
    crontab = read_crontab(text, "x")
    assert ([job.raw for job in crontab.jobs], crontab.loaded) == (jobs, loaded)


def test_a_user_crontab_has_no_user_column() -> None:
    crontab = read_crontab(b"MAILTO=me\n0 0 * * * echo hi\n", "elvis", user="elvis")
    assert [(job.user, job.command, job.environment["LOGNAME"]) for job in crontab.jobs] == [
        ("elvis", "echo hi", "elvis")
    ]
    refused = read_crontab(b"0 0 * * * * echo hi\n", "elvis", user="elvis")
    assert refused.log[0] == "Error: bad command; while reading crontab for user elvis"


def test_all_bad_lines_are_found_though_cron_stops_at_the_first() -> None:
    crontab = read_crontab(b"60 * * * * root x\n* 24 * * * root x\n" + JOB, "x")
    assert [(bad.line, bad.words) for bad in crontab.refusals] == [(1, "bad minute"), (2, "bad hour")]
    assert crontab.log[0] == "Error: bad minute; while reading /etc/cron.d/x"
    assert crontab.jobs == ()
    assert len(crontab.written_jobs) == 1


def test_blocks_may_be_cut_anywhere() -> None:
    text = b"# a\nMAILTO=x\n\n" + JOB * 3 + b"1 2 3 4 5 root last % in\n"
    whole = read_crontab(text, "x")
    for size in range(1, len(text)):
        blocks = [text[place : place + size] for place in range(0, len(text), size)]
        assert read_crontab(blocks, "x") == whole


def _endless(block: bytes, count: int) -> Iterator[bytes]:
    return (block for _ in range(count))


@pytest.mark.parametrize("block", [b"x" * 65536, b"#" * 65536, b"# c\n" * 16384, b"\n" * 65536, JOB * 4096])
def test_a_hundred_megabytes_are_read_in_bounded_memory(block: bytes) -> None:
    tracemalloc.start()
    read_crontab(_endless(block, 160), "x")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 32 << 20


@given(st.binary(max_size=200), st.sampled_from([None, "elvis"]))
def test_any_bytes_have_a_verdict(content: bytes, user: str | None) -> None:
    crontab = read_crontab(content, "x", user=user)
    assert crontab.loaded is (crontab.log == ())


@given(
    st.lists(
        st.sampled_from([b"0 0 * * * root x", b"A=b", b"\0", b"\n", b" ", b"#", b'"', b"=", b"%", b"\xff", b"@daily"])
    )
)
def test_any_mixture_has_a_verdict(pieces: list[bytes]) -> None:
    crontab = read_crontab(b"".join(pieces), "x")
    assert crontab.loaded or crontab.log


def test_a_hundred_bad_lines_are_enough() -> None:
    crontab = read_crontab(b"\xff\n" * 5000, "x")
    assert len(crontab.refusals) == 100
    assert crontab.log[0] == "Error: bad minute; while reading /etc/cron.d/x"


def test_an_endless_bad_line_is_not_kept_whole() -> None:
    (refusal,) = read_crontab(b"x" * 1_000_000 + b"\n", "x").refusals
    assert len(refusal.text) == 2000
