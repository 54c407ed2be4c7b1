"""What hosts are known by, over hosts that share a mark file in a dictionary."""

import shlex

from labcheck.errors import HostUnreachable
from labcheck.grading.identity import CLONES, Identity, Marks, same_machines
from labcheck.hosts import Answer, Host, Question

Machine = dict[str, str]
ID = "1" * 32


def host(name: str, machine: Machine, *, away_after: int = 99) -> Host:
    """Return a host on a machine, which is what it holds; after some questions it goes away."""
    asked = []

    def ask(question: Question) -> Answer:
        asked.append(question)
        if len(asked) > away_after:
            raise HostUnreachable(f"{name} went away")
        words = shlex.split(question.command)
        if words[0] == "sh":
            before, machine["mark"] = machine.get("mark", ""), words[-1]
            return Answer(0, f"{machine.get('id', '')}\n{before}")
        return Answer(0, machine["mark"])

    return Host(name, "backup", ask)


def graded(*hosts: Host, keys: dict[str, str] | None = None) -> dict[str, Identity]:
    marks = Marks()
    marks.plant(hosts)
    return marks.collect(hosts, keys or {})


def test_a_host_of_ones_own_holds_the_mark_that_was_planted_and_no_other() -> None:
    found = graded(host("db", {"id": ID}), keys={"db": "SHA256:x"})["db"]

    assert (found.host_key, found.machine_id, found.found) == ("SHA256:x", ID, ())
    assert len(found.planted) == 32


def test_each_mark_is_another() -> None:
    found = graded(host("db", {"id": ""}), host("app", {"id": ""}))
    assert found["db"].planted != found["app"].planted


def test_two_on_one_machine_are_told_when_one_comes_after_the_other() -> None:
    machine = {"id": ""}
    identities = {"elvis": graded(host("db", machine)), "frodo": graded(host("app", machine))}

    assert same_machines(identities) == {
        "elvis": ("db is the very machine that is app of frodo",),
        "frodo": ("app is the very machine that is db of elvis",),
    }


def test_two_on_one_machine_are_told_when_they_are_graded_at_once() -> None:
    machine = {"id": ""}
    elvis, frodo, his, hers = Marks(), Marks(), [host("db", machine)], [host("db", machine)]
    elvis.plant(his)
    frodo.plant(hers)
    identities = {"elvis": elvis.collect(his, {}), "frodo": frodo.collect(hers, {})}

    assert set(same_machines(identities)) == {"elvis", "frodo"}


def test_two_parts_on_ones_own_machine_are_nothing_to_tell() -> None:
    machine = {"id": ID}
    assert same_machines({"elvis": graded(host("db", machine), host("app", machine))}) == {}


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


def test_a_host_that_is_away_is_known_by_its_key_alone() -> None:
    assert graded(host("db", {}, away_after=0), keys={"db": "SHA256:x"})["db"] == Identity("SHA256:x")


def test_a_host_that_goes_away_later_is_known_by_what_it_said_before() -> None:
    found = graded(host("db", {"id": ID, "mark": "2" * 32}, away_after=1))["db"]
    assert (len(found.planted), found.machine_id, found.found) == (32, ID, ("2" * 32,))
