from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labcheck.errors import LabcheckError
from labcheck.grading.inventory import MOST_HOSTS, Inventory, expanded
from labcheck.grading.inventory_ini import read_ini
from labcheck.grading.inventory_roster import read_inventories
from labcheck.grading.inventory_yaml import read_yaml
from labcheck.grading.marked_yaml import MistakesFound
from labcheck.grading.roster import Roster

INI = """\
# machines of one student
elvis-1 ansible_host=192.0.2.7 ansible_port=2201   # a remark
elvis-2 ansible_host=192.0.2.7 ansible_port=2202 note='two words'
[db_servers]
elvis-1
[web]
elvis-2
[backup]
backup.example.org:2022
[infra:children]
db_servers
web
[infra:vars]
ansible_user = ubuntu
ansible_port=22
[all:vars]
ansible_ssh_private_key_file=key
ansible_user=root
"""
YAML = """\
all:
  vars: {ansible_ssh_private_key_file: key, ansible_user: root}
  children:
    infra:
      vars: {ansible_user: ubuntu, ansible_port: 22, list: [1, 2]}
      children:
        db_servers: {hosts: {elvis-1: {ansible_host: 192.0.2.7, ansible_port: 2201}}}
        web:
          hosts:
            elvis-2: {ansible_host: 192.0.2.7, ansible_port: 2202, note: two words}
    backup: {hosts: {backup.example.org: {ansible_port: 2022}}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "key").touch()
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "key").touch()
    return tmp_path / "class"


def addresses(roster: Roster, student: str = "elvis") -> dict[str, tuple[str, int, str, bool]]:
    chosen = roster.only([student]).students[0]
    return {h: (a.address, a.port, a.user, a.become) for h, a in chosen.addresses.items()}


EXPECTED = {
    "db": ("192.0.2.7", 2201, "ubuntu", True),
    "app": ("192.0.2.7", 2202, "ubuntu", True),
    "backup": ("backup.example.org", 2022, "root", True),
}


@pytest.mark.parametrize(
    ("name", "text"), [("elvis.ini", INI), ("elvis", INI), ("elvis.yml", YAML), ("elvis.yaml", YAML)]
)
def test_a_folder_of_inventories_is_one_a_student_in_either_notation(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)
    (folder / "README.md").write_text("[not an inventory")
    roster = read_inventories(folder)

    assert addresses(roster) == EXPECTED
    db = roster.students[0].addresses["db"]
    assert (db.identity_file, db.known_hosts_file) == (folder / "key", folder / "known_hosts")
    assert roster.students[0].variables == {"note": "two words"}


def test_a_folder_in_the_folder_names_the_student(folder: Path) -> None:
    (folder / "elvis").mkdir()
    (folder / "elvis" / "hosts").write_text(INI)
    (folder / "elvis" / "key").touch()

    assert addresses(read_inventories(folder)) == EXPECTED


def test_one_inventory_for_all_says_whose_each_host_is(folder: Path) -> None:
    (folder / "hosts").write_text(
        "[all:vars]\nansible_ssh_private_key_file=key\nansible_user=u\n"
        "[elvis:vars]\nlabcheck_student=elvis\n[frodo:vars]\nlabcheck_student=frodo\nlabcheck_account=baggins\n"
        "[elvis]\nvm1.x.org labcheck_host=db,app\nb1 ansible_host=b.x.org labcheck_host=backup\n"
        "[frodo]\nvm2.x.org labcheck_host=db\nb2 ansible_host=b.x.org labcheck_host=backup\n"
    )
    roster = read_inventories(folder / "hosts")

    assert addresses(roster)["db"] == addresses(roster)["app"] == ("vm1.x.org", 22, "u", True)
    assert roster.students[1].account == "baggins"
    assert roster.shared == {"backup"}


def test_a_host_says_what_commands_call_it(folder: Path) -> None:
    (folder / "elvis.ini").write_text(INI.replace(":2022", ":2022 labcheck_name=store.x.org"))
    assert read_inventories(folder).students[0].variables["backup_name"] == "store.x.org"
    (folder / "elvis.ini").write_text(INI.replace(":2022", ":2022 labcheck_name=-x"))
    with pytest.raises(MistakesFound, match="labcheck_name `-x`"):
        read_inventories(folder)


def test_extra_variables_count_more_than_the_file(folder: Path) -> None:
    (folder / "elvis.ini").write_text(INI)
    roster = read_inventories(folder, ["ansible_port=2299 ansible_user=debian"])
    assert addresses(roster)["db"] == ("192.0.2.7", 2299, "debian", True)


@pytest.mark.parametrize(("name", "reader"), [("x.ini", read_ini), ("x.yml", read_yaml)])
def test_an_empty_inventory_has_no_hosts(folder: Path, name: str, reader: object) -> None:
    (folder / name).write_text("")
    with pytest.raises(MistakesFound, match="no host that plays a part"):
        read_inventories(folder / name)


def told(folder: Path, text: str, name: str = "elvis.ini", extra: list[str] | None = None) -> list[str]:
    (folder / name).write_text(text)
    with pytest.raises(MistakesFound) as found:
        read_inventories(folder, extra or [])
    return [line.removeprefix(f"{folder / name}:") for line in found.value.what.splitlines()[1:]]


def test_every_mistake_is_told_at_its_line(folder: Path) -> None:
    text = """\
