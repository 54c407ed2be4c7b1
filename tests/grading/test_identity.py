"""What hosts are known by, over hosts that share a file of marks in a dictionary."""

import shlex

from labcheck.errors import HostUnreachable
from labcheck.grading.identity import CLONES, Identity, plant, same_machines
from labcheck.hosts import Answer, Host, Question

Machine = dict[str, str]
ID = "1" * 32


def host(name: str, machine: Machine) -> Host:
    """Return a host on a machine, which is what it holds."""

    def ask(question: Question) -> Answer:
        if not machine:
            raise HostUnreachable(f"{name} is away")
        machine["marks"] = f"{machine.get('marks', '')} {shlex.split(question.command)[-1]}"
        return Answer(0, f"{machine['id']}\n{machine['marks']}")

    return Host(name, "backup", ask)


def test_a_host_of_ones_own_holds_the_mark_that_was_planted_and_no_other() -> None:
    found = plant([host("db", {"id": ID})])["db"]

    assert (found.machine_id, found.found) == (ID, ())
    assert len(found.planted) == 32


def test_each_mark_is_another() -> None:
    found = plant([host("db", {"id": ""}), host("app", {"id": ""})])
    assert found["db"].planted != found["app"].planted


def test_two_on_one_machine_are_told() -> None:
    machine = {"id": ""}
    identities = {"elvis": plant([host("db", machine)]), "frodo": plant([host("app", machine)])}

    assert same_machines(identities) == {
        "elvis": ("db is the very machine that is app of frodo",),
        "frodo": ("app is the very machine that is db of elvis",),
    }


def test_two_parts_on_ones_own_machine_are_nothing_to_tell() -> None:
    machine = {"id": ID}
    assert same_machines({"elvis": plant([host("db", machine), host("app", machine)])}) == {}


def test_copies_of_one_image_are_told_by_key_and_machine_id() -> None:
    identities = {
        student: {"db": Identity("SHA256:same", "id" if student != "merry" else "own")}
        for student in ("elvis", "frodo", "merry")
    }
    told = same_machines(identities)

    assert told["merry"] == (f"the same host key as elvis, frodo: {CLONES}",)
    assert told["elvis"] == (
        f"the same host key as frodo, merry: {CLONES}",
        f"the same machine-id as frodo: {CLONES}",
    )


def test_hosts_without_key_or_id_are_not_all_one() -> None:
    assert same_machines({"elvis": {"db": Identity()}, "frodo": {"db": Identity()}}) == {}


def test_a_host_that_is_away_is_known_by_nothing() -> None:
    assert plant([host("db", {})])["db"] == Identity()
