import pytest

from labcheck.grading import grammar

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGnIQX2UHWBhuJ4zRSMzwSTa5TQFV2hHgWpNRyzJ8u4y"


@pytest.mark.parametrize("name", ["elvis", "E.Presley_2", "a@b.example", "7of9", "x" * 64])
def test_usual_names_of_students_are_fine(name: str) -> None:
    assert grammar.wrong_student(name) == ""


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "it is empty"),
        ("../../x", "letters, digits"),
        ("$(touch x)", "letters, digits"),
        ("-oProxyCommand=x", "letters, digits"),
        (".hidden", "letters, digits"),
        ("a/b", "letters, digits"),
        ("x" * 65, "64 at most"),
        ("\u0435lvis", "`\u0435` (CYRILLIC SMALL LETTER IE)"),
        ("elvis\u200b", "`\\u200b` (ZERO WIDTH SPACE)"),
        ("\u202esivle", "`\\u202e` (RIGHT-TO-LEFT OVERRIDE)"),
        ("elvis\n", "`\\n` (a character that is not shown)"),
    ],
)
def test_a_name_that_is_more_than_a_name_is_told(name: str, why: str) -> None:
    assert why in grammar.wrong_student(name)


@pytest.mark.parametrize("name", ["Elvis", "-x", "0x", "a b", "a" * 33, "r\u043e\u043et", "a$b", ""])
def test_what_is_no_account_is_told(name: str) -> None:
    assert grammar.wrong_account(name)


@pytest.mark.parametrize("address", ["192.0.2.1", "2001:db8::1", "1.db.example.org", "localhost", "db_1.x", "a.b."])
def test_hosts_are_names_or_addresses(address: str) -> None:
    assert grammar.wrong_address(address) == ""


@pytest.mark.parametrize(
    "address",
    [
        *("-oProxyCommand=id", "a b", "x;id", "a..b", "$(id)", "x" * 64, "a." * 130, "", "user@host", "/tmp/x"),
        *("10.0.0.256", "010.0.0.1", "2130706433", "0x7f.1", "127.1"),
    ],
)
def test_what_is_no_host_is_told(address: str) -> None:
    assert grammar.wrong_address(address)


@pytest.mark.parametrize(
    ("port", "fine"),
    [
        ("22", True),
        ("65535", True),
        ("0", False),
        ("65536", False),
        ("-1", False),
        ("2 2", False),
        ("٢٢", False),
        ("", False),
    ],
)
def test_a_port_is_a_number_that_there_is(port: str, fine: bool) -> None:
    assert (grammar.wrong_port(port) == "") is fine


def test_a_pinned_key_is_a_line_of_a_pub_file() -> None:
    assert grammar.wrong_host_key(KEY) == grammar.wrong_host_key(f"{KEY} root@db") == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ssh-ed25519",
        "ssh-ed25519 AA",
        "AAAA",
        "ssh-ed25519 !!!!",
        KEY.replace("ed25519 ", "rsa "),
        KEY[:40],
        KEY[:-8],
    ],
)
def test_a_key_that_cannot_be_one_is_told(text: str) -> None:
    assert grammar.wrong_host_key(text)
