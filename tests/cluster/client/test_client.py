"""A client and hosts that fail in each way: commands are applied once, and exceptions say what is known."""

import asyncio
import random
import socket
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import Any

import pytest

from rraft.cluster.client import Client
from rraft.cluster.client_errors import ClientClosedError, NotAcceptedError, OutcomeUnknownError, RequestTimeoutError
from rraft.cluster.client_options import ClientOptions
from rraft.cluster.errors import (
    BusyError,
    ClusterError,
    CommandError,
    InvalidCommandError,
    MembershipError,
    NoGroupError,
    NotReadyError,
    RemovedError,
    SessionExpiredError,
    StoppedError,
)
from rraft.cluster.requests import (
    Command,
    Consistency,
    OpenSession,
    Query,
    Request,
    Response,
    ResponseStatus,
    decode_response,
    encode_error,
)
from tests.cluster.transport.proxy import proxy
from tests.cluster.transport.support import on_loop, until

from .hosts import GROUP, QUICK, cluster

SHORT = replace(QUICK, timeout=0.3)


def is_command(request: Request) -> bool:
    return isinstance(request, Command)


@on_loop
async def test_commands_and_queries() -> None:
    async with cluster() as (client, _, group):
        assert await client.command(GROUP, b"a") == b"1:a"
        assert await client.command(GROUP, b"b") == b"2:b"
        assert await client.query(GROUP, b"length") == b"2:0:length"
        assert await client.query(GROUP, b"length", consistency=Consistency.LOCAL) == b"2:1:length"
        assert group.log == [b"a", b"b"]


@on_loop
async def test_outstanding_commands_share_a_session_and_a_connection() -> None:
    async with cluster() as (client, hosts, group):
        results = await asyncio.gather(*(client.command(GROUP, b"%d" % number) for number in range(500)))
        assert results == [b"%d:%d" % (number + 1, number) for number in range(500)]
        assert len(group.sessions) == 1
        assert sum(bool(host.seen) for host in hosts) == 1


@on_loop
async def test_the_floor_is_the_lowest_number_that_is_outstanding() -> None:
    async with cluster(1) as (client, hosts, group):
        await client.command(GROUP, b"first")
        hosts[0].fault = lambda request: True if is_command(request) else None
        slow = asyncio.ensure_future(client.command(GROUP, b"second"))
        await until(lambda: b"second" in group.log)
        hosts[0].fault = lambda _request: None
        for number in range(3):
            await client.command(GROUP, b"%d" % number)
        assert group.floors == [1, 2, 2, 2, 2]
        slow.cancel()
        await asyncio.wait((slow,))
        await client.command(GROUP, b"last")
        assert group.floors[-1] == 6


@on_loop
async def test_each_group_has_a_session() -> None:
    async with cluster() as (client, _, group):
        await asyncio.gather(*(client.command(number, b"x") for number in (1, 2, 3, 1, 2, 3)))
        assert len(group.sessions) == 3


@on_loop
async def test_a_command_is_applied_once_although_its_response_is_lost() -> None:
    """The host carries it out, and its connections end before it answers."""
    async with cluster(2) as (client, hosts, group):
        await client.command(GROUP, b"before")
        lost = 0

        def lose(request: Request) -> bool | None:
            nonlocal lost
            if not is_command(request) or lost == 3:
                return None
            lost += 1
            return True

        for host in hosts:
            host.fault = lose
        pending = asyncio.ensure_future(client.command(GROUP, b"once"))
        for count in range(1, 4):
            await until(lambda count=count: lost == count)  # type: ignore[misc]
            for host in hosts:
                await host.restart()
        assert await pending == b"2:once"
        assert group.log == [b"before", b"once"]
        numbers = {request.number for host in hosts for request in host.seen if isinstance(request, Command)}
        assert numbers == {1, 2}


