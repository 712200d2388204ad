"""The commands of the key-value server, and a map of strings in the database that has the log."""

import json
import sqlite3
import sys
from contextlib import suppress

MAX_COMMAND = 2**16
"""The maximum size of a command, in bytes."""


def put_command(key: str, value: str) -> bytes:
    """The command that sets `key` to `value`, as the data of an entry.

    Raises `ValueError` for an invalid command, which must not get into the log: a node would fail at that entry at
    every start.
    """
    try:
        f"{key}{value}".encode()
    except UnicodeEncodeError:
        raise ValueError("the key or the value is not UTF-8") from None
    command = json.dumps([key, value]).encode()
    if len(command) > MAX_COMMAND:
        raise ValueError(f"the command has {len(command)} bytes, {MAX_COMMAND} are allowed")
    return command


def parse_command(command: bytes) -> tuple[str, str] | None:
    """The key and the value of a command made by `put_command`.

    It never fails because of the content: an invalid command is skipped. Only a program without the checks of
    `put_command` can have proposed it.
    """
    with suppress(ValueError, RecursionError):
        match json.loads(command):
            case [str(key), str(value)]:
                f"{key}{value}".encode()  # JSON permits unpaired surrogates
                return key, value
    print("skipped an entry that is not a command", file=sys.stderr)
    return None


class KeyValues:
    """A map in the database. The caller's transaction persists its changes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("CREATE TABLE IF NOT EXISTS pair (key TEXT PRIMARY KEY, value TEXT NOT NULL)")

    def get(self, key: str) -> str | None:
        """The value of `key`, if there is one."""
        row: tuple[str] | None = self._connection.execute("SELECT value FROM pair WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def apply(self, command: bytes) -> None:
        """Applies a command, unless it is invalid."""
        if pair := parse_command(command):
            self.put(*pair)

    def put(self, key: str, value: str) -> None:
        """Sets `key` to `value`."""
        self._connection.execute("INSERT OR REPLACE INTO pair VALUES (?, ?)", (key, value))

    def pairs(self) -> dict[str, str]:
        """The whole map."""
        return dict(self._connection.execute("SELECT key, value FROM pair ORDER BY key").fetchall())

    def dump(self) -> bytes:
        """The whole map, as the data of a snapshot."""
        return json.dumps(self.pairs()).encode()

    def load(self, data: bytes) -> None:
        """Replaces the map by a dump."""
        self._connection.execute("DELETE FROM pair")
        self._connection.executemany("INSERT INTO pair VALUES (?, ?)", json.loads(data).items())
