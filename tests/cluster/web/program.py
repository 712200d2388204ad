"""A host with a page: `python -m tests.cluster.web.program '{"path": ...}'`, with JSON."""

import asyncio
import json
import sys
from typing import Any

from rraft.cluster import Host, HostOptions
from rraft.cluster.web import WebPage
from tests.harness.local_hosts import Jobs


async def run(settings: dict[str, Any]) -> None:
    members = {int(number): address for number, address in settings["members"].items()}
    host = Host(
        settings["path"],
        id=settings["id"],
        listen=members[settings["id"]],
        cluster=settings["cluster"],
        bootstrap=members,
        options=HostOptions(tick=0.02),
    )
    async with host, WebPage(host, listen=settings["page"], token=settings["token"]):
        await host.start(Jobs())
        await host.serve()


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.argv[1])))