@on_loop
async def test_connections_that_end_at_any_time() -> None:
    async with cluster() as (client, hosts, group):
        chance = random.Random(5)

        async def restart() -> None:
            while True:
                await chance.choice(hosts).restart()
                await asyncio.sleep(0.01)

        restarting = asyncio.ensure_future(restart())
        results = []
        for start in range(0, 600, 50):
            payloads = [b"%d" % number for number in range(start, start + 50)]
            results += await asyncio.gather(*(client.command(GROUP, payload) for payload in payloads))
        restarting.cancel()
        await asyncio.wait((restarting,))
        assert sorted(group.log) == sorted(b"%d" % number for number in range(600))
        assert results == [b"%d:%d" % (group.log.index(b"%d" % number) + 1, number) for number in range(600)]


@on_loop
async def test_a_host_that_is_silent_is_left() -> None:
    """Packets are dropped: nothing ends the connection."""
    async with AsyncExitStack() as stack:
        _, hosts, group = await stack.enter_async_context(cluster(1))
        between = await stack.enter_async_context(proxy(hosts[0].address))
        client = await stack.enter_async_context(Client([between.address], "kv", QUICK))
        await client.command(GROUP, b"before")
        between.drop()
        pending = asyncio.ensure_future(client.command(GROUP, b"during"))
        await asyncio.sleep(4 * QUICK.heartbeat_timeout)
        assert not pending.done()
        between.heal()
        healed = time.monotonic()
        assert await pending == b"2:during"
        assert time.monotonic() - healed < 2.0
        assert group.log == [b"before", b"during"]


# The leader, and hosts that do not serve.


@on_loop
async def test_a_hint_moves_the_client_to_the_leader() -> None:
    async with cluster(3) as (client, hosts, _):
        for host in hosts:
            host.hint = (3, hosts[2].address)
        await until_served_by(client, hosts[2].seen)
        before = [len(host.seen) for host in hosts]
        for number in range(10):
            await client.command(GROUP, b"%d" % number)
        assert [len(host.seen) for host in hosts] == [before[0], before[1], before[2] + 10]


async def until_served_by(client: Client, seen: list[Request]) -> None:
    while not any(map(is_command, seen)):
        await client.command(GROUP, b"x")


@on_loop
async def test_a_leader_whose_address_is_not_known_before() -> None:
    async with cluster(2) as (_, hosts, _group):
        hosts[0].hint = hosts[1].hint = (2, hosts[1].address)
        async with Client([hosts[0].address], "kv", QUICK) as client:
            await until_served_by(client, hosts[1].seen)
            await hosts[0].transport.close()
            assert await client.command(GROUP, b"y", timeout=20.0)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere", "x" * 200 + ":7000"])
@on_loop
async def test_a_hint_that_leads_nowhere_is_ignored(address: str) -> None:
    async with cluster(1) as (client, hosts, _):
        hosts[0].hint = (9, address)
        for number in range(20):
            assert await client.command(GROUP, b"x") == b"%d:x" % (number + 1)
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    "status", [ResponseStatus.NOT_LEADER, ResponseStatus.NOT_READY, ResponseStatus.STOPPED, ResponseStatus.REMOVED]
)
@on_loop
async def test_another_host_or_another_time(status: ResponseStatus) -> None:
    async with cluster(2) as (client, hosts, group):
        rejected = 0

        def reject(_request: Request) -> Response | None:
            nonlocal rejected
            rejected += 1
            return Response(status) if rejected < 6 else None

        for host in hosts:
            host.fault = reject
        assert await client.command(GROUP, b"a") == b"1:a"
        assert group.log == [b"a"]
        assert all(host.seen for host in hosts) or status == ResponseStatus.NOT_LEADER


@on_loop
async def test_a_group_that_one_host_lacks() -> None:
    async with cluster(2) as (client, hosts, _):
        hosts[0].fault = lambda _request: Response(ResponseStatus.NO_GROUP)
        assert await client.command(GROUP, b"a") == b"1:a"
        assert await client.command(GROUP, b"b") == b"2:b"


