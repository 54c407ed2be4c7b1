"""A lab without a way out: its hosts reach each other, and nothing else, not even the machine that they run on.

Who may not change the network of a host (its own root may not) cannot undo it. What is left is an answer: the ports
that a host publishes reply to who asks them, which is how the lab itself is talked to.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

from labcheck.errors import LabcheckError
from labcheck.hosts import Host
from labcheck.hosts.ssh import Connections
from labcheck.practice import lifecycle
from labcheck.practice.engine import Engine
from labcheck.practice.images import HOSTS
from labcheck.practice.lab import PracticeLab

PUBLISHED = (22, 80, 3306)
OUTSIDE = "198.51.100.1"
"""An address for documentation (RFC 5737): nobody's, so that only the routes are asked about it."""
# To the gateway go replies of what is published, nothing else; beyond it nothing. IPv6 is not used in a lab.
# Docker answers names at 127.0.0.11, and asks the outside on behalf of whoever asks it.
_CLOSE = """
set -eu
gateway=$(ip -4 route show default | sed -n '1s/.* via \\([0-9.]*\\).*/\\1/p')
if [ "$gateway" ]; then
    for port in PORTS; do ip rule add pref 10 to "$gateway" ipproto 6 sport $port lookup main; done
    ip rule add pref 20 to "$gateway" unreachable
    ip route del default
fi
if [ -e /proc/net/if_inet6 ]; then ip -6 rule add pref 1 unreachable; fi
ip rule add pref 2 lookup local
ip rule add pref 1 to 127.0.0.11 unreachable
ip rule del pref 0
""".replace("PORTS", " ".join(map(str, PUBLISHED)))


def isolate(lab: PracticeLab, connections: Connections, addresses: Mapping[str, str]) -> None:
    """Take every way out of the lab away, until its hosts are started again; raises `LabcheckError` if that fails.

    `addresses` are IPv4 addresses that are to lead to a host of the lab.
    """
    known = _known_hosts(connections)
    for name in HOSTS:
        lines = "".join(f"{address} {other}.foo.bar {other}\n" for other, address in known.items() if other != name)
        script = 'printf %s "$1" | tee -a /run/lab-hosts >> /etc/hosts'
        Host(name, "root", connections).expect("sh", "-c", script, "sh", lines, statuses={0})
    found = lifecycle.engine_of(lab)
    with ThreadPoolExecutor(len(HOSTS)) as pool:
        closing = [pool.submit(_close, found, lab, name, _ways(name, addresses, known)) for name in HOSTS]
        for one in closing:
            one.result()
    for name in HOSTS:
        refuse_a_way_out(Host(name, "root", connections))


def refuse_a_way_out(host: Host) -> None:
    """Raise `LabcheckError` when a host (asked as root) has a route that leads out of the lab."""
    said = host.run("ip", "route", "get", OUTSIDE)
    if said.status == 0:
        raise LabcheckError(
            f"{host.name} still has a way out of the lab: {said.stdout.splitlines()[0][:100]}",
            "Nothing of the submission was run. Look at the engine's network: labcheck lab status",
        )


def plain_addresses(names: Mapping[str, str]) -> dict[str, str]:
    """Return those names of hosts that are IPv4 addresses, and could be those of a server."""
    found = {}
    for name, host in names.items():
        try:
            address = ipaddress.IPv4Address(name)
        except ValueError:
            continue
        if not (address.is_loopback or address.is_multicast or address.is_unspecified):
            found[name] = host
    return found


def _known_hosts(connections: Connections) -> dict[str, str]:
    """Return the address of each host, as db has it."""
    db = Host("db", "root", connections)
    said = {name: db.output("getent", "ahostsv4", f"{name}.foo.bar").split() for name in HOSTS if name != "db"}
    own = db.output("hostname", "-i").split()
    return {"db": own[0], **{name: words[0] for name, words in said.items()}}


def _ways(name: str, addresses: Mapping[str, str], known: Mapping[str, str]) -> Iterable[str]:
    """Yield commands that make an address lead to its host: an address of its own there, a route elsewhere."""
    for address, host in addresses.items():
        yield f"ip addr add {address}/32 dev lo" if host == name else f"ip route add {address}/32 via {known[host]}"


def _close(found: Engine, lab: PracticeLab, name: str, ways: Iterable[str]) -> None:
    container = lifecycle.container(found, lab, name)
    network = f"container:{container}"
    if found.name == "podman":  # whose containers outside of a pod cannot join one that is in a pod
        network = f"ns:{found.run('inspect', '--format', '{{.NetworkSettings.SandboxKey}}', container).stdout.strip()}"
    script = _CLOSE + "\n".join(ways)
    found.run(
        "run", "--rm", "--network", network, "--cap-add", "NET_ADMIN", "--entrypoint", "/bin/sh", lab.images[name],
        "-c", script,
    )  # fmt: skip
