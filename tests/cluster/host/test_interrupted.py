"""Calls of a host that are interrupted, or come from where they may not: the host is left as if they had not been."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rraft.cluster import Host, HostClosedError
from rraft.cluster.worker import in_thread
from tests.harness.local_hosts import OPTIONS, Jobs, Words, free_ports, local_cluster, run
from tests.harness.program import LIMIT


async def cancelled(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


@pytest.mark.parametrize("cancellations", [1, 3])
def test_cancelled_work_has_ended_and_is_undone(cancellations: int) -> None:
    async def test() -> None:
        started, go_on, undone = threading.Event(), threading.Event(), list[int]()

        def work() -> int:
            started.set()
            assert go_on.wait(LIMIT)
            return 5

        task = asyncio.ensure_future(in_thread(work, undone.append))
        await asyncio.to_thread(started.wait, LIMIT)
        for _ in range(cancellations):
            task.cancel()
            for _ in range(3):  # turns until the task waits again
                await asyncio.sleep(0)
        assert not task.done()
        go_on.set()

        await asyncio.wait([task])

        assert task.cancelled()
        assert undone == [5]

    run(test())


def test_cancelled_open_frees_the_directory(tmp_path: Path) -> None:
    async def test() -> None:
        address = f"127.0.0.1:{free_ports(1)[0]}"

        def make() -> Host:
            return Host(tmp_path / "1", listen=address, bootstrap={1: address}, options=OPTIONS)

        for turns in range(1, 10):
            opened = make()
            task = asyncio.ensure_future(opened.open())
            for _ in range(turns):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled() or turns > 2  # it may be fast
            if not task.cancelled():
                await opened.close()
            async with make() as host:
                assert host.id == 1

    run(test())


def test_cancelled_start_can_be_repeated_with_the_same_object(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            jobs = Jobs()
            for turns in range(3):
                task = asyncio.ensure_future(cluster.hosts[1].start(jobs))
                for _ in range(turns):
                    await asyncio.sleep(0)
                await cancelled(task)

            await cluster.hosts[1].start(jobs)

            assert await jobs.enqueue("job") == 1

    run(test())


def test_start_of_a_group_while_the_host_is_closed(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            host = cluster.hosts[1]
            for group in range(1, 5):
                await host.start(Jobs(), group)
            starts = [asyncio.ensure_future(host.start(Jobs(), group)) for group in range(5, 25)]
            await host.close()

            outcomes = await asyncio.gather(*starts, return_exceptions=True)

            for outcome in outcomes:
                error = await call_of(outcome) if isinstance(outcome, Jobs) else outcome
                assert isinstance(error, HostClosedError)

    run(test())


async def call_of(jobs: Jobs) -> Exception:
    with pytest.raises(HostClosedError, match="closed") as raised:
        await jobs.length()
    return raised.value


def in_other_loop(call: Callable[[], Any]) -> BaseException:
    """What a call raises in an event loop of another thread."""
    raised: list[BaseException] = []

    def run_there() -> None:
        async def await_there() -> None:
            await call()

        with pytest.raises(RuntimeError, match="the host belongs to another event loop") as error:
            asyncio.run(await_there())
        raised.append(error.value)

    thread = threading.Thread(target=run_there)
    thread.start()
    thread.join(LIMIT)
    return raised[0]


def test_calls_in_another_event_loop_are_rejected(tmp_path: Path) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            host = cluster.hosts[1]
            jobs = await host.start(Jobs())
            events = jobs.group.events()
            calls: list[Callable[[], Any]] = [
                lambda: jobs.enqueue("job"),
                jobs.length,
                lambda: jobs.group.add(4, "127.0.0.1:1"),
                jobs.group.snapshot,
                lambda: host.start(Jobs(), 2),
                host.close,
                host.serve,
                jobs.length.local,
                jobs.group.make_snapshot,
                jobs.group.events,
                lambda: anext(events),
            ]

            for call in calls:
                assert "run_coroutine_threadsafe" in str(in_other_loop(call))

            assert await jobs.enqueue("job") == 1

    run(test())


class Stopping(Words):
    """A state machine that takes a chunk that there is not."""

    def restore(self, chunks: Iterator[bytes]) -> None:  # type: ignore[override]
        next(chunks)


class Texts(Words):
    def snapshot(self) -> list[bytes]:
        return ["text"]  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("machine", "error", "message"),
    [
        (Stopping, RuntimeError, "StopIteration"),
        (Texts, TypeError, "a chunk of a snapshot: expected bytes, got str"),
    ],
)
def test_failed_start_can_be_repeated(tmp_path: Path, machine: type[Any], error: type[Exception], message: str) -> None:
    async def test() -> None:
        async with local_cluster(tmp_path, hosts=1) as cluster:
            with pytest.raises(error, match=message):
                await cluster.hosts[1].start_group(machine())

            group = await cluster.hosts[1].start_group(Words())

            assert await group.execute(b"word") == b"1"

    run(test())
