"""Who may connect, and what both sides have proven."""

import asyncio
import socket
import struct
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rraft.cluster.transport import server
from rraft.cluster.transport.dial import dial
from rraft.cluster.transport.frames import FrameError, frame
from rraft.cluster.transport.handshake import (
    MAX_HANDSHAKE_FRAME,
    VERSION,
    Acceptor,
    Dialler,
    HandshakeError,
    Hello,
    Kind,
    Outcome,
    Reply,
)
from rraft.cluster.transport.options import TransportOptions
from rraft.cluster.transport.sockets import connection_limit, is_reserved, listen

from .support import FAST, Recorder, client, on_loop, raw, transport, until

SECRET = b"a secret of more than 16 bytes"
OTHER = b"another secret of that length.."


def shake(dialler: Dialler, acceptor: Acceptor, secret: bytes | None) -> Hello:
    """A handshake without a network. Raises what either side raises."""
    hello = acceptor.hello(dialler.hello)
    if secret is not None:
        proof = dialler.reply(acceptor.challenge(dialler.hello, secret))
        assert proof is not None
        acceptor.check_proof(proof)
    assert dialler.reply(acceptor.welcome()) is None
    return hello


@pytest.mark.parametrize("secret", [None, SECRET], ids=["open", "secret"])
@pytest.mark.parametrize(("kind", "dialler"), [(Kind.CLIENT, 0), (Kind.PEER, 1), (Kind.SNAPSHOT, 1)], ids=str)
@pytest.mark.parametrize("to", [0, 2])
def test_both_sides_agree(kind: Kind, dialler: int, to: int, secret: bytes | None) -> None:
    side = Dialler(kind, "kv", dialler, to, secret)
    hello = shake(side, Acceptor("kv", 2), secret)
    assert (hello.kind, hello.cluster, hello.dialler, hello.acceptor) == (kind, "kv", dialler, to)
    assert side.acceptor == 2


@pytest.mark.parametrize(
    ("dialler", "outcome", "reason"),
    [
        (Dialler(Kind.PEER, "other", 1, 2, None), Outcome.WRONG_CLUSTER, "expected cluster 'kv', got 'other'"),
        (Dialler(Kind.PEER, "kv", 1, 3, None), Outcome.WRONG_HOST, "got one from host 1 to host 3"),
        (Dialler(Kind.PEER, "kv", 2, 0, None), Outcome.WRONG_HOST, "got one from host 2 to host 0"),
    ],
    ids=["cluster", "host", "same host"],
)
def test_a_hello_for_somebody_else_is_rejected(dialler: Dialler, outcome: Outcome, reason: str) -> None:
    with pytest.raises(HandshakeError, match=reason) as caught:
        Acceptor("kv", 2).hello(dialler.hello)
    assert caught.value.outcome == outcome


@pytest.mark.parametrize(
    ("secret", "reason"), [(OTHER, "does not know the secret"), (None, "asks for a secret")], ids=["wrong", "missing"]
)
def test_the_dialler_must_know_the_secret(secret: bytes | None, reason: str) -> None:
    with pytest.raises(HandshakeError, match=reason) as caught:
        shake(Dialler(Kind.PEER, "kv", 1, 2, secret), Acceptor("kv", 2), SECRET)
    assert caught.value.outcome == Outcome.NOT_AUTHENTICATED


@pytest.mark.parametrize("challenged", [False, True])
def test_the_acceptor_must_know_the_secret(challenged: bool) -> None:
    """An impostor that welcomes everybody, with and without a challenge before."""
    dialler = Dialler(Kind.PEER, "kv", 1, 2, SECRET)
    impostor = Acceptor("kv", 2)
    impostor.hello(dialler.hello)
    if challenged:
        assert dialler.reply(impostor.challenge(dialler.hello, OTHER)) is not None
    with pytest.raises(HandshakeError, match="host 2 does not prove that it knows the secret"):
        dialler.reply(impostor.welcome())


def test_an_acceptor_that_is_another_host_is_rejected() -> None:
    dialler = Dialler(Kind.PEER, "kv", 1, 2, None)
    with pytest.raises(HandshakeError, match="expected host 2, got host 3"):
        dialler.reply(Reply(Outcome.WELCOME, 3).encode())


def test_a_second_challenge_is_rejected() -> None:
    dialler = Dialler(Kind.PEER, "kv", 1, 2, SECRET)
    challenge = Acceptor("kv", 2).challenge(dialler.hello, SECRET)
    dialler.reply(challenge)
    with pytest.raises(FrameError, match="another demand for a proof"):
        dialler.reply(challenge)


