"""TLS between hosts and for clients: which certificates are accepted."""

import asyncio
import ssl
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from rraft.cluster import Client, ClientOptions, Host, StartError
from rraft.cluster.transport.dial import DIAL_ERRORS, Encryption, dial
from rraft.cluster.transport.handshake import HandshakeError, Kind
from rraft.cluster.transport.options import TlsOptions, TransportOptions
from rraft.cluster.transport.streams import FrameStream
from rraft.cluster.transport.tcp import TcpTransport

from .certificates import Authority, Certificate
from .support import FAST, RawClient, Recorder, on_loop, raw, transport, until

ONE, TWO, THREE = "host-1.kv", "host-2.kv", "host-3.kv"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"), "ours")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("stranger"), "theirs")


def options(
    authority: Authority, certificate: Certificate, verify: ssl.VerifyMode = ssl.CERT_REQUIRED
) -> TransportOptions:
    return replace(FAST, tls=TlsOptions(authority.server(certificate, verify), authority.client(certificate)))


@on_loop
async def test_hosts_with_certificates_connect(authority: Authority) -> None:
    receivers = {1: Recorder(), 2: Recorder()}
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(transport(1, receivers[1], options(authority, authority.sign(ONE))))
        two = await stack.enter_async_context(transport(2, receivers[2], options(authority, authority.sign(TWO))))
        one.set_address(2, two.address)
        two.set_address(1, one.address)
        await until(lambda: one.is_connected(2) and two.is_connected(1))
        for number in range(100):
            assert one.send(2, [b"%d" % number, bytes(10_000)])
        await until(lambda: len(receivers[2].frames) == 100)
        assert receivers[2].frames == [(1, b"%d" % number + bytes(10_000)) for number in range(100)]


async def connect(
    authority: Authority,
    server: TransportOptions,
    certificate: Certificate | None,
    *,
    kind: Kind = Kind.PEER,
    name: str = TWO,
) -> None:
    """Connects to host 2 with a certificate. Raises what the dialler sees."""
    async with transport(2, Recorder(), server) as two:
        encryption = Encryption(authority.client(certificate), name, name if kind == Kind.PEER else None)
        stream, _ = await dial(
            two.address,
            kind=kind,
            cluster="kv",
            host=1 if kind == Kind.PEER else 0,
            to=2,
            options=FAST,
            secret=None,
            encryption=encryption,
        )
        stream.close()
        await until(stream.transport.is_closing)


@on_loop
async def test_a_host_without_a_certificate_is_rejected(authority: Authority) -> None:
    with pytest.raises(OSError, match=r"(?i)certificate required|closed|reset"):
        await connect(authority, options(authority, authority.sign(TWO)), None)


@on_loop
async def test_a_host_without_a_certificate_is_rejected_where_clients_need_none(authority: Authority) -> None:
    server = options(authority, authority.sign(TWO), ssl.CERT_OPTIONAL)
    with pytest.raises(HandshakeError, match="it rejects the secret or the certificate"):
        await connect(authority, server, None)
    await connect(authority, server, None, kind=Kind.CLIENT)
    await connect(authority, server, authority.sign(ONE))


@on_loop
async def test_a_context_that_verifies_nothing_accepts_no_host(authority: Authority) -> None:
    server = options(authority, authority.sign(TWO), ssl.CERT_NONE)
    with pytest.raises(HandshakeError, match="it rejects the secret or the certificate"):
        await connect(authority, server, authority.sign(ONE))


@pytest.mark.parametrize("names", [(THREE,), ("host-1.other",), ("*.kv",), ("host-1",)], ids=str)
@on_loop
async def test_a_host_with_the_certificate_of_another_is_rejected(names: tuple[str, ...], authority: Authority) -> None:
    with pytest.raises(HandshakeError, match="it rejects the secret or the certificate"):
        await connect(authority, options(authority, authority.sign(TWO)), authority.sign(*names))


@on_loop
async def test_a_certificate_may_have_other_names_too(authority: Authority) -> None:
    await connect(authority, options(authority, authority.sign("b.example", TWO)), authority.sign("a.example", ONE))


