"""The time zone that a host's clock goes by, and with it its cron."""

from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from labcheck.errors import UnreadableAnswer
from labcheck.hosts import Host
from labcheck.visible import visible


def zone(host: Host) -> tzinfo:
    """Return a host's zone, which /etc/localtime names (localtime(5)): UTC where it names none."""
    return parse_zone(host.output("realpath", "--canonicalize-missing", "/etc/localtime"))


def parse_zone(path: str) -> tzinfo:
    """Read the path that /etc/localtime leads to; raises `UnreadableAnswer` for a zone that is not known here."""
    name = path.strip().partition("/zoneinfo/")[2].removeprefix("posix/")
    try:
        return ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError) as error:
        raise UnreadableAnswer(f"the host's clock has the zone {visible(name)}, which is not known here") from error
