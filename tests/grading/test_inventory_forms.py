"""Forms that Ansible inventories have: read as Ansible reads them, or told to be what is not read here."""

import json
import time
from pathlib import Path

import pytest

from labcheck.errors import LabcheckError
from labcheck.grading.inventory import Inventory
from labcheck.grading.inventory_ini import read_ini
from labcheck.grading.inventory_roster import read_inventories
from labcheck.grading.inventory_vars import Folders
from labcheck.grading.inventory_yaml import read_yaml
from labcheck.grading.marked_yaml import MistakesFound
from labcheck.grading.roster import Roster
from tests.captured import DATA
from tests.grading.test_grammar import KEY

ME = "ansible_ssh_private_key_file=key"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "class").mkdir()
    (tmp_path / "class" / "key").touch()
    return tmp_path / "class"


def write(folder: Path, **texts: str) -> None:
    """Write files; `__` in a name stands for `/`, `_dot_` for `.`."""
    for name, text in texts.items():
        path = folder / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def read(folder: Path, *extra: str) -> Roster:
    return read_inventories(folder, [f"ansible_ssh_private_key_file={folder / 'key'}", *extra])


def places(roster: Roster, student: str = "elvis") -> dict[str, str]:
    found = roster.only([student]).students[0].addresses
    return {host: f"{a.user}@{a.address}:{a.port}" for host, a in found.items()}


def mistakes(folder: Path, *extra: str) -> list[str]:
    with pytest.raises(MistakesFound) as found:
        read(folder, *extra)
    return [line.removeprefix(f"{folder}/") for line in found.value.what.splitlines()[1:]]


@pytest.mark.parametrize("case", sorted(path.name for path in (DATA / "inventory").iterdir()))
def test_variables_are_those_that_ansible_works_out(case: str) -> None:
    """`expected.json` is what ansible-inventory --list (ansible-core 2.19) says of each host."""
    folder = DATA / "inventory" / case
    (file,) = folder.glob("hosts*")
    inventory = Inventory()
    assert (read_yaml if file.suffix == ".yml" else read_ini)(file, inventory) == []
    Folders().add_to(inventory, folder)

    groups_of = inventory.groups_of_hosts()
    ours = {host: inventory.variables_of(host, groups) for host, groups in groups_of.items()}
    expected = json.loads((folder / "expected.json").read_text())
    assert {
        host: {name: as_text(ours[host][name].text) for name in said} for host, said in expected.items()
    } == expected
    assert ours.keys() == expected.keys()


def as_text(value: str) -> str:
    return {"yes": "true", "True": "true"}.get(value, value)


def test_a_folder_of_repositories_is_read_as_students_have_them(folder: Path) -> None:
    hosts = "vm-1 ansible_host=192.0.2.7 ansible_port={0}1\nvm-2 ansible_host=192.0.2.7 ansible_port={0}2\n"
    groups = "[db_servers]\nvm-2\n[web_servers]\nvm-1\nvm-2\n"
    for student, number in (("elvis", 21), ("frodo", 31)):
        write(folder / student, hosts=hosts.format(number) + groups, ansible_dot_cfg="[defaults]\ninventory = hosts\n")
        write(folder / student, infra_dot_yaml="- hosts: all\n", group_vars__all_dot_yml="ansible_user: ubuntu\n")
        write(folder / student, Makefile="all:\n\ttrue\n", group_vars__secret="$ANSIBLE_VAULT;1.1;AES256\n3437\n")
    write(folder, known_hosts="[192.0.2.7]:211 ssh-ed25519 AAAA\n", id_ed25519="-----BEGIN OPENSSH PRIVATE KEY-----\n")
    write(folder, grades__run_dot_json="{}", grades__students__elvis_dot_json="{}")
    write(folder, _dot_git__HEAD="ref: refs/heads/master\n", _dot_git__config="[core]\n\tbare = false\n")
    write(folder, servers_dot_ini="[backup]\nb.x.org ansible_user=grader labcheck_name=store.x.org\n")
    roster = read(folder)

    assert places(roster) == {
        "db": "ubuntu@192.0.2.7:212",
        "app": "ubuntu@192.0.2.7:211",
        "backup": "grader@b.x.org:22",
    }
    assert roster.shared == {"backup"}
    assert [student.variables["backup_name"] for student in roster.students] == ["store.x.org"] * 2
    assert any("elvis has a second app, `vm-2`; 192.0.2.7:211 is taken" in line for line in roster.warnings)
    assert any("secret is encrypted and was left out" in line for line in roster.warnings)


