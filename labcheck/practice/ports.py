"""The ports of a lab, published on 127.0.0.1 only: the usual ones where they are free, others where they are not."""

import socket

USUAL = {
    "app_http": 8080,
    "db_mysql": 3307,
    "db_ssh": 2201,
    "backup_ssh": 2202,
    "offsite_ssh": 2203,
    "app_ssh": 2204,
}


def choose() -> dict[str, int]:
    """Return a free port for each name, its usual one when possible."""
    chosen: dict[str, int] = {}
    for name, usual in USUAL.items():
        port = choose_one(usual)
        while port in chosen.values():
            port = _any_free()
        chosen[name] = port
    return chosen


def choose_one(usual: int) -> int:
    """Return this port where it is free, any other where it is not."""
    return usual if is_free(usual) else _any_free()


def is_free(port: int) -> bool:
    """Say whether nothing listens on this port of 127.0.0.1 (or of every address)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _any_free() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
