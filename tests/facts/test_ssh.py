import shlex

import pytest

from labcheck.errors import UnexpectedStatus, UnreadableAnswer
from labcheck.facts.ssh import ACCOUNTS, Account, SignIn, accounts, host_name, parse_accounts, sign_in
from labcheck.hosts import Answer
from tests.fake_host import fake_host

SSH = "ssh -o BatchMode=yes -o ConnectTimeout=15 -o ClearAllForwardings=yes -- elvis@backup.foo.bar hostname"
DENIED = "elvis@backup.foo.bar: Permission denied (publickey)."


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(0, "backup\n"), SignIn(host_name="backup")),
        (Answer(255, stderr=f"Warning: added 'x' to the list of known hosts.\n{DENIED}\n\n"), SignIn(complaint=DENIED)),
        (Answer(255), SignIn(complaint="ssh ended with status 255")),
        (Answer(127, stderr="sh: 1: ssh: not found\n"), SignIn(complaint="sh: 1: ssh: not found")),
    ],
    ids=["signed in", "denied", "silent", "no ssh"],
)
def test_a_sign_in_ends_at_a_host_or_in_a_complaint(answer: Answer, expected: SignIn) -> None:
    assert sign_in(fake_host("db", {SSH: answer}), "elvis@backup.foo.bar") == expected


def test_a_host_says_its_name() -> None:
    assert host_name(fake_host("db", {"hostname": Answer(0, "db\n")})) == "db"


def test_a_host_that_cannot_say_its_name_is_our_error() -> None:
    with pytest.raises(UnexpectedStatus):
        host_name(fake_host("db", {"hostname": Answer(127)}))


def test_names_are_given_to_ssh_as_their_user_would() -> None:
    asked = shlex.join(["sh", "-c", ACCOUNTS, "backup", "bk", "far"])
    root = fake_host("db", {asked: Answer(0, "elvis\tbackup.foo.bar\t10.0.0.3\n\t\t\n")})
    assert accounts(root, "backup", ["bk", "far"]) == [
        Account("elvis", "backup.foo.bar", "10.0.0.3"),
        Account("", "", ""),
    ]


@pytest.mark.parametrize(
    "text", ["", "elvis\tb\t1\nelvis\tb\t2\n", "elvis\tb\n", "el vis\tb\t1\n", f"{'e' * 254}\tb\t1\n", "Märt\tb\t1\n"]
)
def test_words_that_are_no_accounts_are_our_error(text: str) -> None:
    with pytest.raises(UnreadableAnswer, match="1 accounts of ssh were asked for"):
        parse_accounts(text, 1)
