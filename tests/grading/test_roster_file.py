import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labcheck.errors import LabcheckError, UsageError
from labcheck.grading.marked_yaml import MistakesFound
from labcheck.grading.roster_file import EXAMPLE, read_roster
from labcheck.hosts.address import Address
from labcheck.model import Person
from tests.grading.test_grammar import KEY


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for a roster, in a home that has a key."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".ssh").mkdir()
    (tmp_path / ".ssh" / "id_ed25519").touch()
    return tmp_path / "roster.yaml"


def mistakes(file: Path, text: str) -> list[str]:
    file.write_text(text)
    with pytest.raises(MistakesFound) as found:
        read_roster(file)
    head, *told = found.value.what.splitlines()
    assert head == f"{len(told)} mistake{'s' if len(told) > 1 else ''}"
    return [line.removeprefix(f"{file}:") for line in told]


def test_the_example_is_a_roster(file: Path) -> None:
    file.write_text(EXAMPLE)
    roster = read_roster(file)
    elvis, priscilla = roster.students
    home = file.parent

    assert roster.shared == {"backup", "offsite"}
    assert roster.warnings == ()
    assert elvis.person == Person("Elvis Presley", "elvis@example.org")
    assert elvis.addresses["db"] == Address(
        "elvis-db.example.org", 22, home / ".ssh/id_ed25519", home / "known_hosts", "ubuntu", become=True
    )
    assert (priscilla.account, priscilla.variables, priscilla.submitted) == (
        "cilla",
        {"language": "et", "backup_name": "backup.example.org"},
        "2026-11-30T21:15:00+02:00",
    )
    assert (priscilla.addresses["db"].port, priscilla.addresses["db"].host_key) == (2201, KEY)
    assert priscilla.addresses["app"].address == "priscilla-app.example.org"


def test_students_may_be_a_list_of_names_and_a_host_a_single_address(file: Path) -> None:
    file.write_text("defaults: {hosts: {db: '{student}.example.org'}}\nstudents: [elvis, frodo]\n")
    roster = read_roster(file)

    assert [student.addresses["db"].address for student in roster.students] == [
        "elvis.example.org",
        "frodo.example.org",
    ]
    lacking = "have no backup and no offsite and no app: checks that ask there cannot be graded"
    assert roster.warnings == (f"elvis and 1 more {lacking}",)


def test_anchors_and_merge_keys_work(file: Path) -> None:
    file.write_text("students:\n  a: &a\n    port: 2201\n    hosts: {db: x.org}\n  b:\n    <<: *a\n    port: 2202\n")
    assert [student.addresses["db"].port for student in read_roster(file).students] == [2201, 2202]


def test_what_several_merge_keys_bring_counts_in_their_order(file: Path) -> None:
    file.write_text(
        "defaults: {<<: &a {port: 2201, user: u}, port: 2200}\nstudents:\n"
        "  a: {<<: [{user: one}, *a, {user: two, hosts: {db: x.org}}]}\n  b: {<<: nothing, hosts: {db: y.org}}\n"
    )
    with pytest.raises(MistakesFound, match=r":4: a merge key `<<` takes a mapping: an alias such as \*name"):
        read_roster(file)
    file.write_text(file.read_text().replace("<<: nothing, ", ""))
    assert [(s.addresses["db"].user, s.addresses["db"].port) for s in read_roster(file).students] == [
        ("one", 2201),
        ("u", 2200),
    ]


def test_two_students_on_one_host_are_told_but_not_on_a_shared_one(file: Path) -> None:
    host = "{hosts: {db: db.x.org, app: a.x.org, offsite: o.x.org}}"
    file.write_text(f"servers: {{backup: b.x.org}}\nstudents:\n  elvis: {host}\n  frodo: {host}\n")

    assert read_roster(file).warnings == (
        "elvis and frodo are on one host: db.x.org:22",
        "elvis and frodo are on one host: o.x.org:22",
        "elvis and frodo are on one host: a.x.org:22",
    )


def test_two_students_with_one_account_on_a_shared_server_are_told(file: Path) -> None:
    file.write_text(
        "defaults: {hosts: {db: '{student}.x.org', app: 'a-{student}.x.org'}}\n"
        "servers: {backup: b.x.org, offsite: o.x.org}\n"
        "students: {elvis: {account: cilla}, frodo: {account: cilla}, sam: }\n"
    )
    assert read_roster(file).warnings == ("elvis and frodo have one account on the servers that all share: cilla",)


def test_a_class_on_one_host_is_told_in_a_line(file: Path) -> None:
    file.write_text(f"defaults: {{hosts: {{db: x.org}}}}\nstudents: [{', '.join(f's{one}' for one in range(99))}]\n")

    told, _ = read_roster(file).warnings
    assert told == "s0, s1, s2, s3, s4, s5, s6, s7 and 91 more are on one host: x.org:22"


def test_a_name_is_what_commands_call_a_host(file: Path) -> None:
    host = "hosts: {db: d.x.org, offsite: {address: 192.0.2.9, name: vault.x.org}}"
    servers = "servers: {backup: {address: 192.0.2.8, name: '{student}.store.x.org'}}"
    file.write_text(f"{servers}\nstudents:\n  elvis: {{{host}}}\n")

    names = {"backup_name": "elvis.store.x.org", "offsite_name": "vault.x.org"}
    assert read_roster(file).students[0].variables == names
    file.write_text("students:\n  elvis: {hosts: {db: {address: d.x.org, name: -oProxyCommand=id}}}\n")
    with pytest.raises(MistakesFound, match="2: the name `-oProxyCommand=id`: neither a host name nor an IP address"):
        read_roster(file)


