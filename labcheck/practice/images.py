"""The images of the lab: made once from `fixtures/`, under names that change when anything in them does.

The base is `ubuntu:24.04` where an image registry can be reached, as that is what most courses' servers run.
Where none can (a classroom without internet, or thirty students behind one rate limit) it is made from the
mirror that the machine's own apt uses: Ubuntu's own release on Ubuntu, Debian's otherwise.
"""

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from labcheck.errors import LabcheckError
from labcheck.practice.apt import apt_install, own_mirror, proxy_lines
from labcheck.practice.complaints import last_lines
from labcheck.practice.engine import Engine, Tell, end_running, make_runnable
from labcheck.practice.places import fixtures

HOSTS = ["db", "backup", "offsite", "app"]
REGISTRY_BASE = "ubuntu:24.04"
PULL_TIMEOUT_SECONDS = 300
GIB = 1 << 30
SPACE_NEEDED_BYTES = 3 * GIB
DEBIAN_SUITES = {"mysql": "sid", "mariadb": "trixie"}


@dataclass(frozen=True)
class Images:
    """The image of each host, the database that is in `db`'s, and the base that all are made from."""

    database: str
    base: str
    by_host: dict[str, str]


def ensure(engine: Engine, database: str, tell: Tell) -> tuple[Engine, Images]:
    """Return the images, made where they are missing, and the engine as it can run them here.

    `database` is "mysql", "mariadb" or "" for MySQL where it can be had and MariaDB, said aloud, where it cannot.
    """
    present = _present(engine)
    base = _known_base(present, database or "mysql")
    if base:
        images = named(base, database or "mysql")
        if set(images.by_host.values()) <= present:
            return engine, images
    refuse_without_space(engine.storage())
    base = base or _obtain_base(engine, database or "mysql", tell)
    engine = make_runnable(engine, base, tell)
    try:
        return engine, _build(engine, named(base, database or "mysql"), tell)
    except LabcheckError as error:
        if database or base != f"localhost/labcheck-base:{DEBIAN_SUITES['mysql']}":
            raise
        tell(f"MySQL cannot be had here; the lab gets MariaDB instead. {error}")
        return ensure(engine, "mariadb", tell)


def of_databases(engine: Engine) -> dict[str, str]:
    """Return the images of the database host that are here, by what is in them: mysql, mariadb."""
    present = _present(engine)
    bases = {database: _known_base(present, database) for database in DEBIAN_SUITES}
    made = {database: named(base, database).by_host["db"] for database, base in bases.items() if base}
    return {database: image for database, image in made.items() if image in present}


def base_of(engine: Engine, database: str, tell: Tell) -> str:
    """Return the image that the lab with this database is made from, made or fetched where it is missing."""
    return _known_base(_present(engine), database) or _obtain_base(engine, database, tell)


def remove(engine: Engine) -> None:
    """Delete every image that labcheck made."""
    for image in sorted(_present(engine)):
        if "labcheck-" in image:
            engine.run("rmi", "--force", image, check=False)


def _present(engine: Engine) -> set[str]:
    listed = engine.run("images", "--format", "{{.Repository}}:{{.Tag}}").stdout.split()
    return {image.removeprefix("docker.io/library/") for image in listed}


def _known_base(present: set[str], database: str) -> str:
    wanted = os.environ.get("LABCHECK_BASE", "")
    if wanted:
        return wanted
    made = [image for image in present if image.startswith("localhost/labcheck-base:")]
    fit = [f"localhost/labcheck-base:{DEBIAN_SUITES[database]}", *(i for i in made if not _is_debian(i))]
    return next((image for image in [*fit, REGISTRY_BASE] if image in present), "")


def _is_debian(image: str) -> bool:
    return image.rpartition(":")[2] in DEBIAN_SUITES.values()


def named(base: str, database: str) -> Images:
    """Name the images by a hash of everything that they are made from."""
    content = hashlib.sha256(f"{base} {database}".encode())
    for path in sorted(fixtures().rglob("*")):
        top = path.relative_to(fixtures()).parts[0]
        if path.is_file() and "__pycache__" not in path.parts and top in {"compose.yaml", "host", *HOSTS}:
            content.update(f"{path.relative_to(fixtures())} {path.stat().st_mode & 0o111}".encode())
            content.update(path.read_bytes())
    tag = f"{database}-{content.hexdigest()[:12]}"
    return Images(database, base, {host: f"localhost/labcheck-{host}:{tag}" for host in HOSTS})