@on_loop
async def test_a_group_that_all_hosts_lack() -> None:
    async with cluster(3) as (client, hosts, group):
        for host in hosts:
            host.fault = lambda _request: Response(ResponseStatus.NO_GROUP)
        with pytest.raises(NoGroupError, match="no host has this group"):
            await client.command(GROUP, b"a")
        assert group.log == []


@on_loop
async def test_a_host_that_is_down_is_passed_over() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        down = f"127.0.0.1:{unused.getsockname()[1]}"
        async with cluster(1) as (_, hosts, _group), Client([down, hosts[0].address], "kv", QUICK) as client:
            assert await client.command(GROUP, b"a") == b"1:a"


# What exceptions say.


@pytest.mark.parametrize("use", [Client.command, Client.query])
@on_loop
async def test_the_addresses_of_members_are_learned(use: Callable[[Client, int, bytes], Awaitable[bytes]]) -> None:
    async with cluster() as (_, hosts, _), Client([hosts[0].address], "kv", QUICK) as client:
        await use(client, GROUP, b"first")
        await until(lambda: hosts[0].asked_for_members)

        await hosts[0].stop()

        assert await use(client, GROUP, b"second")
        assert not any(host.asked_for_members for host in hosts[1:])  # once in half a minute


@on_loop
async def test_addresses_that_are_given_are_tried_although_members_are_elsewhere() -> None:
    async with cluster(1) as (client, [host], group):
        group.addresses = {2: "127.0.0.1:1", 3: "no address"}
        await client.command(GROUP, b"first")
        await until(lambda: host.asked_for_members)

        await host.restart()

        assert await client.command(GROUP, b"second") == b"2:second"


@on_loop
async def test_what_a_command_raises_is_its_result() -> None:
    async with cluster(1) as (client, hosts, group):
        with pytest.raises(CommandError, match="ValueError: raise this") as caught:
            await client.command(GROUP, b"raise this")
        assert (caught.value.kind, caught.value.text) == ("ValueError", "raise this")
        assert group.log == [b"raise this"]
        assert len(hosts[0].seen) == 2


@on_loop
async def test_busy_is_raised_at_once_if_nothing_was_done() -> None:
    async with cluster(1) as (client, hosts, group):
        await client.command(GROUP, b"a")
        hosts[0].fault = lambda request: Response(ResponseStatus.BUSY) if is_command(request) else None
        with pytest.raises(BusyError, match="too much to do"):
            await client.command(GROUP, b"b")
        hosts[0].fault = lambda _request: None
        assert await client.command(GROUP, b"c") == b"2:c"
        assert group.log == [b"a", b"c"]


@on_loop
async def test_busy_is_retried_if_the_command_may_have_been_applied() -> None:
    async with cluster(1) as (client, hosts, group):
        await client.command(GROUP, b"a")
        answers: list[Response | bool | None] = [True, Response(ResponseStatus.BUSY), Response(ResponseStatus.BUSY)]
        hosts[0].fault = lambda request: answers.pop(0) if answers and is_command(request) else None
        pending = asyncio.ensure_future(client.command(GROUP, b"b"))
        await until(lambda: len(group.log) == 2)
        await hosts[0].restart()
        assert await pending == b"2:b"
        assert answers == []


@pytest.mark.parametrize(
    ("rejection", "text"),
    [
        (Response(ResponseStatus.NO_GROUP), "no host has this group"),
        (decode_response(encode_error("InvalidCommandError", "too long")), "too long"),
        (Response(ResponseStatus.INVALID, b"no request"), "no request"),
    ],
    ids=["no group", "invalid command", "invalid request"],
)
@on_loop
async def test_a_rejection_does_not_say_what_became_of_an_earlier_attempt(rejection: Response, text: str) -> None:
    async with cluster(1) as (client, hosts, group):
        await client.command(GROUP, b"a")
        hosts[0].fault = lambda request: True if is_command(request) else None
        pending = asyncio.ensure_future(client.command(GROUP, b"b"))
        await until(lambda: len(group.log) == 2)
        hosts[0].fault = lambda request: rejection if is_command(request) else None
        await hosts[0].restart()
        with pytest.raises(OutcomeUnknownError, match=text):
            await pending


