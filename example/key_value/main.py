"""A replicated map: three hosts by one command, and commands to use and to change the cluster. See README.md."""

import argparse
import asyncio
import signal
import subprocess
import sys
from pathlib import Path

from rraft.cluster import Client, Host, Replicated, command, query


class KeyValues(Replicated):
    """A map of strings."""

    values: dict[str, str]

    def __init__(self) -> None:
        self.values = {}

    @command
    def put(self, key: str, value: str) -> None:
        """Sets the value of a key."""
        self.values[key] = value

    @command
    def delete(self, key: str) -> bool:
        """Deletes a key. Returns whether it was there."""
        return self.values.pop(key, None) is not None

    @query
    def get(self, key: str) -> str | None:
        """The value of a key."""
        return self.values.get(key)

    @query
    def keys(self) -> list[str]:
        """All keys."""
        return sorted(self.values)


def founders(port: int) -> dict[int, str]:
    """The addresses of the hosts that found the cluster."""
    return {number: f"127.0.0.1:{port + number}" for number in (1, 2, 3)}


async def run_host(arguments: argparse.Namespace) -> None:
    """Runs a host until it is stopped or removed. Founders start together; each other host joins them."""
    number, members = arguments.number, founders(arguments.port)
    async with Host(
        arguments.directory / f"host-{number}",
        listen=f"127.0.0.1:{arguments.port + number}",
        id=number,
        bootstrap=members if number in members else None,
        join=None if number in members else list(members.values()),
    ) as host:
        await host.start(KeyValues())
        serving = asyncio.ensure_future(host.serve())
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, serving.cancel)
        await asyncio.wait((serving,))
        if not serving.cancelled() and serving.exception():
            print(f"host {number} has stopped: {serving.exception()}", flush=True)


def run_cluster(arguments: argparse.Namespace) -> None:
    """Runs the founders, each in a process of its own, until Ctrl-C."""
    program = [sys.executable, __file__, "--directory", str(arguments.directory), "--port", str(arguments.port)]
    hosts = {number: subprocess.Popen([*program, "host", str(number)]) for number in founders(arguments.port)}
    for number, process in hosts.items():
        print(f"host {number} is process {process.pid}", flush=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for process in hosts.values():
            process.wait()
    except KeyboardInterrupt:
        for process in hosts.values():
            process.terminate()
            process.wait()


async def use(arguments: argparse.Namespace) -> None:
    """Carries out one command of the command line."""
    addresses = arguments.hosts.split(",") if arguments.hosts else list(founders(arguments.port).values())
    async with Client(addresses, "rraft") as client:
        values = client.group(KeyValues)
        match arguments.command:
            case "put":
                await values.put(arguments.key, arguments.value)
            case "get":
                print(await values.get(arguments.key))
            case "delete":
                print(await values.delete(arguments.key))
            case "keys":
                print(*await values.keys(), sep="\n")
            case "add":
                await client.add(1, arguments.number, f"127.0.0.1:{arguments.port + arguments.number}")
            case "remove":
                await client.remove(1, arguments.number)
            case "status":
                for name, value in (await client.status(1)).items():
                    print(f"{name}: {value}")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, default=Path("key_value_data"), help="has the hosts' directories")
    parser.add_argument("--port", type=int, default=7000, help="the port of host 1 is the next one, and so on")
    parser.add_argument("--hosts", help="addresses that a client knows, with commas: by default, hosts 1 to 3")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("cluster", help="run hosts 1, 2 and 3")
    for name, text in (("host", "run a host"), ("add", "make a host a member"), ("remove", "remove a member")):
        commands.add_parser(name, help=text).add_argument("number", type=int)
    for name in ("keys", "status"):
        commands.add_parser(name)
    for name in ("get", "delete", "put"):
        commands.add_parser(name).add_argument("key")
    commands.choices["put"].add_argument("value")
    arguments = parser.parse_args()
    if arguments.command == "cluster":
        run_cluster(arguments)
    else:
        asyncio.run(run_host(arguments) if arguments.command == "host" else use(arguments))


if __name__ == "__main__":
    main()
