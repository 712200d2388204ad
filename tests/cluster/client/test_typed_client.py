"""A `Replicated` class through a client: the same methods, types and exceptions as on a host."""

import asyncio
from dataclasses import dataclass

import pytest

from rraft.cluster.errors import ClusterError, CommandError, InvalidCommandError
from rraft.cluster.replicated import Replicated, command, query
from rraft.cluster.replicated_machine import ReplicatedMachine
from rraft.cluster.requests import Command, Consistency, Query, Request, encode_error, encode_result
from rraft.cluster.state_machine import Context
from tests.cluster.transport.support import on_loop

from .hosts import MemoryGroup, MemoryHost, cluster


@dataclass
class Job:
    number: int
    payload: str


class Jobs(Replicated):
    """A queue."""

    jobs: list[Job]

    def __init__(self) -> None:
        self.jobs = []

    @command
    def enqueue(self, payload: str, priority: int = 0) -> Job:
        """Appends a job."""
        if priority < 0:
            raise ValueError(f"priority: expected at least 0, got {priority}")
        job = Job(len(self.jobs), payload)
        self.jobs.append(job)
        return job

    @query
    def length(self) -> int:
        return len(self.jobs)

    @query
    def job(self, number: int) -> Job:
        return self.jobs[number]


class JobsGroup(MemoryGroup):
    """The group of a `Jobs`."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = ReplicatedMachine(Jobs())
        self.consistencies: list[Consistency] = []

    def answer(self, request: Request) -> bytes:
        try:
            match request:
                case Command(payload=payload):
                    self.machine.check(payload)
                    return encode_result(self.machine.apply(payload, Context(1)))
                case Query(_, consistency, payload):
                    self.consistencies.append(consistency)
                    return encode_result(self.machine.query(payload))
        except (ClusterError, ValueError, LookupError) as error:
            return encode_error(type(error).__name__, str(error))
        return super().answer(request)


def serve_jobs(hosts: list[MemoryHost]) -> JobsGroup:
    group = JobsGroup()
    for host in hosts:
        host.group = group
    return group


@on_loop
async def test_methods_have_their_types() -> None:
    async with cluster() as (client, hosts, _):
        group = serve_jobs(hosts)
        jobs = client.group(Jobs)
        first: Job = await jobs.enqueue("a")
        assert first == Job(0, "a")
        assert await jobs.enqueue(payload="b", priority=1) == Job(1, "b")
        length: int = await jobs.length()
        assert length == 2
        assert await jobs.job(1) == Job(1, "b")
        assert await jobs.job.local(0) == Job(0, "a")
        assert group.consistencies == [Consistency.LINEARIZABLE] * 2 + [Consistency.LOCAL]


@on_loop
async def test_exceptions_of_methods() -> None:
    async with cluster() as (client, hosts, _):
        serve_jobs(hosts)
        jobs = client.group(Jobs)
        with pytest.raises(CommandError, match="ValueError: priority: expected at least 0, got -1"):
            await jobs.enqueue("a", -1)
        for get in (jobs.job, jobs.job.local):
            with pytest.raises(CommandError, match="IndexError: list index out of range"):
                await get(5)


@on_loop
async def test_wrong_arguments_are_not_sent() -> None:
    async with cluster() as (client, hosts, _):
        serve_jobs(hosts)
        jobs = client.group(Jobs)
        with pytest.raises(InvalidCommandError, match="enqueue: "):
            await jobs.enqueue(1)  # type: ignore[arg-type]
        with pytest.raises(InvalidCommandError, match="job: "):
            await jobs.job()  # type: ignore[call-arg]
        assert not any(host.seen for host in hosts)


@on_loop
async def test_a_method_that_the_hosts_lack() -> None:
    class Newer(Jobs):
        @command
        def cancel(self, number: int) -> None:
            del self.jobs[number]

    async with cluster() as (client, hosts, _):
        serve_jobs(hosts)
        with pytest.raises(InvalidCommandError, match="Jobs has no command 'cancel'"):
            await client.group(Newer).cancel(0)


@on_loop
async def test_two_groups_of_one_class() -> None:
    async with cluster() as (client, hosts, _):
        serve_jobs(hosts)
        one, two = client.group(Jobs, 1), client.group(Jobs, 2)
        await asyncio.gather(one.enqueue("a"), two.enqueue("b"))
        commands = [request for host in hosts for request in host.seen if isinstance(request, Command)]
        assert {request.group for request in commands} == {1, 2}


@on_loop
async def test_the_object_has_no_state() -> None:
    async with cluster() as (client, _, _group):
        jobs = client.group(Jobs)
        assert isinstance(jobs, Jobs)
        assert vars(jobs).keys() == {"_group"}
        assert type(jobs).__doc__ == "A queue."
        with pytest.raises((ClusterError, AttributeError), match="jobs"):
            jobs.jobs  # noqa: B018
