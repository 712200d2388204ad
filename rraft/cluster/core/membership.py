"""Membership changes: requested on any host, carried out by the leader, and done when the log has them."""

from collections.abc import Callable, Collection, Sequence

from rraft import (
    ConfChangeError,
    ConfChangeSingle,
    ConfChangeTransition,
    ConfChangeType,
    ConfChangeV2,
    ProposalDroppedError,
    RawNodeRef,
)
from rraft.cluster.core.members import MemberChange, Members, encode_change
from rraft.cluster.errors import MembershipError
from rraft.cluster.requests import Change, ChangeKind, check_address

Done = Callable[[Exception | None], None]
"""Called with `None` once the change is applied on this host, or with the reason why it was rejected."""


Waiter = tuple[Done, Callable[[], bool]]
"""The caller that waits for a change, and whether it still does."""

BECOMES_VOTER = (ChangeKind.ADD, ChangeKind.JOIN)
"""What makes a learner of a new host, and a voter as soon as it has caught up."""


class Request:
    """A change that was requested on this host. Repeating it does nothing more: ids are never used again."""

    def __init__(self, changes: Sequence[Change], transfer_to: int | None, new: Sequence[int] = ()) -> None:
        """With `transfer_to`, a request to hand over to that host, or to any for 0.

        `new` are the hosts that are not members yet. Each says where it is as soon as it is one, perhaps by another
        name: then the address of the request is not its address any more, and the request is not a mistake.
        """
        self.changes: list[Change] = list(changes)
        self.transfer_to = transfer_to
        self.new: list[int] = list(new)
        self.waiters: list[Waiter] = []
        self.sent: float = float("-inf")
        self.leader_before = 0

    def is_reached(self, members: Members, leader: int) -> bool:
        """Whether the members on this host are as requested."""
        if self.transfer_to is None:
            return all(_is_reached(change, members, self.new) for change in self.changes)
        if self.transfer_to:
            return leader == self.transfer_to
        return leader not in (0, self.leader_before) and self.leader_before != 0

    def is_reached_by_removal(self, host: int, members: Members) -> bool:
        """Whether the members are as requested as soon as `host` is removed, which is a part of the request."""
        others = [change for change in self.changes if (change.kind, change.host) != (ChangeKind.REMOVE, host)]
        return len(others) < len(self.changes) and all(_is_reached(change, members, self.new) for change in others)


def _is_reached(change: Change, members: Members, new: Collection[int]) -> bool:
    match change.kind:
        case ChangeKind.ADD | ChangeKind.PROMOTE:
            return change.host in members.voters and _has_address(change, members, new)
        case ChangeKind.ADD_LEARNER if _cannot_stay_learner(change.host, members, new):
            return False
        case ChangeKind.ADD_LEARNER | ChangeKind.JOIN:
            return change.host in members and _has_address(change, members, new)
        case ChangeKind.REMOVE:
            return change.host in members.removed
        case ChangeKind.SET_ADDRESS:
            return members.addresses.get(change.host) == change.address
    raise AssertionError(change)


def _cannot_stay_learner(host: int, members: Members, new: Collection[int]) -> str:
    """Why a member is not the learner that is requested, or an empty text. Another request may promote one later."""
    if host in members.promote:
        return f"host {host} becomes a voter when it has caught up"
    return f"host {host} is a voter" if host in members.voters and host not in new else ""


def _has_address(change: Change, members: Members, new: Collection[int]) -> bool:
    return not change.address or change.host in new or members.addresses.get(change.host) == change.address


def check(changes: Sequence[Change], members: Members, new: Collection[int] = ()) -> None:
    """Raises `MembershipError` for changes that can never be made to these members.

    The hosts `new` were not members when the changes were requested.
    """
    hosts = [change.host for change in changes]
    if not hosts or len(set(hosts)) != len(hosts):
        raise MembershipError(f"expected changes of different hosts, got {hosts}")
    for change in changes:
        kind, host, address = change
        if host < 1 or host >= 2**63:
            raise MembershipError(f"expected the id of a host, at least 1 and below 2**63, got {host}")
        is_addition = kind in (ChangeKind.ADD, ChangeKind.ADD_LEARNER, ChangeKind.JOIN)
        if host in members.removed and kind != ChangeKind.REMOVE:
            raise MembershipError(f"host {host} was removed: its id cannot be used again")
        check_address(change)
        known = members.addresses.get(host)
        if is_addition and host in members and known != address and host not in new:
            raise MembershipError(f"host {host} is a member already, at {known}: set_address changes that")
        if kind == ChangeKind.ADD_LEARNER and (reason := _cannot_stay_learner(host, members, new)):
            raise MembershipError(f"{reason}: it cannot be added as a learner")
        if not is_addition and host not in members and host not in members.removed:
            raise MembershipError(f"host {host} is not a member")
    removed = {change.host for change in changes if change.kind == ChangeKind.REMOVE}
    if removed and not members.voters - removed:  # a leader that is removed hands over to one that is a voter already
        raise MembershipError("the last voter cannot be removed: make another host a voter before, in another change")


