"""Arguments of wrong types: the error names the argument, what was expected and what came, before anything is done."""

from pathlib import Path
from typing import Any

import pytest

from rraft.cluster import (
    Change,
    ChangeKind,
    ClientOptions,
    GroupOptions,
    Host,
    HostOptions,
    InvalidCommandError,
    StartError,
    TransportOptions,
)
from tests.harness.local_hosts import Jobs, Words, local_cluster, run

ADDRESS = "127.0.0.1:7001"
WRONG_KIND: Any = 1

WRONG_TYPES = {
    "listen": ({"listen": None}, "listen: expected str, got NoneType"),
    "listen as a pair": ({"listen": ("127.0.0.1", 7001)}, "listen: expected str, got tuple"),
    "address": ({"address": 7001}, "address: expected str, got int"),
    "id": ({"id": "1"}, "id: expected int, got str '1'"),
    "id as a bool": ({"id": True}, "id: expected int, got bool True"),
    "id as a float": ({"id": 1.0}, "id: expected int, got float 1.0"),
    "bootstrap": ({"bootstrap": [ADDRESS]}, "bootstrap: expected Mapping, got list"),
    "id in bootstrap": ({"bootstrap": {"1": ADDRESS}}, "bootstrap: expected int, got str '1'"),
    "bool in bootstrap": ({"bootstrap": {True: ADDRESS}}, "bootstrap: expected int, got bool True"),
    "address in bootstrap": ({"bootstrap": {1: 7001}}, r"bootstrap\[1\]: expected str, got int"),
    "join": ({"join": ADDRESS}, "join: expected a list of addresses, got the text '127.0.0.1:7001'"),
    "address in join": ({"join": [7001]}, r"join\[0\]: expected str, got int"),
    "cluster": ({"cluster": b"orders"}, "cluster: expected str, got bytes"),
    "options": ({"options": GroupOptions()}, "options: expected HostOptions, got GroupOptions"),
    "transport": ({"transport": ClientOptions()}, "transport: expected TransportOptions, got ClientOptions"),
    "client": ({"client": TransportOptions()}, "client: expected ClientOptions, got TransportOptions"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG_TYPES.values(), ids=WRONG_TYPES)
def test_type_of_an_argument_of_a_host(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=f"^{message}$"):
        Host(tmp_path / "1", **{"id": 1, "listen": ADDRESS, **arguments})


WRONG_VALUES = {
    "id": ({"id": 0}, "id: expected an id of at least 1 and below 2[*][*]63, got 0"),
    "large id": ({"id": 2**63}, "id: expected an id of at least 1 and below 2[*][*]63, got 9223372036854775808"),
    "same address": (
        {"bootstrap": {1: ADDRESS, 2: ADDRESS}},
        "bootstrap: the hosts 1 and 2 have the same address '127.0.0.1:7001'",
    ),
    "all addresses": (
        {"bootstrap": {1: "0.0.0.0:1"}},
        r"bootstrap\[1\]: expected an address that others can connect to",
    ),
    "all addresses of IPv6": ({"address": "[::]:1"}, "address: expected an address that others can connect to"),
    "no name": ({"cluster": ""}, "cluster: expected a name of 1 to 255 bytes of printable characters, got ''"),
    "long name": ({"cluster": "x" * 256}, "cluster: expected a name of 1 to 255 bytes"),
    "surrogate": ({"cluster": "\ud800"}, "cluster: expected a name of 1 to 255 bytes"),
}


@pytest.mark.parametrize(("arguments", "message"), WRONG_VALUES.values(), ids=WRONG_VALUES)
def test_value_of_an_argument_of_a_host(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(StartError, match=f"^{message}"):
        Host(tmp_path / "1", **{"id": 1, "listen": ADDRESS, **arguments})


WRONG_STARTS: dict[str, tuple[tuple[Any, ...], str]] = {
    "class": ((Jobs,), "target: expected Replicated, got type"),
    "other object": (({},), "target: expected Replicated, got dict"),
    "group": ((Jobs(), "1"), "group: expected int, got str '1'"),
    "options": ((Jobs(), 1, HostOptions()), "options: expected GroupOptions, got HostOptions"),
}

WRONG_CHANGES: dict[str, tuple[tuple[Any, ...], str]] = {
    "no change": (("change_members", [1]), "changes: expected Change, got int"),
    "host": (("add", "4", ADDRESS), "host: expected int, got str"),
    "address": (("add", 4, None), "address: expected str, got NoneType"),
    "kind": (("change_members", [Change(WRONG_KIND, 4, ADDRESS)]), "kind: expected ChangeKind, got int"),
    "new leader": (("transfer_leadership", "1"), "host: expected int, got str"),
}


def test_types_of_the_arguments_of_a_group(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            host = cluster.hosts[1]
            for arguments, message in WRONG_STARTS.values():
                with pytest.raises(TypeError, match=f"^{message}$"):
                    await host.start(*arguments)

            group = (await host.start(Jobs())).group

            for (name, *rest), message in WRONG_CHANGES.values():
                with pytest.raises(TypeError, match=f"^{message}$"):
                    await getattr(group, name)(*rest)
            await group.change_members([Change(ChangeKind.ADD_LEARNER, 4, ADDRESS)])
            assert group.status().learners == (4,)

    run(test())


@pytest.mark.parametrize("payload", ["text", 5, None, [1, 2]], ids=str)
def test_type_of_a_payload(tmp_path: Path, payload: Any) -> None:
    """In the log, it would stop the group on all hosts for ever."""

    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            group = await cluster.hosts[1].start_group(Words())

            for call in (group.execute, group.submit):
                with pytest.raises(TypeError, match=f"command: expected bytes, got {type(payload).__name__}"):
                    await call(payload)
            for ask in (group.query, group.ask, group.ask_local):
                with pytest.raises(TypeError, match=f"query: expected bytes, got {type(payload).__name__}"):
                    await ask(payload)  # type: ignore[misc]

            assert await group.execute(b"word") == b"1"

    run(test())


def test_command_that_the_state_machine_does_not_know(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            jobs = await cluster.hosts[1].start(Jobs())

            for call in (jobs.group.execute, jobs.group.submit):
                with pytest.raises(InvalidCommandError, match="expected the name and the arguments of a call"):
                    await call(b"text")

            assert await jobs.enqueue("job") == 1

    run(test())
