from collections.abc import Iterator

import pytest
import yaml

from labcheck.errors import LabcheckError, UnexpectedStatus
from labcheck.hosts.ssh import Connections
from labcheck.practice.lab import PracticeLab
from labcheck.practice.scenes import Scene, Watching, run_unseen, scenes, watch


@pytest.fixture
def connections(lab: PracticeLab) -> Iterator[Connections]:
    with lab.connections() as opened:
        yield opened


def test_a_place_is_a_host_or_a_user_at_a_host() -> None:
    assert scenes([{"db": ["ls"]}, {"root@app": ["id", "w"]}]) == (
        Scene("db", None, ("ls",)),
        Scene("app", "root", ("id", "w")),
    )


def test_a_command_that_yaml_did_not_read_as_text_is_told() -> None:
    with pytest.raises(ValueError, match="put it in quotes"):
        scenes(yaml.safe_load("- db: [ls, rsync f host:]"))


@pytest.mark.lab
def test_a_scene_is_typed_as_the_one_who_works_there(lab: PracticeLab, connections: Connections) -> None:
    shown: list[str] = []
    watch(lab, connections, scenes([{"backup": ["whoami"]}, {"root@backup": ["whoami"]}]), Watching(shown.append))
    assert "".join(shown).replace("\r", "").count("$ whoami\nelvis\n") == 1
    assert "# whoami\r\nroot" in "".join(shown)


@pytest.mark.lab
def test_the_first_command_that_fails_ends_a_scene_and_is_told(lab: PracticeLab, connections: Connections) -> None:
    with pytest.raises(LabcheckError, match="`cat /nosuch` ended with status 1 on db as backup"):
        watch(lab, connections, scenes([{"db": ["cat /nosuch", "touch /tmp/after"]}]), Watching(lambda _: None))
    with pytest.raises(UnexpectedStatus, match="ended with status 3"):
        run_unseen(lab, connections, scenes([{"db": ["echo $STUDENT; (exit 3)", "touch /tmp/after"]}]))
    assert not lab.site(connections).db.test("test", "-e", "/tmp/after")
