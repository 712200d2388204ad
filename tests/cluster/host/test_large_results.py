"""Answers that are long: many at once reach their client, which has to read them first."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from rraft.cluster import Client, Replicated, TransportOptions, query
from tests.harness.local_hosts import local_cluster, run

SIZE = 8 * 2**20

COUNT = 2 * TransportOptions().max_unread_responses // SIZE


class Zeros(Replicated):
    """Gives long answers."""

    @query
    def read(self, number: int) -> bytes:
        """A number, and zeros."""
        return b"%04d" % number + bytes(SIZE)


def test_many_long_answers_at_once_reach_the_client(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> list[bytes]:
        async with local_cluster(tmp_path, 1) as cluster:
            await cluster.hosts[1].start(Zeros())
            async with Client([cluster.members[1]], cluster="rraft") as client:
                zeros = client.group(Zeros)
                answers = await asyncio.gather(*(zeros.read(number) for number in range(COUNT)))
                return [answer[:5] for answer in answers]

    assert run(main()) == [b"%04d\0" % number for number in range(COUNT)]
    assert "does not read its responses" not in caplog.text
