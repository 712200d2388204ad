"""The members of a group as the log has them: addresses, used ids, directories, and learners to promote."""

import zlib

import msgspec

from rraft import ConfState

INCARNATION_SIZE = 16
"""The length of the random bytes that identify a directory."""


def founders_digest(founders: list[int]) -> int:
    """What each message between hosts has, so that groups with different founding members do not mix: 32 bits.

    It is 0 if the founding members are not known, as on a host that has not joined yet.
    """
    return zlib.crc32(b"".join(host.to_bytes(8, "little") for host in founders)) or 1 if founders else 0


class MemberChange(msgspec.Struct, array_like=True, frozen=True):
    """What the context of a configuration change says about its members."""

    addresses: dict[int, str] = {}
    """The addresses of the added hosts."""
    promote: list[int] = []
    """The added learners that become voters as soon as they have caught up."""


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(MemberChange)


def encode_change(change: MemberChange) -> bytes:
    """The context of a configuration change."""
    return _encoder.encode(change)


def decode_change(context: bytes) -> MemberChange:
    """The content of the context of a configuration change. One without says nothing.

    Raises `msgspec.MsgspecError` for a context that a newer version wrote.
    """
    return _decoder.decode(context) if context else MemberChange()


class Members(msgspec.Struct):
    """Replicated: what a group knows about its members beyond Raft's configuration."""

    addresses: dict[int, str] = {}
    """Where the members are, by their ids."""
    removed: set[int] = set()
    """The ids of former members, which are not used again."""
    promote: set[int] = set()
    """The learners that become voters as soon as they have caught up."""
    incarnations: dict[int, bytes] = {}
    """The directories of the members. A host with another directory has lost what it acknowledged."""
    voters: set[int] = set()
    """Those who vote: while a joint configuration is in effect, those of both."""
    learners: set[int] = set()
    """Those who receive the log without voting."""
    founders: list[int] = []
    """The ids of the founding members, sorted. Empty in a group of a version that did not record them."""

    def apply(self, conf_state: ConfState, change: MemberChange) -> set[int]:
        """Applies a configuration change. Returns the ids of the members that were removed."""
        before = self.voters | self.learners
        self.set_configuration(conf_state)
        now = self.voters | self.learners
        removed = before - now
        self.removed |= removed
        for host, address in change.addresses.items():
            if host in now:
                self.addresses[host] = address
        for host in removed:
            self.addresses.pop(host, None)
            self.incarnations.pop(host, None)
        self.promote = (self.promote | set(change.promote)) & self.learners
        return removed

    def set_configuration(self, conf_state: ConfState) -> None:
        """Takes Raft's configuration."""
        self.voters = {*conf_state.voters, *conf_state.voters_outgoing}
        self.learners = {*conf_state.learners, *conf_state.learners_next} - self.voters

    def set_address(self, host: int, address: str) -> None:
        """Sets the address of a member. Does nothing for others."""
        if host in self:
            self.addresses[host] = address

    def set_incarnation(self, host: int, incarnation: bytes) -> None:
        """Records the directory of a member, once. Does nothing for others."""
        if host in self:
            self.incarnations.setdefault(host, incarnation)

    def is_lost(self, host: int, incarnation: bytes | None) -> bool:
        """Whether the host has another directory than the one that the group knows: it lost what it acknowledged."""
        known = self.incarnations.get(host)
        return known is not None and incarnation is not None and known != incarnation

    def __contains__(self, host: object) -> bool:
        return host in self.voters or host in self.learners
