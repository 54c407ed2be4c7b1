"""Where a base image comes from, and what is said when it cannot be had."""

from pathlib import Path

import pytest

from labcheck.errors import LabcheckError
from labcheck.practice import images
from labcheck.practice.engine import Engine
from tests.practice.conftest import program

NO_REGISTRY = "images) ;; pull) exit 1 ;; info) echo / ;;"


def podman(folder: Path, cases: str) -> Engine:
    program(folder, "podman", f"case $1 in {cases} esac")
    return Engine("podman", ())


def test_without_registry_and_apt_an_image_can_be_loaded_by_hand(programs: Path) -> None:
    with pytest.raises(LabcheckError, match="no image registry can be reached") as raised:
        images.ensure(podman(programs, NO_REGISTRY), "", print)
    assert "LABCHECK_BASE=" in raised.value.next_step


def test_without_registry_and_mirror_the_next_look_is_at_apt(programs: Path) -> None:
    program(programs, "apt-get", "exit 0")
    program(programs, "mmdebstrap", "exit 0")
    with pytest.raises(LabcheckError, match="apt knows no mirror") as raised:
        images.ensure(podman(programs, NO_REGISTRY), "", print)
    assert raised.value.next_step == "Look at what it has: apt-cache policy"


def test_a_bootstrap_that_fails_shows_why_and_how_to_see_it(programs: Path) -> None:
    program(programs, "apt-get", "echo Debian bookworm http://mirror.example.org/debian/")
    program(programs, "apt-config", "exit 0")
    program(programs, "sudo", 'exec "$@"')
    program(programs, "mmdebstrap", "echo E: no space left on device >&2; exit 1")
    with pytest.raises(LabcheckError, match="no space left on device") as raised:
        images.ensure(podman(programs, NO_REGISTRY), "", print)
    assert "mmdebstrap --variant=minbase" in raised.value.next_step
    assert raised.value.next_step.endswith("http://mirror.example.org/debian")


BASES = "images) echo localhost/labcheck-base:sid; echo localhost/labcheck-base:trixie ;; info) echo / ;; run) ;;"
NO_MYSQL = f'{BASES} build) case "$*" in *DB=mysql*) echo E: no mysql-server >&2; exit 1 ;; esac ;;'


def test_mariadb_takes_the_place_of_a_mysql_that_cannot_be_had_and_it_is_said(programs: Path) -> None:
    told: list[str] = []
    _, made = images.ensure(podman(programs, NO_MYSQL), "", told.append)
    assert (made.database, made.base) == ("mariadb", "localhost/labcheck-base:trixie")
    (said,) = [line for line in told if "MariaDB" in line]
    assert "E: no mysql-server" in said


def test_who_asks_for_mysql_gets_no_mariadb(programs: Path) -> None:
    with pytest.raises(LabcheckError, match="no mysql-server"):
        images.ensure(podman(programs, NO_MYSQL), "mysql", print)


def test_images_that_are_there_are_not_built_again(programs: Path) -> None:
    names = images.named("localhost/labcheck-base:sid", "mysql").by_host.values()
    listed = "; ".join(f"echo {name}" for name in ("localhost/labcheck-base:sid", *names))
    _, made = images.ensure(podman(programs, f"images) {listed} ;; *) exit 1 ;;"), "", print)
    assert list(made.by_host.values()) == list(names)


def test_the_name_of_an_image_changes_with_what_it_is_made_from() -> None:
    bases = {images.named(base, db).by_host["db"] for base in ("a", "b") for db in ("mysql", "mariadb")}
    assert len(bases) == 4
