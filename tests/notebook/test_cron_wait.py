import base64
import shlex
from collections.abc import Iterator

import pytest

from labcheck.errors import CommandTimedOut, UnreadableAnswer
from labcheck.facts import cron
from labcheck.hosts import Answer, Host, Question
from labcheck.notebook.cron_wait import ASK, wait_for_cron

QUESTION = shlex.join(["sh", "-c", ASK])


def host(crontab: str, *states: str) -> Host:
    """A host with this crontab that tells these states in turn, the last one for ever."""
    content = base64.b64encode(crontab.encode()).decode()
    path = base64.b64encode(b"/etc/cron.d/a").decode()
    files = f"cron {content}\nfile {path} - 81a4 0 1 {len(crontab)} {content}\n"
    told: Iterator[str] = iter(states)
    last = states[-1]

    def ask(question: Question) -> Answer:
        if question.command == QUESTION:
            return Answer(0, next(told, last))
        if question.command == shlex.join(["sh", "-c", cron.SCRIPT]):
            return Answer(0, files)
        return Answer(0, "root:x:0:0:root:/root:/bin/bash\n")

    return Host("db", "root", ask)


def waited(root: Host, monkeypatch: pytest.MonkeyPatch) -> str:
    shown: list[str] = []
    monkeypatch.setattr("time.sleep", lambda _: None)
    wait_for_cron(root, shown.append)
    return "".join(shown)


def test_nothing_due_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for crontab in ("", "11 0 * * * root x\n", "* * * * * root x\n"):
        assert waited(host(crontab, "2027-03-01T09:00:10 0\n"), monkeypatch) == (
            "Nothing is due on db within two minutes.\n"
        )


@pytest.mark.parametrize(("crontab", "changed"), [("* * * * * root x\n", 1), ("1 9 * * * root x\n", 0)])
def test_what_is_due_is_waited_for_with_a_countdown_and_no_job_from_before(
    crontab: str, changed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    states = [f"2027-03-01T09:00:{second} {changed} 44\n" for second in ("10", "58")]
    done = ["2027-03-01T09:01:03 0 44 51\n", "2027-03-01T09:01:04 0 51\n", "2027-03-01T09:01:05 0 44\n"]
    shown = waited(host(crontab, *states, *done), monkeypatch)
    assert "cron is due at 09:01, in 52 s " in shown
    assert "in 4 s " in shown
    assert "cron's jobs of 09:01 are at work" in shown
    assert shown.endswith("\n")
    assert "09:01 has come, and cron's jobs on db have ended." in shown


def test_a_job_that_does_not_end_is_not_waited_for_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 100_000, 7))
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    with pytest.raises(CommandTimedOut, match="have not ended in 60 seconds"):
        waited(host("1 9 * * * root x\n", "2027-03-01T09:00:58 0\n", "2027-03-01T09:01:03 0 51\n"), monkeypatch)


def test_an_answer_that_is_none_is_our_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnreadableAnswer, match="db was asked for its time and jobs, and said 'x'"):
        waited(host("", "x"), monkeypatch)
