import shlex
import subprocess
from pathlib import Path

import pytest

from labcheck.errors import UnexpectedStatus, UnreadableAnswer
from labcheck.facts.freshness import SCRIPT, Verdicts, parse_verdicts, verdicts
from labcheck.hosts import Answer
from labcheck.practice.lab import PracticeLab
from tests.fake_host import fake_host

ASK = shlex.join(["sh", "-c", SCRIPT, "fresh", "/home/elvis/mysql", "26"])
CAREFUL = """#!/bin/sh
ls "$1" | grep -q manifest && [ -n "$(find "$1" -name '*.manifest' -mmin -$(($2 * 60)))" ]
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0\n1\n2\n", Verdicts(True, True, True)), ("1\n0\n0\n", Verdicts(False, False, False))],
)
def test_three_statuses_are_three_verdicts(text: str, expected: Verdicts) -> None:
    assert parse_verdicts(text) == expected


@pytest.mark.parametrize("text", ["", "0\n1\n", "0\n1\n2\n3\n", "0\nred\n1\n", "0\n1\n٣\n"])
def test_any_other_answer_is_our_error(text: str) -> None:
    with pytest.raises(UnreadableAnswer, match="was run three times"):
        parse_verdicts(text)


def test_no_program_is_none_and_any_other_status_is_our_error() -> None:
    assert verdicts(fake_host("backup", {ASK: Answer(3)}), "/home/elvis/mysql", 26) is None
    with pytest.raises(UnexpectedStatus):
        verdicts(fake_host("backup", {ASK: Answer(2, stderr="mktemp: no space left\n")}), "/home/elvis/mysql", 26)


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (CAREFUL, Verdicts(True, True, True)),
        ("#!/bin/sh\ncase $1 in */mysql) exit 0 ;; *) exit 1 ;; esac\n", Verdicts(False, False, False)),
        ('#!/bin/sh\n[ "$1" = ~/mysql ]\n', Verdicts(False, True, True)),
        ("#!/bin/sh\ncase $1 in *mysql*) exit 0 ;; *) exit 1 ;; esac\n", Verdicts(True, False, False)),
    ],
    ids=["careful", "by the name's end", "by the whole name", "by a part of the name"],
)
def test_a_program_that_goes_by_the_name_of_the_directory_errs(
    tmp_path: Path, program: str, expected: Verdicts
) -> None:
    (tmp_path / "mysql").mkdir()
    (tmp_path / "mysql/duplicity-full.20261123T001200Z.manifest").touch()
    (tmp_path / "fresh").write_text(program)
    (tmp_path / "fresh").chmod(0o755)
    words = ["sh", "-c", SCRIPT, "fresh", f"{tmp_path}/mysql", "26"]
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    said = subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout
    assert parse_verdicts(said) == expected


@pytest.mark.lab
@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (CAREFUL, Verdicts(True, True, True)),
        ("#!/bin/sh\ntrue\n", Verdicts(True, False, False)),
        ("#!/bin/sh\nfalse\n", Verdicts(False, True, True)),
        ("#!/bin/sh\ncat; sleep 60\n", Verdicts(False, True, True)),
    ],
    ids=["careful", "always green", "always red", "never ends"],
)
def test_a_program_is_judged_by_what_it_does_and_nothing_is_left(
    fresh_lab: PracticeLab, program: str, expected: Verdicts
) -> None:
    with fresh_lab.connections() as connections:
        host = fresh_lab.site(connections).backup
        assert verdicts(host, "/home/elvis/mysql", 26) is None
        host.output("sh", "-c", "touch mysql/duplicity-full.$(date -u +%Y%m%dT%H%M%SZ).manifest")
        host.output("sh", "-c", f"printf %s {shlex.quote(program)} > fresh; chmod +x fresh")
        assert verdicts(host, "/home/elvis/mysql", 26) == expected
        assert host.output("find", "/tmp", "-mindepth", "1") == ""
