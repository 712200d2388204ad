"""The state machine: a map of strings, in a table of the database that holds the log as well."""

import json
import sqlite3


class KeyValues:
    """Writes nothing to disk by itself: that is done by the transaction in which its methods are called."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.execute("CREATE TABLE IF NOT EXISTS pair (key TEXT PRIMARY KEY, value TEXT NOT NULL)")

    def get(self, key: str) -> str | None:
        """The value of `key`, if it has one."""
        row: tuple[str] | None = self._connection.execute("SELECT value FROM pair WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def put(self, key: str, value: str) -> None:
        """Sets `key` to `value`."""
        self._connection.execute("INSERT OR REPLACE INTO pair VALUES (?, ?)", (key, value))

    def pairs(self) -> dict[str, str]:
        """The whole map."""
        return dict(self._connection.execute("SELECT key, value FROM pair ORDER BY key").fetchall())

    def dump(self) -> bytes:
        """The whole map, as it is kept in a snapshot's data."""
        return json.dumps(self.pairs()).encode()

    def load(self, data: bytes) -> None:
        """Replaces the map by one that was dumped."""
        self._connection.execute("DELETE FROM pair")
        self._connection.executemany("INSERT INTO pair VALUES (?, ?)", json.loads(data).items())