def _build(engine: Engine, images: Images, tell: Tell) -> Images:
    tag = images.by_host["db"].rpartition(":")[2]
    common = f"localhost/labcheck-host:{tag}"
    tell("Building the image that all hosts share: sshd, cron, rsyslog, rsync")
    _build_one(engine, "host", common, BASE=images.base)
    tell(f"Building the images of the hosts: {images.database}, the backup servers, the app")
    with ThreadPoolExecutor(max_workers=2) as pool:
        building = [
            pool.submit(_build_one, engine, host, images.by_host[host], HOST=common, DB=images.database)
            for host in HOSTS
        ]
        try:
            for one in building:
                one.result()
        except BaseException:
            for one in building:
                one.cancel()
            end_running()
            raise
    return images


def _build_one(engine: Engine, folder: str, image: str, **arguments: str) -> None:
    file = fixtures() / folder / "Containerfile"
    declared = re.findall(r"^ARG (\w+)", file.read_text(), re.MULTILINE)
    options = [f"--build-arg={name}={value}" for name, value in arguments.items() if name in declared]
    engine.run("build", "--quiet", "--tag", image, "--file", str(file), *options, str(file.parent))


def refuse_without_space(folder: Path, needed_bytes: int = SPACE_NEEDED_BYTES) -> None:
    """Raise `LabcheckError` when fewer bytes than these are free on the disk of a folder."""
    free = shutil.disk_usage(folder).free
    if free < needed_bytes:
        raise LabcheckError(
            f"the images need {needed_bytes / GIB:.0f} GiB, and {free / GIB:.1f} GiB are free on the disk of {folder}",
            "Make room, then run the same command again: docker system prune, podman system prune or apt-get clean",
        )


def _obtain_base(engine: Engine, database: str, tell: Tell) -> str:
    tell(f"Fetching the base image {REGISTRY_BASE}")
    try:
        subprocess.run(
            [engine.name, "pull", "--quiet", REGISTRY_BASE],
            env=engine.full_environment(),
            capture_output=True,
            timeout=PULL_TIMEOUT_SECONDS,
            check=True,
        )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return _make_base(engine, database, tell)
    return REGISTRY_BASE


def _make_base(engine: Engine, database: str, tell: Tell) -> str:
    """Make a base image with mmdebstrap from the machine's own mirror; raises `LabcheckError` where there is none."""
    if not shutil.which("apt-get"):
        raise LabcheckError(
            "no image registry can be reached, and a base image can be made on Debian and Ubuntu only",
            "Load one by hand (docker load, podman load) and name it: LABCHECK_BASE=ubuntu:24.04 labcheck lab up",
        )
    if not shutil.which("mmdebstrap"):
        tell("No image registry: installing mmdebstrap, to make a base image")
        apt_install(["mmdebstrap"])
    mirror = own_mirror()
    if mirror is None:
        raise LabcheckError(
            "no image registry can be reached, and apt knows no mirror of Debian or Ubuntu",
            "Look at what it has: apt-cache policy",
        )
    suite = mirror.suite or DEBIAN_SUITES[database]
    tell(f"No image registry: making a base image of {suite} from {mirror.uri}")
    return _bootstrap(engine, suite, mirror.uri)


def _bootstrap(engine: Engine, suite: str, mirror: str) -> str:
    image = f"localhost/labcheck-base:{suite}"
    with tempfile.TemporaryDirectory(prefix="labcheck-") as folder:
        archive = Path(folder) / "base.tar"
        # A machine without network time may find a release file "expired"; the signature is still checked.
        options = [
            "--variant=minbase",
            '--aptopt=Acquire::Check-Valid-Until "false"',
            *(f"--aptopt={line}" for line in proxy_lines()),
        ]
        as_root = (
            ["sudo"] if os.geteuid() and shutil.which("sudo") else []
        )  # it can do without, where user namespaces can
        words = [*as_root, "mmdebstrap", *options, suite, str(archive), mirror]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise LabcheckError(
                f"mmdebstrap could not make a base image of {suite} from {mirror}:\n{last_lines(done.stderr)}",
                f"See for yourself: {' '.join(words)}",
            )
        engine.run("import", str(archive), image)
    return image
