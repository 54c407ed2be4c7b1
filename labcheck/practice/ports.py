"""The ports of a lab, published on 127.0.0.1 only: the usual ones where they are free, others where they are not."""

import random
import socket
from collections.abc import Collection

USUAL = {
    "app_http": 8080,
    "db_mysql": 3307,
    "db_ssh": 2201,
    "backup_ssh": 2202,
    "offsite_ssh": 2203,
    "app_ssh": 2204,
}


# Below the ports that Linux gives to outgoing connections: a host that is stopped for a while finds its own again.
OTHERS = range(20_000, 32_768)


def choose(kept: Collection[int] = ()) -> dict[str, int]:
    """Return a free port for each name, its usual one when possible, and none of those that are `kept` for others."""
    chosen: dict[str, int] = {}
    for name, usual in USUAL.items():
        chosen[name] = choose_one(usual, {*kept, *chosen.values()})
    return chosen


def choose_one(usual: int, kept: Collection[int] = ()) -> int:
    """Return this port where it is free, any other where it is not."""
    port = usual
    while port in kept or not is_free(port):
        port = random.choice(OTHERS)  # noqa: S311 - no secret
    return port


def is_free(port: int) -> bool:
    """Say whether nothing listens on this port of 127.0.0.1 (or of every address)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
