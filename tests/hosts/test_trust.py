"""Files of known hosts as people have them: read as ssh reads them, and no line costs another its effect."""

import base64
from dataclasses import replace
from pathlib import Path

import paramiko
import pytest

from labcheck.errors import LabcheckError
from labcheck.hosts.address import Address
from labcheck.hosts.trust import Trust
from labcheck.practice.credentials import new_key

KEY = " ".join(new_key("db").public.split()[:2])
OTHER = " ".join(new_key("other").public.split()[:2])


def known(tmp_path: Path, text: str | bytes, name: str = "db.x.org") -> list[str]:
    """Return the keys of a host as they stand in a file, asked twice."""
    file = tmp_path / "known_hosts"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    trust, address = Trust(), Address("db.x.org", 22, None, file)
    first = [f"{kind} {key.get_base64()}" for kind, key in trust.known(name, address).items()]
    assert [f"{kind} {key.get_base64()}" for kind, key in trust.known(name, address).items()] == first
    return first


@pytest.mark.parametrize(
    "line",
    [
        "",
        "# a remark",
        "db.x.org",
        f"@cert-authority *.x.org {OTHER}",
        f"@revoked db.x.org {OTHER}",
        "old.x.org ssh-dss AAAAB3NzaC1kc3M=",
        f"cut.x.org {KEY[:50]}",
        "no.x.org ssh-ed25519 !!!!",
        "|1|AAAA|BBBB ssh-ed25519 AAAA",
        b"\xff\xfe\x00 \xff",
        "db.x.org ssh-ed25519 AAAA",
    ],
    ids=range(11),  # keys are new in each process
)
def test_a_line_that_is_none_takes_no_other_with_it(tmp_path: Path, line: str | bytes) -> None:
    before = line if isinstance(line, bytes) else line.encode()
    assert known(tmp_path, before + f"\ndb.x.org {KEY}\n".encode()) == [KEY]


def test_names_may_be_several_or_hashed(tmp_path: Path) -> None:
    hashed = paramiko.HostKeys.hash_host("db.x.org")
    assert known(tmp_path, f"{hashed} {KEY}\n{paramiko.HostKeys.hash_host('y.org')} {OTHER}\n") == [KEY]
    assert known(tmp_path, f"a.x.org,db.x.org {KEY} somebody\n") == [KEY]
    assert known(tmp_path, f"[db.x.org]:2201 {KEY}\n", "[db.x.org]:2201") == [KEY]
    assert known(tmp_path, f"[db.x.org]:2201 {KEY}\n") == []


def test_a_key_that_was_revoked_is_not_known(tmp_path: Path) -> None:
    assert known(tmp_path, f"db.x.org {KEY}\n@revoked * {KEY}\n") == []


def test_a_file_that_cannot_be_read_is_told_each_time(tmp_path: Path) -> None:
    trust, address = Trust(), Address("db.x.org", 22, None, tmp_path)
    for _ in range(2):
        with pytest.raises(LabcheckError, match=r"cannot read the known hosts .*: Is a directory"):
            trust.known("db.x.org", address)
    with pytest.raises(LabcheckError, match=r"cannot pin a host key in .*: No such file or directory"):
        trust.remember("db.x.org", paramiko.Ed25519Key(data=base64.b64decode(KEY.split()[1])), tmp_path / "no" / "file")
    with pytest.raises(LabcheckError, match=r"the pinned key of db.x.org cannot be read"):
        trust.known("db.x.org", replace(address, host_key=KEY[:50]))


def test_a_new_key_stands_on_a_line_of_its_own(tmp_path: Path) -> None:
    file, key = tmp_path / "known_hosts", paramiko.Ed25519Key(data=base64.b64decode(OTHER.split()[1]))
    for text in ("", f"db.x.org {KEY}", f"db.x.org {KEY}\n"):
        file.write_text(text)
        Trust().remember("new.x.org", key, file)
        assert file.read_text() == f"{text.strip()}\nnew.x.org {OTHER}\n".lstrip()
