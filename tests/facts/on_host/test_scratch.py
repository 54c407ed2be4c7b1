"""The passphrase of an encrypted backup, as the owner's crontab or script sets it."""

import bz2
import getpass
import gzip
import lzma
import pwd
from collections.abc import Callable
from pathlib import Path

import pytest

from labcheck.facts.on_host import scratch
from labcheck.facts.on_host.scratch import ZSTD, Complaint, Trouble, passphrase, text_of


def said_in(path: Path, text: str) -> str:
    path.write_text(text)
    return passphrase({"encrypted": True, "passphrase_file": str(path), "user": getpass.getuser()})


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("PASSPHRASE=mellon\n", "mellon"),
        ("export PASSPHRASE=mellon\n", "mellon"),
        ("#!/bin/sh\n  export PASSPHRASE='two words $1' # secret\n", "two words $1"),
        ('PASSPHRASE="two words"; export PASSPHRASE\n', "two words"),
        ("PASSPHRASE=mellon duplicity full a.sql rsync://u@h/a\n", "mellon"),
        ("unset PASSPHRASE\n", ""),
    ],
)
def test_a_script_says_it_as_a_word(text: str, word: str, tmp_path: Path) -> None:
    assert said_in(tmp_path / "nightly", text) == word


def test_what_is_not_encrypted_needs_none(tmp_path: Path) -> None:
    assert passphrase({"encrypted": False, "passphrase_file": "/nowhere", "user": "x"}) == ""
    assert passphrase({"encrypted": True, "passphrase_file": "", "user": "x"}) == ""


@pytest.mark.parametrize(
    "command",
    ["$(cat {})", '"$(cat {})"', "`cat {}`", "$(< {})", '$(cat "{}")', '"$(cat "{}")"'],
)
@pytest.mark.parametrize("name", ["~/.pass", "$HOME/.pass", "${HOME}/.pass", ".pass", "/whole/.pass"])
def test_a_script_says_which_file_of_the_users_holds_it(
    command: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".pass").write_text("mellon\n")
    name = name.replace("/whole", str(tmp_path))
    account = pwd.struct_passwd(("elf", "x", 1, 1, "", str(tmp_path), "/bin/sh"))
    monkeypatch.setattr(pwd, "getpwnam", lambda _: account)
    monkeypatch.setattr(scratch, "as_user", lambda user, *words: list(words))
    assert said_in(tmp_path / "nightly", f"export PASSPHRASE={command.replace('{}', name)}\n") == "mellon"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("$(pass show backups)", "lets the shell work it out"),
        ('"$SECRET"', "lets the shell work it out"),
        ('"pa\\$s"', "lets the shell work it out"),
        ("$(cat /nowhere/.pass)", "the passphrase: head: cannot open"),
    ],
)
def test_what_the_shell_works_out_is_nobodys_failure(
    value: str, what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scratch, "as_user", lambda user, *words: list(words))
    with pytest.raises(Trouble, match=what):
        said_in(tmp_path / "nightly", f"export PASSPHRASE={value}\n")


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_a_dump_is_unpacked_by_what_it_begins_with(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    (tmp_path / "agama.sql").write_bytes(pack(b"INSERT"))
    assert text_of(tmp_path / "agama.sql")[0] == "INSERT"


@pytest.mark.parametrize(("pack", "tool"), [(gzip.compress, "gzip"), (bz2.compress, "bzip2"), (lzma.compress, "xz")])
def test_a_packed_dump_that_breaks_off_is_told_by_its_program(
    tmp_path: Path, pack: Callable[[bytes], bytes], tool: str
) -> None:
    (tmp_path / "agama.sql").write_bytes(pack(b"INSERT" * 99)[:-9])
    with pytest.raises(Complaint, match=f"^{tool}: "):
        text_of(tmp_path / "agama.sql")


def test_what_nobody_unpacks_here_is_nobody_s_failure(tmp_path: Path) -> None:
    (tmp_path / "agama.sql.zst").write_bytes(ZSTD + b"x")
    with pytest.raises(Trouble, match="packed with zstd"):
        text_of(tmp_path / "agama.sql.zst")
