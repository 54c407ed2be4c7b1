"""Users and variables of a host, as it tells them to who starts jobs there."""

import pytest

from labcheck.errors import UnreadableAnswer
from labcheck.facts.cron_child import Account, parse_accounts, parse_environment


def test_accounts_have_numbers_and_a_home() -> None:
    text = "root:x:0:0:root:/root:/bin/bash\nbackup:x:34:34:backup:/home/backup:/bin/bash\n"
    assert parse_accounts(text)["backup"] == Account("34", "34", "/home/backup")


@pytest.mark.parametrize("text", ["root:x:0:0:root:/root", "root:x:zero:0:root:/root:/bin/sh", "garbage"])
def test_other_lines_are_our_error(text: str) -> None:
    with pytest.raises(UnreadableAnswer, match="getent passwd said"):
        parse_accounts(text)


def test_the_environment_is_read_as_pam_reads_it() -> None:
    text = "# a comment\nSTUDENT=elvis\nexport COLOUR='pale blue'\nEMPTY=\nno setting\n=x\nQUOTE='\nPATH=\"/bin\"\n"
    assert parse_environment(text) == {
        "STUDENT": "elvis",
        "COLOUR": "pale blue",
        "EMPTY": "",
        "QUOTE": "'",
        "PATH": "/bin",
    }
