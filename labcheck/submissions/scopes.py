"""Which variables a task of a role sees on a host: Ansible's order of precedence, from defaults to task."""

from collections.abc import Iterator, Mapping
from typing import Any

from labcheck.submissions.document import read_yaml
from labcheck.submissions.inventory import Inventory
from labcheck.submissions.templating import Unknown
from labcheck.submissions.tree import Tree, joined

YAML = (".yml", ".yaml", "")
FACTS = {
    "ansible_os_family": "Debian",
    "ansible_system": "Linux",
    "ansible_distribution": "Ubuntu",
    "ansible_service_mgr": "systemd",
    "ansible_pkg_mgr": "apt",
    "ansible_check_mode": False,
    "omit": None,
}
"""What is so on every host of the course; all other facts are unknown."""
LATER = ("ansible_", "item", "loop", "vault_", "lookup", "_")
"""Beginnings of names that a run provides; that they are missing here is no mistake."""


class HostVariables(Mapping[str, Any]):
    """Ansible's `hostvars`: the variables of every host, those that only a run knows as marks."""

    def __init__(self, scopes: "Scopes") -> None:
        self._scopes = scopes

    def __getitem__(self, host: str) -> Any:
        if host not in self._scopes.inventory.hosts:
            return Unknown(name=f"hostvars.{host}")
        return self._scopes.of_host(host, hostvars=False)

    def __iter__(self) -> Iterator[str]:
        return iter(self._scopes.inventory.hosts)

    def __len__(self) -> int:
        return len(self._scopes.inventory.hosts)


class Scopes:
    """The variables of a repository. `has_hidden`: a file of them is encrypted, or was not handed in."""

    def __init__(self, tree: Tree, inventory: Inventory) -> None:
        self.tree = tree
        self.inventory = inventory
        self.has_hidden = False
        self._files: dict[str, dict[str, Any]] = {}
        self._hosts: dict[tuple[str, bool], dict[str, Any]] = {}
        folder = inventory.file.rpartition("/")[0]
        self._bases = tuple(dict.fromkeys(("", tree.home, folder)))

    def file(self, name: str) -> dict[str, Any]:
        """Return the variables of a YAML file; none if it is not there."""
        if name not in self._files:
            text = self.tree.text(name) or ""
            self.has_hidden |= text.startswith("$ANSIBLE_VAULT") or not self.tree.has(name)
            value = read_yaml(self.tree, name) if text else None
            self._files[name] = value if isinstance(value, dict) else {}
        return self._files[name]

    def either(self, stem: str) -> dict[str, Any]:
        """Return the variables of `stem.yml`, `stem.yaml`, `stem`, or of the files in a folder of that name."""
        found: dict[str, Any] = {}
        name = self.tree.first(*(f"{stem}{ending}" for ending in YAML))
        for one in [name] if name else self.tree.under(stem):
            found.update(self.file(one))
        return found

    def of_host(self, host: str, *, hostvars: bool = True) -> dict[str, Any]:
        """Return what inventory, group_vars and host_vars say about a host, with facts and magic variables."""
        if (host, hostvars) not in self._hosts:
            self._hosts[(host, hostvars)] = self._of_host(host, hostvars=hostvars)
        return self._hosts[(host, hostvars)]

    def _of_host(self, host: str, *, hostvars: bool) -> dict[str, Any]:
        names = self.inventory.groups_of(host)
        found: dict[str, Any] = {**FACTS, "ansible_facts": _facts(host)}
        for name in names:
            found.update(self.inventory.variables.get(name, {}))
        for name in names:
            for base in self._bases:
                found.update(self.either(joined(base, "group_vars", name)))
        found.update(self.inventory.hosts.get(host, {}))
        for base in self._bases:
            found.update(self.either(joined(base, "host_vars", host)))
        found.update(_magic(host, names, self.inventory))
        if hostvars:
            found["hostvars"] = HostVariables(self)
        return found

    def of_role(self, role: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the defaults and the variables of a role (its folder)."""
        return self.either(f"{role}/defaults/main"), self.either(f"{role}/vars/main")


def _facts(host: str) -> dict[str, Any]:
    return {"hostname": host.partition(".")[0], "os_family": "Debian", "distribution": "Ubuntu", "nodename": host}


def _magic(host: str, names: list[str], inventory: Inventory) -> dict[str, Any]:
    groups = inventory.groups
    return {
        "inventory_hostname": host,
        "inventory_hostname_short": host.partition(".")[0],
        "ansible_hostname": host.partition(".")[0],
        "ansible_nodename": host,
        "group_names": [name for name in names if name != "all"],
        "groups": groups,
        "ansible_play_hosts": groups["all"],
        "play_hosts": groups["all"],
    }


def is_expected(name: str, known: Mapping[str, Any]) -> bool:
    """Tell whether a name without a value is one that a run provides (a fact, a registered result)."""
    return name in known or name.startswith(LATER)