@on_loop
async def test_a_command_may_have_been_applied_before_no_host_accepts_the_client() -> None:
    async with cluster(1) as (client, hosts, group):
        await client.command(GROUP, b"a")
        hosts[0].fault = lambda request: True if is_command(request) else None
        pending = asyncio.ensure_future(client.command(GROUP, b"b"))
        await until(lambda: len(group.log) == 2)
        await hosts[0].restart(cluster="another")
        with pytest.raises(OutcomeUnknownError, match="another"):
            await pending


@pytest.mark.parametrize(
    ("status", "error", "text"),
    [
        (ResponseStatus.NOT_READY, RequestTimeoutError, "^not answered within"),
        (ResponseStatus.STOPPED, OutcomeUnknownError, "^sent, but not answered within"),
        (ResponseStatus.REMOVED, OutcomeUnknownError, "^sent, but not answered within"),
    ],
)
@on_loop
async def test_a_group_that_has_stopped_may_have_applied_a_command(
    status: ResponseStatus, error: type[ClusterError], text: str
) -> None:
    async with cluster(2) as (client, hosts, _):
        await client.command(GROUP, b"a")
        for host in hosts:
            host.fault = lambda request: Response(status) if is_command(request) else None
        with pytest.raises(error, match=text):
            await client.command(GROUP, b"b", timeout=0.2)


@on_loop
async def test_the_outcome_of_a_command_that_was_sent_is_unknown() -> None:
    async with cluster(1) as (client, hosts, group):
        await client.command(GROUP, b"a")
        hosts[0].fault = lambda request: True if is_command(request) else None
        with pytest.raises(OutcomeUnknownError, match=r"sent, but not answered within 0.1 s"):
            await client.command(GROUP, b"b", timeout=0.1)
        hosts[0].fault = lambda _request: None
        assert await client.command(GROUP, b"c") == b"3:c"
        assert group.log == [b"a", b"b", b"c"]


@on_loop
async def test_a_command_that_was_not_sent_is_not_carried_out() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        async with Client([f"127.0.0.1:{unused.getsockname()[1]}"], "kv", SHORT) as client:
            with pytest.raises(RequestTimeoutError, match=r"not answered within 0.3 s; 127.0.0.1:\d+: Connection"):
                await client.command(GROUP, b"a")
            with pytest.raises(TimeoutError, match=r"not answered within 0.1 s"):
                await client.query(GROUP, b"a", timeout=0.1)


@on_loop
async def test_a_query_that_was_sent_changes_nothing() -> None:
    async with cluster(1, SHORT) as (client, hosts, _):
        hosts[0].fault = lambda _request: True
        with pytest.raises(RequestTimeoutError, match=r"not answered within 0.3 s"):
            await client.query(GROUP, b"a")


@on_loop
async def test_an_expired_session_is_not_used_again() -> None:
    async with cluster(1) as (client, _, group):
        await client.command(GROUP, b"a")
        group.sessions.clear()
        with pytest.raises(SessionExpiredError, match="unknown"):
            await client.command(GROUP, b"b")
        assert await client.command(GROUP, b"c") == b"2:c"
        assert group.log == [b"a", b"c"]


@on_loop
async def test_a_session_that_was_idle_for_long_is_not_used_again() -> None:
    async with cluster(1, replace(QUICK, session_idle=0.01)) as (client, _, group):
        await client.command(GROUP, b"a")
        group.sessions.clear()
        await asyncio.sleep(0.02)
        assert await client.command(GROUP, b"b") == b"2:b"


