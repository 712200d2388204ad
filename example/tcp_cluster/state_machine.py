"""The replicated state: the map, the last answer to each client, and the addresses of the servers."""

import json
import sqlite3
from collections.abc import Callable, Mapping

from request import Answer, Request
from shared import KeyValues

TABLES = """
CREATE TABLE IF NOT EXISTS session (client TEXT PRIMARY KEY, number INTEGER NOT NULL, answer TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS server (id INTEGER PRIMARY KEY, address TEXT NOT NULL);
"""


class StateMachine:
    """All servers apply the same entries in the same order, so they have the same state and return the same answers.

    It is in the database of the storage. The caller's transaction persists its changes.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        connection.executescript(TABLES)
        self.key_values = KeyValues(connection)

    def apply(self, request: Request) -> Answer:
        """Applies a committed request."""
        return self.once(request, lambda: self._execute(request))

    def once(self, request: Request, execute: Callable[[], Answer]) -> Answer:
        """Calls `execute`, unless this request was applied before: then its answer is recorded.

        A client without an answer retries, so the log may have its request twice. A client whose last request is a
        later one no longer waits for this one.
        """
        row = self._connection.execute("SELECT number, answer FROM session WHERE client = ?", (request.client,))
        number, answer = row.fetchone() or (0, "null")
        if request.number <= number:
            remembered: Answer = json.loads(answer)
            return remembered
        new_answer = execute()
        self._connection.execute(
            "INSERT OR REPLACE INTO session VALUES (?, ?, ?)", (request.client, request.number, json.dumps(new_answer))
        )
        return new_answer

    def addresses(self) -> dict[int, str]:
        """The addresses of the members."""
        return dict(self._connection.execute("SELECT id, address FROM server ORDER BY id").fetchall())

    def set_addresses(self, addresses: Mapping[int, str]) -> None:
        """Adds or replaces addresses of members."""
        self._connection.executemany("INSERT OR REPLACE INTO server VALUES (?, ?)", addresses.items())

    def dump(self) -> bytes:
        """The whole state, as the data of a snapshot."""
        sessions = self._connection.execute("SELECT * FROM session ORDER BY client").fetchall()
        servers = self._connection.execute("SELECT * FROM server ORDER BY id").fetchall()
        return json.dumps([self.key_values.dump().decode(), sessions, servers]).encode()

    def load(self, data: bytes) -> None:
        """Replaces the whole state by a dump."""
        pairs, sessions, servers = json.loads(data)
        self.key_values.load(pairs.encode())
        self._connection.execute("DELETE FROM session")
        self._connection.executemany("INSERT INTO session VALUES (?, ?, ?)", sessions)
        self._connection.execute("DELETE FROM server")
        self._connection.executemany("INSERT INTO server VALUES (?, ?)", servers)

    def _execute(self, request: Request) -> Answer:
        match request.operation, request.arguments:
            case "put", (key, value):
                self.key_values.put(key, value)
                return {"value": None}
            case "add", (key, amount):
                try:
                    total = str(int(self.key_values.get(key) or "0") + int(amount))
                except ValueError:
                    return {"error": f"the value of {key} is not a number"}
                self.key_values.put(key, total)
                return {"value": total}
        return {"error": f"{request.operation} is not applied to the map"}
