"""`labcheck lab break` and `labcheck lab solve`: what is refused before a lab is looked for, what is shown where."""

import pytest

from labcheck.cli import run
from labcheck.cli.lab_faults import watching_stdout
from labcheck.practice import lab as labs


def test_a_fault_that_there_is_not_is_told_whether_a_lab_is_up_or_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(labs, "current", lambda: pytest.fail("a lab was looked for"))
    assert run(["lab", "break", "nosuch"]) == 2
    assert (
        capsys.readouterr().err
        == "labcheck: there is no fault 'nosuch'\nSee what there is: labcheck lab break --list\n"
    )


def test_what_goes_into_a_file_is_typed_on_a_terminal_without_colours(capsys: pytest.CaptureFixture[str]) -> None:
    watching = watching_stdout()
    watching.show("$ ls\r\nagama.sql\r\n")
    assert watching.terminal == "dumb"
    assert capsys.readouterr().out == "$ ls\nagama.sql\n"
