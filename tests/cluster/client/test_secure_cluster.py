"""Hosts and clients with TLS and secrets: a whole cluster in one process."""

import ssl
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from rraft.cluster import Client, ClientOptions, Host, Replicated, TlsOptions, TransportOptions, command, query
from rraft.cluster.client_errors import NotAcceptedError, RequestTimeoutError
from tests.cluster.transport.certificates import Authority
from tests.cluster.transport.support import FAST, on_loop
from tests.harness.ports import free_port_range

SECRET = b"a secret of hosts that clients do not have"
CLIENT_SECRET = b"a secret of clients"


class Texts(Replicated):
    texts: list[str]

    def __init__(self) -> None:
        self.texts = []

    @command
    def append(self, text: str) -> int:
        self.texts.append(text)
        return len(self.texts)

    @query
    def all(self) -> list[str]:
        return self.texts


def transport_options(authority: Authority, host: int) -> TransportOptions:
    certificate = authority.sign(f"host-{host}.texts", "localhost")
    tls = TlsOptions(authority.server(certificate, ssl.CERT_OPTIONAL), authority.client(certificate))
    return replace(FAST, tls=tls, secret=SECRET, client_secret=CLIENT_SECRET)


@on_loop
async def test_a_cluster_with_tls_and_secrets(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    port = free_port_range(3)
    members = {host: f"localhost:{port + host}" for host in (1, 2, 3)}
    async with AsyncExitStack() as stack:
        texts = []
        for host, address in members.items():
            started = Host(
                tmp_path / str(host),
                id=host,
                cluster="texts",
                listen=address,
                bootstrap=members,
                transport=transport_options(authority, host),
            )
            await stack.enter_async_context(started)
            texts.append(await started.start(Texts()))
        for number, own in enumerate(texts, 1):
            assert await own.append(f"of host {number}") == number

        options = ClientOptions(secret=CLIENT_SECRET, tls=authority.client(), timeout=60.0)
        client = await stack.enter_async_context(Client(list(members.values()), "texts", options))
        remote = client.group(Texts)
        assert await remote.append("of a client") == 4
        assert await remote.all() == ["of host 1", "of host 2", "of host 3", "of a client"]

        # The secret of hosts is not that of clients.
        wrong = await stack.enter_async_context(
            Client(list(members.values()), "texts", replace(options, secret=SECRET))
        )
        with pytest.raises(NotAcceptedError, match="it rejects the secret"):
            await wrong.group(Texts).all()

        # A client that trusts another authority does not trust the hosts, nor one whose names are others.
        stranger = Authority(tmp_path, "stranger")
        for tls, name in ((stranger.client(), "localhost"), (authority.client(), "another.example")):
            distrusting = ClientOptions(secret=CLIENT_SECRET, tls=tls, server_name=name, timeout=0.5)
            client = await stack.enter_async_context(Client(list(members.values()), "texts", distrusting))
            with pytest.raises(RequestTimeoutError, match="certificate verify failed"):
                await client.group(Texts).all()
