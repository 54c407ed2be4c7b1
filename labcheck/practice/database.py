"""The lab's own view of its database, over the published port; what is graded is asked on the host instead."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pymysql

from labcheck.errors import HostUnreachable
from labcheck.hosts.wire import wired
from labcheck.visible import visible

CONNECT_SECONDS = 3.0
QUESTION_SECONDS = 10.0
MOST_BYTES = 8 << 20
CLIENTS_ERRORS = range(2000, 3000)
"""The connection went, or what came is not MySQL's protocol."""

Item = tuple[int, str, int]


class Database:
    """Database `agama` of the lab, as its user `labcheck`."""

    def __init__(self, port: int, password: str) -> None:
        self._port = port
        self._password = password

    def items(self) -> list[Item]:
        """Return the rows of table `item`: id, value, state."""
        return [(row[0], row[1], row[2]) for row in self._query("SELECT id, value, state FROM item ORDER BY id")]

    def items_left(self) -> list[Item]:
        """Return the rows that are there: none where the table, or the whole database, is not."""
        try:
            return self.items()
        except pymysql.err.MySQLError:  # no such table, or one of another shape
            return []
        except HostUnreachable as error:
            if "Unknown database" in error.what:
                return []
            raise

    def add_item(self, value: str) -> None:
        """Add a row to table `item`."""
        self._query("INSERT INTO item (value) VALUES (%s)", value)

    def version(self) -> str:
        """Return the server's version; raises `HostUnreachable` while it does not answer."""
        return str(self._query("SELECT VERSION()")[0][0])

    def _query(self, statement: str, *values: object) -> Any:
        with self._signed_in() as connection:
            try:
                with connection.cursor() as cursor:
                    cursor.execute(statement, values)
                    return cursor.fetchall()
            except Exception as error:
                if isinstance(error, pymysql.err.MySQLError) and _is_servers_own(error):
                    raise
                raise self._away(error) from error

    @contextlib.contextmanager
    def _signed_in(self) -> Iterator[Any]:
        """Give a connection that lasts and brings so much and no more: who has the host may have put anything there."""
        with contextlib.ExitStack() as stack:
            try:
                wire = stack.enter_context(wired("127.0.0.1", self._port, CONNECT_SECONDS, MOST_BYTES))
                watch = threading.Timer(QUESTION_SECONDS, wire.shutdown, [socket.SHUT_RDWR])
                stack.callback(watch.cancel)
                watch.start()
                connection = pymysql.connect(
                    user="labcheck",
                    password=self._password,
                    database="agama",
                    autocommit=True,
                    local_infile=False,
                    ssl_disabled=True,  # it never leaves this machine, and a hand-shake costs forty times the question
                    defer_connect=True,
                )
                connection.connect(wire)
                stack.callback(connection.close)
            except Exception as error:
                raise self._away(error) from error
            yield connection

    def _away(self, error: Exception) -> HostUnreachable:
        """Return what is told where there is no server, or one that is none: pymysql raises nearly anything then."""
        told = visible(str(error.args[-1] if error.args else error)[:200])
        return HostUnreachable(f"MySQL does not answer on 127.0.0.1:{self._port}: {told}")


def _is_servers_own(error: pymysql.err.MySQLError) -> bool:
    """Say whether a server said no to a statement, by the number of its error."""
    code = error.args[0] if error.args else 0
    return isinstance(code, int) and code >= 1000 and code not in CLIENTS_ERRORS
