"""An SSH server on loopback for tests: it lets our key in, runs what it is asked on this machine, and can misbehave."""

import contextlib
import io
import os
import re
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import paramiko
from paramiko import common

from labcheck.hosts.address import Address
from labcheck.practice.credentials import KeyPair, new_key

Lie = Callable[[str], tuple[int, bytes, bytes]]
"""What a host that its owner has made up says to a command: status, standard output and standard error."""
FRAME = re.compile(
    rb"(?:echo ([0-9a-f]{32}); echo \1 >&2; )?\(exec (.*)\) </dev/null; "
    rb"printf '\\n%s%d\\n' ([0-9a-f]{32}) \$\?; printf '\\n%s0\\n' \3 >&2\n",
    re.DOTALL,
)


@dataclass
class LoopbackServer:
    """A server at `port`; each exec request runs in `/bin/sh`, in a folder and a HOME of the server's own.

    `login_shell` is another program to run instead. With a `lie` nothing is run at all: the frame of each question is
    kept to, and what stands in it is made up.
    """

    home: Path
    client_key: KeyPair
    host_key: KeyPair = field(default_factory=lambda: new_key("host"))
    on_connection: Callable[[paramiko.Transport], None] = lambda _: None
    on_command: Callable[[paramiko.Transport], None] = lambda _: None
    signed_in: int = 0
    commands: list[str] = field(default_factory=list)
    attackers: list[threading.Thread] = field(default_factory=list)
    login_shell: Sequence[str] = ("sh", "-c")
    lie: Lie | None = None

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / "key").write_text(self.client_key.private)
        self._known_hosts = self.home / "known_hosts"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._known_hosts.write_text(f"[127.0.0.1]:{self.port} {self.host_key.public}")
        self._transports: list[paramiko.Transport] = []
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def address(self) -> Address:
        return Address("127.0.0.1", self.port, self.home / "key", self._known_hosts)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for transport in self._transports:
            transport.close()

    def _serve(self) -> None:
        while True:
            try:
                connection = self._listener.accept()[0]
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(paramiko.Ed25519Key(file_obj=io.StringIO(self.host_key.private)))
            self._transports.append(transport)
            self.on_connection(transport)
            with contextlib.suppress(paramiko.SSHException, EOFError, OSError):
                transport.start_server(event=threading.Event(), server=_Session(self, transport))


class _Session(paramiko.ServerInterface):
    def __init__(self, server: LoopbackServer, transport: paramiko.Transport) -> None:
        self._server = server
        self._transport = transport

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        ours = key.get_base64() == self._server.client_key.public.split()[1]
        self._server.signed_in += ours
        return common.AUTH_SUCCESSFUL if ours else common.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return common.OPEN_SUCCEEDED if kind == "session" else common.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        self._server.commands.append(command.decode())
        self._server.on_command(self._transport)
        run = self._make_up if self._server.lie else self._run
        threading.Thread(target=run, args=(channel, command.decode()), daemon=True).start()
        return True

    def _make_up(self, channel: paramiko.Channel, _: str) -> None:
        assert self._server.lie
        heard = b""
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            while chunk := channel.recv(1 << 15):
                heard += chunk
                if asked := FRAME.fullmatch(heard):
                    heard = b""
                    begin, command, end = asked.groups()
                    status, said, complained = self._server.lie(command.decode())
                    before = b"%s\n" % begin if begin else b""
                    channel.sendall(b"%s%s\n%s%d\n" % (before, said, end, status))
                    channel.sendall_stderr(b"%s%s\n%s0\n" % (before, complained, end))

    def _run(self, channel: paramiko.Channel, command: str) -> None:
        pipe = subprocess.PIPE
        environment = {"HOME": str(self._server.home), "USER": "tester", "PATH": os.environ["PATH"]}
        with subprocess.Popen(
            [*self._server.login_shell, command],
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env=environment,
            bufsize=0,
            start_new_session=True,  # as sshd does
        ) as process:
            assert process.stdin
            assert process.stdout
            assert process.stderr
            outputs = ((process.stdout.fileno(), channel.sendall), (process.stderr.fileno(), channel.sendall_stderr))
            pumps = [threading.Thread(target=_pump, args=output, daemon=True) for output in outputs]
            closer = threading.Thread(target=_close_after, args=(process, channel), daemon=True)
            for thread in (*pumps, closer):
                thread.start()
            with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                while chunk := channel.recv(1 << 15):
                    process.stdin.write(chunk)
            process.kill()


def _close_after(process: subprocess.Popen[bytes], channel: paramiko.Channel) -> None:
    """Close the channel when its command has ended, as sshd does; its last words have a moment to be sent."""
    process.wait()
    time.sleep(0.05)
    channel.close()


def _pump(descriptor: int, send: Callable[[bytes], None]) -> None:
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        while chunk := os.read(descriptor, 1 << 15):
            send(chunk)


@contextlib.contextmanager
def servers(folder: Path, count: int, **options: object) -> Iterator[list[LoopbackServer]]:
    """Give so many servers, each with a home of its own."""
    key = new_key("tests")
    running = [LoopbackServer(folder / f"host{number}", key, **options) for number in range(count)]  # type: ignore[arg-type]
    try:
        yield running
    finally:
        for server in running:
            server.close()