def test_no_student_says_where_a_server_is_that_all_share(folder: Path) -> None:
    write(folder, servers="[backup]\nb.x.org\n", elvis_dot_ini="[db]\nd.x.org\n[backup]\nmine.x.org\n")
    assert places(read(folder))["backup"] == "@b.x.org:22"


def test_who_says_which_host_it_is_counts_more_than_names(folder: Path) -> None:
    write(folder, elvis="[db]\nvm1\nvm2 labcheck_host=db\n")
    assert places(read(folder)) == {"db": "@vm2:22"}
    write(folder, elvis="[db]\nvm1 labcheck_host=db\nvm2 labcheck_host=db\n")
    assert mistakes(folder) == ["elvis:3: elvis has a second db, `vm2`; labcheck_host=db is said of both"]


def test_who_uses_a_server_is_none(folder: Path) -> None:
    write(folder, elvis="[db]\nvm1\n[backup_clients]\nvm1\n[mysql_client]\nvm2\n")
    assert places(read(folder)) == {"db": "@vm1:22"}


def test_hosts_of_another_student_are_told(folder: Path) -> None:
    write(folder, elvis="[db]\nvm1 labcheck_student=frodo\n", frodo="[app]\nvm2\n")
    assert any("`vm1` is said to be `frodo`'s, in what is `elvis`'s" in line for line in read(folder).warnings)


@pytest.mark.parametrize("text", ['{"ansible_port": 2201, "ansible_user": "u"}', "ansible_port=2201 ansible_user='u'"])
def test_extra_variables_are_words_or_json_or_a_file(folder: Path, text: str) -> None:
    write(folder, elvis="[db]\nvm1 ansible_port=22 ansible_ssh_port=23 ansible_ssh_user=x\n")
    write(folder.parent, more_dot_yml="# these count\nansible_port: 2201\nansible_user: u\nlist: [1]\n")
    assert places(read(folder)) == {"db": "x@vm1:23"}
    assert places(read(folder, text)) == {"db": "u@vm1:2201"}
    assert places(read(folder, f"@{folder.parent / 'more.yml'}")) == {"db": "u@vm1:2201"}


@pytest.mark.parametrize(("text", "what"), [("@nowhere.yml", "cannot read nowhere.yml"), ("{a: [", "-e:2: ")])
def test_extra_variables_that_cannot_be_read_are_told(folder: Path, text: str, what: str) -> None:
    write(folder, elvis="[db]\nvm1\n")
    with pytest.raises(LabcheckError, match=what):
        read(folder, text)