class LeaderChanges:
    """What the leader does for membership changes. Used while no round of the node runs."""

    def __init__(self, host: int, node: RawNodeRef) -> None:
        self._host = host
        self._node = node
        self.has_handed_over: bool = False
        """Whether it has asked another host to campaign in this term, which may do so much later."""

    def advance(
        self, changes: Sequence[Change], members: Members, applied: int, new: Collection[int] = ()
    ) -> dict[int, str]:
        """Takes the next step towards `changes`. Called again until they are reached.

        The hosts `new` were not members when the changes were requested.

        Several changes take effect together, in one joint configuration, after the new voters among them have caught
        up as learners. Returns the addresses to set with an entry.

        Raises `MembershipError` when they can never be reached.
        """
        check(changes, members, new)
        missing = [change for change in changes if not _is_reached(change, members, new)]
        addresses = {change.host: change.address for change in missing if change.kind == ChangeKind.SET_ADDRESS}
        missing = [change for change in missing if change.kind != ChangeKind.SET_ADDRESS]
        if any(change.kind == ChangeKind.REMOVE and change.host == self._host for change in missing):
            self.hand_over({change.host for change in missing})
            return addresses
        added = [change for change in missing if change.kind in BECOMES_VOTER and change.host not in members]
        together = len(changes) > 1
        if added and together:
            missing = added  # they catch up as learners, and become voters with the other changes
        steps: list[ConfChangeSingle] = []
        for kind, host, _ in missing:
            if kind == ChangeKind.REMOVE:
                steps.append(_step(host, ConfChangeType.RemoveNode))
            elif host in members:  # a learner that is to become a voter
                if not self.has_caught_up(host, applied):
                    return addresses
                steps.append(_step(host, ConfChangeType.AddNode))
            else:
                steps.append(_step(host, ConfChangeType.AddLearnerNode))
        known = {change.host: change.address for change in missing if change.host not in members and change.address}
        promote = [] if together else [change.host for change in added]
        if steps:
            self._propose(steps, MemberChange(known, promote))
        return addresses

    def promote(self, members: Members, applied: int) -> None:
        """Makes a voter of a learner that has caught up, if it is to become one.

        The learners are those that the node knows: a state machine that has stopped has old members.
        """
        learners = self._node.raft.prs().conf().to_conf_state().learners
        for host in sorted(members.promote.intersection(learners)):
            if self.has_caught_up(host, applied) and self._propose(
                [_step(host, ConfChangeType.AddNode)], MemberChange()
            ):
                return

    def has_caught_up(self, host: int, applied: int) -> bool:
        """Whether the host has persisted all that the leader has applied."""
        progress = self._node.raft.prs().get(host)
        return progress is not None and progress.matched >= applied

    def hand_over(self, excluded: set[int]) -> None:
        """Starts to hand over to the voter that has the most of the log.

        The voters are those that the node knows: a state machine that has stopped has old members, or none.
        """
        if self._node.raft.lead_transferee is not None:
            return
        tracker = self._node.raft.prs()
        conf_state = tracker.conf().to_conf_state()
        voters = {
            host: progress.matched
            for host in sorted({*conf_state.voters, *conf_state.voters_outgoing} - excluded - {self._host})
            if (progress := tracker.get(host)) is not None and progress.recent_active
        }
        if voters:
            self._transfer(max(voters, key=lambda host: voters[host]))

    def transfer(self, to: int, members: Members) -> None:
        """Starts to hand over to the voter `to`, or to any for 0. Raises `MembershipError` if it is not a voter.

        Does nothing while `to` does not answer: the node drops all proposals while it hands over.
        """
        if to == 0:
            if not members.voters - {self._host}:
                raise MembershipError("there is no other voter")
            self.hand_over(set())
        elif to not in members.voters:
            raise MembershipError(f"host {to} is not a voter")
        elif to != self._host and self._node.raft.lead_transferee != to:
            progress = self._node.raft.prs().get(to)
            if progress is not None and progress.recent_active:
                self._transfer(to)

    def _transfer(self, to: int) -> None:
        self.has_handed_over = True
        self._node.transfer_leader(to)

    def _propose(self, steps: list[ConfChangeSingle], content: MemberChange) -> bool:
        """Proposes a configuration change, unless another one is pending: then this is tried again later."""
        if self._node.raft.has_pending_conf():
            return False
        change = ConfChangeV2(changes=steps, transition=ConfChangeTransition.Auto, context=encode_change(content))
        try:
            self._node.propose_conf_change_v2(b"", change)
        except (ProposalDroppedError, ConfChangeError):
            return False
        return True


def _step(host: int, change_type: ConfChangeType) -> ConfChangeSingle:
    return ConfChangeSingle(node_id=host, change_type=change_type)