[db
[db:sons]
[db]
vm1 ansible_host="unclosed
vm2 port
db[1:99999999]
db[5:1]
a ansible_host=$(id) ansible_port=x ansible_user=-x ansible_ssh_private_key_file=key
b ansible_host={{lookup}} ansible_ssh_private_key_file=key
c ansible_ssh_private_key_file=nokey labcheck_host=cellar
c labcheck_student=../x ansible_ssh_private_key_file=key labcheck_host=db
"""
    lines = told(folder, text)

    assert [line.partition(":")[0] for line in lines] == ["1", "2", "4", "5", "6", "7", "8", "8", "8", "9", "11"]
    for part in (
        "`[db` is no heading",
        "No closing quotation",
        "`port` is not of the form name=value",
        "it means 99999999 hosts",
        "it means 0 hosts",
        "ansible_host `$(id)`: neither a host name",
        "ansible_port `x`: a port is a number",
        "ansible_user `-x`",
        "ansible_host is a template",
        "the student `../x`",
    ):
        assert any(part in line for line in lines), part


def test_a_host_without_an_owner_is_told(folder: Path) -> None:
    (folder / "hosts").write_text("[db]\nvm1\n")
    with pytest.raises(MistakesFound, match=r"hosts:2: whose is `vm1`\? Set labcheck_student=NAME"):
        read_inventories(folder / "hosts")


def test_a_part_that_is_none_and_a_key_that_is_not_there_are_told(folder: Path) -> None:
    text = "[db]\nvm1 ansible_ssh_private_key_file=nokey\nvm2 labcheck_host=cellar\n"
    assert told(folder, text) == [
        "2: no file `nokey` with our key: -e ansible_ssh_private_key_file=FILE (or agent, to ask your SSH agent)",
        "3: no host is called `cellar`; there are db, backup, offsite, app",
    ]


def test_the_usual_key_is_missed_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(folder))
    (line,) = told(folder, "[db]\nvm1\n[app]\nvm2\n[backup]\nvm3\n")
    assert line.startswith("2: no file `~/.ssh/id_ed25519` with our key")


@pytest.mark.parametrize("extra", ["ansible_port", "=1", "a 'b"])
def test_an_extra_variable_that_is_none_is_told(folder: Path, extra: str) -> None:
    with pytest.raises(LabcheckError, match="For example: -e ansible_port=2201"):
        read_inventories(folder, [extra])


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("db", ["db"]),
        ("db[08:10].x", ["db08.x", "db09.x", "db10.x"]),
        ("db[1:5:2]", ["db1", "db3", "db5"]),
        ("[a:c]1", ["a1", "b1", "c1"]),
        ("r[1:2]-[a:b]", ["r1-a", "r1-b", "r2-a", "r2-b"]),
        ("x[1]", ["x[1]"]),
    ],
)
def test_ranges_mean_names(pattern: str, names: list[str]) -> None:
    assert list(expanded(pattern)) == names


@pytest.mark.parametrize(
    "pattern", ["[1:999999999]", "[1:200]" * 3, "[a:9]", "[2:1]", "[1:9:0]", "[b:a]", "[1:9999999999]"]
)
def test_a_range_of_nothing_or_too_much_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"it means|cannot be read"):
        list(expanded(pattern))


@given(st.integers(0, 300), st.integers(0, 300), st.integers(1, 9), st.text("0", max_size=3))
def test_a_range_is_what_counting_gives(first: int, last: int, step: int, zeros: str) -> None:
    begin = f"{zeros}{first}"
    numbers = [str(n).rjust(len(begin), "0") for n in range(first, last + 1, step)]
    if numbers:
        assert list(expanded(f"x[{begin}:{last}:{step}]")) == [f"x{number}" for number in numbers]


def test_groups_in_a_ring_are_told(folder: Path) -> None:
    ring = "[db]\nx ansible_ssh_private_key_file=key\n[a:children]\nb\n[b:children]\na\ndb\n"
    assert told(folder, ring) == ["1: the group `b` is in itself"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    st.text(max_size=200)
    | st.lists(st.sampled_from([*"[]:=#'\"\n{}-ab1 ", "[db]", "[x:vars]", "[x:children]", "db", "ansible_host="])).map(
        "".join
    ),
    st.sampled_from(["x.ini", "x.yml"]),
)
def test_any_text_is_an_inventory_or_has_mistakes(folder: Path, text: str, name: str) -> None:
    inventory = Inventory()
    (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))
    (read_yaml if name.endswith("yml") else read_ini)(folder / name, inventory)

    try:
        groups = inventory.groups_of_hosts()
    except ValueError:
        return
    assert set(groups) == set(inventory.hosts)
    assert len(groups) <= MOST_HOSTS * 200
