"""The lab's own view of its database, over the published port; what is graded is asked on the host instead."""

from typing import Any

import pymysql

from labcheck.errors import HostUnreachable

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
        try:
            connection = pymysql.connect(
                host="127.0.0.1",
                port=self._port,
                user="labcheck",
                password=self._password,
                database="agama",
                autocommit=True,
                local_infile=False,
                ssl_disabled=True,  # it never leaves this machine, and a hand-shake costs forty times the question
                connect_timeout=3,
                read_timeout=10,
            )
        except (pymysql.err.OperationalError, OSError) as error:
            raise HostUnreachable(f"MySQL does not answer on 127.0.0.1:{self._port}: {error.args[-1]}") from error
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()