@on_loop
async def test_a_session_that_is_opened_twice_is_one() -> None:
    """The response to the first request is lost."""
    async with cluster(1) as (client, hosts, group):
        answers: list[bool | None] = [True]
        hosts[0].fault = lambda _request: answers.pop() if answers else None
        pending = asyncio.ensure_future(client.command(GROUP, b"a"))
        await until(lambda: group.nonces)
        await hosts[0].restart()
        assert await pending == b"1:a"
        assert len(group.sessions) == 1
        assert [type(request) for request in hosts[0].seen] == [OpenSession, OpenSession, Command]


@on_loop
async def test_cancelled_commands_leave_one_session() -> None:
    async with cluster(1) as (client, hosts, group):
        hosts[0].fault = lambda request: isinstance(request, OpenSession) or None
        for number in range(1, 6):
            command = asyncio.ensure_future(client.command(GROUP, b"cancelled"))
            await until(lambda number=number: len(hosts[0].seen) == number)  # type: ignore[misc]
            command.cancel()
            await asyncio.wait((command,))
        hosts[0].fault = lambda _request: None

        assert await client.command(GROUP, b"x") == b"1:x"

        assert len(group.sessions) == 1


@on_loop
async def test_a_session_that_was_begun_long_ago_is_not_used() -> None:
    async with cluster(1, replace(QUICK, session_idle=0.0)) as (client, hosts, group):
        hosts[0].fault = lambda request: isinstance(request, OpenSession) or None
        with pytest.raises(RequestTimeoutError, match="not answered"):
            await client.command(GROUP, b"cancelled", timeout=0.1)
        hosts[0].fault = lambda _request: None

        await client.command(GROUP, b"x")

        assert len(group.sessions) == 2


@on_loop
async def test_a_closed_client() -> None:
    async with cluster(1) as (client, hosts, _):
        await client.command(GROUP, b"a")
        hosts[0].fault = lambda _request: True
        command = asyncio.ensure_future(client.command(GROUP, b"b"))
        query = asyncio.ensure_future(client.query(GROUP, b"b"))
        await until(lambda: len(hosts[0].seen) == 4)
        await client.close()
        with pytest.raises(OutcomeUnknownError, match="the client is closed"):
            await command
        for late in (query, client.query(GROUP, b"c"), client.command(GROUP, b"d")):
            with pytest.raises(ClientClosedError, match="the client is closed"):
                await late


@on_loop
async def test_calls_in_another_event_loop_are_rejected() -> None:
    async with cluster(1) as (client, _, group):
        calls: list[Callable[[], Coroutine[Any, Any, object]]] = [
            lambda: client.command(GROUP, b"elsewhere"),
            lambda: client.query(GROUP, b"elsewhere"),
            lambda: client.status(GROUP),
            client.close,
        ]
        await client.command(GROUP, b"x")

        for call in calls:
            with pytest.raises(RuntimeError, match="the client belongs to another event loop: use"):
                await asyncio.to_thread(lambda call=call: asyncio.run(call()))  # type: ignore[misc]

        assert await client.command(GROUP, b"y") == b"2:y"
        assert group.log == [b"x", b"y"]


@on_loop
async def test_a_client_that_is_closed_before_it_is_connected() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        client = Client([f"127.0.0.1:{unused.getsockname()[1]}"], "kv", QUICK)
        pending = asyncio.ensure_future(client.command(GROUP, b"a"))
        await asyncio.sleep(0.01)
        await client.close()
        with pytest.raises(ClientClosedError, match="the client is closed"):
            await pending


