"""A host of a cluster of lists: `python -m tests.cluster.processes.program '{"path": ...}'`, with JSON."""

import asyncio
import json
import logging
import struct
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rraft.cluster import (
    Context,
    GroupOptions,
    GroupStopped,
    Host,
    HostOptions,
    Replicated,
    TransportOptions,
    command,
    query,
)

PIECE = 2**20


def digest(before: int, text: str) -> int:
    """The digest of a list, from that of the list before its last text."""
    return zlib.crc32(text.encode(), before)


class Lists(Replicated):
    """Lists of texts by key, to which each text is appended once, and the digests of the lists."""

    lists: dict[str, list[str]]
    digests: dict[str, int]

    def __init__(self) -> None:
        self.lists = {}
        self.digests = {}

    @command
    def append(self, key: str, text: str) -> int:
        """Appends. Returns the new length."""
        texts = self.lists.setdefault(key, [])
        texts.append(text)
        self.digests[key] = digest(self.digests.get(key, 0), text)
        return len(texts)

    @query
    def read(self, key: str) -> tuple[int, int]:
        """The length and the digest of a list, which tell as much as all its texts."""
        return len(self.lists.get(key, [])), self.digests.get(key, 0)

    @query
    def texts(self, key: str) -> list[str]:
        """The texts of a list."""
        return self.lists.get(key, [])


class File:
    """A file whose state is larger than memory should be: a command appends pieces to it, each of a mebibyte."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.unlink(missing_ok=True)
        path.touch()

    def apply(self, payload: bytes, context: Context) -> bytes:
        del context
        pieces = int(payload)
        with self._path.open("ab") as file:
            for _ in range(pieces):
                file.write(struct.pack("<Q", file.tell() >> 20) * (PIECE // 8))
        return b"%d" % self._path.stat().st_size

    def query(self, payload: bytes) -> bytes:
        """The sum of the bytes."""
        del payload
        total = 0
        with self._path.open("rb") as file:
            while piece := file.read(PIECE):
                total = zlib.crc32(piece, total)
        return b"%d %d" % (self._path.stat().st_size, total)

    def snapshot(self) -> Iterator[bytes]:
        size = self._path.stat().st_size

        def pieces() -> Iterator[bytes]:
            with self._path.open("rb") as file:
                while file.tell() < size:
                    yield file.read(PIECE)

        return pieces()

    def restore(self, chunks: Iterator[bytes]) -> None:
        with self._path.open("wb") as file:
            file.writelines(chunks)


async def run(settings: dict[str, Any]) -> None:
    bootstrap = settings.get("bootstrap")
    secret = settings.get("secret")
    async with Host(
        settings["path"],
        id=settings["id"],
        listen=settings["listen"],
        address=settings["address"],
        bootstrap=None if bootstrap is None else {int(host): address for host, address in bootstrap.items()},
        join=settings.get("join"),
        options=HostOptions(group=GroupOptions(**settings.get("group", {})), **settings.get("host", {})),
        transport=TransportOptions(secret=secret.encode() if secret else None),
    ) as host:
        if settings.get("machine") == "file":
            group = await host.start_group(File(Path(settings["path"] + ".state")))
        else:
            group = (await host.start(Lists())).group
        print("started", flush=True)
        async for event in group.events():
            if isinstance(event, GroupStopped):
                print(f"stopped: {type(event.reason).__name__}: {event.reason}", flush=True)
                return


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    settings: dict[str, Any] = json.loads(sys.argv[1])
    if settings.get("uvloop"):
        import uvloop

        uvloop.install()
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