def test_a_proof_is_good_for_one_handshake_and_one_side() -> None:
    dialler, acceptor, later = Dialler(Kind.PEER, "kv", 1, 2, SECRET), Acceptor("kv", 2), Acceptor("kv", 2)
    proof = dialler.reply(acceptor.challenge(dialler.hello, SECRET))
    assert proof is not None
    later.challenge(dialler.hello, SECRET)
    with pytest.raises(HandshakeError, match="does not know the secret"):
        later.check_proof(proof)
    with pytest.raises(HandshakeError, match="does not prove"):
        dialler.reply(Reply(Outcome.WELCOME, 2, proof).encode())  # sent back to where it came from
    acceptor.check_proof(proof)


def test_the_secret_is_never_sent() -> None:
    dialler, acceptor = Dialler(Kind.PEER, "kv", 1, 2, SECRET), Acceptor("kv", 2)
    challenge = acceptor.challenge(dialler.hello, SECRET)
    sent = [dialler.hello, challenge, dialler.reply(challenge) or b"", acceptor.welcome()]
    assert not any(SECRET in message for message in sent)


def test_another_version_is_named() -> None:
    hello = bytearray(Dialler(Kind.PEER, "kv", 1, 2, None).hello)
    hello[4:6] = struct.pack("<H", VERSION + 1)
    with pytest.raises(
        HandshakeError, match=f"expected version {VERSION} of the protocol, got {VERSION + 1}"
    ) as caught:
        Acceptor("kv", 2).hello(bytes(hello))
    assert caught.value.outcome == Outcome.WRONG_VERSION


@given(st.binary(max_size=MAX_HANDSHAKE_FRAME) | st.binary(max_size=80).map(lambda tail: b"RRFT\x01\x00" + tail))
def test_any_bytes_are_a_hello_or_an_error(body: bytes) -> None:
    try:
        hello = Hello.decode(body)
    except (FrameError, HandshakeError):
        return
    assert hello.encode() == body


@given(st.binary(max_size=100) | st.binary(max_size=80).map(lambda tail: b"RRFT\x01\x00" + tail))
def test_any_bytes_are_a_reply_or_an_error(body: bytes) -> None:
    try:
        reply = Reply.decode(body)
    except (FrameError, HandshakeError):
        return
    assert reply.encode() == body


# Over a network.


@pytest.mark.parametrize(
    ("options", "arguments", "reason"),
    [
        (FAST, {"cluster": "other"}, "host 2: it belongs to another cluster"),
        (FAST, {"to": 3}, "host 2: it is another host"),
        (FAST, {"host": 7}, "host 2: it does not accept this host"),
        (replace(FAST, secret=SECRET), {"secret": OTHER}, "host 2: it rejects the secret or the certificate"),
        (replace(FAST, secret=SECRET), {}, "host 2 asks for a secret"),
        (FAST, {"secret": SECRET}, "host 2 does not prove that it knows the secret"),
        (replace(FAST, secret=SECRET, client_secret=OTHER), {"secret": OTHER}, "it rejects the secret"),
    ],
    ids=["cluster", "host", "unknown", "wrong secret", "no secret", "no secret there", "secret of clients"],
)
@on_loop
async def test_the_dialler_is_told_why(options: TransportOptions, arguments: dict[str, object], reason: str) -> None:
    defaults = {"kind": Kind.PEER, "cluster": "kv", "host": 1, "to": 2, "secret": None, "encryption": None}
    async with transport(2, Recorder(rejected={7}), options) as two:
        with pytest.raises(HandshakeError, match=reason):
            await dial(two.address, options=FAST, **(defaults | arguments))  # type: ignore[arg-type]


@on_loop
async def test_hosts_with_a_secret_connect_and_clients_have_their_own() -> None:
    options = replace(FAST, secret=SECRET, client_secret=OTHER)
    receiver = Recorder(answer=bytes.upper)
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(transport(1, Recorder(), options))
        two = await stack.enter_async_context(transport(2, receiver, options))
        one.set_address(2, two.address)
        await until(lambda: one.is_connected(2))
        assert one.send(2, [b"authenticated"])
        await until(lambda: receiver.frames == [(1, b"authenticated")])
        connected = await stack.enter_async_context(client(two.address, secret=OTHER))
        connected.request(1, b"question")
        assert await connected.read_response() == (1, b"QUESTION")
        with pytest.raises(HandshakeError, match="it rejects the secret"):
            await stack.enter_async_context(client(two.address, secret=SECRET))


@on_loop
async def test_a_link_to_a_host_with_another_secret_is_not_made(caplog: pytest.LogCaptureFixture) -> None:
    own = Recorder()
    async with transport(1, own, replace(FAST, secret=SECRET)) as one, transport(2, Recorder(), FAST) as two:
        one.set_address(2, two.address)
        await until(lambda: "does not prove that it knows the secret" in caplog.text)
        assert not one.is_connected(2)
    assert own.links == []