@on_loop
async def test_a_client_of_another_cluster_is_told_so() -> None:
    async with cluster(2) as (_, hosts, _group):
        async with Client([host.address for host in hosts], "other", QUICK) as client:
            with pytest.raises(NotAcceptedError, match="it belongs to another cluster"):
                await client.command(GROUP, b"a")
        options = replace(QUICK, secret=b"a secret that the hosts do not have")
        async with Client([host.address for host in hosts], "kv", options) as client:
            with pytest.raises(NotAcceptedError, match="does not prove that it knows the secret"):
                await client.query(GROUP, b"a")


@on_loop
async def test_a_client_that_is_not_accepted_leaves_the_loop_to_others() -> None:
    """Although it tries again at once, for ever."""
    async with cluster(1) as (_, hosts, _group), Client([hosts[0].address], "other", QUICK) as client:

        async def insist() -> None:
            while True:
                with suppress(NotAcceptedError):
                    await client.query(GROUP, b"a")

        insisting = asyncio.ensure_future(insist())
        await asyncio.sleep(0.1)
        insisting.cancel()
        await asyncio.wait((insisting,))
        assert insisting.cancelled()


@on_loop
async def test_errors_of_the_runtime_have_their_classes() -> None:
    async with cluster(1) as (client, hosts, _):
        responses = {
            Response(ResponseStatus.ERROR, b"MembershipError\0host 3 is no member"): (MembershipError, "host 3 is no"),
            Response(ResponseStatus.ERROR, b"KeyError\0'x'"): (CommandError, "KeyError: 'x'"),
            Response(ResponseStatus.ERROR, b"__all__\0x"): (CommandError, "__all__: x"),
            Response(ResponseStatus.INVALID, b"unknown operation 99"): (
                ClusterError,
                "rejects the request: unknown op",
            ),
        }
        for response, (kind, text) in responses.items():
            hosts[0].fault = lambda _request, response=response: response  # type: ignore[misc]
            with pytest.raises(kind, match=text):
                await client.remove(GROUP, 3)


@on_loop
async def test_a_snapshot_is_made_by_one_host_although_its_response_is_lost() -> None:
    async with cluster(2) as (client, hosts, _):
        for host in hosts:
            host.fault = lambda _request: True
        pending = asyncio.ensure_future(client.make_snapshot(GROUP))
        await until(lambda: any(host.seen for host in hosts))
        for host in hosts:
            await host.restart()
        with pytest.raises(OutcomeUnknownError, match=r"closed by the other side|reset"):
            await pending
        assert sum(len(host.seen) for host in hosts) == 1


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (ResponseStatus.NO_GROUP, NoGroupError),
        (ResponseStatus.NOT_READY, NotReadyError),
        (ResponseStatus.STOPPED, StoppedError),
        (ResponseStatus.REMOVED, RemovedError),
    ],
)
@on_loop
async def test_a_snapshot_is_made_by_the_host_that_was_asked(status: ResponseStatus, error: type[ClusterError]) -> None:
    async with cluster(2) as (client, hosts, _):
        for host in hosts:
            host.fault = lambda _request: Response(status, b"group 1 is not here")
        with pytest.raises(error, match=r"^group 1 is not here$"):
            await client.make_snapshot(GROUP)
        assert sum(len(host.seen) for host in hosts) == 1


@on_loop
async def test_a_snapshot_that_takes_too_long_may_be_made() -> None:
    async with cluster(1, SHORT) as (client, hosts, _):
        hosts[0].fault = lambda _request: True
        with pytest.raises(OutcomeUnknownError, match=r"sent, but not answered within 0.3 s"):
            await client.make_snapshot(GROUP)


@on_loop
async def test_a_membership_change_is_sent_once() -> None:
    """A second one would be rejected: the client cannot know whether that is its own."""
    async with cluster(1) as (client, hosts, _):
        hosts[0].fault = lambda _request: True
        pending = asyncio.ensure_future(client.add(GROUP, 4, "127.0.0.1:7004"))
        await until(lambda: hosts[0].seen)
        await hosts[0].restart()
        with pytest.raises(OutcomeUnknownError, match=r"closed by the other side|reset"):
            await pending
        assert len(hosts[0].seen) == 1


