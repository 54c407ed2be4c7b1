"""The practice lab of one user: what must be known between two commands, and how to reach its hosts.

It stands in one folder: `lab.json` and the secrets. A lab is there from the moment when `lab.json` is written,
which is after every service has answered.
"""

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from labcheck.errors import LabcheckError
from labcheck.hosts.address import Address
from labcheck.hosts.site import Site, site_of
from labcheck.hosts.ssh import Connections
from labcheck.hosts.transcript import Transcript
from labcheck.practice import credentials, places
from labcheck.practice.database import Database
from labcheck.practice.images import HOSTS
from labcheck.whole_file import write_whole


@dataclass(frozen=True)
class PracticeLab:
    """A lab that is up: whose it is, what runs it, and where its hosts listen on 127.0.0.1.

    `made` tells it from a lab that was made before, which may have had the same ports, but other keys.
    """

    project: str
    student: str
    engine: str
    compose: tuple[str, ...]
    database: str
    base: str
    images: dict[str, str]
    ports: dict[str, int]
    made: str = ""

    @property
    def folder(self) -> Path:
        """The folder of `lab.json` and the secrets."""
        return places.state_folder() / self.project

    @property
    def until_reset(self) -> Path:
        """The folder of notes about what was done to the lab, which a reset deletes; it may not be there."""
        return self.folder / "until-reset"

    @property
    def app_url(self) -> str:
        """Where the student's browser finds Agama."""
        return f"http://127.0.0.1:{self.ports['app_http']}"

    def user_of(self, host: str) -> str:
        """Return who works on a host: `backup` on db, the student on the backup servers, root on app."""
        return {"db": "backup", "app": "root"}.get(host, self.student)

    def connections(self) -> Connections:
        """Return connections to the hosts, not opened yet; to be closed by who asks for them."""
        return Connections(self.addresses)

    @property
    def addresses(self) -> dict[str, Address]:
        """Where each host listens, with the lab's own key."""
        client = self.folder / credentials.CLIENT
        return {
            host: Address("127.0.0.1", self.ports[f"{host}_ssh"], client / "id_ed25519", client / "known_hosts")
            for host in HOSTS
        }

    def site(self, connections: Connections, transcript: Transcript | None = None) -> Site:
        """Return the hosts, asked over these connections and heard by this transcript."""
        ask = transcript.listen(connections) if transcript else connections
        return site_of(self.student, ask)

    def agama(self) -> Database:
        """Return the lab's own view of the database."""
        password = (self.folder / credentials.CLIENT / "mysql_password").read_text()
        return Database(self.ports["db_mysql"], password)

    def save(self) -> None:
        """Write `lab.json`, whole or not at all."""
        write_whole(self.folder / "lab.json", [json.dumps(asdict(self), indent=2)])


def current() -> PracticeLab:
    """Return this user's lab; raises `LabcheckError` when it is not up."""
    lab = find()
    if lab is None:
        raise LabcheckError("the lab is not up", "Bring it up: labcheck lab up")
    return lab


def ports_of_all() -> set[int]:
    """Return the ports of all labs of this user, those of hosts that are stopped too."""
    ports: set[int] = set()
    for file in places.state_folder().glob("*/lab.json"):
        with contextlib.suppress(LabcheckError, FileNotFoundError):  # a lab that cannot be read has no say
            ports.update(_read(file).ports.values())
    return ports


def find() -> PracticeLab | None:
    """Return this user's lab, None when there is none."""
    try:
        return _read(places.state_folder() / places.project() / "lab.json")
    except FileNotFoundError:
        return None


def _read(file: Path) -> PracticeLab:
    try:
        return PracticeLab(**json.loads(file.read_text()))
    except (ValueError, TypeError) as error:
        raise LabcheckError(
            "lab.json cannot be read", "Take the lab away and make a new one: labcheck lab down"
        ) from error
