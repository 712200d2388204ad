"""The membership changes that were requested on a host, until the log has them."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rraft.cluster.core import frames
from rraft.cluster.core.frames import ChangeRejected, ChangeRequest, Kind
from rraft.cluster.core.membership import Done, Request
from rraft.cluster.core.outcomes import resolve
from rraft.cluster.errors import MembershipError
from rraft.cluster.requests import Change

if TYPE_CHECKING:
    from rraft.cluster.core.group import GroupCore


NUMBER_BITS = 48
"""The numbers of requests begin at a random number of so many bits."""


def always() -> bool:
    """Of one who waits until the end."""
    return True


class ChangeRequests:
    """The requests of one group on one host.

    A request is sent to the leader again and again until the host sees it applied, or the leader rejects it. Repeating
    one does nothing more, since ids are never used again.
    """

    def __init__(self, group: "GroupCore") -> None:
        self._group = group
        self.pending: dict[int, Request] = {}
        """The requests that the log does not have yet."""
        # A rejection that was meant for an earlier start of this host may still arrive.
        self._number = group.host.source.getrandbits(NUMBER_BITS)

    def add(
        self, changes: Sequence[Change], done: Done, transfer_to: int | None = None, wanted: Callable[[], bool] = always
    ) -> Callable[[], None]:
        """Requests changes of members, or with `transfer_to` a transfer of leadership to that host (0: to any).

        `done` is called when this host has applied them, or the leader has rejected them. Returns a function that gives
        the request up: the leader may carry it out nevertheless. So does `wanted`, as soon as it returns false.

        A request that repeats an outstanding one waits for that one: once, with equal `done` and `wanted`.
        """
        number, request = self._find(list(changes), transfer_to)
        waiter = done, wanted
        if waiter not in request.waiters:
            request.waiters.append(waiter)
        self.check_reached()
        self._group.wake()

        def give_up() -> None:
            if waiter in request.waiters:
                request.waiters.remove(waiter)
            if not request.waiters:
                self.pending.pop(number, None)

        return give_up

    def _find(self, changes: list[Change], transfer_to: int | None) -> tuple[int, Request]:
        """The outstanding request of this, or a new one."""
        for number, request in self.pending.items():
            if (request.changes, request.transfer_to) == (changes, transfer_to):
                return number, request
        self._number += 1
        state = self._group.state
        new = [change.host for change in changes if state.applied and change.host not in state.members]
        request = self.pending[self._number] = Request(changes, transfer_to, new)
        request.leader_before = self._group.leader
        return self._number, request

    def _drop_unwanted(self) -> None:
        """Drops the requests that nobody waits for any more, such as clients whose connection has ended."""
        for number, request in list(self.pending.items()):
            request.waiters = [waiter for waiter in request.waiters if waiter[1]()]
            if not request.waiters:
                del self.pending[number]

    def is_due(self, now: float) -> bool:
        """Whether there is a request to send."""
        return any(request.sent <= now - self._interval for request in self.pending.values())

    def send(self, now: float) -> None:
        """Sends the requests that are due to the leader. Called while no round runs."""
        group = self._group
        self._drop_unwanted()
        self.check_reached()
        if not group.leader:
            return
        for number, request in list(self.pending.items()):
            request.leader_before = request.leader_before or group.leader
            if request.sent > now - self._interval:
                continue
            request.sent = now
            message = ChangeRequest(number, request.changes, request.transfer_to, request.new)
            if not group.is_leader:
                group.host.send_item(group.leader, Kind.CHANGE, group.id, frames.encode(message))
                continue
            try:
                self._carry_out(message)
            except MembershipError as error:
                self._finish(number, error)

    def send_again(self) -> None:
        """Sends all requests with the next round: the leader has changed."""
        for request in self.pending.values():
            request.sent = float("-inf")
        self.check_reached()

    def receive(self, host: int, request: ChangeRequest) -> None:
        """Carries out the request of another host, if this one is the leader: the sender repeats it."""
        group = self._group

        def carry_out() -> None:
            if not group.is_leader:
                return
            try:
                self._carry_out(request)
            except MembershipError as error:
                rejected = ChangeRejected(request.number, str(error))
                group.host.send_item(host, Kind.CHANGE_REJECTED, group.id, frames.encode(rejected))

        group.act(carry_out)

    def rejected(self, rejected: ChangeRejected) -> None:
        """The leader has rejected a request."""
        self._finish(rejected.number, MembershipError(rejected.reason))

    def check_reached(self) -> None:
        """Finishes the requests that this host sees applied."""
        group = self._group
        for number, request in list(self.pending.items()):
            if request.is_reached(group.state.members, group.leader):
                self._finish(number, None)

    def removed(self) -> None:
        """Finishes the requests to remove this host: another one says that it was, perhaps before this one sees it.

        Those whose other changes this host has not seen applied are left: it never sees what becomes of them.
        """
        group = self._group
        for number, request in list(self.pending.items()):
            if request.is_reached_by_removal(group.host.id, group.state.members):
                self._finish(number, None)

    def fail(self, error: Exception) -> None:
        """Finishes all requests with `error`."""
        for number in list(self.pending):
            self._finish(number, error)

    @property
    def _interval(self) -> float:
        return 4 * self._group.host.options.tick

    def _carry_out(self, request: ChangeRequest) -> None:
        """Takes the next step, as the leader."""
        group = self._group
        members = group.state.members
        if request.transfer_to is not None:
            group.changes.transfer(request.transfer_to, members)
            return
        addresses = group.changes.advance(request.changes, members, group.state.applied, request.new)
        if addresses:
            group.propose_batch(group.batch(addresses=addresses))

    def _finish(self, number: int, error: Exception | None) -> None:
        request = self.pending.pop(number, None)
        if request is not None:
            for done, _ in request.waiters:
                resolve(done, error)