@pytest.mark.parametrize("fault", ["authority", "expired"])
@on_loop
async def test_an_invalid_certificate_is_rejected(fault: str, authority: Authority, stranger: Authority) -> None:
    certificate = stranger.sign(ONE) if fault == "authority" else authority.sign(ONE, expired=True)
    with pytest.raises(OSError, match=r"(?i)unknown ca|certificate expired|closed|reset"):
        await connect(authority, options(authority, authority.sign(TWO)), certificate)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("authority", "unable to get local issuer certificate|self.signed"),
        ("expired", "certificate has expired"),
        ("name", "certificate is not valid for 'host-2.kv'"),
    ],
)
@on_loop
async def test_the_dialler_checks_the_certificate_of_the_acceptor(
    fault: str, reason: str, authority: Authority, stranger: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    certificate = {
        "authority": lambda: stranger.sign(TWO),
        "expired": lambda: authority.sign(TWO, expired=True),
        "name": lambda: authority.sign(THREE),
    }[fault]()
    server = replace(FAST, tls=TlsOptions(authority.server(certificate), authority.client(certificate)))
    with pytest.raises(DIAL_ERRORS, match=reason):
        await connect(authority, server, authority.sign(ONE))
    own = Recorder()
    async with AsyncExitStack() as stack:
        two = await stack.enter_async_context(transport(2, Recorder(), server))
        one = await stack.enter_async_context(transport(1, own, options(authority, authority.sign(ONE))))
        one.set_address(2, two.address)
        await until(lambda: "not connected" in caplog.text)
        assert not one.is_connected(2)
        assert own.links == []


@on_loop
async def test_the_dialler_accepts_no_wildcard(authority: Authority) -> None:
    server = options(authority, authority.sign("*.kv.example"))
    with pytest.raises(HandshakeError, match=r"expected a certificate for 'host-2.kv.example', got one for \['\*.kv"):
        await connect(authority, server, authority.sign(ONE), name="host-2.kv.example")


@on_loop
async def test_a_client_checks_the_host_name_of_the_address(authority: Authority) -> None:
    certificate = authority.sign(TWO, "localhost")
    server = options(authority, certificate, ssl.CERT_OPTIONAL)
    async with transport(2, Recorder(), server, address="localhost:0") as two:
        port = two.address.rpartition(":")[2]

        async def connect_to(host: str) -> FrameStream:
            stream, host_id = await dial(
                f"{host}:{port}",
                kind=Kind.CLIENT,
                cluster="kv",
                host=0,
                to=0,
                options=FAST,
                secret=None,
                encryption=Encryption(authority.client()),
            )
            assert host_id == 2
            return stream

        (await connect_to("localhost")).abort()
        with pytest.raises(ssl.SSLCertVerificationError, match="certificate is not valid for"):
            await connect_to("127.0.0.1")


@on_loop
async def test_a_connection_without_tls_is_rejected(authority: Authority) -> None:
    """And one with TLS by a host that does not use it."""
    async with transport(2, Recorder(), options(authority, authority.sign(TWO))) as two:
        with pytest.raises((OSError, EOFError)) as rejection:
            await RawClient.welcome(two.address)
    assert not isinstance(rejection.value, TimeoutError)
    with pytest.raises(OSError, match=r"(?i)ssl|reset|closed"):
        await connect(authority, FAST, authority.sign(ONE))


@on_loop
async def test_connections_that_stop_within_the_tls_handshake_are_bounded(authority: Authority) -> None:
    strict = replace(
        options(authority, authority.sign(TWO), ssl.CERT_OPTIONAL), max_unauthenticated=3, handshake_grace=0.1
    )
    async with AsyncExitStack() as stack:
        two = await stack.enter_async_context(transport(2, Recorder(), strict))
        silent = [await stack.enter_async_context(raw(two.address)) for _ in range(10)]
        for connection in silent:
            connection.write(b"\x16\x03\x01")
        stream, _ = await dial(
            two.address,
            kind=Kind.CLIENT,
            cluster="kv",
            host=0,
            to=2,
            options=replace(FAST, handshake_timeout=30.0),
            secret=None,
            encryption=Encryption(authority.client(), TWO),
        )
        stream.abort()
        assert all(await asyncio.gather(*(connection.is_closed() for connection in silent[:5])))


def test_names_of_certificates(authority: Authority) -> None:
    tls = TlsOptions(authority.server(authority.sign(ONE)), authority.client(), "{cluster}.{host}.example")
    assert tls.name_of(7, "kv") == "kv.7.example"
    assert Path(authority.file).exists()


@pytest.mark.parametrize("name", ["{cluster}-{id}", "{0}", "{host", "{host.name}", "{host[0]}", "{cluster:d}"])
def test_names_with_other_placeholders_are_rejected(authority: Authority, name: str) -> None:
    context = authority.client()
    with pytest.raises(ValueError, match=r"certificate_name: expected a name with the placeholders \{host\}"):
        TlsOptions(context, context, name)


@pytest.mark.parametrize("name", ["x" * 64, "a..b", ".a", ""], ids=["long", "empty label", "leading dot", "empty"])
def test_names_that_tls_cannot_verify_are_rejected(authority: Authority, name: str) -> None:
    context = authority.client()
    secure = replace(FAST, tls=TlsOptions(context, context, "{cluster}" if name else ""))
    cluster = name or "kv"

    with pytest.raises(ValueError, match="certificate_name: expected a name that TLS can verify"):
        TcpTransport(cluster, 1, "127.0.0.1:0", secure)
    with pytest.raises(StartError, match="certificate_name: expected a name that TLS can verify"):
        Host("unused", cluster=cluster, listen="127.0.0.1:1", transport=secure)
    with pytest.raises(ValueError, match="server_name: expected a name that TLS can verify"):
        Client(["127.0.0.1:1"], "kv", ClientOptions(tls=context, server_name=name))


@on_loop
async def test_a_name_that_tls_cannot_verify_is_an_error_of_the_connection(authority: Authority) -> None:
    """The name of another host may be invalid, such as a longer one."""
    async with transport(2, Recorder(), options(authority, authority.sign(TWO))) as two:
        with pytest.raises(OSError, match="host name: expected a name that TLS can verify"):
            await dial(
                two.address,
                kind=Kind.PEER,
                cluster="kv",
                host=1,
                to=2,
                options=FAST,
                secret=None,
                encryption=Encryption(authority.client(), "x" * 64),
            )