@on_loop
async def test_a_request_above_the_limit_is_not_sent() -> None:
    async with cluster(1, replace(QUICK, max_request=1000)) as (client, hosts, _):
        with pytest.raises(InvalidCommandError, match="expected a request of at most 1000 bytes, got 1033"):
            await client.command(GROUP, bytes(1000))
        assert hosts[0].seen == []


@on_loop
async def test_large_requests_and_responses() -> None:
    async with cluster(1) as (client, _, _group):
        payload = bytes(range(256)) * 20_000
        assert await client.query(GROUP, payload) == b"0:0:" + payload


@pytest.mark.parametrize(
    ("addresses", "options", "reason"),
    [
        ([], QUICK, "addresses: expected at least one, got none"),
        (["7001"], QUICK, "address: expected HOST:PORT, got '7001'"),
        (["127.0.0.1:7001"], ClientOptions(secret=b"short"), "secret: expected at least 16 bytes, got 5"),
    ],
    ids=["none", "port", "secret"],
)
def test_invalid_arguments(addresses: list[str], options: ClientOptions, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Client(addresses, "kv", options)


@on_loop
async def test_queries_are_sent_again() -> None:
    async with cluster(1) as (client, hosts, _):
        answers: list[bool | None] = [True]
        hosts[0].fault = lambda _request: answers.pop() if answers else None
        pending = asyncio.ensure_future(client.query(GROUP, b"a"))
        await until(lambda: hosts[0].seen)
        await hosts[0].restart()
        assert await pending == b"0:0:a"
        assert [type(request) for request in hosts[0].seen] == [Query, Query]


@on_loop
async def test_the_next_connection_is_to_another_host() -> None:
    """A host that gave no sign of life would not answer a handshake, either."""
    async with cluster(3) as (client, hosts, group):
        await client.command(GROUP, b"0")
        for number in range(1, 4):
            [before] = [
                host for host in hosts if client._link._current and host.address == client._link._current.address
            ]
            assert client._link._current is not None
            client._link._current.abort("no sign of life")
            seen = len(before.seen)

            await client.command(GROUP, b"%d" % number)

            assert len(before.seen) == seen
        assert group.log == [b"0", b"1", b"2", b"3"]


@pytest.mark.parametrize("kind", [OpenSession, Command, Query])
@on_loop
async def test_a_host_that_is_up_and_answers_nothing_is_left(kind: type[Request]) -> None:
    """It may be cut off from its group."""
    async with cluster(2) as (client, hosts, group):
        for host in hosts:
            host.fault = lambda request: True if isinstance(request, kind) else None
        with pytest.raises((TimeoutError, OutcomeUnknownError), match=r"not answered within 0.1 s"):
            await (
                client.query(GROUP, b"a", timeout=0.1) if kind is Query else client.command(GROUP, b"a", timeout=0.1)
            )
        [silent] = [host for host in hosts if host.seen]
        for host in hosts:
            host.fault = lambda _request: None

        await client.command(GROUP, b"b")

        assert all(host.seen for host in hosts)
        assert not any(isinstance(request, Command) and request.payload == b"b" for request in silent.seen)
        assert group.log[-1] == b"b"


@pytest.mark.parametrize("kind", [OpenSession, Command, Query])
@on_loop
async def test_why_no_host_answers(kind: type[Request]) -> None:
    async with cluster(2, SHORT) as (client, hosts, _):
        for host in hosts:
            stopped = Response(ResponseStatus.STOPPED, b"group 1: this version is too old")
            host.fault = lambda request, stopped=stopped: stopped if isinstance(request, kind) else None  # type: ignore[misc]

        with pytest.raises(ClusterError, match=r"127.0.0.1:\d+: group 1: this version is too old"):
            await (client.query(GROUP, b"x") if kind is Query else client.command(GROUP, b"x"))