def test_ports_and_addresses_in_brackets_are_read_in_both_notations(folder: Path) -> None:
    write(folder, elvis_dot_ini="[db]\n[2001:db8::7]:2201\n[app]\nvm[1:1].x.org:2202\n")
    write(folder, frodo_dot_yml="db: {hosts: {'[2001:db8::7]:2201': }}\napp: {hosts: 'vm1.x.org:2202'}\n")
    expected = {"db": "@2001:db8::7:2201", "app": "@vm1.x.org:2202"}
    assert places(read(folder)) == places(read(folder), "frodo") == expected


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("hosts", "#!/usr/bin/env python3\nprint('{}')\n", "1: this inventory is a program, and none is run here"),
        ("hosts", "$ANSIBLE_VAULT;1.1;AES256\n343\n", "1: this inventory is encrypted"),
        ("hosts.yml", "plugin: aws_ec2\nregions: [x]\n", "1: this asks a plugin of Ansible's for hosts"),
        (
            "hosts.yml",
            "db:\n  hosts:\n    h: {ansible_user: !vault '$ANSIBLE_VAULT;1.1'}",
            "3: ansible_user is encrypted",
        ),
        ("hosts", "[db]\nh\n[dbs:vars]\nx=1\n", "3: `[dbs:vars]` speaks of `dbs`, and there is no group [dbs]"),
        ("hosts", "[db]\nh\n[a:children]\nnone\n", "4: `[a:children]` speaks of `none`"),
        ("hosts", "[db]\nh labcheck_host_key=AAAA\n", "2: labcheck_host_key `AAAA`: a host key is written as"),
        ("hosts", "[db]\nh labcheck_known_hosts=/etc/x\n", "2: the known hosts `/etc/x` are in another folder"),
        (
            "hosts",
            "[db]\nlocalhost ansible_connection=local\n",
            "2: ansible_connection is `local`: hosts are asked over",
        ),
        ("hosts.yml", "db: {hosts: {h: {<<: text}}}", "1: a merge key `<<` takes a mapping"),
    ],
)
def test_what_is_not_read_here_is_told_at_its_line(folder: Path, name: str, text: str, what: str) -> None:
    (folder / "elvis").mkdir()
    (folder / "elvis" / name).write_text(text)
    assert any(line.startswith(f"elvis/{name}:{what}") for line in mistakes(folder)), mistakes(folder)


def test_a_file_name_moves_no_cursor(folder: Path) -> None:
    write(folder, **{"elvis\x1b]0;owned\x07": "[db]\nvm1\nvm2 x\n"})
    assert all(line.isprintable() for line in mistakes(folder))


def test_a_link_to_a_file_of_known_hosts_elsewhere_is_told(folder: Path) -> None:
    write(folder, elvis="[db]\nvm1\n")
    (folder / "known_hosts").symlink_to("/etc/hosts")
    assert "are in another folder: -e labcheck_known_hosts=FILE" in mistakes(folder)[0]
    assert read(folder, "labcheck_known_hosts=/etc/hosts").students


def test_what_is_not_obeyed_is_told_once_a_word(folder: Path) -> None:
    write(folder, elvis="[db]\na\n[app]\nb\n[all:vars]\nansible_ssh_common_args='-J jump'\nansible_become_pass=x\n")
    told = [line for line in read(folder).warnings if "not obeyed" in line]
    assert told == [
        "ansible_become_pass is not obeyed (2 hosts): sudo has to do without a password",
        "ansible_ssh_common_args is not obeyed (2 hosts): no jump host is used, and no other option of ssh",
    ]


def test_a_pinned_key_is_a_key_as_in_a_roster(folder: Path) -> None:
    write(folder, elvis=f"[db]\nh labcheck_host_key='{KEY} elvis@x'\n")
    assert read(folder).students[0].addresses["db"].host_key == KEY


LEVELS = "a0: &a0 {hosts: {h: }}\n" + "".join(
    f"a{n}: &a{n} {{children: {{{', '.join(f'x{m}: *a{n - 1}' for m in range(9))}}}}}\n" for n in range(1, 12)
)
RING = "a: &a {children: {b: *a, c: *a}}"
MANY = "[db]\n" + "h[1:20000]\n" * 2_000
DAG = "".join(f"[g{n}:children]\n" + "".join(f"g{n + m}\n" for m in range(1, 9)) for n in range(3000))
DEEP = "".join(f"[g{n}:children]\ng{n + 1}\n" for n in range(20_000)) + "[g20000]\nh\n"


@pytest.mark.parametrize("text", [LEVELS, RING, MANY, DAG, DEEP], ids=["levels", "ring", "many", "dag", "deep"])
def test_inventories_that_grow_without_end_are_mistakes_in_seconds(folder: Path, text: str) -> None:
    (folder / f"elvis{'.yml' if '{' in text else '.ini'}").write_text(text)
    began = time.process_time()
    assert mistakes(folder)
    assert time.process_time() - began < 10
