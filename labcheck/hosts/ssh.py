"""Hosts over SSH: one connection and one shell for each user of a host, every answer framed by a nonce.

A shell is started once and asked many times: a question costs one round trip and one process (`framing` says how
answers are cut out). Time and output are bounded (`limits`, `watch`, `wire`); whoever stops listening, or dies, closes
the connection, and with it ends over there all that was started.
"""

import contextlib
import errno
import random
import threading
import time
from collections.abc import Mapping

from labcheck.errors import HostKeyChanged, HostKeyUnknown, HostUnreachable, LabcheckError, SignInRefused
from labcheck.hosts import limits
from labcheck.hosts.address import Address
from labcheck.hosts.host import Answer, Question
from labcheck.hosts.library import paramiko
from labcheck.hosts.shell import Shell
from labcheck.hosts.sign_in import entrance, sign_in, told_as_unreachable
from labcheck.hosts.trust import Trust
from labcheck.hosts.wire import Wire


class Connections:
    """The open connections and shells of a run; calling it with a question answers it. A context manager."""

    def __init__(self, addresses: Mapping[str, Address], trust: Trust | None = None) -> None:
        self._addresses = dict(addresses)
        self._trust = trust or Trust()
        self._clients: dict[tuple[str, str], paramiko.SSHClient] = {}
        self._shells: dict[tuple[str, str], Shell] = {}
        self._unreachable: dict[tuple[str, str], HostUnreachable] = {}
        self._closed = threading.Event()
        self._being_opened: set[Wire] = set()

    def __enter__(self) -> "Connections":
        return self

    def __exit__(self, *unused: object) -> None:
        self.close()

    def asked_afresh(self) -> "Connections":
        """Return itself; hosts that could not be reached before are tried again."""
        self._unreachable.clear()
        return self

    def close(self) -> None:
        """Close every connection; who waits for a host now is told that it went away."""
        self._closed.set()
        for wire in list(self._being_opened):
            wire.cut()
        for client in list(self._clients.values()):
            client.close()
        self._clients.clear()
        self._shells.clear()

    def __call__(self, question: Question) -> Answer:
        """Ask a host; a host that could not be reached once is not tried again in the same run.

        A shell that has ended since the last question (its host was started again) is replaced by a fresh one.
        """
        place = (question.host, question.user)
        for known in (place, (question.host, "")):
            if known in self._unreachable:
                raise self._unreachable[known]
        if place in self._shells:
            with contextlib.suppress(HostUnreachable):
                return self._ask(place, question)
        try:
            return self._ask(place, question)
        except HostUnreachable as error:
            whose = question.user if isinstance(error, SignInRefused) else ""
            self._unreachable[question.host, whose] = error
            raise

    def _ask(self, place: tuple[str, str], question: Question) -> Answer:
        shell = self._shells.pop(place, None) or self._open_shell(place)
        answer = None
        try:
            answer = shell.ask(question)
        finally:
            if answer is None or answer.truncated:
                shell.close()
            else:
                self._shells[place] = shell  # only a shell that has answered to the end is fit for another question
        return answer

    def address(self, host: str) -> Address:
        """Return where a host listens; raises `LabcheckError` when nobody said where."""
        if host not in self._addresses:
            raise LabcheckError(f"nobody said where {host} is", f"Name its address in the roster, under hosts: {host}:")
        return self._addresses[host]

    def client(self, host: str, user: str) -> paramiko.SSHClient:
        """Return the connection of a user to a host, signed in; raises `HostUnreachable`."""
        address = self.address(host)
        place = (host, address.user or user)
        client = self._clients.get(place)
        transport = client.get_transport() if client else None
        if client and transport and transport.is_active():
            return client
        self._clients[place] = self._sign_in_patiently(host, place[1], address)
        return self._clients[place]

    def _sign_in_patiently(self, host: str, user: str, address: Address) -> paramiko.SSHClient:
        """Sign in, again where the network or a busy server was the reason, as long as there is patience."""
        began = time.monotonic()
        for pause_seconds in limits.RETRY_PAUSES_SECONDS:
            try:
                return self._sign_in(host, user, address)
            except (SignInRefused, HostKeyChanged, HostKeyUnknown):
                raise
            except HostUnreachable:
                # Not all come back at once.
                if self._closed.wait(pause_seconds * random.uniform(0.5, 1.5)):  # noqa: S311 - no secret
                    raise
                if time.monotonic() - began > limits.PATIENCE_SECONDS:
                    raise
        return self._sign_in(host, user, address)

    def _sign_in(self, host: str, user: str, address: Address) -> paramiko.SSHClient:
        wires: list[Wire] = []

        def opened(wire: Wire) -> None:
            wires.append(wire)
            self._being_opened.add(wire)
            if self._closed.is_set():
                raise OSError(errno.ECANCELED, "nobody waits for it any more")

        try:
            return sign_in(host, user, address, self._trust, opened)
        finally:
            self._being_opened.difference_update(wires)

    def host_keys(self) -> dict[str, str]:
        """Return the fingerprints of the hosts that are connected now, by host."""
        transports = {host: client.get_transport() for (host, _), client in self._clients.items()}
        return {host: t.get_remote_server_key().fingerprint for host, t in transports.items() if t and t.is_active()}

    def _open_shell(self, place: tuple[str, str]) -> Shell:
        host, user = place
        address = self.address(host)
        with told_as_unreachable(host):
            client = self.client(host, user)
            entrance.let_others_in(limits.CONNECT_TIMEOUT_SECONDS)
            return Shell(client, _way_to(user, address) if address.user else [])


def _way_to(user: str, address: Address) -> list[str]:
    """Return the words that make a shell of a user's out of one of who signed in."""
    if user == address.user:
        return []
    if not address.become:
        raise LabcheckError(f"{address.user} signs in, and may not become {user}", "Say so in the roster: become: true")
    if address.user == "root":
        return ["su", "-s", "/bin/sh", user, "-c"]
    return ["sudo", "-n", "-H", "-u", user, "--", "/bin/sh", "-c"]
