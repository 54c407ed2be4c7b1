"""Finding an engine, and what is said when there is none."""

import os
import threading
import time
from pathlib import Path

import pytest

from labcheck.errors import LabcheckError
from labcheck.practice import engine
from labcheck.practice.engine import Engine
from labcheck.practice.images import refuse_without_space
from tests.practice.conftest import program


def test_no_engine_and_no_apt_names_the_package(programs: Path) -> None:
    with pytest.raises(LabcheckError) as raised:
        engine.find(install_with=print)
    assert "docker is not installed; podman is not installed" in raised.value.what
    assert "package podman" in raised.value.next_step


def test_no_engine_where_there_is_apt_gives_its_command(programs: Path) -> None:
    program(programs, "apt-get", "exit 1")
    with pytest.raises(LabcheckError) as raised:
        engine.find()
    assert "apt-get install --no-install-recommends podman" in raised.value.next_step


def test_an_install_that_fails_shows_what_apt_said(programs: Path) -> None:
    program(programs, "apt-get", "echo E: no mirror >&2; exit 100")
    program(programs, "sudo", 'exec "$@"')
    with pytest.raises(LabcheckError, match="E: no mirror"):
        engine.find(install_with=lambda _: None)


def test_an_engine_that_lets_nobody_in_says_what_to_do(programs: Path) -> None:
    program(programs, "docker", "echo 'permission denied while trying to connect to the daemon socket' >&2; exit 1")
    with pytest.raises(LabcheckError, match="usermod -aG docker"):
        engine.find()


def test_a_client_without_its_daemon_is_no_engine(programs: Path) -> None:
    program(programs, "docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1")
    with pytest.raises(LabcheckError, match="its daemon does not answer"):
        engine.find()


def test_docker_without_compose_is_told(programs: Path) -> None:
    program(programs, "docker", '[ "$1" = info ] && echo \'"28.2.2"\'')
    with pytest.raises(LabcheckError, match="docker-compose-v2"):
        engine.find()


@pytest.mark.parametrize(("plugin", "words"), [(True, ("docker", "compose")), (False, ("docker-compose",))])
def test_docker_comes_first_with_the_compose_that_it_has(programs: Path, plugin: bool, words: tuple[str, ...]) -> None:
    program(programs, "docker", f"case $1 in info) echo '\"28.2.2\"';; compose) exit {int(not plugin)};; esac")
    program(programs, "docker-compose", "exit 0")
    program(programs, "podman", "exit 0")
    assert engine.find() == Engine("docker", words)


def test_podman_is_taken_when_docker_does_not_answer(programs: Path) -> None:
    program(programs, "docker", "exit 1")
    program(programs, "podman", "exit 0")
    assert engine.find().name == "podman"


def test_an_engine_that_does_not_exist_cannot_be_wished_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABCHECK_ENGINE", "lxc")
    with pytest.raises(LabcheckError, match="'lxc'"):
        engine.find()


def test_a_command_that_fails_shows_the_end_of_what_it_said(programs: Path) -> None:
    program(programs, "podman", "i=0; while [ $i -lt 50 ]; do echo line $i; i=$((i+1)); done; exit 3")
    with pytest.raises(LabcheckError) as raised:
        Engine("podman", ()).run("build", "x")
    assert "line 49" in raised.value.what
    assert "line 10\n" not in raised.value.what


def test_what_runs_in_another_thread_can_be_ended() -> None:
    ended: list[float] = []

    def sleep() -> None:
        with pytest.raises(LabcheckError):
            Engine("sleep", ()).run("4715")
        ended.append(time.monotonic())

    thread = threading.Thread(target=sleep)
    thread.start()
    time.sleep(0.3)
    engine.end_running()
    thread.join(timeout=5)
    assert ended


def test_a_full_disk_is_told_before_anything_is_built() -> None:
    with pytest.raises(LabcheckError, match=r"need 1048576 GiB, and .* GiB are free on the disk of /"):
        refuse_without_space(Path(os.sep), 1 << 50)
