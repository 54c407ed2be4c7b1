"""The lab and the connections that the cells of one notebook share."""

from labcheck.hosts.ssh import Connections
from labcheck.practice import lab as labs
from labcheck.practice.lab import PracticeLab

_open: list[tuple[PracticeLab, Connections]] = []


def lab_and_connections() -> tuple[PracticeLab, Connections]:
    """Return the lab as it is now; a lab that was made anew gets new connections. Raises when no lab is up."""
    lab = labs.current()
    if not _open or _open[0][0] != lab:
        for _, connections in _open:
            connections.close()
        _open[:] = [(lab, lab.connections())]
    return _open[0]
