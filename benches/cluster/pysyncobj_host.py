"""A host of PySyncObj for the benchmark: `python benches/cluster/pysyncobj_host.py ID FOLDER PEER,... CLIENT_PORT`.

One thread: clients are served by PySyncObj's own poller. A request is a frame of the length, the number of the request
and either a key and a value or a key. A get passes through the log, as PySyncObj has no other linearizable read.
"""

import socket
import struct
import sys
from pathlib import Path

from pysyncobj import FAIL_REASON, SyncObj, SyncObjConf, replicated
from pysyncobj.poller import POLL_EVENT_TYPE

_REQUEST = struct.Struct("<IQ")
KEY = 16
STATUS = b"s"


class Values(SyncObj):  # type: ignore[misc]
    """A replicated map."""

    def __init__(self, own: str, others: list[str], folder: Path) -> None:
        self.values: dict[bytes, bytes] = {}
        conf = SyncObjConf(
            autoTick=False,
            journalFile=str(folder / "journal"),
            fullDumpFile=str(folder / "dump"),
            raftMinTimeout=0.5,
            raftMaxTimeout=1.0,
            appendEntriesPeriod=1e-6,
            dynamicMembershipChange=False,
        )
        super().__init__(own, others, conf)

    @replicated  # type: ignore[untyped-decorator]
    def put(self, key: bytes, value: bytes) -> bytes:
        """Sets a value."""
        self.values[key] = value
        return b""

    @replicated  # type: ignore[untyped-decorator]
    def get(self, key: bytes) -> bytes:
        """The value of a key, after all commands before it."""
        return self.values.get(key, b"")


class Client:
    """A connection of a client."""

    def __init__(self, values: Values, connection: socket.socket) -> None:
        self._values = values
        self._connection = connection
        self._buffer = b""
        self._out: list[bytes] = []
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        values._poller.subscribe(connection.fileno(), self._ready, POLL_EVENT_TYPE.READ | POLL_EVENT_TYPE.ERROR)

    def _ready(self, descriptor: int, _event: int) -> None:
        try:
            data = self._connection.recv(2**16)
        except OSError:
            data = b""
        if not data:
            self._values._poller.unsubscribe(descriptor)
            self._connection.close()
            return
        self._buffer += data
        while len(self._buffer) >= _REQUEST.size:
            length, number = _REQUEST.unpack_from(self._buffer)
            if len(self._buffer) < 4 + length:
                break
            self._serve(number, self._buffer[_REQUEST.size : 4 + length])
            self._buffer = self._buffer[4 + length :]

    def _serve(self, number: int, body: bytes) -> None:
        if body == STATUS:
            leader = self._values._getLeader()
            is_leader = leader is not None and leader == self._values.selfNode
            self._answer(b"1" if is_leader else b"0", FAIL_REASON.SUCCESS, number)
        elif len(body) == KEY:
            self._values.get(body, callback=lambda result, error: self._answer(result, error, number))
        else:
            key, value = body[:KEY], body[KEY:]
            self._values.put(key, value, callback=lambda result, error: self._answer(result, error, number))

    def _answer(self, result: bytes | None, error: int, number: int) -> None:
        status = b"\0" if error == FAIL_REASON.SUCCESS else b"\1"
        body = status + (result or b"")
        if not self._out:
            WAITING.append(self)
        self._out.append(_REQUEST.pack(8 + len(body), number) + body)

    def flush(self) -> None:
        """Sends what was answered."""
        data, self._out = b"".join(self._out), []
        try:
            self._connection.setblocking(True)
            self._connection.sendall(data)
            self._connection.setblocking(False)
        except OSError:
            pass


WAITING: list[Client] = []


def main() -> None:
    """Runs the host until it is killed."""
    own, folder, others, port = sys.argv[1], Path(sys.argv[2]), sys.argv[3].split(","), int(sys.argv[4])
    folder.mkdir(parents=True, exist_ok=True)
    values = Values(own, others, folder)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(1024)

    def accept(_descriptor: int, _event: int) -> None:
        Client(values, listener.accept()[0])

    values._poller.subscribe(listener.fileno(), accept, POLL_EVENT_TYPE.READ)
    while True:
        values.doTick(0.05)
        waiting = WAITING.copy()
        WAITING.clear()
        for client in waiting:
            client.flush()


if __name__ == "__main__":
    main()
