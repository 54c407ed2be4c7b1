"""How a lab is doing: which services of which host are up, in which versions."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from labcheck.errors import LabcheckError
from labcheck.hosts import Host
from labcheck.practice.images import HOSTS
from labcheck.practice.lab import PracticeLab

SERVERS = ["mysql-server", "mariadb-server", "openssh-server", "nginx-light", "python3-moto"]
PACKAGES = [*SERVERS, "duplicity", "rsync", "cron"]


@dataclass(frozen=True)
class HostState:
    """One host: `services` says which are up, `versions` what is installed; `trouble` why it could not be asked."""

    name: str
    ports: dict[str, int]
    services: dict[str, bool]
    versions: dict[str, str]
    trouble: str = ""

    @property
    def is_well(self) -> bool:
        """Say whether it answers and every service of it is up."""
        return not self.trouble and bool(self.services) and all(self.services.values())


def of_hosts(lab: PracticeLab) -> list[HostState]:
    """Return the state of every host, all asked at once."""
    with lab.connections() as connections, ThreadPoolExecutor(len(HOSTS)) as pool:
        return list(pool.map(partial(_of_host, lab), [Host(name, "root", connections) for name in HOSTS]))


def _of_host(lab: PracticeLab, host: Host) -> HostState:
    ports = {
        key.removeprefix(f"{host.name}_"): port for key, port in lab.ports.items() if key.startswith(f"{host.name}_")
    }
    try:
        services = dict(line.split() for line in host.output("lab-ready").splitlines())
        installed = host.expect(
            "dpkg-query", "--show", "--showformat=${Package} ${Version}\n", *PACKAGES, statuses={0, 1}
        )
        versions = dict(line.split(" ", 1) for line in installed.stdout.splitlines())
    except (LabcheckError, ValueError) as error:
        return HostState(host.name, ports, {}, {}, str(error))
    return HostState(
        host.name,
        ports,
        {name: state == "up" for name, state in services.items()},
        {package: version for package, version in versions.items() if version},
    )