def test_every_mistake_is_told_at_its_line(file: Path) -> None:
    text = """\
defaults:
  usr: ubuntu
  become: perhaps
servers:
  backup: {address: "-oProxyCommand=id"}
students:
  elvis:
    hosts:
      db: {address: "$(touch x)", port: 70000, identity: nowhere, user: "Root;", host_key: AAAA}
      cellar: 192.0.2.1
    submitted: yesterday
  elvis:
  ../../x: {hosts: {db: 192.0.2.1}}
  \u0435lvis: {hosts: {db: 192.0.2.1}}
  ELVIS: {hosts: {db: 192.0.2.1}}
  nobody: [1, 2]
"""
    assert mistakes(file, text) == [
        "2: nothing is called `usr`; is `user` meant?",
        "3: true or false belongs here, not `perhaps`",
        "5: the address `-oProxyCommand=id`: neither a host name nor an IP address",
        "9: the address `$(touch x)`: neither a host name nor an IP address",
        "9: the port `70000`: a port is a number from 1 to 65535",
        "9: the identity `nowhere`: there is no such file",
        "9: the user `Root;`: small letters, digits and . _ - only, 32 at most",
        "9: the host key `AAAA`: a host key is written as in a .pub file: ssh-ed25519 AAAA…",
        "10: nothing is called `cellar`; here go app, backup, db, offsite",
        "11: a time with its zone belongs here: 2026-11-30T21:15:00+02:00",
        "12: the student `elvis` is here twice; first at line 7",
        "13: the student `../../x`: letters, digits and . _ @ + - only, 64 at most",
        "14: the student `\u0435lvis`: it has `\u0435` (CYRILLIC SMALL LETTER IE), which is no letter of ASCII",
        "15: the student `ELVIS` is here twice; first at line 7",
        "15: the account `ELVIS`: small letters, digits and . _ - only, 32 at most",
        "16: a mapping belongs here: lines of `name: value`, set in under it",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "1: no students"),
        ("students:\n", "1: no students"),
        ("students: {}\n", "1: no students"),
        ("- a\n", "1: a mapping belongs here"),
        ("students: {a: 1\n", "2: did not find expected"),
        ("students:\n\ta: {}\n", "2: nothing in YAML begins with a tab"),
        ("students: {a: {hosts: {db: [1]}}}", "1: a mapping belongs here"),
        ("students: {a: {}}", "1: `a` has no host"),
        ("students: {a: {hosts: {db: x}, account: '-x'}}", "1: the account `-x`"),
        ("a: *b\n", "1: found undefined alias"),
        ("\x00", "1: no YAML"),
        ("students: " + "[" * 5000, "1: no YAML: more than 200 levels"),
        ("students: " + "[" * 200_000 + "]" * 200_000, "1: "),
    ],
)
def test_a_roster_that_is_none_is_told(file: Path, text: str, told: str) -> None:
    assert mistakes(file, text)[0].startswith(told)


def test_a_file_that_is_not_there_or_no_text_is_told(file: Path) -> None:
    with pytest.raises(LabcheckError, match="No such file or directory\nBegin with an example: labcheck roster init"):
        read_roster(file)
    file.write_bytes(b"\xff\xfe\xff")
    with pytest.raises(MistakesFound, match=":1: no YAML"):
        read_roster(file)


def test_a_key_that_nobody_named_must_be_there(file: Path) -> None:
    (file.parent / ".ssh" / "id_ed25519").unlink()
    assert mistakes(file, "students:\n  a: {hosts: {db: x.org}}\n  b: {hosts: {db: y.org}}") == [
        "2: no `identity:` is given here or under `defaults:`, and ~/.ssh/id_ed25519 is not there"
    ]


def test_an_agent_is_asked_only_where_the_roster_says_so(file: Path) -> None:
    file.write_text("students: {a: {identity: agent, hosts: {db: x.org}}}")
    assert read_roster(file).students[0].addresses["db"].identity_file is None


def test_some_students_alone_in_the_rosters_order(file: Path) -> None:
    file.write_text("defaults: {hosts: {db: '{student}.x.org'}}\nstudents: [a, b, c]\n")
    roster = read_roster(file)

    assert [student.name for student in roster.only(["c", "a"]).students] == ["a", "c"]
    assert roster.only([]) == roster
    with pytest.raises(UsageError, match=r"no student `d` in the roster\nThere are: a, b, c$"):
        roster.only(["d"])


def test_ten_thousand_lines_are_validated_in_two_seconds(file: Path) -> None:
    hosts = "    hosts:\n      db: {{address: 10.0.{a}.{b}, port: 2222}}\n      app: a{n}.x.org\n"
    student = "  s{n}:\n    full_name: S {n}\n" + hosts
    file.write_text("students:\n" + "".join(student.format(n=n, a=n // 250, b=n % 250 + 1) for n in range(2000)))
    began = time.process_time()

    assert len(read_roster(file).students) == 2000
    assert time.process_time() - began < 2  # 0.4 s


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(max_size=300) | st.binary(max_size=300))
def test_any_text_is_a_roster_or_has_mistakes(file: Path, text: str | bytes) -> None:
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass"))
    with pytest.raises(MistakesFound):
        read_roster(file)
