import pytest

from labcheck.errors import UnexpectedStatus
from labcheck.facts.ssh import SignIn, host_name, sign_in
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
