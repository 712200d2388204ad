"""A host that sends any bytes: the client goes to another one, and raises only what its documentation says."""

import asyncio
import random
import struct
from contextlib import AsyncExitStack

from hypothesis import given, settings
from hypothesis import strategies as st

from rraft.cluster.client import Client
from rraft.cluster.requests import encode_result
from rraft.cluster.transport.frames import frame
from rraft.cluster.transport.handshake import Acceptor, Outcome, Reply
from tests.cluster.transport.support import on_loop

from .hosts import GROUP, QUICK, cluster

number = struct.pack("<Q", 1)
LIE = frame(number, encode_result(b""))
"""A valid response to the first request."""
welcome = frame(Acceptor("kv", 2).welcome())
replies = st.one_of(
    st.binary(max_size=100),
    st.just(welcome),
    st.sampled_from(Outcome).map(lambda outcome: frame(Reply(outcome, 2).encode())),
    st.binary(max_size=60).map(lambda rest: frame(b"RRFT\x01\x00" + rest)),
)
responses = st.one_of(
    st.binary(max_size=100),
    st.binary(max_size=40).map(frame),
    st.binary(max_size=40).map(lambda body: frame(number, body)),
    st.sampled_from([frame(), b"\xff\xff\xff\xff", frame(number, b"\0\1"), LIE]),
)


async def check(chunks: list[bytes], ends: bool) -> None:
    async with AsyncExitStack() as stack:
        client, hosts, _ = await stack.enter_async_context(cluster(1))

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for chunk in chunks:
                await reader.read(1)
                writer.write(chunk)
            if ends:
                writer.close()
            else:
                stack.push_async_callback(end, writer)

        async def end(writer: asyncio.StreamWriter) -> None:
            writer.transport.abort()
            await asyncio.sleep(0)

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        stack.callback(server.close)
        hostile = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for source in (1, 2):  # the hostile host is asked first by one of the clients
            addresses = [hostile, hosts[0].address]
            client = await stack.enter_async_context(Client(addresses, "kv", QUICK, source=random.Random(source)))
            answer = await client.query(GROUP, b"x", timeout=60.0)
            assert answer == b"0:0:x" or (answer == b"" and LIE in chunks)


@settings(max_examples=50)
@given(st.lists(replies, max_size=2), st.lists(responses, max_size=4), st.booleans())
def test_any_bytes_of_a_host(handshake: list[bytes], later: list[bytes], ends: bool) -> None:
    on_loop(check)([*handshake, *later], ends)
