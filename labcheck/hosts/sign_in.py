"""Signing in to a host, and what is told of a host that does not let us.

Nothing of ours is offered to the host: no agent unless the roster says so, no forwarding, no key but the named one, no
user's ssh_config; an unknown or changed host key is refused (`trust`).
"""

import contextlib
import logging
import threading
from collections.abc import Iterator
from typing import Any

from labcheck.errors import HostKeyChanged, HostUnreachable, LabcheckError, SignInRefused
from labcheck.hosts import limits
from labcheck.hosts.address import Address
from labcheck.hosts.library import paramiko
from labcheck.hosts.trust import Policy, Trust
from labcheck.hosts.wire import Opened, connected
from labcheck.visible import visible

# What paramiko logs of a failed sign-in comes back as an exception, too; without a handler it would print tracebacks.
logging.getLogger("paramiko").addHandler(logging.NullHandler())

SIGN_INS_AT_ONCE = 32
SLOW_SUMS = ["diffie-hellman-group-exchange-sha256", "diffie-hellman-group16-sha512"]
"""Ways to exchange keys that let a server have all of us wait for seconds, while powers are worked out."""
NO_KEYS_EXCHANGED = "No existing session"  # paramiko's words when the time is up before that


class Entrance:
    """Where sign-ins wait for their turn, and questions for sign-ins.

    Signing in is arithmetic: of hundreds at once none is done in time. And who is in has time, while a host that will
    never answer holds a class up the longer, the later it is asked.
    """

    def __init__(self, at_once: int) -> None:
        self._free = threading.BoundedSemaphore(at_once)
        self._changed = threading.Condition()
        self._waiting = 0

    @contextlib.contextmanager
    def signing_in(self) -> Iterator[None]:
        """Wait for a turn, and have it."""
        with self._changed:
            self._waiting += 1
        try:
            self._free.acquire()
        finally:
            with self._changed:
                self._waiting -= 1
                if not self._waiting:
                    self._changed.notify_all()
        try:
            yield
        finally:
            self._free.release()

    def let_others_in(self, longest_seconds: float) -> None:
        """Wait until nobody waits for a turn, or for so long."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, longest_seconds)


entrance = Entrance(SIGN_INS_AT_ONCE)
"""Of all connections of this process. Waiting for a server's first word is not part of signing in."""


def sign_in(
    host: str, user: str, address: Address, trust: Trust | None = None, opened: Opened = lambda _: None
) -> paramiko.SSHClient:
    """Sign in with the one key and the pinned host key; `opened` is told of each connection, as in `wired`.

    Raises `HostUnreachable`: as `SignInRefused` when our key is not welcome, `HostKeyChanged` or `HostKeyUnknown`.
    """
    trust = trust or Trust()
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(Policy(host, address, trust))
    name = address.address if address.port == paramiko.config.SSH_PORT else f"[{address.address}]:{address.port}"
    where = f"{address.address}:{address.port}"
    identity = trust.identity(address.identity_file) if address.identity_file else None
    try:
        for kind, key in trust.known(name, address).items():
            client.get_host_keys().add(name, kind, key)
        wire = connected(address.address, address.port, limits.CONNECT_TIMEOUT_SECONDS, opened)
        with entrance.signing_in():
            client.connect(
                address.address,
                port=address.port,
                sock=wire,
                username=user,
                pkey=identity,
                allow_agent=identity is None,
                look_for_keys=False,
                timeout=limits.CONNECT_TIMEOUT_SECONDS,
                banner_timeout=limits.CONNECT_TIMEOUT_SECONDS,
                auth_timeout=limits.CONNECT_TIMEOUT_SECONDS,
                channel_timeout=limits.CONNECT_TIMEOUT_SECONDS,
                disabled_algorithms={"kex": SLOW_SUMS},
                transport_factory=_transport,
            )
        wire.allow(limits.UNASKED_BYTES)
    except LabcheckError:
        client.close()
        raise
    except paramiko.BadHostKeyException as error:
        client.close()
        shown, pinned = error.key.fingerprint, error.expected_key.fingerprint
        what = f"{host} ({where}) shows another host key than the pinned one: {shown}, not {pinned}"
        raise HostKeyChanged(what, "Was the host made anew? Ask its owner, then pin the new key.") from error
    except paramiko.AuthenticationException as error:
        client.close()
        if "timeout" in str(error):
            raise HostUnreachable(f"cannot sign in to {host} ({where}) as {user}: no answer in time") from error
        raise SignInRefused(f"{host} ({where}) does not let {user} in with our key: {_reason(error)}") from error
    except Exception as error:  # a hostile server makes paramiko raise nearly anything
        client.close()
        raise HostUnreachable(f"cannot sign in to {host} ({where}) as {user}: {_reason(error)}") from error
    return client


def _transport(*words: Any, **options: Any) -> paramiko.Transport:
    """Return paramiko's own, with the ciphers first that need no sum beside them: each packet is a tenth cheaper."""
    transport = paramiko.Transport(*words, **options)
    security = transport.get_security_options()
    security.ciphers = sorted(security.ciphers, key=lambda name: "gcm" not in name)
    return transport


def _reason(error: BaseException) -> str:
    if isinstance(error, TimeoutError) or str(error) == NO_KEYS_EXCHANGED:
        return "no answer in time"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, EOFError) and not str(error):
        return "it closed the connection"
    told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return visible(told[:200]) or type(error).__name__


@contextlib.contextmanager
def told_as_unreachable(host: str) -> Iterator[None]:
    """Turn what paramiko raises of a connection that is lost into `HostUnreachable`."""
    try:
        yield
    except (paramiko.SSHException, OSError, EOFError) as error:
        raise HostUnreachable(f"lost the connection to {host}: {_reason(error)}") from error
