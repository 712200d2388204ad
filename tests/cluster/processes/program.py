"""A host of a cluster of lists: `python -m tests.cluster.processes.program '{"path": ...}'`, with JSON."""

import asyncio
import json
import logging
import sys
from typing import Any

from rraft.cluster import GroupOptions, GroupStopped, Host, HostOptions, Replicated, TransportOptions, command, query


class Lists(Replicated):
    """Lists of texts by key, to which each text is appended once."""

    lists: dict[str, list[str]]

    def __init__(self) -> None:
        self.lists = {}

    @command
    def append(self, key: str, text: str) -> int:
        """Appends. Returns the new length."""
        texts = self.lists.setdefault(key, [])
        texts.append(text)
        return len(texts)

    @query
    def read(self, key: str) -> list[str]:
        """The texts of a key."""
        return self.lists.get(key, [])


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
        options=HostOptions(group=GroupOptions(**settings.get("group", {}))),
        transport=TransportOptions(secret=secret.encode() if secret else None),
    ) as host:
        lists = await host.start(Lists())
        print("started", flush=True)
        async for event in lists.group.events():
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
