"""Throw-away containers: what they answer, what they cannot do, and that none is left."""

import threading
from collections.abc import Iterator

import pytest

from labcheck.errors import CommandTimedOut, LabcheckError
from labcheck.hosts import Answer, Host, Question
from labcheck.practice import lifecycle
from labcheck.practice.engine import Engine
from labcheck.practice.lab import PracticeLab
from labcheck.practice.sandbox import Sandboxes


def elsewhere(question: Question) -> Answer:
    return Answer(0, f"asked {question.host}")


def test_other_hosts_are_asked_as_before() -> None:
    with Sandboxes(Engine("podman", ()), {}).beside(elsewhere) as ask:
        assert Host("db", "root", ask).output("hostname") == "asked db"
        with pytest.raises(LabcheckError, match="no image for a sandbox with mariadb") as trouble:
            Host("sandbox-mariadb", "root", ask).output("hostname")
    assert trouble.value.next_step == "Make it: labcheck lab up --db mariadb"


def test_an_engine_that_starts_nothing_is_our_trouble() -> None:
    sandboxes = Sandboxes(Engine("false", ()), {"mysql": "x"})
    with sandboxes.beside(elsewhere) as ask, pytest.raises(LabcheckError, match="the sandbox ended"):
        Host("sandbox-mysql", "root", ask).output("hostname")


def test_a_run_that_was_stopped_starts_none() -> None:
    sandboxes = Sandboxes(Engine("podman", ()), {"mysql": "x"})
    sandboxes.stop()
    with sandboxes.beside(elsewhere) as ask, pytest.raises(LabcheckError, match="the run was stopped"):
        Host("sandbox-mysql", "root", ask).output("hostname")


@pytest.fixture
def sandboxes(lab: PracticeLab) -> Iterator[Sandboxes]:
    found = lifecycle.engine_of(lab)
    before = names(found)
    yield Sandboxes(found, {lab.database: lab.images["db"]})
    assert names(found) == before


def names(found: Engine) -> set[str]:
    return set(found.run("ps", "--all", "--format", "{{.Names}}", "--filter", "name=labcheck-sandbox").stdout.split())


@pytest.mark.lab
def test_a_sandbox_has_a_server_and_no_way_out(lab: PracticeLab, sandboxes: Sandboxes) -> None:
    with sandboxes.beside(elsewhere) as ask:
        box = Host(f"sandbox-{lab.database}", "root", ask)
        assert box.output("mysql", "-N", "-e", "SELECT 7") == "7\n"
        assert box.output("sh", "-c", "ls /sys/class/net") == "lo\n"
        assert not box.test("touch", "/usr/x")
        assert not box.test("sh", "-c", "head -c 600m /dev/zero > /tmp/x")
        assert not box.test("mount", "-t", "tmpfs", "x", "/mnt", no=(1, 32))
        with pytest.raises(CommandTimedOut):
            box.run("sleep", "60", timeout_seconds=1)
        with pytest.raises(LabcheckError, match="the sandbox ended"):
            box.run("true")


@pytest.mark.lab
def test_a_sandbox_that_is_waited_for_ends_when_the_run_is_stopped(lab: PracticeLab, sandboxes: Sandboxes) -> None:
    with sandboxes.beside(elsewhere) as ask:
        box = Host(f"sandbox-{lab.database}", "root", ask)
        box.output("true")
        threading.Timer(0.5, sandboxes.stop).start()
        with pytest.raises(LabcheckError, match="the sandbox ended: it was stopped"):
            box.run("sleep", "50", timeout_seconds=60)