@on_loop
async def test_a_connection_without_a_handshake_is_closed() -> None:
    async with transport(2, Recorder(), replace(FAST, handshake_timeout=0.2)) as two:
        async with raw(two.address) as silent:
            assert await silent.is_closed()
        async with raw(two.address) as slow:
            for byte in frame(Dialler(Kind.CLIENT, "kv", 0, 0, None).hello)[:20]:
                slow.write(bytes((byte,)))
                await asyncio.sleep(0.005)
            assert await slow.is_closed()


@on_loop
async def test_the_oldest_connection_without_authentication_makes_room() -> None:
    async with AsyncExitStack() as stack:
        options = replace(FAST, max_unauthenticated=3, handshake_timeout=LONG, handshake_grace=0.1)
        two = await stack.enter_async_context(transport(2, Recorder(answer=bytes.upper), options))
        silent = [await stack.enter_async_context(raw(two.address)) for _ in range(4)]
        assert await silent[0].is_closed()
        for _ in range(3):
            connected = await stack.enter_async_context(client(two.address))
            connected.request(1, b"a")
            assert await connected.read_response() == (1, b"A")


@on_loop
async def test_connections_above_the_limit_are_rejected() -> None:
    options = replace(FAST, max_clients=2, max_peers=2)
    async with AsyncExitStack() as stack:
        two = await stack.enter_async_context(transport(2, Recorder(), options))
        for host in (1, 3):
            await stack.enter_async_context(client(two.address))
            await stack.enter_async_context(client(two.address, Kind.PEER, host))
        with pytest.raises(HandshakeError, match="too many connections"):
            await stack.enter_async_context(client(two.address))
        with pytest.raises(HandshakeError, match="too many connections"):
            await stack.enter_async_context(client(two.address, Kind.PEER, 4))
        await stack.enter_async_context(client(two.address, Kind.PEER, 3))  # takes the place of its own


LONG = 1000.0


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda: TransportOptions(secret=b"short"), "secret: expected at least 16 bytes, got 5"),
        (lambda: TransportOptions(client_secret=b""), "client_secret: expected at least 16 bytes, got 0"),
        (lambda: TransportOptions(client_secret=OTHER), "client_secret: expected a secret or TLS for hosts, too"),
        (lambda: TransportOptions(max_clients=0), "max_clients: expected a positive number, got 0"),
        (lambda: TransportOptions(heartbeat_timeout=0.5), "heartbeat_timeout: expected more than the interval"),
        (lambda: TransportOptions(min_backoff=1.0), "min_backoff: expected at most 0.5 s, got 1.0 s"),
    ],
    ids=["secret", "client secret", "only clients", "zero", "heartbeat", "backoff"],
)
def test_invalid_options_are_rejected(change: Callable[[], TransportOptions], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        change()


needs_limits = pytest.mark.skipif(sys.platform == "win32", reason="needs limits of open files")


def connection(descriptor: int) -> Mock:
    return Mock(fileno=lambda: descriptor)


@needs_limits
@pytest.mark.parametrize(
    ("files", "clients", "unauthenticated", "strangers"),
    [(4, 2, 1, 3), (64, 32, 8, 48), (128, 64, 16, 96), (256, 128, 32, 192), (1024, 512, 64, 960)],
)
def test_connections_leave_files_for_the_log(
    files: int, clients: int, unauthenticated: int, strangers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda _: (files, files))

    assert connection_limit(4096, 1 / 2) == clients
    assert connection_limit(64, 1 / 8) == unauthenticated
    assert clients + unauthenticated <= strangers
    assert [is_reserved(connection(strangers + more)) for more in (-1, 0, 1)] == [False, True, True]


@needs_limits
def test_connections_without_a_limit_of_files(monkeypatch: pytest.MonkeyPatch) -> None:
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    assert connection_limit(4096, 1 / 2) == 4096
    assert not is_reserved(connection(2**20))


@on_loop
async def test_connections_leave_the_last_file_descriptors(monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = Recorder(answer=bytes.upper)
    async with transport(1, receiver) as one:
        monkeypatch.setattr(server, "is_reserved", lambda _: True)
        async with raw(one.address) as rejected:
            assert await rejected.is_closed()
        monkeypatch.setattr(server, "is_reserved", lambda _: False)
        async with client(one.address) as connected:
            connected.request(1, b"a")
            assert await connected.read_response() == (1, b"A")
    assert receiver.rejections == ["a connection is rejected: the last file descriptors are left for the log"]


@on_loop
async def test_a_connection_that_was_accepted_for_nobody_is_closed() -> None:
    """As by a task that is cancelled before it gets the connection."""
    [listener] = await listen("127.0.0.1:0")
    with socket.create_connection(listener.getsockname()) as connected:
        await asyncio.get_running_loop().sock_accept(listener)
        accepted = listener.accepted
        assert accepted is not None
        listener.close()
        assert accepted.fileno() == -1
        assert connected.recv(1) == b""
