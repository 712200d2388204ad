"""A `Replicated` class whose methods are called on the group of a cluster, through a client."""

from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, cast

from .calls import result_of
from .errors import CommandError
from .replicated import BoundQuery, Replicated, query
from .requests import Consistency

if TYPE_CHECKING:
    from .client import Client
    from .group import Group

P = ParamSpec("P")
R = TypeVar("R")
S = TypeVar("S", bound=Replicated)


class RemoteGroup:
    """What the methods of a `Replicated` use of a `Group`, over the network."""

    def __init__(self, client: "Client", group: int) -> None:
        self._client = client
        self._group = group

    async def submit_checked(self, payload: bytes) -> bytes | tuple[str, str]:
        """Applies a command. Returns its result, or the kind and the text of its exception."""
        try:
            return await self._client.command(self._group, payload)
        except CommandError as error:
            return error.kind, error.text

    async def ask(self, payload: bytes, consistency: Consistency = Consistency.LINEARIZABLE) -> bytes | tuple[str, str]:
        """Answers a query. Returns its result, or the kind and the text of its exception."""
        try:
            return await self._client.query(self._group, payload, consistency=consistency)
        except CommandError as error:
            return error.kind, error.text


class _RemoteQuery(query[S, P, R]):
    """A query whose `local` asks the host that the client is connected to."""

    def __get__(self, instance: S | None, owner: type[S]) -> Any:
        return self if instance is None else _BoundRemoteQuery(instance, self)


class _BoundRemoteQuery(BoundQuery[S, P, R]):
    async def local(self, *arguments: P.args, **keywords: P.kwargs) -> R:
        """Reads the state that the host has, which may be old."""
        signature = self._query.signature
        group = cast("RemoteGroup", self._instance.group)
        outcome = await group.ask(signature.encode(arguments, keywords), Consistency.LOCAL)
        result: R = result_of(outcome, signature.decode_result)
        return result


def remote(client: "Client", machine: type[S], group: int) -> S:
    """An object with the commands and queries of the class. It has no state."""
    members = {name: getattr(machine, name, None) for name in dir(machine)}
    queries = {name: _RemoteQuery(member.function) for name, member in members.items() if isinstance(member, query)}
    remote_class = cast("type[S]", type(machine.__name__, (machine,), queries | {"__doc__": machine.__doc__}))
    instance = remote_class.__new__(remote_class)
    instance._group = cast("Group", RemoteGroup(client, group))
    return instance
