"""What `%` and backslashes become."""

import pytest

from labcheck.cron.command import as_logged, split_command


@pytest.mark.parametrize(
    ("raw", "command", "stdin"),
    [
        ("date +%F", "date +", "F\n"),
        (r"date +\%F", "date +%F", ""),
        ("mysql agama%SELECT 1;%SELECT 2", "mysql agama", "SELECT 1;\nSELECT 2\n"),
        ("echo 'a%b'", "echo 'a", "b'\n"),
        (r"a\\b", r"a\b", ""),
        (r"a\nb", r"a\nb", ""),
        ("cat%", "cat", ""),
        ("cat%%", "cat", "\n"),
        (r"cat%50\%%x\y\\", "cat", "50%\nx\\y\\\\\n"),
        ("cat%a%", "cat", "a\n"),
        ("x\\", "x\\", ""),
    ],
)
def test_split(raw: str, command: str, stdin: str) -> None:
    assert split_command(raw) == (command, stdin)


def test_the_log_shows_what_cannot_be_printed() -> None:
    assert as_logged('echo "gr\xc3\xbcn"\ta\x7fb\x00') == 'echo "gr\\303\\274n"^Ia^?b^@'
